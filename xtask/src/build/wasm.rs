//! The browser's part: compile the `hydrate` crate, then let wasm-bindgen write its JavaScript.

use std::path::{Path, PathBuf};

use wasm_bindgen_cli_support::Bindgen;

use crate::build::site::OUTPUT_NAME;
use crate::build::toolchain::{TARGET, Toolchain};
use crate::error::{Error, Result};
use crate::{place, process};

/// Compiles; the module as the compiler wrote it.
pub fn compile(toolchain: Toolchain) -> Result<PathBuf> {
    process::run(toolchain.cargo_build().args(["--profile", "wasm", "--package", "hydrate"]))?;
    Ok(place::wasm_target().join(TARGET).join("wasm/hydrate.wasm"))
}

/// Writes `quarterdeck.js`, `quarterdeck_bg.wasm` and possibly `snippets/` into an emptied folder.
pub fn bind(module: &Path, folder: &Path) -> Result<()> {
    let bindgen = |error: &dyn std::fmt::Display| Error::Bindgen(format!("{error:#}"));
    Bindgen::new()
        .input_path(module)
        .out_name(OUTPUT_NAME)
        .web(true)
        .map_err(|error| bindgen(&error))?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
        .map_err(|error| bindgen(&error))
}
