//! The live view: what is printed now.

use leptos::prelude::*;
use model::api::{LIMIT_MAX, LogsQuery, PageQuery};
use model::id::InstanceId;
use model::problem::Problem;

use crate::islands::Given;
use crate::islands::app::logs::{LogView, Logs};
use crate::pages::app::Shown;

/// Lines a page begins with.
const LINES: u32 = 400;

pub async fn view(shown: &Shown<'_>) -> Result<AnyView, Problem> {
    let Shown { visit, caller, key, .. } = *shown;
    let instance = Some(visit.asked("instance")).filter(|id| !id.is_empty());
    let grep = visit.asked("grep");
    let query = LogsQuery {
        instance: instance.clone().map(InstanceId),
        grep: Some(grep.clone()).filter(|grep| !grep.is_empty()),
        limit: Some(LINES),
        ..LogsQuery::default()
    };
    let lines = visit.ports.apps.logs(caller, key, &query).await?;
    let page = PageQuery { limit: Some(LIMIT_MAX), cursor: None };
    let known = visit.ports.apps.instances(caller, key, &page).await?;
    let mut instances: Vec<String> = known.items.into_iter().map(|one| one.id.0).collect();
    // Ended instances still have lines, and a link may name one.
    instances.extend(lines.iter().map(|line| line.instance.0.clone()));
    instances.extend(instance.clone());
    instances.sort();
    instances.dedup();
    let logs = Logs { locale: visit.locale, key: key.clone(), lines, instances, instance, grep };
    Ok(view! { <LogView logs=Given(logs) /> }.into_any())
}
