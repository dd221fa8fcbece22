//! `dist`: what is handed out, in `target/dist`: the binary with the site inside, a systemd unit, a Dockerfile, checksums.

use std::fmt::Write as _;
use std::fs;

use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result, at};
use crate::{build, place};

const UNIT: &str = include_str!("quarterdeck.service");
const DOCKERFILE: &str = include_str!("Dockerfile");

pub fn dist() -> Result<()> {
    let binary = build::all(true)?;
    let folder = place::target().join("dist");
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    let copy = folder.join("quarterdeck");
    // The old one may be running, and a running program can't be written to.
    if copy.exists() {
        fs::remove_file(&copy).map_err(at(&copy))?;
    }
    fs::copy(&binary, &copy).map_err(at(&copy))?;
    let license = place::root().join("LICENSE");
    let license = fs::read(&license).map_err(at(&license))?;
    for (name, content) in [
        ("quarterdeck.service", UNIT.as_bytes()),
        ("Dockerfile", DOCKERFILE.as_bytes()),
        ("LICENSE", &license),
    ] {
        let path = folder.join(name);
        fs::write(&path, content).map_err(at(&path))?;
    }
    let mut sums = String::new();
    for name in ["quarterdeck", "quarterdeck.service", "Dockerfile", "LICENSE"] {
        let path = folder.join(name);
        let content = fs::read(&path).map_err(at(&path))?;
        let sum = hexadecimal(&Sha256::digest(content));
        writeln!(sums, "{sum}  {name}").map_err(|error| Error::Plain(error.to_string()))?;
    }
    let path = folder.join("SHA256SUMS");
    fs::write(&path, sums).map_err(at(&path))?;
    println!("dist: target/dist holds quarterdeck, quarterdeck.service, Dockerfile, LICENSE and SHA256SUMS");
    Ok(())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
