//! The tab of the instances.

use leptos::prelude::*;
use model::api::{LIMIT_MAX, PageQuery};
use model::permission::Permission;
use model::problem::Problem;

use super::Shown;
use super::watched::{REGION, Watched, table};
use crate::paths;
use crate::text::shell;

pub async fn view(shown: &Shown<'_>) -> Result<AnyView, Problem> {
    let Shown { visit, caller, key, now, .. } = *shown;
    if !visit.wants(REGION) {
        return Ok(().into_any());
    }
    let cursor = Some(visit.asked("cursor")).filter(|cursor| !cursor.is_empty());
    let query = PageQuery { limit: Some(LIMIT_MAX), cursor };
    let found = visit.ports.apps.instances(caller, key, &query).await?;
    let watched = Watched {
        locale: visit.locale,
        key,
        instances: found.items,
        now,
        may_stop: caller.may(Permission::ChangeApps),
    };
    let more = found.next.map(|next| {
        let href = format!("{}{}", paths::app_tab(key, "instances"), paths::query(&[("cursor", &next)]));
        view! {
            <div class="pager">
                <a class="btn" href=href>
                    {shell::more(visit.locale)}
                </a>
            </div>
        }
    });
    Ok(view! {
        {table(&watched)}
        {more}
    }
    .into_any())
}
