//! What a browser loads: the bundle of the page, and on its first key the palette's.

use std::path::Path;

use crate::report::Report;

/// The bundles of `xtask`, with what they are for.
const BUNDLES: [(&str, &str); 6] = [
    ("base", "WebAssembly: all pages but those below"),
    ("app-logs", "WebAssembly: an app's logs"),
    ("app-overview", "WebAssembly: an app's overview"),
    ("deployment", "WebAssembly: a deployment"),
    ("editor", "WebAssembly: the editor"),
    ("palette", "WebAssembly: the palette, when asked for"),
];

pub fn measure(report: &mut Report) {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site/pkg");
    let size = |folder: &str, ending: &str| {
        let files = std::fs::read_dir(package.join(folder)).expect("the site is built").flatten();
        let found = files.map(|entry| entry.path()).find(|path| path.to_string_lossy().ends_with(ending));
        let bytes = found.and_then(|path| path.metadata().ok()).map_or(0, |metadata| metadata.len());
        format!("{:.1} KB", bytes as f64 / 1000.0)
    };
    for (bundle, what) in BUNDLES {
        let size = |ending| size(bundle, ending);
        let module = format!(
            "{} brotli, {} gzip, {} as is",
            size("_bg.wasm.br"),
            size("_bg.wasm.gz"),
            size("_bg.wasm")
        );
        report.add(what, module, "under 150 KB compressed", "release build");
    }
    report.add(
        "JavaScript of the largest",
        format!("{} brotli", size("editor", ".js.br")),
        "",
        "release build",
    );
    report.add("style sheet", format!("{} brotli", size("", ".css.br")), "", "release build");
}
