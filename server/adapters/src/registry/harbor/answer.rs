//! The parts of Harbor's answers that are shown. Pure.

use std::collections::BTreeMap;

use model::image::{is_digest, is_tag};
use model::registry::Vulnerabilities;
use model::time::Timestamp;
use serde::Deserialize;

use crate::registry::ListedTag;

/// A project, or a repository with its project before it.
#[derive(Debug, Deserialize)]
pub struct Named {
    pub name: String,
}

/// What a digest holds.
#[derive(Debug, Deserialize)]
pub struct Artifact {
    #[serde(default)]
    digest: String,
    /// `IMAGE`, `CHART` ...
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    tags: Option<Vec<NamedTag>>,
    /// By the form of the report.
    #[serde(default)]
    scan_overview: Option<BTreeMap<String, Option<Report>>>,
}

#[derive(Debug, Deserialize)]
struct NamedTag {
    name: String,
    #[serde(default)]
    push_time: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Report {
    #[serde(default)]
    scan_status: String,
    #[serde(default)]
    severity: Option<String>,
    #[serde(default)]
    end_time: Option<String>,
    #[serde(default)]
    summary: Option<Summary>,
}

#[derive(Debug, Deserialize)]
struct Summary {
    #[serde(default)]
    fixable: u32,
    /// By severity; those of which nothing was found are left out.
    #[serde(default)]
    summary: Option<BTreeMap<String, u32>>,
}

impl Artifact {
    /// Its tags; none for what is no image.
    pub fn tags(self) -> Vec<ListedTag> {
        let is_image = self.kind.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("image"));
        if !is_image || !is_digest(&self.digest) {
            return Vec::new();
        }
        let reports = self.scan_overview.unwrap_or_default();
        let vulnerabilities = reports.into_values().flatten().find_map(Report::findings);
        let tags = self.tags.unwrap_or_default().into_iter().filter(|tag| is_tag(&tag.name));
        tags.map(|tag| ListedTag {
            name: tag.name,
            digest: Some(self.digest.clone()),
            pushed_at: tag.push_time.as_deref().and_then(time),
            vulnerabilities: vulnerabilities.clone(),
        })
        .collect()
    }
}

impl Report {
    /// Of a scan that is done.
    fn findings(self) -> Option<Vulnerabilities> {
        let done = self.scan_status.eq_ignore_ascii_case("success");
        let summary = self.summary.filter(|_| done)?;
        let by_severity = summary.summary.unwrap_or_default();
        let count = |severity: &str| by_severity.get(severity).copied().unwrap_or(0);
        Some(Vulnerabilities {
            severity: self.severity.unwrap_or_default(),
            critical: count("Critical"),
            high: count("High"),
            medium: count("Medium"),
            low: count("Low"),
            fixable: summary.fixable,
            scanned_at: self.end_time.as_deref().and_then(time),
        })
    }
}

/// Harbor says the year 1 for what has not been.
fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok().filter(|time: &Timestamp| time.as_millis() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(text: &str) -> Vec<ListedTag> {
        serde_json::from_str::<Artifact>(text).expect("an artifact").tags()
    }

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn only_images_with_a_tag_are_listed() {
        let of = |kind: &str, tags: &str| format!(r#"{{"digest":"{DIGEST}","type":"{kind}","tags":{tags}}}"#);
        assert_eq!(tags(&of("IMAGE", "null")), []);
        assert_eq!(tags(&of("CHART", r#"[{"name":"1"}]"#)), []);
        assert_eq!(tags(&of("IMAGE", r#"[{"name":"1"},{"name":"stable"},{"name":"no tag"}]"#)).len(), 2);
        assert_eq!(tags(r#"{"digest":"none","tags":[{"name":"1"}]}"#), []);
    }

    #[test]
    fn a_scan_that_goes_on_says_nothing_yet() {
        let of = |status: &str, summary: &str| {
            let text = format!(
                r#"{{"digest":"{DIGEST}","tags":[{{"name":"1","push_time":"0001-01-01T00:00:00.000Z"}}],"scan_overview":
                {{"application/vnd.security.vulnerability.report; version=1.1":{{"scan_status":"{status}","severity":"High",
                "end_time":"0001-01-01T00:00:00.000Z","summary":{summary}}}}}}}"#
            );
            tags(&text).remove(0)
        };
        let running = of("Running", "null");
        assert_eq!((running.vulnerabilities, running.pushed_at), (None, None));
        assert_eq!(of("Error", r#"{"fixable":1}"#).vulnerabilities, None);
        let done = of("Success", r#"{"total":3,"fixable":1,"summary":{"High":2,"Negligible":1}}"#);
        let found = done.vulnerabilities.expect("findings");
        assert_eq!((found.critical, found.high, found.low, found.fixable), (0, 2, 0, 1));
        assert_eq!((found.severity.as_str(), found.scanned_at), ("High", None));
    }
}
