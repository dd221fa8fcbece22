//! Finding a compiler for `wasm32-unknown-unknown`, in three ways.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::{debian, place, process};

pub const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toolchain {
    /// The compiler in use has the target.
    Present,
    /// `rustup` has just added it.
    Added,
    /// Debian's compiler in `/usr/bin`, which builds the standard library from its source.
    Debian,
}

impl Toolchain {
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Present => "the target is installed",
            Self::Added => "rustup added the target",
            Self::Debian => "Debian's rustc-web, standard library from source",
        }
    }

    /// A `cargo build` for the target, still without package and profile.
    pub fn cargo_build(self) -> Command {
        let mut command = match self {
            Self::Present | Self::Added => process::cargo(),
            Self::Debian => {
                let mut command = process::program("/usr/bin/cargo");
                // The standard library can be built only by a compiler that thinks it is a nightly one.
                command.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", "/usr/bin/rustc");
                command
            }
        };
        command.args(["build", "--target", TARGET, "--target-dir"]).arg(place::wasm_target());
        if self == Self::Debian {
            command.arg("-Zbuild-std=std,panic_abort");
        }
        command
    }
}

/// Tries the three ways in turn; what the third needs is installed where we may.
pub fn find() -> Result<Toolchain> {
    if has_target() {
        return Ok(Toolchain::Present);
    }
    // Remembered, because asking rustup in vain costs seconds at every build.
    let memory = place::wasm_target().join("debian-toolchain");
    if memory.exists() && debian_ready() {
        return Ok(Toolchain::Debian);
    }
    if process::available("rustup") {
        println!("wasm: asking rustup for {TARGET}");
        let added = process::run(process::program("rustup").args(["target", "add", TARGET])).is_ok();
        if added && has_target() {
            return Ok(Toolchain::Added);
        }
    }
    if !debian_ready() && debian::can_install() {
        println!("wasm: installing Debian's compiler with apt-get");
        debian::install(&DEBIAN_PACKAGES)?;
        if let Some(linker) = missing_linker() {
            debian::install(&[&linker])?;
        }
    }
    if debian_ready() {
        std::fs::create_dir_all(place::wasm_target())
            .and_then(|()| std::fs::write(&memory, ""))
            .map_err(crate::error::at(&memory))?;
        return Ok(Toolchain::Debian);
    }
    Err(Error::Plain(format!(
        "No Rust compiler for {TARGET}. Install it with `rustup target add {TARGET}`, or on Debian as root with \
         `apt-get install {}` and the lld package that /usr/bin/rust-lld then names ({}).",
        DEBIAN_PACKAGES.join(" "),
        missing_linker().unwrap_or_else(|| "`readlink /usr/bin/rust-lld`".to_owned()),
    )))
}

fn has_target() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    process::ask(process::program(rustc).args(["--print", "target-libdir", "--target", TARGET]))
        .is_some_and(|folder| Path::new(&folder).is_dir())
}

fn debian_ready() -> bool {
    let source = process::ask(process::program("/usr/bin/rustc").args(["--print", "sysroot"]))
        .map(|sysroot| PathBuf::from(sysroot).join("lib/rustlib/src/rust/library/std/Cargo.toml"));
    source.is_some_and(|file| file.exists())
        && Path::new("/usr/bin/cargo").exists()
        && Path::new("/usr/bin/rust-lld").exists()
}

/// The package of the linker that `/usr/bin/rust-lld` points to, when it points to nothing.
fn missing_linker() -> Option<String> {
    let link = Path::new("/usr/bin/rust-lld");
    if link.exists() {
        return None;
    }
    let name = link.read_link().ok()?.file_name()?.to_str()?.to_owned();
    name.starts_with("lld-").then_some(name)
}
