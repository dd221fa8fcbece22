//! The tab of the versions: all of the repository that the app runs, what it follows and what it is held at.

use leptos::prelude::*;
use model::permission::Permission;
use model::problem::Problem;
use model::release::{Pin, Release, ReleasesQuery, Version};

use super::{Shown, policy};
use crate::islands::refresh::Refresh;
use crate::pages::local;
use crate::pages::releases::{Here, List, table};
use crate::paths::{self, AppTab};
use crate::text::{deployment, versions as t};
use crate::ui::empty::empty;
use crate::ui::icon::Icon;

/// Rows of one page.
const ROWS: u32 = 30;

pub async fn view(shown: &Shown<'_>) -> Result<AnyView, Problem> {
    let Shown { visit, caller, key, app, .. } = *shown;
    let locale = visit.locale;
    let may_change = caller.may(Permission::ChangeApps);
    let Some(current) = Version::of(&app.definition) else {
        let action = may_change.then(|| (paths::edit_app(key), t::edit_definition(locale)));
        let picture = empty(Icon::Box, t::command_title(locale), t::command_hint(locale), action);
        return Ok(view! { <div class="card">{picture}</div> }.into_any());
    };
    let pin = visit.ports.releases.held(caller, key).await?;
    let policy = visit.ports.releases.auto_deploy(caller, key).await?;
    let cursor = visit.asked("cursor");
    let query = ReleasesQuery {
        repository: Some(current.repository.clone()),
        kind: Some(current.kind),
        limit: Some(ROWS),
        cursor: Some(cursor.clone()).filter(|cursor| !cursor.is_empty()),
        ..ReleasesQuery::default()
    };
    let found = visit.ports.releases.list(caller, &query).await?;
    let open = visit.asked("release").parse().ok();
    let mut items = found.items;
    // A link to one that stands on a later page shows it all the same.
    if let Some(id) = open.filter(|id| items.iter().all(|release| release.id != *id)) {
        items.insert(0, visit.ports.releases.get(caller, id).await?);
    }
    let environments = visit.ports.environments.list(caller).await?.len();
    let list = List {
        visit,
        now: shown.now,
        may_change,
        path: paths::app_tab(key, AppTab::Versions.segment()),
        kept: vec![("cursor", cursor)],
        open,
        here: Some(Here { key, pin: pin.as_ref(), may_promote: environments > 1 }),
        apps: Vec::new(),
    };
    Ok(view! {
        <div class="versions-top">
            {policy::card(shown, policy.as_ref(), current.kind, may_change)}
            {pin.as_ref().map(|pin| held(shown, pin, may_change))}
        </div>
        {rows(&list, &items, &current)}
        {list.pager(found.next.as_deref())}
        <Refresh position=shown.position.to_owned() />
    }
    .into_any())
}

fn rows(list: &List<'_>, releases: &[Release], current: &Version) -> AnyView {
    let locale = list.visit.locale;
    if releases.is_empty() {
        let picture = empty(Icon::Box, t::none_title(locale), t::none_hint(locale), None);
        return view! { <section class="card" data-live="versions">{picture}</section> }.into_any();
    }
    view! {
        <section class="card" data-live="versions" aria-labelledby="versions-title">
            <header class="pad">
                <h2 id="versions-title">{t::versions_of(locale, &current.repository)}</h2>
            </header>
            {table(list, releases)}
        </section>
    }
    .into_any()
}

/// The version that the app is held at, and the way out.
fn held(shown: &Shown<'_>, pin: &Pin, may_change: bool) -> AnyView {
    let locale = shown.visit.locale;
    let who = t::who(locale, &deployment::actor(locale, &pin.by));
    view! {
        <section class="card pad stack tight" aria-labelledby="held-title" data-live="held">
            <h2 id="held-title">{t::held_at(locale)}</h2>
            <p>
                <span class="strong">{pin.version.label()}</span>
                {(!pin.reason.is_empty()).then(|| format!(" “{}”", pin.reason))}
                <span class="sub policy-line">{who} ", " {local(pin.at)}</span>
            </p>
            <p class="sub">{t::hold_hint(locale)}</p>
            {may_change
                .then(|| {
                    view! {
                        <form method="post" class="policy-form">
                            <div class="field">
                                <label for="unpin-reason">{t::reason(locale)}</label>
                                <input id="unpin-reason" name="reason" maxlength="1000" autocomplete="off" />
                            </div>
                            <button class="btn" name="act" value="unpin">
                                {t::let_go(locale)}
                            </button>
                        </form>
                    }
                })}
        </section>
    }
    .into_any()
}
