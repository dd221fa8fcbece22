//! The built site: scripts, WebAssembly, style sheet. In the binary for release builds, from the disk for debug builds.

use std::borrow::Cow;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::{Embed, EmbeddedFile};
use serde::Deserialize;

use super::Web;
use super::problem::{Failure, of_status};

const MANIFEST: &str = "pkg/manifest.json";

#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../target/site"]
#[allow_missing = true]
struct Files;

/// The names of this build, from `pkg/manifest.json`; without a build the pages work without script and style.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Site {
    #[serde(default)]
    output_name: String,
    #[serde(default)]
    css: String,
}

impl Site {
    pub fn load() -> Self {
        let Some(file) = Files::get(MANIFEST) else {
            tracing::warn!(
                "this build holds no site: pages come without style; build with `cargo xtask build`"
            );
            return Self { output_name: "quarterdeck".to_owned(), ..Self::default() };
        };
        serde_json::from_slice(&file.data).unwrap_or_else(|error| {
            tracing::error!(%error, "the site's manifest is unreadable");
            Self::default()
        })
    }

    pub fn output_name(&self) -> &str {
        &self.output_name
    }

    pub fn css(&self) -> &str {
        &self.css
    }
}

/// `/pkg/...`
pub async fn serve(State(_web): State<Web>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    file(&format!("pkg/{path}"), &headers)
}

/// `/favicon.svg`
pub async fn icon(headers: HeaderMap) -> Response {
    file("favicon.svg", &headers)
}

fn file(path: &str, headers: &HeaderMap) -> Response {
    let Some(plain) = Files::get(path) else {
        return Failure(of_status(StatusCode::NOT_FOUND)).into_response();
    };
    let (encoding, file) = encoded(path, headers).map_or((None, plain), |(name, file)| (Some(name), file));
    let tag = entity_tag(&file);
    let mut response = if headers.get(header::IF_NONE_MATCH).is_some_and(|known| *known == tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match file.data {
            Cow::Borrowed(bytes) => bytes.into_response(),
            Cow::Owned(bytes) => bytes.into_response(),
        }
    };
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, kind(path));
    out.insert(header::ETAG, tag);
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    // Everything but the manifest has its content's hash in its name.
    let cache = if path == MANIFEST || !path.starts_with("pkg/") {
        "no-cache"
    } else {
        "public, max-age=31536000, immutable"
    };
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Some(encoding) = encoding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// The smallest form made beforehand that the browser takes.
fn encoded(path: &str, headers: &HeaderMap) -> Option<(&'static str, EmbeddedFile)> {
    let accepted = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    let takes = |name: &str| {
        accepted.split(',').any(|part| {
            let mut words = part.split(';').map(str::trim);
            words.next() == Some(name) && !words.any(|word| word == "q=0")
        })
    };
    [("br", "br"), ("gzip", "gz")].into_iter().find_map(|(name, ending)| {
        let file = takes(name).then(|| Files::get(&format!("{path}.{ending}"))).flatten()?;
        Some((name, file))
    })
}

fn entity_tag(file: &EmbeddedFile) -> HeaderValue {
    use std::fmt::Write as _;
    let mut tag = String::from('"');
    for byte in &file.metadata.sha256_hash()[..12] {
        // Writing to a text cannot fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""))
}

fn kind(path: &str) -> HeaderValue {
    HeaderValue::from_static(match path.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    })
}
