//! The tab of the instances.

use leptos::prelude::*;
use model::api::{LIMIT_MAX, PageQuery};
use model::permission::Permission;
use model::problem::Problem;

use super::Shown;
use crate::islands::Given;
use crate::islands::app::instances::{InstanceTable, Watched};
use crate::paths;
use crate::text::shell;

pub async fn view(shown: &Shown<'_>) -> Result<AnyView, Problem> {
    let Shown { visit, caller, key, now, position, .. } = *shown;
    let cursor = Some(visit.asked("cursor")).filter(|cursor| !cursor.is_empty());
    let query = PageQuery { limit: Some(LIMIT_MAX), cursor };
    let found = visit.ports.apps.instances(caller, key, &query).await?;
    let watched = Watched {
        locale: visit.locale,
        key: key.clone(),
        instances: found.items,
        now,
        position: position.to_owned(),
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
        <InstanceTable watched=Given(watched) />
        {more}
    }
    .into_any())
}
