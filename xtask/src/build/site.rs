//! The folder the server serves under `/pkg`: a folder for each bundle, names that change with the content, so that
//! browsers may keep the files for ever, each also compressed beforehand, and `manifest.json`, which tells the server the
//! names of this build.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result, at};

/// What wasm-bindgen calls its output, and how the hashed names begin.
pub const OUTPUT_NAME: &str = "quarterdeck";

/// What the server reads to know the names of this build.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Of the JavaScript (`.js`) and the module (`_bg.wasm`), as Leptos wants it: the same in every bundle's folder.
    pub output_name: String,
    /// File name of the style sheet.
    pub css: String,
    /// What went in; the same inputs are not built twice.
    pub built_from: String,
}

/// How hard to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    Quick,
    Best,
}

/// The browser's part of a kind of page: its name and the folder that wasm-bindgen wrote.
pub struct Bundle {
    pub name: &'static str,
    pub bound: PathBuf,
}

/// The manifest of what is there, if something whole is.
pub fn current(package: &Path, bundles: &[&str]) -> Option<Manifest> {
    let manifest: Manifest =
        serde_json::from_str(&fs::read_to_string(package.join("manifest.json")).ok()?).ok()?;
    let script = format!("{}.js", manifest.output_name);
    let whole = bundles.iter().all(|bundle| package.join(bundle).join(&script).exists())
        && package.join(&manifest.css).exists();
    whole.then_some(manifest)
}

/// Takes what wasm-bindgen wrote and the style sheet, and makes the package folder of it. The manifest changes last, and
/// files of earlier builds go after that.
pub fn publish(
    bundles: &[Bundle],
    css: &str,
    package: &Path,
    built_from: String,
    effort: Effort,
) -> Result<Manifest> {
    let mut bound = Vec::new();
    for bundle in bundles {
        for path in files_below(&bundle.bound)? {
            let name = path.strip_prefix(&bundle.bound).unwrap_or(&path).to_path_buf();
            bound.push((bundle.name, name, fs::read(&path).map_err(at(&path))?));
        }
    }
    bound.sort();
    let parts: Vec<&[u8]> = bound.iter().map(|(_, _, content)| &content[..]).collect();
    let output_name = format!("{OUTPUT_NAME}.{}", digest(&parts));
    let css_name = format!("style.{}.css", digest(&[css.as_bytes()]));
    let mut files = vec![(PathBuf::from(&css_name), css.as_bytes().to_vec())];
    for (bundle, name, content) in bound {
        // Scripts of ours stand in `snippets`, whose folders are named by the crate they come from and not by what they hold.
        let folder = format!("snippets.{output_name}");
        let own = name.to_string_lossy();
        let script = own == format!("{OUTPUT_NAME}.js");
        let (name, content) = match own.strip_prefix("snippets/") {
            Some(within) => (format!("{folder}/{within}"), content),
            None if script => {
                // Only where they are imported: the module goes by their first names.
                let text = ['\'', '"'].into_iter().fold(
                    String::from_utf8_lossy(&content).into_owned(),
                    |text, quote| {
                        text.replace(&format!("from {quote}./snippets/"), &format!("from {quote}./{folder}/"))
                    },
                );
                (own.replacen(OUTPUT_NAME, &output_name, 1), text.into_bytes())
            }
            None => (own.replacen(OUTPUT_NAME, &output_name, 1), content),
        };
        files.push((Path::new(bundle).join(name), content));
    }

    let manifest = Manifest { css: css_name, output_name, built_from };
    let mut keep = Vec::new();
    for (name, content) in files {
        let path = package.join(name);
        let forms = [
            (String::new(), content.clone()),
            (".br".into(), brotli(&content, effort)?),
            (".gz".into(), gzip(&content, effort)?),
        ];
        for (suffix, bytes) in forms {
            let mut file = path.clone().into_os_string();
            file.push(suffix);
            let file = PathBuf::from(file);
            write(&file, &bytes)?;
            keep.push(file);
        }
    }
    let json = serde_json::to_vec(&manifest).map_err(|error| Error::Plain(error.to_string()))?;
    let path = package.join("manifest.json");
    let draft = package.join("manifest.json.new");
    write(&draft, &json)?;
    fs::rename(&draft, &path).map_err(at(&path))?;
    keep.push(path);

    for old in files_below(package)? {
        if !keep.contains(&old) {
            fs::remove_file(&old).map_err(at(&old))?;
        }
    }
    Ok(manifest)
}

