//! All style sheets in one, minified. Browsers of the last years are the target, so modern CSS stays as written.

use std::path::Path;

use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::printer::PrinterOptions;
use lightningcss::stylesheet::{MinifyOptions, ParserOptions};

use crate::error::{Error, Result};

/// Resolves the `@import`s of a style sheet and minifies the whole.
pub fn bundle(main: &Path) -> Result<String> {
    let files = FileProvider::new();
    let mut sheet = Bundler::new(&files, None, ParserOptions::default())
        .bundle(main)
        .map_err(|error| Error::Style(error.to_string()))?;
    sheet.minify(MinifyOptions::default()).map_err(|error| Error::Style(error.to_string()))?;
    let printed = sheet
        .to_css(PrinterOptions { minify: true, ..PrinterOptions::default() })
        .map_err(|error| Error::Style(error.to_string()))?;
    Ok(printed.code)
}

#[cfg(test)]
mod tests {
    use super::bundle;

    #[test]
    fn imports_are_resolved_and_modern_css_stays() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
        write(
            "main.css",
            "@layer base, parts;\n@import url(\"base.css\") layer(base);\n.a { .b { color: red; } }\n",
        );
        write(
            "base.css",
            ":root { color-scheme: light dark; --ink: light-dark(oklch(30% 0.02 250), oklch(90% 0.02 250)); }",
        );

        let css = bundle(&folder.path().join("main.css")).expect("bundled");

        assert!(!css.contains("@import"), "{css}");
        assert!(css.contains("light-dark(oklch("), "{css}");
        assert!(css.contains(".a{") && css.contains(".b{"), "{css}");
        assert!(!css.contains(".a .b"), "nesting stays: {css}");
    }

    #[test]
    fn the_line_of_a_missing_import_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let main = folder.path().join("main.css");
        std::fs::write(&main, "/* one */\n@import \"nowhere.css\";").expect("written");

        let error = bundle(&main).expect_err("refused");

        assert!(error.to_string().contains("main.css:1"), "{error}");
    }
}
