//! The list of apps and its counts: stored and seen, joined.

use std::collections::{BTreeMap, BTreeSet};

use model::api::{AppCounts, AppsQuery, LIMIT_DEFAULT, LIMIT_MAX, Page};
use model::app::AppSummary;
use model::id::EnvironmentName;
use model::permission::{Caller, Permission};
use model::problem::Problem;

use super::newer;
use crate::live::{status, summary};
use crate::service::Core;
use crate::store::apps::{self, AppFilter};
use crate::store::cursor;

/// Apps read at once while a filter by status looks for the page's rows.
const BATCH: u32 = 500;

/// By name, then environment. A status is known only here, so a filter by it reads on until the page is full.
pub async fn list(core: &Core, caller: &Caller, query: &AppsQuery) -> Result<Page<AppSummary>, Problem> {
    caller.require(Permission::View)?;
    let limit = query.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
    let filter = AppFilter {
        environment: query.environment.as_ref(),
        project: query.project.as_ref(),
        text: query.q.as_deref(),
    };
    let by_status = query.status.is_some() || query.attention;
    let batch = if by_status { BATCH } else { limit + 1 };
    let mut after = cursor::decode::<(String, String)>(query.cursor.as_deref())?;
    let mut reader = core.store.read().await?;
    let mut found = Vec::new();
    loop {
        let listed = apps::list(&mut reader, &filter, after.as_ref(), batch).await?;
        let last_batch = listed.len() < batch as usize;
        after = listed.last().map(|l| (l.app.name.to_string(), l.app.environment.to_string()));
        for listed in &listed {
            let summary = summary(listed, &core.sights.get(&listed.app.environment));
            let wanted = query.status.is_none_or(|status| summary.status == status)
                && (!query.attention || summary.status.needs_attention());
            if wanted {
                found.push(summary);
            }
        }
        if last_batch || found.len() > limit as usize {
            break;
        }
    }
    let mut page = cursor::page(found, limit, |app| (app.name.to_string(), app.environment.to_string()));
    newer::mark(&mut reader, &mut page.items).await?;
    Ok(page)
}

/// How many apps there are by status, and the projects there are.
pub async fn counts(
    core: &Core,
    caller: &Caller,
    environment: Option<&EnvironmentName>,
) -> Result<AppCounts, Problem> {
    caller.require(Permission::View)?;
    let outlines = apps::outlines(&mut *core.store.read().await?, environment).await?;
    let mut by_status: BTreeMap<String, u32> = BTreeMap::new();
    let mut projects = BTreeSet::new();
    let mut counts =
        AppCounts { all: u32::try_from(outlines.len()).unwrap_or(u32::MAX), ..AppCounts::default() };
    for outline in outlines {
        let sight = core.sights.get(&outline.environment);
        let (status, _) = status(&outline.name, outline.wanted, outline.deploying, &sight);
        *by_status.entry(status.as_str().to_owned()).or_default() += 1;
        counts.attention += u32::from(status.needs_attention());
        projects.insert(outline.project);
    }
    counts.by_status = by_status;
    counts.projects = projects.into_iter().collect();
    Ok(counts)
}
