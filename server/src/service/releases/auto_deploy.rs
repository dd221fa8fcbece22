//! The policy by which an app takes new versions, and the change it makes.

use std::time::Duration;

use model::api::UpdateApp;
use model::auto_deploy::{Attempt, AutoDeploy, Candidate, Rule, choose};
use model::id::AppKey;
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem, ProblemCode};
use model::release::{ReleaseKind, Version};
use regex::Regex;
use serde_json::json;

use crate::service::{Core, no_app};
use crate::store::apps::AppRow;
use crate::store::audit::{self, NewEntry};
use crate::store::{AnyConnection, StoreError, apps, auto_deploy as rows, deployments, releases, revisions};

/// Releases of a repository that are looked at, newest first.
const LOOKED_AT: u32 = 1_000;
/// The name that the history shows.
const ACTOR: &str = "auto-deploy";
/// Pause before what was refused is tried again.
const AGAIN: Duration = Duration::from_mins(1);

pub async fn get(core: &Core, caller: &Caller, key: &AppKey) -> Result<Option<AutoDeploy>, Problem> {
    caller.require(Permission::View)?;
    let mut reader = core.store.read().await?;
    let app = apps::get(&mut reader, key).await?.ok_or_else(|| no_app(key))?;
    Ok(rows::get(&mut reader, app.id).await?)
}

pub async fn set(core: &Core, caller: &Caller, key: &AppKey, rule: Rule) -> Result<AutoDeploy, Problem> {
    caller.require(Permission::ChangeApps)?;
    if let Some(mistake) = mistake(&rule) {
        return Err(Problem::invalid(vec![mistake]));
    }
    let mut tx = core.store.begin().await?;
    let app = apps::get(&mut tx, key).await?.ok_or_else(|| no_app(key))?;
    let now = core.clock.now();
    let policy = AutoDeploy { rule, by: caller.actor.clone(), at: now, last: None };
    rows::set(&mut tx, app.id, &policy).await?;
    let target = key.to_string();
    let entry = NewEntry {
        time: now,
        actor: &caller.actor,
        action: "app.auto_deploy",
        target: &target,
        reason: "",
        detail: json!(policy.rule),
    };
    audit::insert(&mut tx, entry).await?;
    tx.commit().await?;
    core.released.notify_one();
    Ok(policy)
}

/// Fine where there is none.
pub async fn remove(core: &Core, caller: &Caller, key: &AppKey) -> Result<(), Problem> {
    caller.require(Permission::ChangeApps)?;
    let mut tx = core.store.begin().await?;
    let app = apps::get(&mut tx, key).await?.ok_or_else(|| no_app(key))?;
    if rows::remove(&mut tx, app.id).await? {
        let target = key.to_string();
        let entry = NewEntry {
            time: core.clock.now(),
            actor: &caller.actor,
            action: "app.auto_deploy_off",
            target: &target,
            reason: "",
            detail: json!({}),
        };
        audit::insert(&mut tx, entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The whole of a tag must match.
fn pattern(text: &str) -> Result<Regex, regex::Error> {
    Regex::new(&format!("^(?:{text})$"))
}

fn mistake(rule: &Rule) -> Option<FieldError> {
    rule.mistake().or_else(|| match rule {
        Rule::Regex { pattern: text } if pattern(text).is_err() => {
            let reason = regex_syntax::parse(text).err().map(|error| error.to_string()).unwrap_or_default();
            let reason =
                reason.lines().last().unwrap_or("too large").trim_start_matches("error: ").to_owned();
            Some(FieldError::new("/pattern", Fault::NotPattern { reason, position: 1 }))
        }
        _ => None,
    })
}

/// Looks at every app that follows something, and brings out what it asks for.
pub async fn sweep(core: &Core) -> Result<(), StoreError> {
    let policies = rows::all(&mut *core.store.read().await?).await?;
    for (key, policy) in policies {
        if let Some((app, version)) = due(core, &key, &policy).await? {
            bring_out(core, &key, &app, &policy, version).await?;
        }
    }
    Ok(())
}

/// The version that one app is to take now.
async fn due(
    core: &Core,
    key: &AppKey,
    policy: &AutoDeploy,
) -> Result<Option<(AppRow, Version)>, StoreError> {
    let mut reader = core.store.read().await?;
    let Some(app) = apps::get(&mut reader, key).await? else { return Ok(None) };
    let busy = deployments::active_of(&mut reader, app.id).await?.is_some();
    if busy || app.is_suspended() {
        return Ok(None);
    }
    let revision = revisions::get(&mut reader, app.id, app.target.revision).await?;
    let Some(current) = revision.and_then(|revision| Version::of(&revision.definition)) else {
        return Ok(None);
    };
    let matcher = match &policy.rule {
        Rule::Regex { pattern: text } => pattern(text).ok(),
        _ => None,
    };
    let matches = |tag: &str| matcher.as_ref().is_some_and(|regex| regex.is_match(tag));
    let candidates = candidates(&mut reader, &current).await?;
    let Some(found) = choose(&policy.rule, &candidates, &current, matches) else { return Ok(None) };
    if tried(core, policy, &found.version) {
        return Ok(None);
    }
    Ok(Some((app, found.version.clone())))
}

/// Whether this version had its chance: it went out once and something else runs now, or it was refused a moment ago.
fn tried(core: &Core, policy: &AutoDeploy, version: &Version) -> bool {
    let last = policy.last.as_ref().filter(|last| last.version == version.to_string());
    last.is_some_and(|last| last.refused.is_none() || core.clock.now() < last.at.plus(AGAIN))
}

/// What there is of the repository that an app runs.
async fn candidates(reader: &mut AnyConnection, current: &Version) -> Result<Vec<Candidate>, StoreError> {
    let told = releases::newest_of(reader, current.kind, &current.repository, LOOKED_AT).await?;
    Ok(told
        .into_iter()
        .map(|release| Candidate {
            time: release.created_at,
            branch: Some(release.branch).filter(|branch| !branch.is_empty()),
            bad: release.bad.is_some(),
            version: release.version,
        })
        .collect())
}

async fn bring_out(
    core: &Core,
    key: &AppKey,
    app: &AppRow,
    policy: &AutoDeploy,
    version: Version,
) -> Result<(), StoreError> {
    let caller = Caller::policy(ACTOR);
    let name = Some(version.to_string());
    let (image, artifact) = match version.kind {
        ReleaseKind::Image => (name, None),
        ReleaseKind::Artifact => (None, name),
    };
    let input = UpdateApp {
        image,
        artifact,
        reason: policy.rule.label(),
        if_revision: Some(app.target.revision),
        ..UpdateApp::default()
    };
    let refused = match Box::pin(crate::service::apps::update(core, &caller, key, input)).await {
        Ok(_) => None,
        // Somebody was quicker: looked at again with what is there then.
        Err(problem) if matches!(problem.code, ProblemCode::Stale | ProblemCode::DeploymentActive) => {
            return Ok(());
        }
        Err(problem) => Some(problem.detail),
    };
    let attempt = Attempt { version: version.to_string(), at: core.clock.now(), refused };
    if let Some(reason) = &attempt.refused {
        tracing::info!(app = %key, version = attempt.version, reason, "auto-deploy was refused");
    }
    let mut tx = core.store.begin().await?;
    rows::set_last(&mut tx, app.id, &attempt).await?;
    tx.commit().await
}
