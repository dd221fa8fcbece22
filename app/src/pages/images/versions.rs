//! The versions of one repository as the app repository keeps them.

use leptos::prelude::*;
use model::permission::{Caller, Permission};
use model::problem::Problem;
use model::release::{ReleaseKind, ReleasesQuery};

use super::{VERSIONS, head};
use crate::islands::local_time::LocalTimes;
use crate::islands::refresh::Refresh;
use crate::pages::releases::{List, act, table};
use crate::pages::visit::Visit;
use crate::paths;
use crate::text::{fault, versions as t};

/// Versions of one page.
const PAGE: u32 = 30;

pub async fn view(
    visit: &Visit,
    caller: &Caller,
    kind: ReleaseKind,
    name: String,
    in_registry: bool,
) -> Result<AnyView, Problem> {
    let locale = visit.locale;
    let position = visit.ports.site.live_position();
    let mut said = None;
    if let Some(form) = &visit.form {
        match act::perform(visit, caller, form).await {
            Ok(()) => {
                visit.redirect(&visit.request.path);
                return Ok(().into_any());
            }
            Err(problem) => {
                visit.status(problem.status);
                said = Some(problem);
            }
        }
    }
    let cursor = visit.asked("cursor");
    let query = ReleasesQuery {
        repository: Some(name.clone()),
        kind: Some(kind),
        limit: Some(PAGE),
        cursor: Some(cursor.clone()).filter(|cursor| !cursor.is_empty()),
        ..ReleasesQuery::default()
    };
    let found = visit.ports.releases.list(caller, &query).await?;
    let open = visit.asked("release").parse().ok();
    let mut items = found.items;
    if items.is_empty() && cursor.is_empty() && !in_registry {
        return Err(Problem::not_found("repository", name));
    }
    if let Some(id) = open.filter(|id| items.iter().all(|release| release.id != *id)) {
        items.insert(0, visit.ports.releases.get(caller, id).await?);
    }
    let apps = visit.ports.releases.apps_of(caller, kind, &name).await?;
    let view = if in_registry { VERSIONS } else { "" };
    let list = List {
        visit,
        now: visit.ports.site.now(),
        may_change: caller.may(Permission::ChangeApps),
        path: paths::IMAGES.to_owned(),
        kept: vec![
            ("kind", kind.as_str().to_owned()),
            ("repository", name.clone()),
            ("view", view.to_owned()),
            ("cursor", cursor),
        ],
        open,
        here: None,
        apps,
    };
    Ok(view! {
        {crate::pages::title(&name)}
        {head(locale, kind, &name, in_registry.then_some(VERSIONS))}
        {said.map(|said| view! { <div class="alert" role="alert">{fault::problem(locale, &said)}</div> })}
        <section class="card" data-live="versions" aria-labelledby="versions-title">
            <h2 class="visually-hidden" id="versions-title">{t::versions_of(locale, &name)}</h2>
            {if items.is_empty() {
                view! { <p class="empty">{t::none_hint(locale)}</p> }.into_any()
            } else {
                table(&list, &items)
            }}
        </section>
        {list.pager(found.next.as_deref())}
        <Refresh position=position />
        <LocalTimes />
    }
    .into_any())
}
