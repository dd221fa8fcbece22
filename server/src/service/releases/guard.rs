//! What stands between a version and an app: a bad release, a pin. And what every deployment adds to the repository.

use model::deployment::{Actor, DeploymentKind};
use model::id::ReleaseId;
use model::problem::{Problem, ProblemCode};
use model::release::{Bad, Pin, Release, ReleaseKind, ReleaseSource, Version};

use crate::clock::Clock;
use crate::service::Core;
use crate::service::apps::Goal;
use crate::service::overrides::{self, Override};
use crate::store::apps::AppRow;
use crate::store::{StoreError, Transaction, pins, releases};

/// Kinds that bring a version out.
const fn brings_out(kind: DeploymentKind) -> bool {
    matches!(
        kind,
        DeploymentKind::Create | DeploymentKind::Update | DeploymentKind::Rollback | DeploymentKind::Promote
    )
}

/// 409 for a release that is marked as bad and for an app that is pinned to another; with `override_release` and a
/// reason it goes on all the same.
pub async fn require_allowed(
    tx: &mut Transaction,
    app: &AppRow,
    goal: &Goal,
    reason: &str,
) -> Result<Option<Override>, Problem> {
    let Some(version) = Version::of(&goal.definition).filter(|_| brings_out(goal.kind)) else {
        return Ok(None);
    };
    let refusal = if let Some(bad) = bad(tx, &version).await? {
        Some((is_bad(&version, &bad), true))
    } else {
        let pin = pins::get(tx, app.id).await?.filter(|pin| !pin.version.is_same(&version));
        pin.map(|pin| (is_pinned(app, &pin), false))
    };
    let Some((problem, bad)) = refusal else { return Ok(None) };
    if !goal.override_release {
        return Err(problem);
    }
    let reason = overrides::reason(reason)?;
    Ok(Some(Override::Release { release: version.to_string(), bad, reason }))
}

/// The mark on a version, by whatever tag it goes.
pub async fn bad(tx: &mut Transaction, version: &Version) -> Result<Option<Bad>, StoreError> {
    let marked = releases::bad_of(tx, version.kind, &version.repository).await?;
    Ok(marked.into_iter().find(|release| release.version.is_same(version)).and_then(|release| release.bad))
}

fn is_bad(version: &Version, bad: &Bad) -> Problem {
    let detail = format!(
        "{} marked {version} as bad: {}. Deploy another, or override this with a reason.",
        bad.by.name, bad.reason
    );
    Problem::new(ProblemCode::ReleaseBad, detail)
        .with("release", version)
        .with("by", &bad.by.name)
        .with("reason", &bad.reason)
}

fn is_pinned(app: &AppRow, pin: &Pin) -> Problem {
    let detail = format!(
        "{} pinned {} to {}{}. Take the pin away, or override it with a reason.",
        pin.by.name,
        app.key(),
        pin.version,
        if pin.reason.is_empty() { String::new() } else { format!(" ({})", pin.reason) },
    );
    Problem::new(ProblemCode::Pinned, detail).with("release", &pin.version).with("by", &pin.by.name)
}

/// Adds the version that a deployment brings out, unless it is known.
pub async fn remember(
    core: &Core,
    tx: &mut Transaction,
    goal: &Goal,
    author: &Actor,
) -> Result<(), StoreError> {
    let adds = matches!(goal.kind, DeploymentKind::Create | DeploymentKind::Update | DeploymentKind::Promote);
    let Some(version) = Version::of(&goal.definition).filter(|_| adds) else { return Ok(()) };
    match releases::of_version(tx, &version).await? {
        // A build told of the tag; now its digest is known too.
        Some(mut known) if known.version.digest.is_none() && version.digest.is_some() => {
            known.version.digest = version.digest;
            releases::update(tx, &known).await
        }
        Some(_) => Ok(()),
        None => releases::insert(tx, &new(core.clock.as_ref(), version, author)).await,
    }
}

/// A release without anything told of it.
pub fn new(clock: &dyn Clock, version: Version, author: &Actor) -> Release {
    let source = match version.kind {
        ReleaseKind::Image => ReleaseSource::Registry,
        ReleaseKind::Artifact => ReleaseSource::Upload,
    };
    Release {
        id: ReleaseId(clock.new_id()),
        reference: version.to_string(),
        version,
        source,
        commit: String::new(),
        branch: String::new(),
        build_url: String::new(),
        notes: String::new(),
        author: author.clone(),
        created_at: clock.now(),
        bad: None,
        runs: Vec::new(),
    }
}
