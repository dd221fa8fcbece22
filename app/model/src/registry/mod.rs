//! Registries that images are read from, and what is known of their repositories and tags.

mod address;
mod input;
mod known;

use serde::{Deserialize, Serialize};

pub use self::address::{Address, is_loopback};
pub use self::input::{POLL_DEFAULT, POLL_MAX, POLL_MIN, RegistryInput, Settings};
pub use self::known::KnownTag;
use crate::duration::Span;
use crate::id::{RegistryId, RegistryName};
use crate::time::Timestamp;

/// The languages registries speak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RegistryKind {
    /// The OCI Distribution API: every registry.
    #[default]
    Distribution,
    /// Harbor's own API, which tells push times, scans and projects.
    Harbor,
}

impl RegistryKind {
    pub const ALL: [Self; 2] = [Self::Distribution, Self::Harbor];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Distribution => "distribution",
            Self::Harbor => "harbor",
        }
    }
}

/// A registry as the API shows it. Its password and the secret of its notifications are never shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Registry {
    pub id: RegistryId,
    pub name: RegistryName,
    pub kind: RegistryKind,
    /// Where it is asked: `https://registry.example:5000`.
    pub url: String,
    /// What its images begin with: `registry.example:5000`.
    pub host: String,
    pub username: Option<String>,
    pub has_password: bool,
    /// Certificates in PEM form that are trusted beside those of the console's host.
    pub ca: Option<String>,
    /// Plain HTTP is allowed to a host that is not this one.
    pub insecure: bool,
    /// Repositories named by hand, beside those of its catalogue.
    pub repositories: Vec<String>,
    /// How often it is asked for what is new.
    pub poll: Span,
    /// Where it sends its notifications: a path of this console.
    pub hook: String,
    pub state: RegistryState,
    /// When everything was last read; what is shown is at least this new.
    pub synced_at: Option<Timestamp>,
    /// While it is being read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub syncing: Option<Progress>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// How far reading has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Progress {
    pub done: u32,
    pub of: u32,
}

/// Whether it answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RegistryState {
    /// Not asked yet.
    #[default]
    Unknown,
    Reachable,
    /// What is known is kept and shown with its age.
    Failing {
        since: Timestamp,
        #[serde(flatten)]
        trouble: RegistryTrouble,
        /// When it is asked again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<Timestamp>,
    },
}

/// Why it does not answer as it should: a code for translation, and a sentence in English.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegistryTrouble {
    pub code: TroubleCode,
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TroubleCode {
    Unreachable,
    Timeout,
    /// Its certificate is not trusted, or it speaks no TLS.
    Tls,
    /// It refuses the name and password.
    Unauthorized,
    /// They are good, and not enough.
    Denied,
    RateLimited,
    NotFound,
    /// It has no list of its repositories for us.
    NoCatalogue,
    /// Its answer was not understood.
    Protocol,
    /// Plain HTTP that was not allowed.
    Insecure,
    /// What the console keeps for it cannot be opened.
    Sealed,
}

/// A registry with the secret of its notifications: the only answer that ever holds it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedRegistry {
    pub registry: Registry,
    pub hook_secret: String,
}

impl std::fmt::Debug for CreatedRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreatedRegistry").field("registry", &self.registry).finish_non_exhaustive()
    }
}

/// What a connection test found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegistryTest {
    pub ok: bool,
    /// How long it took to answer.
    pub took: Span,
    /// Repositories its catalogue lists for us; `None` where it has none.
    pub repositories: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<RegistryTrouble>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Repository {
    pub registry: RegistryName,
    pub name: String,
    /// What its images begin with: `registry.example:5000/shop/api`.
    pub image: String,
    pub tags: u32,
    /// The tag that was pushed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<String>,
    /// When that was.
    pub pushed_at: Option<Timestamp>,
    pub synced_at: Option<Timestamp>,
    /// While its tags are being read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub syncing: Option<Progress>,
    /// The registry does not list it any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
}

/// A tag as it was last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tag {
    pub name: String,
    pub digest: String,
    /// Best known: the registry's own time, else that of its notification, else when it was first seen here.
    pub pushed_at: Timestamp,
    /// When the image says that it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Bytes of all layers, compressed; for several platforms that of the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// `linux/amd64`, `linux/arm64/v8` ...
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
    /// `org.opencontainers.image.revision`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// `org.opencontainers.image.source`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// `org.opencontainers.image.url`, where it is that of a build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_url: Option<String>,
    /// `org.opencontainers.image.version`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerabilities: Option<Vulnerabilities>,
    /// The digest it stood for before it was moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_at: Option<Timestamp>,
    /// The registry does not have it any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
}

/// What a scanner found in an image, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Vulnerabilities {
    /// The worst of all: `Critical`, `High` ... as the registry says it.
    pub severity: String,
    pub critical: u32,
    pub high: u32,
    pub medium: u32,
    pub low: u32,
    pub fixable: u32,
    pub scanned_at: Option<Timestamp>,
}

/// What the field of an image offers while it is typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suggestion {
    /// What stands in the field when it is chosen.
    pub image: String,
    /// Of a tag: when it was pushed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_at: Option<Timestamp>,
    /// Of a tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// What an image stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Resolution {
    /// As it was asked for.
    pub image: String,
    /// With its digest, as a revision records it; as typed where its registry is not one of ours.
    pub pinned: String,
    /// `None` where its registry is not one of ours.
    pub registry: Option<RegistryName>,
    pub digest: Option<String>,
    /// The registry did not answer: this is what was last known, from then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_since: Option<Timestamp>,
}

/// `GET /registries/{registry}/repositories` and its tags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams, utoipa::ToSchema), into_params(parameter_in = Query))]
pub struct NamesQuery {
    /// Part of the name.
    #[serde(default)]
    pub q: Option<String>,
    #[serde(default)]
    pub limit: Option<u32>,
    #[serde(default)]
    pub cursor: Option<String>,
}
