//! The app repository: what can be deployed, where each version runs, which are bad, and what apps follow or are held at.

mod auto_deploy;
pub mod guard;
pub mod known;
mod pin;

use std::collections::HashMap;

use app::port::{Answer, Releases};
use async_trait::async_trait;
use model::api::{LIMIT_DEFAULT, LIMIT_MAX, Page, Reasoned};
use model::auto_deploy::{AutoDeploy, Rule};
use model::id::{AppKey, ReleaseId};
use model::live::Change;
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem};
use model::release::{
    Bad, KnownRepository, NewPin, NewRelease, Notes, Pin, Place, Release, ReleaseKind, ReleaseSource,
    ReleasesQuery, RepositoriesQuery, Version, notes,
};
use serde_json::json;

pub use self::auto_deploy::sweep;
use super::registries::resolve;
use super::{Core, idempotency, overrides};
use crate::store::audit::{self, NewEntry};
use crate::store::{AnyConnection, Transaction, artifacts, releases, repositories};

/// The port [`Releases`].
#[derive(Clone)]
pub struct ReleaseService {
    core: Core,
}

impl ReleaseService {
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    /// Changes one in a transaction of its own and tells of it.
    async fn change(
        &self,
        caller: &Caller,
        id: ReleaseId,
        action: &str,
        reason: &str,
        change: impl FnOnce(&mut Release) + Send,
    ) -> Answer<Release> {
        caller.require(Permission::ChangeApps)?;
        let mut tx = self.core.store.begin().await?;
        let found = releases::get(&mut tx, id).await?;
        let mut release = found.ok_or_else(|| Problem::not_found("release", id))?;
        change(&mut release);
        releases::update(&mut tx, &release).await?;
        self.audit(&mut tx, caller, action, &release, reason).await?;
        places(&mut tx, std::slice::from_mut(&mut release)).await?;
        tx.commit().await?;
        self.announce(&release);
        Ok(release)
    }

    /// Tells the open pages, and the apps that follow new versions.
    fn announce(&self, release: &Release) {
        self.core.bus.publish([Change::Release(Box::new(release.clone()))]);
        self.core.released.notify_one();
    }

    async fn audit(
        &self,
        tx: &mut Transaction,
        caller: &Caller,
        action: &str,
        release: &Release,
        reason: &str,
    ) -> Answer<()> {
        let time = self.core.clock.now();
        let detail = json!({ "release": release.id });
        let target = &release.reference;
        Ok(audit::insert(tx, NewEntry { time, actor: &caller.actor, action, target, reason, detail }).await?)
    }
}

#[async_trait]
impl Releases for ReleaseService {
    async fn list(&self, caller: &Caller, query: &ReleasesQuery) -> Answer<Page<Release>> {
        caller.require(Permission::View)?;
        let mut reader = self.core.store.read().await?;
        let limit = query.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
        let mut page = releases::list(&mut reader, query, limit).await?;
        places(&mut reader, &mut page.items).await?;
        Ok(page)
    }

    async fn get(&self, caller: &Caller, id: ReleaseId) -> Answer<Release> {
        caller.require(Permission::View)?;
        let mut reader = self.core.store.read().await?;
        let found = releases::get(&mut reader, id).await?;
        let mut release = found.ok_or_else(|| Problem::not_found("release", id))?;
        places(&mut reader, std::slice::from_mut(&mut release)).await?;
        Ok(release)
    }

    async fn repositories(
        &self,
        caller: &Caller,
        query: &RepositoriesQuery,
    ) -> Answer<Page<KnownRepository>> {
        caller.require(Permission::View)?;
        let mut reader = self.core.store.read().await?;
        let limit = query.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
        let (words, after) = (query.q.as_deref(), query.cursor.as_deref());
        let names = repositories::names(&mut reader, words, after, limit).await?;
        let mut items = Vec::with_capacity(names.items.len());
        for name in names.items {
            items.extend(known::of_name(&mut reader, name).await?);
        }
        Ok(Page { items, next: names.next })
    }

    async fn apps_of(&self, caller: &Caller, kind: ReleaseKind, repository: &str) -> Answer<Vec<Place>> {
        caller.require(Permission::View)?;
        let mut reader = self.core.store.read().await?;
        let running = known::running(&mut reader, kind, &known::spellings(kind, repository)).await?;
        Ok(running.into_iter().map(|(place, _)| place).collect())
    }

    async fn create(&self, caller: &Caller, input: NewRelease) -> Answer<(Release, bool)> {
        caller.require(Permission::ChangeApps)?;
        let mut version = input.read().map_err(Problem::invalid)?;
        version.digest = digest(&self.core, &version).await;
        let mut tx = self.core.store.begin().await?;
        if version.kind == ReleaseKind::Artifact {
            version.digest = Some(uploaded(&mut tx, &version).await?);
        }
        let known = releases::of_version(&mut tx, &version).await?;
        let new = known.is_none();
        let mut release =
            known.unwrap_or_else(|| guard::new(self.core.clock.as_ref(), version.clone(), &caller.actor));
        if release.version.digest.is_none() {
            release.version.digest = version.digest;
        }
        release.reference = release.version.to_string();
        tell(&mut release, &input);
        if new {
            releases::insert(&mut tx, &release).await?;
        } else {
            releases::update(&mut tx, &release).await?;
        }
        self.audit(&mut tx, caller, "release.create", &release, "").await?;
        places(&mut tx, std::slice::from_mut(&mut release)).await?;
        idempotency::keep(&mut tx, if new { 201 } else { 200 }, &release).await?;
        tx.commit().await?;
        self.announce(&release);
        Ok((release, new))
    }

