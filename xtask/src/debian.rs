//! Installing Debian packages, where we may.

use std::os::unix::fs::MetadataExt as _;

use crate::error::Result;
use crate::process;

/// Whether this is Debian and we are root, so that `apt-get` will do.
pub fn can_install() -> bool {
    let root = std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0);
    root && is_debian() && process::available("apt-get")
}

fn is_debian() -> bool {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    release.lines().any(|line| {
        line.split_once('=')
            .is_some_and(|(key, value)| matches!(key, "ID" | "ID_LIKE") && value.contains("debian"))
    })
}

/// Installs packages; brings the package lists first when they do not know one of them.
pub fn install(packages: &[&str]) -> Result<()> {
    let known = |package: &&str| {
        process::ask(process::program("apt-cache").args(["show", "--no-all-versions", package])).is_some()
    };
    if !packages.iter().all(known) {
        process::run(process::program("apt-get").args(["update", "-q"]))?;
    }
    process::run(
        process::program("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["install", "-y", "-q", "--no-install-recommends"])
            .args(packages),
    )
}
