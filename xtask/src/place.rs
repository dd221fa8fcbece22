//! Where things are in the working copy.

use std::path::{Path, PathBuf};

/// The folder of the workspace's `Cargo.toml`.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

pub fn target() -> PathBuf {
    root().join("target")
}

/// Own target folder of the WebAssembly part: its compiler may be another one.
pub fn wasm_target() -> PathBuf {
    target().join("wasm")
}

/// What the server serves, or embeds in a release build.
pub fn site() -> PathBuf {
    target().join("site")
}

/// The server binary of a profile.
pub fn binary(release: bool) -> PathBuf {
    target().join(if release { "release" } else { "debug" }).join("quarterdeck")
}
