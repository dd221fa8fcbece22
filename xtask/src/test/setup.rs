//! What tests need beside Rust. On Debian as root it is installed; elsewhere its absence is said, and under `CI` it is a
//! failure, as a test that did not run has shown nothing.

use std::path::Path;

use crate::error::{Error, Result, at};
use crate::{debian, place, process};

/// PostgreSQL's binaries, which the tests start themselves. `Some` says why they are missing.
pub fn postgres() -> Result<Option<&'static str>> {
    let there = || {
        process::available("initdb")
            || std::fs::read_dir("/usr/lib/postgresql").is_ok_and(|folders| {
                folders.flatten().any(|folder| folder.path().join("bin/initdb").exists())
            })
    };
    need(there, &["postgresql"], "PostgreSQL's `initdb` is not here; install postgresql")
}

/// A Graphite, whose Python the tests start with files of their own.
pub fn graphite() -> Result<Option<&'static str>> {
    let there = || Path::new("/usr/lib/python3/dist-packages/graphite").exists();
    need(there, &["graphite-web"], "Graphite is not here; install graphite-web")
}

/// A registry of images, which the tests start themselves.
pub fn registry() -> Result<Option<&'static str>> {
    let there = || process::available("docker-registry");
    need(there, &["docker-registry"], "`docker-registry` is not here; install docker-registry")
}

/// Docker's daemon and what tests give it: hosts of its own, images, a registry. The tests start all of it themselves.
pub fn docker() -> Result<Option<&'static str>> {
    let packages = ["docker.io", "iptables", "iproute2", "busybox-static", "docker-registry"];
    let there = || {
        ["dockerd", "iptables", "ip", "busybox", "docker-registry"]
            .iter()
            .all(|name| process::available(name) || Path::new("/usr/sbin").join(name).exists())
    };
    need(
        there,
        &packages,
        "Docker's daemon is not here; install docker.io, iptables, iproute2 and busybox-static",
    )
}

/// A Prometheus server, which the tests start themselves.
pub fn prometheus() -> Result<Option<&'static str>> {
    let there = || process::available("prometheus");
    need(there, &["prometheus"], "`prometheus` is not here; install prometheus")
}

/// An Alertmanager, which the tests start themselves.
pub fn alertmanager() -> Result<Option<&'static str>> {
    let there = || process::available("prometheus-alertmanager");
    need(there, &["prometheus-alertmanager"], "an Alertmanager is not here; install prometheus-alertmanager")
}

/// A mail server that others wrote, as PyPI has it. Without it there is nothing to show.
pub fn mail_server() -> Result<Option<String>> {
    if let Some(reason) = pip()? {
        return Ok(Some(reason));
    }
    let folder = place::root().join("target/mail-server");
    if folder.join("aiosmtpd").is_dir() {
        return Ok(None);
    }
    let mut command = pip_install(&folder);
    let installed = process::run(command.arg("aiosmtpd==1.4.6"));
    Ok(installed.err().map(|error| format!("aiosmtpd from PyPI: {error}")))
}

fn pip() -> Result<Option<String>> {
    let there = || process::ask(process::program("python3").args(["-m", "pip", "--version"])).is_some();
    let reason = need(there, &["python3", "python3-pip"], "Python's pip is not here; install python3-pip")?;
    Ok(reason.map(str::to_owned))
}

fn pip_install(folder: &Path) -> std::process::Command {
    let mut command = process::program("python3");
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    command.args(["--root-user-action=ignore", "--target"]).arg(folder);
    command
}

/// Clients of StatsD that others wrote, as their registries have them. Without those there is nothing to show.
pub fn statsd_clients() -> Result<Option<String>> {
    if let Some(reason) = pip()? {
        return Ok(Some(reason));
    }
    let folder = place::root().join("target/statsd-clients");
    let (python, npm) = (folder.join("python"), folder.join("node"));
    std::fs::create_dir_all(&npm).map_err(at(&npm))?;
    let mut missing = Vec::new();
    if !python.join("statsd").is_dir() {
        let mut command = pip_install(&python);
        if let Err(error) = process::run(command.args(["--no-deps", "statsd==4.0.1"])) {
            missing.push(format!("statsd from PyPI: {error}"));
        }
    }
    if !npm.join("node_modules/hot-shots").is_dir() {
        let mut command = process::program("npm");
        command.current_dir(&npm).args([
            "install",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--no-save",
        ]);
        let command = command.args(["--omit=optional", "--loglevel=error", "--prefix=.", "hot-shots@11.1.0"]);
        if let Err(error) = process::run(command) {
            missing.push(format!("hot-shots from npm: {error}"));
        }
    }
    Ok((!missing.is_empty()).then(|| missing.join("; ")))
}

/// A browser, fonts for Chinese, and the test runner.
pub fn browser() -> Result<Option<&'static str>> {
    if !process::available("node") || !process::available("npm") {
        let reason = "Node.js and npm are not here";
        return if required() { Err(Error::Plain(reason.to_owned())) } else { Ok(Some(reason)) };
    }
    let chromium = || process::available("chromium") || std::env::var_os("CHROMIUM").is_some();
    let missing = need(chromium, &["chromium"], "Chromium is not here; install it, or name it in CHROMIUM")?;
    if missing.is_some() {
        return Ok(missing);
    }
    let fonts = || Path::new("/usr/share/fonts/opentype/noto").is_dir();
    if let Some(reason) =
        need(fonts, &["fonts-noto-cjk"], "fonts for Chinese may be missing; install fonts-noto-cjk")?
    {
        println!("note: {reason}");
    }
    runner()?;
    Ok(None)
}

fn runner() -> Result<()> {
    let folder = place::root().join("end2end");
    let lock_path = folder.join("package-lock.json");
    let lock = std::fs::read(&lock_path).map_err(at(&lock_path))?;
    let installed = folder.join("node_modules/.installed-from");
    if std::fs::read(&installed).is_ok_and(|text| text == lock) {
        return Ok(());
    }
    process::run(
        process::program("npm").current_dir(&folder).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1").args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ]),
    )?;
    std::fs::write(&installed, lock).map_err(at(&installed))
}

fn need(there: impl Fn() -> bool, packages: &[&str], reason: &'static str) -> Result<Option<&'static str>> {
    if there() {
        return Ok(None);
    }
    if debian::can_install() {
        println!("tests: installing {} with apt-get", packages.join(", "));
        debian::install(packages)?;
        if there() {
            return Ok(None);
        }
    }
    if required() { Err(Error::Plain(reason.to_owned())) } else { Ok(Some(reason)) }
}

fn required() -> bool {
    std::env::var_os("CI").is_some()
}

/// All integration test targets but the crash test, which is a suite of its own.
pub fn integration_targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for package in ["app/tests", "app/model/tests", "server/tests", "server/adapters/tests", "xtask/tests"] {
        let folder = place::root().join(package);
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.map_err(at(&folder))?.path();
            let target =
                path.join("main.rs").exists() || path.extension().is_some_and(|extension| extension == "rs");
            if let Some(name) =
                path.file_stem().and_then(|name| name.to_str()).filter(|name| target && *name != "crash")
            {
                names.push(name.to_owned());
            }
        }
    }
    names.sort();
    names.dedup();
    Ok(names)
}
