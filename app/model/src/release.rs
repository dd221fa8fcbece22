//! Releases: the versions an app can be brought to, as the app repository keeps them.

use serde::{Deserialize, Serialize};

use crate::api::Plan;
use crate::definition::{ArtifactReference, Definition};
use crate::deployment::Actor;
use crate::id::{AppName, EnvironmentName, ReleaseId, RevisionNumber};
use crate::image::ImageReference;
use crate::problem::{Fault, FieldError};
use crate::registry::Repository;
use crate::time::Timestamp;

/// Longest notes, in characters.
pub const NOTES_MAX: usize = 10_000;
/// Longest commit, branch and build link, in characters.
pub const LINE_MAX: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReleaseKind {
    Image,
    Artifact,
}

impl ReleaseKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Artifact => "artifact",
        }
    }
}

/// How the console came to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReleaseSource {
    /// It was deployed from a registry.
    Registry,
    /// A build told of it: `POST /releases`.
    Ci,
    /// An artifact was uploaded.
    Upload,
}

impl ReleaseSource {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Ci => "ci",
            Self::Upload => "upload",
        }
    }
}

/// What is brought out, without how it runs: a repository and which version of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Version {
    pub kind: ReleaseKind,
    /// `registry.example:5000/shop/api`, or the artifact's name.
    pub repository: String,
    /// Tag of the image or version of the artifact.
    pub tag: Option<String>,
    /// `sha256:...`, where it is known: the truth of what runs.
    pub digest: Option<String>,
}

impl Version {
    /// `None` for what is no image reference.
    pub fn of_image(image: &str) -> Option<Self> {
        image.parse::<ImageReference>().ok()?;
        let (rest, digest) = match image.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.to_owned())),
            None => (image, None),
        };
        let last = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (repository, tag) = match rest[last..].rfind(':') {
            Some(colon) => (&rest[..last + colon], Some(rest[last + colon + 1..].to_owned())),
            None => (rest, None),
        };
        Some(Self { kind: ReleaseKind::Image, repository: repository.to_owned(), tag, digest })
    }

    pub fn of_artifact(artifact: &ArtifactReference, digest: Option<String>) -> Self {
        Self {
            kind: ReleaseKind::Artifact,
            repository: artifact.name.clone(),
            tag: Some(artifact.version.clone()),
            digest,
        }
    }

    /// What a definition brings out; `None` for a bare command.
    pub fn of(definition: &Definition) -> Option<Self> {
        match (&definition.image, &definition.artifact) {
            (Some(image), _) => Self::of_image(image),
            (None, Some(artifact)) => Some(Self::of_artifact(artifact, None)),
            (None, None) => None,
        }
    }

    /// What a person calls it: the tag, else the beginning of the digest.
    pub fn label(&self) -> String {
        match (&self.tag, &self.digest) {
            (Some(tag), _) => tag.clone(),
            (None, Some(digest)) => short_digest(digest).to_owned(),
            (None, None) => self.repository.clone(),
        }
    }

    /// Whether both name the same content: by digest where both know it, else by tag.
    pub fn is_same(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.repository == other.repository
            && match (&self.digest, &other.digest) {
                (Some(ours), Some(theirs)) => ours == theirs,
                _ => self.tag.is_some() && self.tag == other.tag,
            }
    }
}

/// Twelve digits of a digest, as many as people compare.
pub fn short_digest(digest: &str) -> &str {
    let digits = digest.strip_prefix("sha256:").unwrap_or(digest);
    digits.get(..12).unwrap_or(digits)
}

/// As a definition's `image` or `artifact` names it: `repository:tag@digest`, `name/version`.
impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.repository)?;
        let mark = if self.kind == ReleaseKind::Image { ':' } else { '/' };
        if let Some(tag) = &self.tag {
            write!(f, "{mark}{tag}")?;
        }
        match &self.digest {
            Some(digest) if self.kind == ReleaseKind::Image => write!(f, "@{digest}"),
            _ => Ok(()),
        }
    }
}

