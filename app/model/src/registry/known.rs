//! A tag with what the console itself knows of it.

use serde::{Deserialize, Serialize};

use super::Tag;
use crate::image::DEFAULT_TAG;
use crate::release::{Place, Release, Version};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KnownTag {
    #[serde(flatten)]
    pub tag: Tag,
    /// Of the same content in the app repository: what a build told, and whether it is bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Release>,
    /// The apps that are to run its content now.
    #[serde(default)]
    pub runs: Vec<Place>,
}

impl KnownTag {
    /// Joins a tag with the releases of its repository and with what apps are to run of it.
    pub fn of(tag: Tag, releases: &[Release], running: &[(Place, Version)]) -> Self {
        let release = release_of(&tag, releases).cloned();
        let here = running.iter().filter(|(_, version)| is(version, &tag));
        let runs = here.map(|(place, _)| place.clone()).collect();
        Self { tag, release, runs }
    }

    /// The commit that it was built from: of its labels, else as its build told.
    pub fn commit(&self) -> Option<&str> {
        self.tag.commit.as_deref().or_else(|| self.told(|release| &release.commit))
    }

    /// The build that made it.
    pub fn build_url(&self) -> Option<&str> {
        self.told(|release| &release.build_url).or(self.tag.build_url.as_deref())
    }

    fn told(&self, field: fn(&Release) -> &String) -> Option<&str> {
        self.release.as_ref().map(field).map(String::as_str).filter(|text| !text.is_empty())
    }
}

/// Whether a version is the content that the tag stands for.
fn is(version: &Version, tag: &Tag) -> bool {
    match &version.digest {
        Some(digest) => *digest == tag.digest,
        None => version.tag.as_deref().unwrap_or(DEFAULT_TAG) == tag.name,
    }
}

/// That of the same tag and digest, unless another of the same digest is bad: the content is.
fn release_of<'a>(tag: &Tag, releases: &'a [Release]) -> Option<&'a Release> {
    let rank = |release: &Release| {
        let named = release.version.tag.as_ref() == Some(&tag.name);
        (release.bad.is_some(), named, release.version.digest.is_some())
    };
    releases.iter().filter(|release| is(&release.version, tag)).max_by_key(|release| rank(release))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::{Actor, ActorKind};
    use crate::id::ReleaseId;
    use crate::release::{Bad, ReleaseSource};
    use crate::time::Timestamp;

    fn tag(name: &str, digest: &str) -> Tag {
        Tag {
            name: name.to_owned(),
            digest: digest.to_owned(),
            pushed_at: Timestamp::from_millis(0),
            created_at: None,
            size: None,
            platforms: Vec::new(),
            commit: None,
            source: None,
            build_url: None,
            version: None,
            vulnerabilities: None,
            moved_from: None,
            moved_at: None,
            gone: false,
        }
    }

    fn digest(digit: &str) -> String {
        format!("sha256:{}", digit.repeat(64))
    }

    fn release(image: &str, bad: bool) -> Release {
        let version = Version::of_image(image).unwrap();
        let author = Actor { kind: ActorKind::User, name: "anna".to_owned() };
        let at = Timestamp::from_millis(0);
        Release {
            id: ReleaseId(uuid::Uuid::nil()),
            reference: version.to_string(),
            version,
            source: ReleaseSource::Ci,
            commit: format!("of {image}"),
            branch: String::new(),
            build_url: String::new(),
            notes: String::new(),
            bad: bad.then(|| Bad { by: author.clone(), at, reason: "leaks".to_owned() }),
            author,
            created_at: at,
            runs: Vec::new(),
        }
    }

    #[test]
    fn the_release_of_a_tag_is_that_of_its_content() {
        let (one, two) = (digest("1"), digest("2"));
        let all = [
            release(&format!("a.b/c:1@{two}"), false),
            release("a.b/c:1", false),
            release(&format!("a.b/c:stable@{one}"), false),
            release(&format!("a.b/c:1@{one}"), false),
        ];
        let known = |releases: &[Release]| KnownTag::of(tag("1", &one), releases, &[]);
        assert_eq!(known(&all).commit(), Some(format!("of a.b/c:1@{one}").as_str()));
        assert_eq!(known(&all[..3]).commit(), Some("of a.b/c:1"), "a build told of it before it was pushed");
        assert_eq!(known(&all[..1]).release, None, "the tag stood for that before");
        let bad = [all[3].clone(), release(&format!("a.b/c:other@{one}"), true)];
        assert!(known(&bad).release.is_some_and(|release| release.bad.is_some()), "the content is bad");
    }

    #[test]
    fn what_runs_is_told_by_its_digest() {
        let place = |app: &str| Place { environment: "local".parse().unwrap(), app: app.parse().unwrap() };
        let (one, two) = (digest("1"), digest("2"));
        let runs = |image: String| (place("shop"), Version::of_image(&image).unwrap());
        let known = |image: String| KnownTag::of(tag("latest", &one), &[], &[runs(image)]).runs.len();
        assert_eq!(known(format!("a.b/c:1.4.2@{one}")), 1, "by whichever tag it came");
        assert_eq!(known(format!("a.b/c:latest@{two}")), 0, "the tag has moved");
        assert_eq!(known("a.b/c".to_owned()), 1, "only the tag is known");
    }
}
