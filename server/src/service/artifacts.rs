//! Uploads of artifacts: the archive goes to the artifact store, its name into the database, and both or neither remain.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use adapters::artifact::{ArtifactError, ArtifactSource, ArtifactStore};
use app::port::Answer;
use async_trait::async_trait;
use model::api::Artifact;
use model::definition::ArtifactReference;
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem, ProblemCode};
use model::release::Version;
use serde_json::json;
use tokio::io::AsyncRead;

use crate::clock::SharedClock;
use crate::service::releases::guard;
use crate::store::{Store, artifacts as rows, audit, releases};

/// What an upload led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    pub artifact: Artifact,
    /// False when the same content was there already.
    pub new: bool,
}

/// Stores uploads and finds them again for the embedded engine.
#[derive(Clone)]
pub struct Artifacts {
    store: Store,
    archives: ArtifactStore,
    clock: SharedClock,
}

impl Artifacts {
    pub const fn new(store: Store, archives: ArtifactStore, clock: SharedClock) -> Self {
        Self { store, archives, clock }
    }

    /// Stores the archive under this name and version. Permission comes first: a stranger's bytes are not even read.
    pub async fn put(
        &self,
        caller: &Caller,
        reference: ArtifactReference,
        body: impl AsyncRead + Send,
    ) -> Answer<Uploaded> {
        caller.require(Permission::ChangeApps)?;
        let stored = self.archives.put(body).await.map_err(problem)?;
        let ArtifactReference { name, version } = reference;
        let mut tx = self.store.begin().await?;
        if let Some(known) = rows::get(&mut tx, &name, &version).await? {
            if known.digest == stored.digest {
                return Ok(Uploaded { artifact: known, new: false });
            }
            // The archive stays: another name may hold the same content, and an unnamed one harms nobody.
            let detail = format!("{name}/{version} exists with other content; a version never changes.");
            return Err(Problem::new(ProblemCode::AlreadyExists, detail)
                .with("what", "artifact")
                .with("name", format!("{name}/{version}")));
        }
        let artifact = Artifact {
            name,
            version,
            digest: stored.digest,
            size: stored.size,
            created_at: self.clock.now(),
        };
        rows::insert(&mut tx, &artifact).await?;
        let version = Version::of_artifact(&artifact.reference(), Some(artifact.digest.clone()));
        // A build may have told of it before.
        if releases::of_version(&mut tx, &version).await?.is_none() {
            let release = guard::new(self.clock.as_ref(), version, &caller.actor);
            releases::insert(&mut tx, &release).await?;
        }
        let entry = audit::NewEntry {
            time: artifact.created_at,
            actor: &caller.actor,
            action: "artifact.upload",
            target: &artifact.reference().to_string(),
            reason: "",
            detail: json!({ "digest": artifact.digest, "size": artifact.size }),
        };
        audit::insert(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(Uploaded { artifact, new: true })
    }
}

#[async_trait]
impl ArtifactSource for Artifacts {
    async fn digest(&self, reference: &ArtifactReference) -> Result<Option<String>, String> {
        let mut reader = self.store.read().await.map_err(|error| error.to_string())?;
        let found = rows::get(&mut reader, &reference.name, &reference.version).await;
        Ok(found.map_err(|error| error.to_string())?.map(|artifact| artifact.digest))
    }

    fn path(&self, digest: &str) -> Option<PathBuf> {
        self.archives.file(digest)
    }
}

/// Shared by the handlers and the engines.
pub type SharedArtifacts = Arc<Artifacts>;

fn problem(error: ArtifactError) -> Problem {
    let words = error.to_string();
    match error {
        ArtifactError::TooLarge { limit } => {
            let detail = format!("The archive is larger than the {limit} bytes that this console takes.");
            Problem::new(ProblemCode::TooLarge, detail).with("limit", limit)
        }
        ArtifactError::Upload(_) => {
            Problem::new(ProblemCode::Malformed, "The upload ended early; nothing was stored.")
        }
        ArtifactError::Io { source, .. }
            if matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) =>
        {
            let detail =
                "The disk of the console is full; nothing was stored. Free some space and try again.";
            Problem::new(ProblemCode::DiskFull, detail)
        }
        ArtifactError::Io { .. } => {
            tracing::error!(error = words, "an artifact could not be stored");
            Problem::internal()
        }
        _ => Problem::invalid(vec![FieldError::new("", Fault::BadArchive { reason: words })]),
    }
}
