//! The app repository: every repository that is known, and the versions of one.

use leptos::prelude::*;
use model::permission::{Caller, Permission};
use model::problem::Problem;
use model::release::{KnownRepository, Place, ReleaseKind, ReleasesQuery, RepositoriesQuery};
use model::time::Timestamp;

use super::releases::{List, act, key, table};
use super::visit::{Visit, page};
use crate::islands::local_time::LocalTimes;
use crate::islands::refresh::Refresh;
use crate::paths;
use crate::text::{Locale, fault, images as t, versions};
use crate::ui::badge::{Tone, badge};
use crate::ui::empty::empty;
use crate::ui::icon::Icon;
use crate::ui::time::ago;

/// Repositories of one page.
const REPOSITORIES: u32 = 50;
/// Versions of one page.
const VERSIONS: u32 = 30;
/// Apps that a row names; the rest are counted.
const NAMED: usize = 4;

#[component]
pub fn ImagesPage() -> impl IntoView {
    page(images)
}

async fn images(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?.clone();
    let name = visit.asked("repository");
    if name.is_empty() {
        repositories(&visit, &caller).await
    } else {
        repository(&visit, &caller, name).await
    }
}

async fn repositories(visit: &Visit, caller: &Caller) -> Result<AnyView, Problem> {
    let locale = visit.locale;
    let position = visit.ports.site.live_position();
    let (words, cursor) = (visit.asked("q"), visit.asked("cursor"));
    let query = RepositoriesQuery {
        q: Some(words.clone()).filter(|words| !words.is_empty()),
        limit: Some(REPOSITORIES),
        cursor: Some(cursor).filter(|cursor| !cursor.is_empty()),
    };
    let found = visit.ports.releases.repositories(caller, &query).await?;
    let now = visit.ports.site.now();
    let blank = found.items.is_empty() && words.is_empty();
    let next = found.next.map(|next| {
        let href = format!("{}{}", paths::IMAGES, paths::query(&[("q", &words), ("cursor", &next)]));
        view! {
            <a class="btn" href=href rel="next">
                {t::more(locale)}
            </a>
        }
    });
    Ok(view! {
        {super::title(t::title(locale))}
        <div class="head">
            <h1>{t::title(locale)}</h1>
            <span class="sub">{t::lead(locale)}</span>
        </div>
        {(!blank).then(|| search(locale, &words))}
        <section class="card" data-live="repositories">
            {if blank {
                empty(Icon::Images, t::none_title(locale), versions::none_hint(locale), None)
            } else if found.items.is_empty() {
                view! { <p class="empty">{t::none_found(locale)}</p> }.into_any()
            } else {
                rows(locale, &found.items, now)
            }}
        </section>
        <nav class="pager"><span></span> {next}</nav>
        <Refresh position=position />
    }
    .into_any())
}

fn search(locale: Locale, words: &str) -> AnyView {
    view! {
        <form class="filters" role="search">
            <label class="search">
                <span class="visually-hidden">{t::find(locale)}</span>
                <input type="search" name="q" value=words.to_owned() placeholder=t::find(locale) autocomplete="off" />
            </label>
            <button class="btn">{t::find_do(locale)}</button>
        </form>
    }
    .into_any()
}

fn rows(locale: Locale, repositories: &[KnownRepository], now: Timestamp) -> AnyView {
    view! {
        <div class="scroll" tabindex="0">
            <table class="repositories">
                <thead>
                    <tr>
                        <th scope="col">{t::repository(locale)}</th>
                        <th scope="col">{t::newest(locale)}</th>
                        <th scope="col" class="number">{t::versions(locale)}</th>
                        <th scope="col">{versions::runs_in(locale)}</th>
                    </tr>
                </thead>
                <tbody>{repositories.iter().map(|each| row(locale, each, now)).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(locale: Locale, repository: &KnownRepository, now: Timestamp) -> AnyView {
    let newest = &repository.newest;
    view! {
        <tr>
            <td class="repository-name">
                <a class="name" href=paths::repository(repository.kind, &repository.name)>
                    {repository.name.clone()}
                </a>
                {(repository.kind == ReleaseKind::Artifact)
                    .then(|| view! { <span class="tag">{t::kind(locale, repository.kind)}</span> })}
            </td>
            <td>
                <div class="row release-newest">
                    <span class="strong">{newest.version.label()}</span>
                    {newest.bad.is_some().then(|| badge(Tone::Bad, versions::bad(locale)))}
                    <span class="sub nowrap">{ago(locale, newest.created_at, now)}</span>
                </div>
            </td>
            <td class="number" data-label=t::versions(locale)>
                {repository.count}
            </td>
            <td class="release-runs">{apps(locale, &repository.apps)}</td>
        </tr>
    }
    .into_any()
}

fn apps(locale: Locale, apps: &[Place]) -> AnyView {
    if apps.is_empty() {
        return view! { <span class="sub">"–"</span> }.into_any();
    }
    let chips = apps.iter().take(NAMED).map(|place| {
        let key = key(place);
        view! {
            <a class="chip" href=paths::app(&key)>
                {key.to_string()}
            </a>
        }
    });
    let more = apps.len().saturating_sub(NAMED);
    view! {
        <div class="release-places">
            {chips.collect_view()}
            {(more > 0).then(|| view! { <span class="sub">{t::and_more(locale, more)}</span> })}
        </div>
    }
    .into_any()
}

async fn repository(visit: &Visit, caller: &Caller, name: String) -> Result<AnyView, Problem> {
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
    let kinds = [ReleaseKind::Image, ReleaseKind::Artifact];
    let kind =
        kinds.into_iter().find(|kind| kind.as_str() == visit.asked("kind")).unwrap_or(ReleaseKind::Image);
    let cursor = visit.asked("cursor");
    let query = ReleasesQuery {
        repository: Some(name.clone()),
        kind: Some(kind),
        limit: Some(VERSIONS),
        cursor: Some(cursor.clone()).filter(|cursor| !cursor.is_empty()),
        ..ReleasesQuery::default()
    };
    let found = visit.ports.releases.list(caller, &query).await?;
    let open = visit.asked("release").parse().ok();
    let mut items = found.items;
    if items.is_empty() && cursor.is_empty() {
        return Err(Problem::not_found("repository", name));
    }
    if let Some(id) = open.filter(|id| items.iter().all(|release| release.id != *id)) {
        items.insert(0, visit.ports.releases.get(caller, id).await?);
    }
    let apps = visit.ports.releases.apps_of(caller, kind, &name).await?;
    let list = List {
        visit,
        now: visit.ports.site.now(),
        may_change: caller.may(Permission::ChangeApps),
        path: paths::IMAGES.to_owned(),
        kept: vec![("kind", kind.as_str().to_owned()), ("repository", name.clone()), ("cursor", cursor)],
        open,
        here: None,
        apps,
    };
    Ok(view! {
        {super::title(&name)}
        <div class="head">
            <div>
                <nav class="crumbs" aria-label=t::title(locale)>
                    <a href=paths::IMAGES>{t::title(locale)}</a>
                    " / "
                    <span>{t::kind(locale, kind)}</span>
                </nav>
                <h1>{name.clone()}</h1>
            </div>
        </div>
        {said.map(|said| view! { <div class="alert" role="alert">{fault::problem(locale, &said)}</div> })}
        <section class="card" data-live="versions" aria-labelledby="versions-title">
            <h2 class="visually-hidden" id="versions-title">{versions::versions_of(locale, &name)}</h2>
            {table(&list, &items)}
        </section>
        {list.pager(found.next.as_deref())}
        <Refresh position=position />
        <LocalTimes />
    }
    .into_any())
}