    async fn set_notes(&self, caller: &Caller, id: ReleaseId, input: Notes) -> Answer<Release> {
        if let Some(mistake) = notes(&input.notes) {
            return Err(Problem::invalid(vec![mistake]));
        }
        self.change(caller, id, "release.notes", "", |release| release.notes = input.notes).await
    }

    async fn mark_bad(&self, caller: &Caller, id: ReleaseId, input: Reasoned) -> Answer<Release> {
        caller.require(Permission::ChangeApps)?;
        let reason = overrides::reason(&input.reason)?;
        let bad = Bad { by: caller.actor.clone(), at: self.core.clock.now(), reason: reason.clone() };
        self.change(caller, id, "release.bad", &reason, |release| release.bad = Some(bad)).await
    }

    async fn mark_good(&self, caller: &Caller, id: ReleaseId, input: Reasoned) -> Answer<Release> {
        self.change(caller, id, "release.good", input.reason.trim(), |release| release.bad = None).await
    }

    async fn held(&self, caller: &Caller, key: &AppKey) -> Answer<Option<Pin>> {
        pin::get(&self.core, caller, key).await
    }

    async fn hold(&self, caller: &Caller, key: &AppKey, input: NewPin) -> Answer<Pin> {
        pin::set(&self.core, caller, key, input).await
    }

    async fn let_go(&self, caller: &Caller, key: &AppKey, input: Reasoned) -> Answer<()> {
        pin::remove(&self.core, caller, key, &input.reason).await
    }

    async fn auto_deploy(&self, caller: &Caller, key: &AppKey) -> Answer<Option<AutoDeploy>> {
        auto_deploy::get(&self.core, caller, key).await
    }

    async fn follow(&self, caller: &Caller, key: &AppKey, rule: Rule) -> Answer<AutoDeploy> {
        auto_deploy::set(&self.core, caller, key, rule).await
    }

    async fn unfollow(&self, caller: &Caller, key: &AppKey) -> Answer<()> {
        auto_deploy::remove(&self.core, caller, key).await
    }
}

/// Of an image that was told by its tag alone. Where our registries do not know, the tag stays alone: its build may not have
/// pushed it yet.
async fn digest(core: &Core, version: &Version) -> Option<String> {
    if version.kind == ReleaseKind::Artifact || version.tag.is_none() || version.digest.is_some() {
        return version.digest.clone();
    }
    resolve(core, &version.to_string(), "/image").await.ok().and_then(|found| found.digest)
}

/// What a build told; what it leaves out stays as it was.
fn tell(release: &mut Release, input: &NewRelease) {
    release.source = ReleaseSource::Ci;
    let fields = [
        (&mut release.commit, &input.commit),
        (&mut release.branch, &input.branch),
        (&mut release.build_url, &input.build_url),
        (&mut release.notes, &input.notes),
    ];
    for (field, told) in fields {
        if !told.trim().is_empty() {
            told.trim().clone_into(field);
        }
    }
}

/// The digest of an upload; 422 when there is none.
async fn uploaded(tx: &mut Transaction, version: &Version) -> Answer<String> {
    let name = version.to_string();
    let tag = version.tag.as_deref().unwrap_or_default();
    let found = artifacts::get(tx, &version.repository, tag).await?;
    found
        .map(|artifact| artifact.digest)
        .ok_or_else(|| Problem::invalid(vec![FieldError::new("/artifact", Fault::NoSuchArtifact { name })]))
}

/// Where each runs: one question a repository.
async fn places(connection: &mut AnyConnection, items: &mut [Release]) -> Answer<()> {
    let mut known: HashMap<(ReleaseKind, String), Vec<(Place, Version)>> = HashMap::new();
    for release in items {
        let key = (release.version.kind, release.version.repository.clone());
        if !known.contains_key(&key) {
            let running = releases::running(connection, key.0, &key.1).await?;
            known.insert(key.clone(), running);
        }
        release.runs =
            known.get(&key).map_or_else(Vec::new, |running| where_it_runs(running, &release.version));
    }
    Ok(())
}

fn where_it_runs(running: &[(Place, Version)], wanted: &Version) -> Vec<Place> {
    let here = running.iter().filter(|(_, version)| {
        let tag_fits = version.tag.is_none() || version.tag == wanted.tag;
        tag_fits && version.is_same(wanted)
    });
    here.map(|(place, _)| place.clone()).collect()
}
