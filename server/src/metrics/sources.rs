//! Which source answers for an environment: the console's own store, or the server that its settings name.
//!
//! What the console measures goes into its own store, wherever an environment is asked, so that what it shows of its own
//! instances never hangs on another's server.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use adapters::metrics::{
    Graphite, Login, MetricError, MetricSource, Prometheus, RemoteConfig, RemoteError, SharedSource,
};
use async_trait::async_trait;
use model::id::EnvironmentName;
use model::metric::{Authentication, Labels, Range, Remote, Series, SourceKind, SourceSettings};
use model::time::Timestamp;
use thiserror::Error;

use crate::auth::seal::{Seal, SealError};
use crate::store::environments::{self, EnvironmentRow};
use crate::store::{Store, StoreError};

/// Largest file of certificates.
const CA_MAX: u64 = 1 << 20;

/// Cheap to clone.
#[derive(Clone)]
pub struct Sources {
    own: SharedSource,
    seal: Arc<Seal>,
    foreign: Arc<RwLock<HashMap<EnvironmentName, SharedSource>>>,
}

/// Why a source cannot be made of its settings.
#[derive(Debug, Error)]
enum Trouble {
    #[error("the secret of its source cannot be read: {0}")]
    Secret(#[from] SealError),
    #[error("its source has no secret; type it again")]
    NoSecret,
    #[error("{} cannot be read: {reason}", file.display())]
    Certificates { file: PathBuf, reason: std::io::Error },
    #[error(transparent)]
    Client(#[from] RemoteError),
}

/// What the secret of an environment's source belongs to when it is sealed.
fn owner(environment: &EnvironmentName) -> String {
    format!("environment/{environment}/metrics")
}

impl Sources {
    /// With the sources of all environments there are.
    pub async fn open(store: &Store, own: SharedSource, seal: Arc<Seal>) -> Result<Self, StoreError> {
        let sources = Self { own, seal, foreign: Arc::default() };
        for row in environments::list(&mut *store.read().await?).await? {
            sources.set(&row).await;
        }
        Ok(sources)
    }

    /// The console's own store.
    pub fn own(&self) -> SharedSource {
        Arc::clone(&self.own)
    }

    /// Where the measurements of an environment are asked.
    pub fn of(&self, environment: &EnvironmentName) -> SharedSource {
        let foreign = self.foreign.read().unwrap_or_else(PoisonError::into_inner);
        foreign.get(environment).map_or_else(|| self.own(), Arc::clone)
    }

    /// Takes over the settings of an environment.
    pub async fn set(&self, row: &EnvironmentRow) {
        let source = self.made(row).await;
        let mut foreign = self.foreign.write().unwrap_or_else(PoisonError::into_inner);
        match source {
            Some(source) => foreign.insert(row.name.clone(), source),
            None => foreign.remove(&row.name),
        };
    }

    pub fn remove(&self, environment: &EnvironmentName) {
        self.foreign.write().unwrap_or_else(PoisonError::into_inner).remove(environment);
    }

    pub fn seal(&self, environment: &EnvironmentName, secret: &str) -> Result<String, SealError> {
        self.seal.seal(&owner(environment), secret)
    }

    /// `None` for the own store.
    async fn made(&self, row: &EnvironmentRow) -> Option<SharedSource> {
        let kind = row.metrics.kind();
        let made: Result<SharedSource, Trouble> = match &row.metrics {
            SourceSettings::Embedded {} => return None,
            SourceSettings::Prometheus(remote) => self
                .config(row, remote)
                .await
                .and_then(|config| Ok(Arc::new(Prometheus::new(config)?) as SharedSource)),
            SourceSettings::Graphite(remote) => self
                .config(row, remote)
                .await
                .and_then(|config| Ok(Arc::new(Graphite::new(config)?) as SharedSource)),
        };
        Some(made.unwrap_or_else(|trouble| {
            tracing::warn!(environment = %row.name, %trouble, "measurements cannot be asked");
            Arc::new(Unusable { kind, reason: trouble.to_string() })
        }))
    }

    async fn config(&self, row: &EnvironmentRow, remote: &Remote) -> Result<RemoteConfig, Trouble> {
        let login = match &remote.authentication {
            None => None,
            Some(authentication) => {
                let sealed = row.metrics_secret.as_deref().ok_or(Trouble::NoSecret)?;
                let secret = self.seal.unseal(&owner(&row.name), sealed)?;
                Some(match authentication {
                    Authentication::Bearer { .. } => Login::Bearer(secret),
                    Authentication::Basic { username, .. } => {
                        Login::Basic { username: username.clone(), password: secret }
                    }
                })
            }
        };
        let ca = match &remote.ca {
            None => None,
            Some(file) => Some(
                certificates(file)
                    .await
                    .map_err(|reason| Trouble::Certificates { file: file.into(), reason })?,
            ),
        };
        Ok(RemoteConfig { url: remote.url.clone(), login, ca })
    }
}

/// The content of a file of certificates, unless it is far too large for one.
pub async fn certificates(file: &str) -> std::io::Result<Vec<u8>> {
    if tokio::fs::metadata(file).await?.len() > CA_MAX {
        return Err(std::io::Error::other(format!("it is larger than {} MiB", CA_MAX >> 20)));
    }
    tokio::fs::read(file).await
}

/// Says to every question why there is no answer.
struct Unusable {
    kind: SourceKind,
    reason: String,
}

impl Unusable {
    fn error<T>(&self) -> Result<T, MetricError> {
        Err(MetricError::Unavailable(self.reason.clone()))
    }
}

#[async_trait]
impl MetricSource for Unusable {
    fn kind(&self) -> SourceKind {
        self.kind
    }

    async fn about(&self) -> Result<String, MetricError> {
        self.error()
    }

    async fn query(&self, _query: &str, _time: Timestamp) -> Result<Vec<Series>, MetricError> {
        self.error()
    }

    async fn query_range(&self, _query: &str, _range: Range) -> Result<Vec<Series>, MetricError> {
        self.error()
    }

    async fn series(
        &self,
        _selectors: &[String],
        _window: Option<(Timestamp, Timestamp)>,
    ) -> Result<Vec<Labels>, MetricError> {
        self.error()
    }
}
