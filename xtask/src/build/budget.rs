//! The budget of a page: how much WebAssembly it may make a browser load.

use std::path::Path;

use super::site::Manifest;
use super::wasm::BUNDLES;
use crate::error::{Error, Result, at};

/// Bytes of a bundle's module, compressed with brotli: 150 KB, a KB being 1,000 bytes as in `docs/performance.md`.
const MOST: u64 = 150_000;

/// An error that names each bundle above the budget and by how much.
pub fn keep(package: &Path, manifest: &Manifest) -> Result<()> {
    let mut sizes = Vec::new();
    for bundle in BUNDLES {
        let module = package.join(bundle).join(format!("{}_bg.wasm.br", manifest.output_name));
        sizes.push((bundle, module.metadata().map_err(at(&module))?.len()));
    }
    match above(&sizes) {
        None => Ok(()),
        Some(words) => Err(Error::Plain(words)),
    }
}

fn above(sizes: &[(&str, u64)]) -> Option<String> {
    let above: Vec<String> = sizes
        .iter()
        .filter(|(_, bytes)| *bytes > MOST)
        .map(|(bundle, bytes)| format!("{bundle} has {bytes}, {} too many", bytes - MOST))
        .collect();
    (!above.is_empty()).then(|| {
        format!(
            "the WebAssembly of a page may have {MOST} bytes compressed with brotli, but {}. What is only shown belongs to the \
             server: see docs/decisions/wasm-size.md.",
            above.join("; ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::{MOST, above};

    #[test]
    fn only_what_is_above_the_budget_is_named() {
        assert_eq!(above(&[("base", MOST), ("editor", 1)]), None);
        let words = above(&[("base", MOST), ("editor", MOST + 7)]).expect("above");
        assert!(words.contains("editor has 150007, 7 too many") && !words.contains("base"), "{words}");
    }
}
