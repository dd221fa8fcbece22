//! Registries that images are read from.
//!
//! A registry tells names, digests and what an image says of itself. It knows nothing of apps, and it is never asked by a
//! page: the console keeps what it was told. All calls are bounded in time, in the size of an answer and in number.
//!
//! To add one: this trait, a `match` arm in [`open`] and one line in the contract runner.

mod ask;
#[cfg(feature = "contract")]
pub mod contract;
mod describe;
mod distribution;
mod error;
mod harbor;

use std::sync::Arc;

use async_trait::async_trait;
use model::registry::{Address, RegistryKind, Vulnerabilities, is_loopback};
use model::time::Timestamp;

pub use self::error::RegistryError;

/// Most repositories that are listed.
pub const REPOSITORIES_MAX: usize = 10_000;
/// Most tags of one repository that are listed.
pub const TAGS_MAX: usize = 50_000;
/// Questions that one registry is asked at the same time.
pub const CONCURRENCY: usize = 8;

#[async_trait]
pub trait Registry: Send + Sync {
    /// Whether it answers, with these credentials.
    async fn probe(&self) -> Result<(), RegistryError>;

    /// Names of all repositories; [`RegistryError::NoCatalogue`] where it does not list them for us.
    async fn repositories(&self) -> Result<Vec<String>, RegistryError>;

    /// All tags of a repository. NotFound when there is no such repository.
    async fn tags(&self, repository: &str) -> Result<Vec<ListedTag>, RegistryError>;

    /// The digest that a tag or a digest stands for now; `None` when there is none.
    async fn resolve(&self, repository: &str, reference: &str) -> Result<Option<String>, RegistryError>;

    /// What an image says of itself; `None` when there is no such image.
    async fn describe(&self, repository: &str, digest: &str) -> Result<Option<Description>, RegistryError>;
}

/// A tag as a list names it, with what the list tells beside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListedTag {
    pub name: String,
    /// `None` where a list tells only names.
    pub digest: Option<String>,
    pub pushed_at: Option<Timestamp>,
    pub vulnerabilities: Option<Vulnerabilities>,
}

/// What an image says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Description {
    /// Bytes of all layers, compressed; for several platforms that of the first.
    pub size: Option<u64>,
    /// `linux/amd64`, `linux/arm64/v8` ...
    pub platforms: Vec<String>,
    pub created_at: Option<Timestamp>,
    pub commit: Option<String>,
    pub source: Option<String>,
    pub build_url: Option<String>,
    pub version: Option<String>,
}

/// How a registry is reached.
#[derive(Clone)]
pub struct RegistrySettings {
    pub kind: RegistryKind,
    pub url: String,
    pub credentials: Option<Credentials>,
    /// Certificates in PEM form that are trusted as well.
    pub ca: Option<String>,
    /// Plain HTTP may leave this host.
    pub insecure: bool,
}

#[derive(Clone)]
pub struct Credentials {
    pub username: String,
    pub password: String,
}

/// Makes the client of a registry. Asks nothing yet.
pub fn open(settings: &RegistrySettings) -> Result<Arc<dyn Registry>, RegistryError> {
    let address = Address::parse(&settings.url)
        .ok_or_else(|| RegistryError::Protocol(format!("{} is no address of a registry", settings.url)))?;
    if !address.https && !settings.insecure && !is_loopback(address.host()) {
        return Err(RegistryError::Insecure);
    }
    Ok(match settings.kind {
        RegistryKind::Distribution => Arc::new(distribution::Distribution::new(settings, &address)?),
        RegistryKind::Harbor => Arc::new(harbor::Harbor::new(settings, &address)?),
    })
}

/// Whether certificates in PEM form can be used.
pub fn check_certificates(pem: &str) -> Result<(), RegistryError> {
    ask::Ask::new(Some(pem)).map(drop)
}
