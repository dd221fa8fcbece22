//! One app and its revisions.

use model::api::{Page, PageQuery};
use model::app::App;
use model::diff::{Change, diff as difference};
use model::id::{AppKey, RevisionNumber};
use model::permission::{Caller, Permission};
use model::problem::Problem;
use model::revision::Revision;

use super::newer;
use crate::live::summary;
use crate::service::{Core, no_app};
use crate::store::{apps, revisions};

pub async fn get(core: &Core, caller: &Caller, key: &AppKey) -> Result<App, Problem> {
    caller.require(Permission::View)?;
    let mut reader = core.store.read().await?;
    let listed = apps::get_listed(&mut reader, key).await?.ok_or_else(|| no_app(key))?;
    let number = listed.app.target.revision;
    let definition =
        revisions::definition(&mut reader, listed.app.id, number).await?.ok_or_else(Problem::internal)?;
    let mut definition = definition;
    definition.instances = Some(listed.app.wanted);
    let mut summary = summary(&listed, &core.sights.get(&key.environment));
    newer::mark(&mut reader, std::slice::from_mut(&mut summary)).await?;
    Ok(App { summary, definition })
}

/// Newest first.
pub async fn revisions(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    page: &PageQuery,
) -> Result<Page<Revision>, Problem> {
    caller.require(Permission::View)?;
    let mut reader = core.store.read().await?;
    let app = apps::get(&mut reader, key).await?.ok_or_else(|| no_app(key))?;
    Ok(revisions::list(&mut reader, app.id, page).await?)
}

pub async fn revision(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    number: RevisionNumber,
) -> Result<Revision, Problem> {
    caller.require(Permission::View)?;
    let mut reader = core.store.read().await?;
    let app = apps::get(&mut reader, key).await?.ok_or_else(|| no_app(key))?;
    revisions::get(&mut reader, app.id, number)
        .await?
        .ok_or_else(|| Problem::not_found("revision", format!("{number} of {key}")))
}

pub async fn diff(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    from: RevisionNumber,
    to: RevisionNumber,
) -> Result<Vec<Change>, Problem> {
    let from = revision(core, caller, key, from).await?;
    let to = revision(core, caller, key, to).await?;
    Ok(difference(&from.definition, &to.definition))
}
