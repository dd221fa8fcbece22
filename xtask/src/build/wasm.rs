//! The browser's part: compile the `hydrate` crate, once for each bundle, then let wasm-bindgen write its JavaScript.

use std::fs;
use std::path::{Path, PathBuf};

use wasm_bindgen_cli_support::Bindgen;

use crate::build::site::OUTPUT_NAME;
use crate::build::toolchain::{TARGET, Toolchain};
use crate::error::{Error, Result, at};
use crate::{place, process};

/// The kinds of pages, as `app::bundle` names them: features of `hydrate`, which choose the islands.
pub const BUNDLES: [&str; 6] = ["base", "app-logs", "app-overview", "deployment", "editor", "palette"];

/// Compiles a bundle; the module as the compiler wrote it.
pub fn compile(toolchain: Toolchain, bundle: &str, release: bool) -> Result<Vec<u8>> {
    let profile = if release { "wasm-release" } else { "wasm" };
    let mut command = toolchain.cargo_build();
    command.args([
        "--profile",
        profile,
        "--package",
        "hydrate",
        "--no-default-features",
        "--features",
        bundle,
    ]);
    process::run(&mut command)?;
    // Every bundle is compiled to the same place.
    let module = place::wasm_target().join(TARGET).join(profile).join("hydrate.wasm");
    fs::read(&module).map_err(at(&module))
}

/// Writes `quarterdeck.js`, `quarterdeck_bg.wasm` and possibly `snippets/` into an emptied folder.
pub fn bind(module: Vec<u8>, folder: &Path) -> Result<PathBuf> {
    let bindgen = |error: &dyn std::fmt::Display| Error::Bindgen(format!("{error:#}"));
    Bindgen::new()
        .input_bytes(OUTPUT_NAME, module)
        .out_name(OUTPUT_NAME)
        .web(true)
        .map_err(|error| bindgen(&error))?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
        .map_err(|error| bindgen(&error))?;
    Ok(folder.join(format!("{OUTPUT_NAME}_bg.wasm")))
}
