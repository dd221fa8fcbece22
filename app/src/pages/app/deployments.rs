//! The tab of the app's own history.

use leptos::prelude::*;
use model::api::DeploymentsQuery;
use model::deployment::Deployment;
use model::problem::Problem;

use super::Shown;
use crate::pages::local;
use crate::paths;
use crate::text::{Locale, app as t, deployment as words};
use crate::ui::badge::deployment_badge;
use crate::ui::empty::empty;
use crate::ui::icon::Icon;

/// Rows of one page.
const ROWS: u32 = 50;

pub async fn view(shown: &Shown<'_>) -> Result<AnyView, Problem> {
    let Shown { visit, caller, key, .. } = *shown;
    let locale = visit.locale;
    let query = DeploymentsQuery {
        environment: Some(key.environment.clone()),
        app: Some(key.app.to_string()),
        limit: Some(ROWS),
        cursor: Some(visit.asked("cursor")).filter(|cursor| !cursor.is_empty()),
        ..DeploymentsQuery::default()
    };
    let found = visit.ports.deployments.list(caller, &query).await?;
    if found.items.is_empty() {
        let picture = empty(Icon::Deployments, words::none_yet(locale), words::none_yet_hint(locale), None);
        return Ok(view! { <div class="card">{picture}</div> }.into_any());
    }
    let rows = found.items.iter().map(|one| row(locale, one)).collect_view();
    let older = found.next.map(|next| {
        let href = format!("{}{}", paths::app_tab(key, "deployments"), paths::query(&[("cursor", &next)]));
        view! {
            <a class="btn" href=href>
                {t::older(locale)}
            </a>
        }
    });
    Ok(view! {
        <div class="card">
            <div class="scroll" tabindex="0">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{words::number(locale)}</th>
                            <th scope="col">{words::state_head(locale)}</th>
                            <th scope="col">{words::change(locale)}</th>
                            <th scope="col" class="hide-s">{words::who(locale)}</th>
                            <th scope="col">{words::when(locale)}</th>
                            <th scope="col" class="number hide-s">{words::took(locale)}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </div>
        <div class="pager">{older}</div>
    }
    .into_any())
}

fn row(locale: Locale, one: &Deployment) -> AnyView {
    let took = match (one.started_at, one.ended_at) {
        (Some(start), Some(end)) => words::length(locale, end.since(start)),
        _ => "–".to_owned(),
    };
    let reason = if one.reason.is_empty() { None } else { Some(format!("“{}”", one.reason)) };
    view! {
        <tr>
            <td>
                <a class="name" href=paths::deployment(one.id)>
                    {one.number}
                </a>
            </td>
            <td>
                {deployment_badge(locale, one.state)}
                <div class="sub">{words::standing(locale, one)}</div>
            </td>
            <td>
                <span class="strong">{words::kind(locale, one.kind)}</span>
                " "
                {words::change_of(locale, one)}
                <div class="sub">{reason}</div>
            </td>
            <td class="hide-s">{words::actor(locale, &one.actor)}</td>
            <td class="nowrap">{local(one.created_at)}</td>
            <td class="number nowrap hide-s">{took}</td>
        </tr>
    }
    .into_any()
}
