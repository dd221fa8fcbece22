//! `build`: the site (WebAssembly and style) into `target/site`, then the server's binary.

mod budget;
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
use site::{Bundle, Effort, Manifest};

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
    let css = style::bundle(&place::root().join("style/main.css"))?;
    let optimiser = if release { node::BINARYEN.find()? } else { None };

    site::copy_public(&place::root().join("public"), &place::site())?;
    let how = format!("{release} {optimiser:?} {}", own_build());
    let mut modules = Vec::new();
    for name in wasm::BUNDLES {
        modules.push((name, wasm::compile(toolchain, name, release)?));
    }
    let mut parts: Vec<&[u8]> = modules.iter().map(|(_, module)| &module[..]).collect();
    parts.extend([css.as_bytes(), how.as_bytes()]);
    let built_from = site::digest(&parts);
    let package = place::site().join("pkg");
    let there = site::current(&package, &wasm::BUNDLES);
    if let Some(manifest) = there.filter(|manifest| manifest.built_from == built_from) {
        println!("site: up to date ({}; {})", toolchain.describe(), seconds(started.elapsed()));
        if optimiser.is_some() {
            budget::keep(&package, &manifest)?;
        }
        return Ok(manifest);
    }

    let all_bound = place::wasm_target().join("bound");
    if all_bound.exists() {
        fs::remove_dir_all(&all_bound).map_err(at(&all_bound))?;
    }
    let mut bundles = Vec::new();
    for (name, module) in modules {
        let bound = all_bound.join(name);
        let module = wasm::bind(module, &bound)?;
        if let Some(program) = &optimiser {
            optimiser::optimise(program, &module)?;
        }
        bundles.push(Bundle { name, bound });
    }
    let effort = if release { Effort::Best } else { Effort::Quick };
    let manifest = site::publish(&bundles, &css, &package, built_from, effort)?;
    for Bundle { name, .. } in &bundles {
        let module = package.join(name).join(format!("{}_bg.wasm", manifest.output_name));
        println!(
            "site: {name}: {} brotli, {} gzip, {} as is",
            kilobytes(&module.with_extension("wasm.br")),
            kilobytes(&module.with_extension("wasm.gz")),
            kilobytes(&module),
        );
    }
    println!(
        "site: {}; {}; {}",
        match (release, &optimiser) {
            (true, Some(_)) => "optimised by wasm-opt",
            (true, None) => "without wasm-opt",
            (false, _) => "wasm-opt is for release builds",
        },
        toolchain.describe(),
        seconds(started.elapsed()),
    );
    // What wasm-opt takes off is counted on; a build without it is for those who have no Node.js.
    if optimiser.is_some() {
        budget::keep(&package, &manifest)?;
    }
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
