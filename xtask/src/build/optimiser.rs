//! `wasm-opt` from the npm package `binaryen`, where Node is there; a build without it is a little larger.

use std::path::{Path, PathBuf};

use crate::error::{Result, at};
use crate::{place, process};

const MANIFEST: &str = include_str!("../../node/package.json");
const LOCK: &str = include_str!("../../node/package-lock.json");

/// The program, installed on first use; `None`, with the reason printed, when it can't be had.
pub fn find() -> Result<Option<PathBuf>> {
    if !process::available("node") || !process::available("npm") {
        println!("wasm: not optimised by wasm-opt, as node and npm are not here");
        return Ok(None);
    }
    let folder = place::target().join("node");
    let script = folder.join("node_modules/binaryen/bin/wasm-opt");
    let lock = folder.join("package-lock.json");
    if script.exists() && std::fs::read_to_string(&lock).is_ok_and(|text| text == LOCK) {
        return Ok(Some(script));
    }
    std::fs::create_dir_all(&folder).map_err(at(&folder))?;
    let manifest = folder.join("package.json");
    std::fs::write(&manifest, MANIFEST).map_err(at(&manifest))?;
    std::fs::write(&lock, LOCK).map_err(at(&lock))?;
    let installed = process::run(process::program("npm").current_dir(&folder).args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]));
    if let Err(error) = installed {
        println!("wasm: not optimised by wasm-opt: {error}");
        return Ok(None);
    }
    Ok(Some(script))
}

/// Rewrites a module in place, smaller.
pub fn optimise(script: &Path, module: &Path) -> Result<()> {
    process::run(process::program("node").arg(script).arg("-Oz").arg(module).arg("-o").arg(module))
}
