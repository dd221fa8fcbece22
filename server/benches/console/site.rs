//! What a browser loads.

use std::path::Path;

use crate::report::Report;

pub fn measure(report: &mut Report) {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site/pkg");
    let size = |ending: &str| {
        let files = std::fs::read_dir(&package).expect("the site is built").flatten();
        let found = files.map(|entry| entry.path()).find(|path| path.to_string_lossy().ends_with(ending));
        let bytes = found.and_then(|path| path.metadata().ok()).map_or(0, |metadata| metadata.len());
        format!("{:.1} KB", bytes as f64 / 1000.0)
    };
    let module =
        format!("{} brotli, {} gzip, {} as is", size("_bg.wasm.br"), size("_bg.wasm.gz"), size("_bg.wasm"));
    report.add("WebAssembly", module, "under 150 KB compressed", "release build");
    report.add("its JavaScript", format!("{} brotli", size(".js.br")), "", "release build");
    report.add("style sheet", format!("{} brotli", size(".css.br")), "", "release build");
}
