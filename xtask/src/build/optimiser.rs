//! `wasm-opt`, where Node is there to run it; a build without it is a little larger.

use std::path::Path;

use crate::error::Result;
use crate::process;

/// Rewrites a module in place, smaller.
pub fn optimise(script: &Path, module: &Path) -> Result<()> {
    process::run(process::program("node").arg(script).arg("-Oz").arg(module).arg("-o").arg(module))
}