/// Copies what is served under its own name, such as the icon, beside the package folder.
pub fn copy_public(public: &Path, site: &Path) -> Result<()> {
    for path in files_below(public)? {
        let content = fs::read(&path).map_err(at(&path))?;
        let copy = site.join(path.strip_prefix(public).unwrap_or(&path));
        if fs::read(&copy).ok().as_ref() != Some(&content) {
            write(&copy, &content)?;
        }
    }
    Ok(())
}

/// Short name of a content: 16 hexadecimal digits.
pub fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part);
    }
    let hash = hasher.finalize();
    hash.iter().take(8).fold(String::new(), |name, byte| name + &format!("{byte:02x}"))
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    fs::write(path, content).map_err(at(path))
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder).map_err(at(&folder))? {
            let path = entry.map_err(at(&folder))?.path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    Ok(found)
}

fn brotli(content: &[u8], effort: Effort) -> Result<Vec<u8>> {
    let quality = match effort {
        Effort::Quick => 5,
        Effort::Best => 11,
    };
    let parameters = brotli::enc::BrotliEncoderParams { quality, lgwin: 22, ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut packed, &parameters)
        .map_err(|error| Error::Plain(format!("brotli: {error}")))?;
    Ok(packed)
}

fn gzip(content: &[u8], effort: Effort) -> Result<Vec<u8>> {
    let level = match effort {
        Effort::Quick => Compression::fast(),
        Effort::Best => Compression::best(),
    };
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder
        .write_all(content)
        .and_then(|()| encoder.finish())
        .map_err(|error| Error::Plain(format!("gzip: {error}")))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read as _;

    use super::{Bundle, Effort, current, publish};

    #[test]
    fn names_follow_the_content_and_old_files_go() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let package = folder.path().join("pkg");
        let names = ["base", "editor"];
        let bundles = names.map(|name| Bundle { name, bound: folder.path().join(name) });
        for Bundle { name, bound } in &bundles {
            fs::create_dir_all(bound.join("snippets/leptos-1234")).expect("made");
            let script = "import { a } from './snippets/leptos-1234/inline0.js';";
            fs::write(bound.join("quarterdeck.js"), script).expect("written");
            fs::write(bound.join("quarterdeck_bg.wasm"), format!("\0asm {name}")).expect("written");
            fs::write(bound.join("snippets/leptos-1234/inline0.js"), "export const a = 1").expect("written");
        }

        let first =
            publish(&bundles, "a{color:red}", &package, "one".into(), Effort::Best).expect("published");
        fs::write(bundles[1].bound.join("quarterdeck_bg.wasm"), b"\0asm2").expect("written");
        let second =
            publish(&bundles, "a{color:red}", &package, "two".into(), Effort::Quick).expect("published");

        assert_ne!(first.output_name, second.output_name);
        assert_eq!(first.css, second.css);
        assert_eq!(current(&package, &names).as_ref(), Some(&second));
        assert_eq!(current(&package, &["base", "other"]), None);
        let module = format!("{}_bg.wasm", second.output_name);
        assert_eq!(fs::read(package.join("base").join(&module)).expect("read"), b"\0asm base");
        assert_eq!(fs::read(package.join("editor").join(&module)).expect("read"), b"\0asm2");
        assert!(!package.join(format!("base/{}.js", first.output_name)).exists());
        let snippets = format!("snippets.{}", second.output_name);
        assert!(package.join(format!("editor/{snippets}/leptos-1234/inline0.js.br")).exists());
        let script = fs::read_to_string(package.join(format!("editor/{}.js", second.output_name)));
        assert_eq!(
            script.expect("read"),
            format!("import {{ a }} from './{snippets}/leptos-1234/inline0.js';")
        );

        let packed = fs::read(package.join(format!("{}.gz", second.css))).expect("read");
        let mut text = String::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut text).expect("unpacked");
        assert_eq!(text, "a{color:red}");
        let packed = fs::read(package.join(format!("{}.br", second.css))).expect("read");
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &packed[..], &mut unpacked).expect("unpacked");
        assert_eq!(unpacked, b"a{color:red}");
    }

    #[test]
    fn half_a_site_is_no_site() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(
            folder.path().join("manifest.json"),
            r#"{"output_name":"q.1","css":"s.css","built_from":""}"#,
        )
        .expect("written");
        assert_eq!(current(folder.path(), &["base"]), None);
    }
}
