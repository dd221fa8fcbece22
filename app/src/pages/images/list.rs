//! Every repository that is known: those of all registries, and those that only releases and uploads are of.

use leptos::prelude::*;
use model::permission::{Caller, Permission};
use model::problem::Problem;
use model::release::{KnownRepository, Place, ReleaseKind, RepositoriesQuery};
use model::time::Timestamp;

use super::notices;
use crate::islands::refresh::Refresh;
use crate::pages::releases::key;
use crate::pages::visit::Visit;
use crate::paths;
use crate::text::{Locale, images as t, registries, versions};
use crate::ui::badge::{Tone, badge};
use crate::ui::empty::empty;
use crate::ui::icon::Icon;
use crate::ui::time::ago;

/// Repositories of one page.
const REPOSITORIES: u32 = 50;
/// Apps that a row names; the rest are counted.
const NAMED: usize = 4;

pub async fn view(visit: &Visit, caller: &Caller) -> Result<AnyView, Problem> {
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
    let add =
        caller.may(Permission::Administer).then(|| (paths::REGISTRIES.to_owned(), registries::add(locale)));
    Ok(view! {
        {crate::pages::title(t::title(locale))}
        <div class="head">
            <h1>{t::title(locale)}</h1>
            <span class="sub">{t::lead(locale)}</span>
        </div>
        {(!blank).then(|| search(locale, &words))}
        {notices(visit, caller, None).await?}
        <section class="card" data-live="repositories" data-on="release registry registry_gone repository app_gone">
            {if blank {
                empty(Icon::Images, t::none_title(locale), t::none_hint(locale), add)
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
                        <th scope="col" class="number">{t::count(locale)}</th>
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
    let count = repository.registry.as_ref().map_or(repository.count, |registry| registry.tags);
    let reading = repository.registry.as_ref().and_then(|registry| registry.syncing);
    view! {
        <tr data-key=format!("{} {}", repository.kind.as_str(), repository.name)>
            <td class="repository-name">
                <a class="name" href=paths::repository(repository.kind, &repository.name)>
                    {repository.name.clone()}
                </a>
                {(repository.kind == ReleaseKind::Artifact)
                    .then(|| view! { <span class="tag">{t::kind(locale, repository.kind)}</span> })}
                {reading.map(|progress| view! { <div class="sub">{registries::reading(locale, progress)}</div> })}
            </td>
            <td>{newest(locale, repository, now)}</td>
            <td class="number" data-label=t::count(locale)>
                {count}
            </td>
            <td class="release-runs">{apps(locale, &repository.apps)}</td>
        </tr>
    }
    .into_any()
}

/// The tag that was pushed last, else the release that was told of last.
fn newest(locale: Locale, repository: &KnownRepository, now: Timestamp) -> AnyView {
    let pushed =
        repository.registry.as_ref().and_then(|registry| registry.newest.clone().zip(registry.pushed_at));
    let release = repository.newest.as_ref();
    let told = release.map(|newest| (newest.version.label(), newest.created_at));
    let Some((label, time)) = pushed.or(told) else {
        return view! { <span class="sub">"–"</span> }.into_any();
    };
    let bad = release.is_some_and(|newest| newest.bad.is_some() && newest.version.label() == label);
    view! {
        <div class="row release-newest">
            <span class="strong">{label}</span>
            {bad.then(|| badge(Tone::Bad, versions::bad(locale)))}
            <span class="sub nowrap">{ago(locale, time, now)}</span>
        </div>
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
