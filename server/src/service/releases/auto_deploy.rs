//! The policy by which an app takes new versions, and the change it makes.

use std::time::Duration;

use model::api::UpdateApp;
use model::auto_deploy::{Attempt, AutoDeploy, Candidate, Rule, choose};
use model::id::AppKey;
use model::image::ImageReference;
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem, ProblemCode};
use model::registry::Tag;
use model::release::{Release, ReleaseKind, Version};
use regex::Regex;
use serde_json::json;

use crate::registry::host_of;
use crate::service::{Core, no_app};
use crate::store::apps::AppRow;
use crate::store::audit::{self, NewEntry};
use crate::store::{
    AnyConnection, StoreError, apps, auto_deploy as rows, deployments, registries, registry_tags, releases,
    revisions,
};

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

/// What there is of the repository that an app runs: what was told of or ran before, and what its registry has.
async fn candidates(reader: &mut AnyConnection, current: &Version) -> Result<Vec<Candidate>, StoreError> {
    let told = releases::newest_of(reader, current.kind, &current.repository, LOOKED_AT).await?;
    let told = told.into_iter().map(|release| Candidate {
        time: release.created_at,
        branch: Some(release.branch).filter(|branch| !branch.is_empty()),
        bad: release.bad.is_some(),
        version: release.version,
    });
    let mut candidates: Vec<Candidate> = told.collect();
    let marked = releases::bad_of(reader, current.kind, &current.repository).await?;
    for tag in tags(reader, current).await? {
        add(&mut candidates, &marked, current, tag);
    }
    Ok(candidates)
}

/// Those of a registry that is configured.
async fn tags(reader: &mut AnyConnection, current: &Version) -> Result<Vec<Tag>, StoreError> {
    let Ok(image) = current.repository.parse::<ImageReference>() else { return Ok(Vec::new()) };
    if current.kind != ReleaseKind::Image {
        return Ok(Vec::new());
    }
    let Some(registry) = registries::by_host(reader, &host_of(&image.registry)).await? else {
        return Ok(Vec::new());
    };
    registry_tags::newest(reader, registry.id, &image.repository, LOOKED_AT).await
}

/// A tag that is a release already counts once, as the release.
fn add(candidates: &mut Vec<Candidate>, marked: &[Release], current: &Version, tag: Tag) {
    let version = Version {
        kind: ReleaseKind::Image,
        repository: current.repository.clone(),
        tag: Some(tag.name),
        digest: Some(tag.digest),
    };
    let same_tag = |each: &&mut Candidate| each.version.tag == version.tag && each.version.is_same(&version);
    if let Some(known) = candidates.iter_mut().find(same_tag) {
        // What goes out is what the tag stands for now, and its digest is known.
        known.version.digest = version.digest;
        return;
    }
    let bad = marked.iter().any(|release| release.version.is_same(&version));
    candidates.push(Candidate { version, time: tag.pushed_at, branch: None, bad });
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

#[cfg(test)]
mod tests {
    use model::release::Bad;
    use model::time::Timestamp;

    use super::*;
    use crate::clock::SystemClock;
    use crate::service::releases::guard;

    fn version(tag: &str, digest: Option<&str>) -> Version {
        let digest = digest.map(|of| format!("@sha256:{}", of.repeat(64))).unwrap_or_default();
        Version::of_image(&format!("registry.example/shop/api:{tag}{digest}")).expect("an image")
    }

    fn tag(name: &str, digest: &str) -> Tag {
        serde_json::from_value(json!({
            "name": name,
            "digest": format!("sha256:{}", digest.repeat(64)),
            "pushed_at": "2026-11-24T12:00:00.000Z",
        }))
        .expect("a tag")
    }

    fn candidate(version: Version) -> Candidate {
        Candidate { version, time: Timestamp::from_millis(0), branch: Some("main".to_owned()), bad: false }
    }

    #[test]
    fn a_tag_that_is_a_release_counts_once_and_brings_its_digest() {
        let mut found = vec![candidate(version("1.0", None)), candidate(version("1.1", Some("a")))];
        let current = version("1.0", None);
        add(&mut found, &[], &current, tag("1.0", "c"));
        add(&mut found, &[], &current, tag("1.1", "a"));
        let names: Vec<String> = found.iter().map(|each| each.version.to_string()).collect();
        assert_eq!(names, [version("1.0", Some("c")).to_string(), version("1.1", Some("a")).to_string()]);
        assert!(found.iter().all(|each| each.branch.as_deref() == Some("main")));
    }

    #[test]
    fn a_tag_that_moved_is_another_version_and_a_bad_mark_stays_with_its_content() {
        let mut found = vec![candidate(version("1.0", Some("a")))];
        let current = version("1.0", Some("a"));
        let marked = |of: &str| {
            let by = Caller::policy("auto-deploy").actor;
            let bad = Some(Bad { by: by.clone(), at: Timestamp::from_millis(0), reason: "x".to_owned() });
            Release { bad, ..guard::new(&SystemClock, version("0.9", Some(of)), &by) }
        };
        add(&mut found, &[marked("b")], &current, tag("1.0", "c"));
        add(&mut found, &[marked("b")], &current, tag("1.1", "b"));
        let bad: Vec<bool> = found.iter().map(|each| each.bad).collect();
        assert_eq!(bad, [false, false, true]);
    }
}
