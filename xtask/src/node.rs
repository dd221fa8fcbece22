//! Programs from npm that a build or a benchmark can use, pinned in `xtask/node` and installed under `target/node`.

use std::path::PathBuf;

use crate::error::{Result, at};
use crate::{place, process};

/// One pinned package.
pub struct Package {
    name: &'static str,
    manifest: &'static str,
    lock: &'static str,
    /// Below `node_modules`.
    script: &'static str,
}

/// Carries `wasm-opt`.
pub const BINARYEN: Package = Package {
    name: "binaryen",
    manifest: include_str!("../node/binaryen/package.json"),
    lock: include_str!("../node/binaryen/package-lock.json"),
    script: "binaryen/bin/wasm-opt",
};

/// What our scaling is compared with.
pub const PM2: Package = Package {
    name: "pm2",
    manifest: include_str!("../node/pm2/package.json"),
    lock: include_str!("../node/pm2/package-lock.json"),
    script: "pm2/bin/pm2",
};

/// What our StatsD is compared with.
pub const STATSD: Package = Package {
    name: "statsd",
    manifest: include_str!("../node/statsd/package.json"),
    lock: include_str!("../node/statsd/package-lock.json"),
    script: "statsd/stats.js",
};

impl Package {
    /// The script to run with `node`, installed on first use; `None`, with the reason printed, when it can't be had.
    pub fn find(&self) -> Result<Option<PathBuf>> {
        if !process::available("node") || !process::available("npm") {
            println!("{}: not used, as node and npm are not here", self.name);
            return Ok(None);
        }
        let folder = place::target().join("node").join(self.name);
        let script = folder.join("node_modules").join(self.script);
        let lock = folder.join("package-lock.json");
        if script.exists() && std::fs::read_to_string(&lock).is_ok_and(|text| text == self.lock) {
            return Ok(Some(script));
        }
        std::fs::create_dir_all(&folder).map_err(at(&folder))?;
        let manifest = folder.join("package.json");
        std::fs::write(&manifest, self.manifest).map_err(at(&manifest))?;
        std::fs::write(&lock, self.lock).map_err(at(&lock))?;
        let installed = process::run(process::program("npm").current_dir(&folder).args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ]));
        Ok(match installed {
            Ok(()) => Some(script),
            Err(error) => {
                println!("{}: not used: {error}", self.name);
                None
            }
        })
    }
}
