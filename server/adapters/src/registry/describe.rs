//! What a manifest and an image's configuration say, in our words. Pure.

use std::collections::{BTreeMap, HashMap};

use model::time::Timestamp;
use oci_client::manifest::{ImageIndexEntry, OciImageManifest};
use serde::Deserialize;

use super::Description;

/// Longest label that is kept.
const LABEL_MAX: usize = 512;
const REVISION: &str = "org.opencontainers.image.revision";
const SOURCE: &str = "org.opencontainers.image.source";
const URL: &str = "org.opencontainers.image.url";
const VERSION: &str = "org.opencontainers.image.version";
const CREATED: &str = "org.opencontainers.image.created";

/// The parts of an image's configuration that are shown. Unknown systems and processors are fine.
#[derive(Debug, Default, Deserialize)]
pub struct Configuration {
    #[serde(default)]
    pub created: Option<String>,
    #[serde(default)]
    pub architecture: Option<String>,
    #[serde(default)]
    pub os: Option<String>,
    #[serde(default)]
    pub variant: Option<String>,
    #[serde(default)]
    pub config: Option<Process>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Process {
    #[serde(default, rename = "Labels")]
    pub labels: Option<HashMap<String, String>>,
}

/// Bytes of all layers.
pub fn size(manifest: &OciImageManifest) -> u64 {
    manifest.layers.iter().map(|layer| u64::try_from(layer.size).unwrap_or(0)).sum()
}

/// `linux/arm64/v8`; `None` for what is no platform, such as the attestations that builders add to an index.
pub fn platform(entry: &ImageIndexEntry) -> Option<String> {
    let platform = entry.platform.as_ref()?;
    let (os, architecture) = (platform.os.to_string(), platform.architecture.to_string());
    (os != "unknown" && architecture != "unknown")
        .then(|| written(&os, &architecture, platform.variant.as_deref()))
}

fn written(os: &str, architecture: &str, variant: Option<&str>) -> String {
    let variant = variant.filter(|variant| !variant.is_empty());
    variant.map_or_else(|| format!("{os}/{architecture}"), |variant| format!("{os}/{architecture}/{variant}"))
}

/// Annotations go before labels, the outermost first, as whoever made the image public wrote them last.
pub fn describe(
    annotations: &[Option<&BTreeMap<String, String>>],
    configuration: &Configuration,
    size: Option<u64>,
    platforms: Vec<String>,
) -> Description {
    let labels = configuration.config.as_ref().and_then(|config| config.labels.as_ref());
    let find = |key: &str| {
        let annotated = annotations.iter().flatten().find_map(|annotations| annotations.get(key));
        let text = annotated.or_else(|| labels.and_then(|labels| labels.get(key)))?.trim();
        (!text.is_empty()).then(|| text.chars().take(LABEL_MAX).collect::<String>())
    };
    let own = configuration.os.as_deref().zip(configuration.architecture.as_deref());
    let platforms = if platforms.is_empty() {
        own.map(|(os, architecture)| written(os, architecture, configuration.variant.as_deref()))
            .filter(|platform| platform.len() > 1)
            .into_iter()
            .collect()
    } else {
        platforms
    };
    let created = configuration.created.clone().or_else(|| find(CREATED));
    Description {
        size,
        platforms,
        // Reproducible builds say 1970, which is no time of a build.
        created_at: created
            .and_then(|text| text.parse().ok())
            .filter(|time: &Timestamp| time.as_millis() > 0),
        commit: find(REVISION),
        source: find(SOURCE),
        build_url: find(URL),
        version: find(VERSION),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_go_before_labels_and_nothing_is_made_up() {
        let configuration: Configuration = serde_json::from_str(
            r#"{"created":"2026-11-20T10:00:00Z","os":"linux","architecture":"arm64","variant":"v8","config":{"Labels":{
                "org.opencontainers.image.revision":"old","org.opencontainers.image.source":"https://git.example/shop"}}}"#,
        )
        .expect("JSON");
        let annotations = BTreeMap::from([(REVISION.to_owned(), "4f2c".to_owned())]);
        let seen = describe(&[None, Some(&annotations)], &configuration, Some(7), Vec::new());
        assert_eq!(seen.commit.as_deref(), Some("4f2c"));
        assert_eq!(seen.source.as_deref(), Some("https://git.example/shop"));
        assert_eq!(seen.platforms, ["linux/arm64/v8"]);
        assert_eq!((seen.build_url, seen.version), (None, None));
        assert!(seen.created_at.is_some());
    }

    #[test]
    fn a_reproducible_build_tells_no_time() {
        let configuration =
            Configuration { created: Some("1970-01-01T00:00:00Z".to_owned()), ..Default::default() };
        assert_eq!(describe(&[], &configuration, None, Vec::new()), Description::default());
    }
}