/// A version in the app repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Release {
    pub id: ReleaseId,
    #[serde(flatten)]
    pub version: Version,
    /// What to deploy it by: the `image` or `artifact` of a definition.
    pub reference: String,
    pub source: ReleaseSource,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub commit: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub branch: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub build_url: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
    pub author: Actor,
    pub created_at: Timestamp,
    /// Not to be deployed again without an override and a reason.
    pub bad: Option<Bad>,
    /// The apps that are to run it now.
    #[serde(default)]
    pub runs: Vec<Place>,
}

/// Who found it bad, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bad {
    pub by: Actor,
    pub at: Timestamp,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Place {
    pub environment: EnvironmentName,
    pub app: AppName,
}

/// An app that is held at a version: any other needs an override and a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pin {
    #[serde(flatten)]
    pub version: Version,
    pub by: Actor,
    pub at: Timestamp,
    pub reason: String,
}

/// Body of `POST /releases`: exactly one of `image` and `artifact`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRelease {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// `name/version` of an upload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<String>,
    #[serde(default)]
    pub commit: String,
    #[serde(default)]
    pub branch: String,
    /// `http` or `https`.
    #[serde(default)]
    pub build_url: String,
    #[serde(default)]
    pub notes: String,
}

impl NewRelease {
    /// What it names; every mistake at once.
    pub fn read(&self) -> Result<Version, Vec<FieldError>> {
        let mut errors =
            lines(&[("/commit", &self.commit), ("/branch", &self.branch), ("/build_url", &self.build_url)]);
        if !self.build_url.is_empty() && !is_web_address(&self.build_url) {
            errors.push(FieldError::new("/build_url", Fault::NotWebAddress));
        }
        errors.extend(notes(&self.notes));
        let version = match (&self.image, &self.artifact) {
            (Some(image), None) => image_version(image),
            (None, Some(artifact)) => ArtifactReference::try_from(artifact.clone())
                .map(|artifact| Version::of_artifact(&artifact, None))
                .map_err(|reason| FieldError::new("/artifact", Fault::Other { reason: reason.to_owned() })),
            (Some(_), Some(_)) => {
                Err(FieldError::new("/artifact", Fault::Both { other: "image".to_owned() }))
            }
            (None, None) => Err(FieldError::new("/image", Fault::Required)),
        };
        match version {
            Ok(version) if errors.is_empty() => Ok(version),
            Ok(_) => Err(errors),
            Err(error) => {
                errors.insert(0, error);
                Err(errors)
            }
        }
    }
}

fn image_version(image: &str) -> Result<Version, FieldError> {
    let version = Version::of_image(image).ok_or_else(|| FieldError::new("/image", Fault::NotImage))?;
    if version.tag.is_none() && version.digest.is_none() {
        return Err(FieldError::new("/image", Fault::NoTag));
    }
    Ok(version)
}

/// Mistakes in the notes of a release.
pub fn notes(text: &str) -> Option<FieldError> {
    (text.chars().count() > NOTES_MAX).then(|| FieldError::new("/notes", Fault::TooLong { max: NOTES_MAX }))
}

fn lines(fields: &[(&str, &str)]) -> Vec<FieldError> {
    let fault = |text: &str| {
        if text.chars().count() > LINE_MAX {
            Some(Fault::TooLong { max: LINE_MAX })
        } else if text.chars().any(char::is_control) {
            Some(Fault::ControlCharacter)
        } else {
            None
        }
    };
    fields.iter().filter_map(|(path, text)| fault(text).map(|fault| FieldError::new(*path, fault))).collect()
}

/// Only what a browser can be sent to without harm.
fn is_web_address(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && !host.starts_with('/') && !host.contains(char::is_whitespace))
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams, utoipa::ToSchema), into_params(parameter_in = Query))]
pub struct ReleasesQuery {
    /// Of this repository or artifact alone.
    #[serde(default)]
    pub repository: Option<String>,
    /// Images or artifacts alone: both may bear the same name.
    #[serde(default)]
    pub kind: Option<ReleaseKind>,
    #[serde(default)]
    pub branch: Option<String>,
    /// Part of the repository, tag, digest, commit or branch, ignoring case.
    #[serde(default)]
    pub q: Option<String>,
    #[serde(default)]
    pub limit: Option<u32>,
    #[serde(default)]
    pub cursor: Option<String>,
}

