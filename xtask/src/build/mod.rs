//! `build`: the site (WebAssembly and style) into `target/site`, then the server's binary.

mod optimiser;
pub mod site;
mod style;
mod toolchain;
pub mod wasm;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::{Result, at};
use crate::{node, place, process};
use site::{Effort, Manifest};

/// Builds everything; the server's binary. A release build is optimised for size in the browser and holds the site.
pub fn all(release: bool) -> Result<PathBuf> {
    site(release)?;
    server(release)
}

/// Builds the site, or says that it is up to date.
pub fn site(release: bool) -> Result<Manifest> {
    let _one_at_a_time = lock()?;
    let started = Instant::now();
    let toolchain = toolchain::find()?;
    let module = wasm::compile(toolchain)?;
    let css = style::bundle(&place::root().join("style/main.css"))?;
    let optimiser = if release { node::BINARYEN.find()? } else { None };

    site::copy_public(&place::root().join("public"), &place::site())?;
    let raw = fs::read(&module).map_err(at(&module))?;
    let how = format!("{release} {optimiser:?} {}", own_build());
    let built_from = site::digest(&[&raw, css.as_bytes(), how.as_bytes()]);
    let package = place::site().join("pkg");
    if let Some(manifest) = site::current(&package).filter(|manifest| manifest.built_from == built_from) {
        println!("site: up to date ({}; {})", toolchain.describe(), seconds(started.elapsed()));
        return Ok(manifest);
    }

    let bound = place::wasm_target().join("bound");
    if bound.exists() {
        fs::remove_dir_all(&bound).map_err(at(&bound))?;
    }
    wasm::bind(&module, &bound)?;
    let bound_module = bound.join(format!("{}_bg.wasm", site::OUTPUT_NAME));
    if let Some(program) = &optimiser {
        optimiser::optimise(program, &bound_module)?;
    }
    let effort = if release { Effort::Best } else { Effort::Quick };
    let manifest = site::publish(&bound, &css, &package, built_from, effort)?;
    let name = format!("{}_bg.wasm", manifest.output_name);
    println!(
        "site: {name}, {} ({} brotli, {} gzip), {}; {}; {}",
        kilobytes(&package.join(&name)),
        kilobytes(&package.join(format!("{name}.br"))),
        kilobytes(&package.join(format!("{name}.gz"))),
        match (release, &optimiser) {
            (true, Some(_)) => "optimised by wasm-opt",
            (true, None) => "without wasm-opt",
            (false, _) => "wasm-opt is for release builds",
        },
        toolchain.describe(),
        seconds(started.elapsed()),
    );
    Ok(manifest)
}

/// Builds the server's binary alone.
pub fn server(release: bool) -> Result<PathBuf> {
    let started = Instant::now();
    let mut command = process::cargo();
    command.args(["build", "--package", "server"]);
    if release {
        command.arg("--release");
    }
    process::run(&mut command)?;
    let binary = place::binary(release);
    println!("server: {}, {}; {}", shown(&binary), kilobytes(&binary), seconds(started.elapsed()));
    Ok(binary)
}

/// Held while the site is built: two builds at once would take each other's files away.
fn lock() -> Result<File> {
    let folder = place::wasm_target();
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    let path = folder.join("site.lock");
    let file = File::create(&path).map_err(at(&path))?;
    file.lock().map_err(at(&path))?;
    Ok(file)
}

/// Changes with this program, whose steps make the site.
fn own_build() -> String {
    let metadata = std::env::current_exe().and_then(|path| path.metadata());
    let written = metadata.ok().and_then(|metadata| Some((metadata.len(), metadata.modified().ok()?)));
    format!("{written:?}")
}

fn shown(path: &Path) -> String {
    path.strip_prefix(place::root()).unwrap_or(path).display().to_string()
}

fn kilobytes(path: &Path) -> String {
    let bytes = path.metadata().map_or(0, |metadata| metadata.len());
    format!("{} KB", bytes.div_ceil(1000))
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