/// Body of `POST .../promote`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Promote {
    /// The environment it goes to.
    pub to: EnvironmentName,
    #[serde(default)]
    pub reason: String,
    /// Supersede a running deployment there.
    #[serde(default, rename = "override")]
    pub override_active: bool,
    /// An administrator's, with a reason: although that environment is closed.
    #[serde(default)]
    pub override_window: bool,
    /// With a reason: although the release is marked as bad or the app there is pinned to another.
    #[serde(default)]
    pub override_release: bool,
}

/// Everything that bears one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KnownRepository {
    pub kind: ReleaseKind,
    /// `registry.example:5000/shop/api`, or the artifact's name.
    pub name: String,
    /// How many releases of it there are.
    pub count: u32,
    /// Null where only a registry knows of it.
    pub newest: Option<Release>,
    /// As a registry has it, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<Repository>,
    /// The apps that are to run something of it.
    pub apps: Vec<Place>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams, utoipa::ToSchema), into_params(parameter_in = Query))]
pub struct RepositoriesQuery {
    /// Part of the name, ignoring case.
    #[serde(default)]
    pub q: Option<String>,
    #[serde(default)]
    pub limit: Option<u32>,
    #[serde(default)]
    pub cursor: Option<String>,
}

/// What a promotion would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Promotion {
    /// What is out at the source; null for a bare command.
    pub version: Option<Version>,
    /// The revision of it there.
    pub revision: RevisionNumber,
    /// The app is not there yet.
    pub creates: bool,
    /// What it takes the place of; null for a new app and for a bare command.
    pub replaces: Option<Version>,
    /// The same content is out there already.
    pub same: bool,
    pub plan: Plan,
}

/// Body of `PUT .../pin`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPin {
    /// The release to hold the app at; absent: what it is at now.
    #[serde(default)]
    pub release: Option<ReleaseId>,
    #[serde(default)]
    pub reason: String,
}

/// Body of `PUT /releases/{id}/notes`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Notes {
    pub notes: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn version(image: &str) -> Version {
        Version::of_image(image).expect("an image")
    }

    #[test]
    fn an_image_is_taken_apart_and_put_together() {
        let full = format!("registry.example:5000/shop/api:1.4.2@{DIGEST}");
        let read = version(&full);
        assert_eq!(read.repository, "registry.example:5000/shop/api");
        assert_eq!((read.tag.as_deref(), read.digest.as_deref()), (Some("1.4.2"), Some(DIGEST)));
        for image in [full.as_str(), "nginx", "registry.example:5000/shop/api", "shop/api:1"] {
            assert_eq!(version(image).to_string(), image);
        }
        assert_eq!(Version::of_image("Not An Image"), None);
    }

    #[test]
    fn the_digest_says_what_is_the_same() {
        let pinned = version(&format!("shop/api:1@{DIGEST}"));
        let moved = version(&format!("shop/api:1@{}", DIGEST.replace('0', "1")));
        assert!(!pinned.is_same(&moved), "the tag has moved");
        assert!(pinned.is_same(&version(&format!("shop/api:2@{DIGEST}"))));
        assert!(pinned.is_same(&version("shop/api:1")), "only the tag is known");
        assert!(!version("shop/api").is_same(&version("shop/api")), "nothing is known");
        assert!(!pinned.is_same(&version(&format!("shop/web:1@{DIGEST}"))));
    }

    #[test]
    fn every_mistake_of_a_release_is_named_at_once() {
        let release = NewRelease {
            image: Some("shop/api".to_owned()),
            commit: "a\nb".to_owned(),
            build_url: "javascript:alert(1)".to_owned(),
            notes: "x".repeat(NOTES_MAX + 1),
            ..NewRelease::default()
        };
        let errors = release.read().expect_err("refused");
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["/image", "/commit", "/build_url", "/notes"]);
        assert!(NewRelease::default().read().is_err());
        let artifact = NewRelease { artifact: Some("shop/1.0".to_owned()), ..NewRelease::default() };
        assert_eq!(artifact.read().expect("read").to_string(), "shop/1.0");
    }
}
