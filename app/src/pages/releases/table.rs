//! The rows: one version a line, newest first.

use leptos::prelude::*;
use model::release::{Release, short_digest};

use super::{List, anchor, key, opened};
use crate::paths;
use crate::text::{Locale, app as app_text, deployment, versions as t};
use crate::ui::badge::{Tone, badge};
use crate::ui::time::ago;

/// Digits of a commit that people read.
const COMMIT: usize = 8;
/// Columns, for the details that go over all of them.
pub const COLUMNS: &str = "5";

pub fn table(list: &List<'_>, releases: &[Release]) -> AnyView {
    let locale = list.visit.locale;
    view! {
        <div class="scroll" tabindex="0">
            <table class="releases">
                <thead>
                    <tr>
                        <th scope="col">{t::version(locale)}</th>
                        <th scope="col">{t::change(locale)}</th>
                        <th scope="col">{t::runs_in(locale)}</th>
                        <th scope="col">{t::added(locale)}</th>
                        <th scope="col"><span class="visually-hidden">{app_text::actions(locale)}</span></th>
                    </tr>
                </thead>
                <tbody>
                    {releases
                        .iter()
                        .map(|release| {
                            let open = list.open == Some(release.id);
                            view! { {row(list, release, open)} {open.then(|| opened::view(list, release))} }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(list: &List<'_>, release: &Release, open: bool) -> AnyView {
    let locale = list.visit.locale;
    let label = release.version.label();
    let digest = release.version.digest.as_ref().filter(|_| release.version.tag.is_some());
    let who = deployment::actor(locale, &release.author);
    let toggle = if open { t::less(locale) } else { t::more(locale) };
    view! {
        <tr id=anchor(release.id) class="release" class:opened=open>
            <td class="release-version">
                <div class="row">
                    <a class="name" href=list.at(release, !open)>
                        {label.clone()}
                    </a>
                    {marks(list, release)}
                </div>
                {digest
                    .map(|digest| {
                        view! { <code class="sub" title=digest.clone()>{short_digest(digest).to_owned()}</code> }
                    })}
            </td>
            <td class="release-change">{change(locale, release)}</td>
            <td class="release-runs">{runs(list, release, "–")}</td>
            <td class="release-added">
                <span class="nowrap">{ago(locale, release.created_at, list.now)}</span>
                <div class="sub clip" title=t::told(locale, &who, release.source)>
                    {t::told(locale, &who, release.source)}
                </div>
            </td>
            <td class="release-do">
                <div class="row end">
                    {go(list, release, &label)}
                    <a
                        class="btn small plain"
                        href=list.at(release, !open)
                        aria-expanded=open.to_string()
                        aria-label=t::of_version(toggle, &label)
                    >
                        {toggle}
                    </a>
                </div>
            </td>
        </tr>
    }
    .into_any()
}

/// Runs here, bad, pinned.
fn marks(list: &List<'_>, release: &Release) -> AnyView {
    let locale = list.visit.locale;
    let here = list.here.as_ref();
    view! {
        {here.is_some_and(|here| here.runs(release)).then(|| badge(Tone::Good, t::running_here(locale)))}
        {release.bad.is_some().then(|| badge(Tone::Bad, t::bad(locale)))}
        {here.is_some_and(|here| here.holds(release)).then(|| badge(Tone::Idle, t::held(locale)))}
    }
    .into_any()
}

/// Commit, branch and build; under it why it is bad, else the first line of the notes.
fn change(locale: Locale, release: &Release) -> AnyView {
    let short = |commit: &str| commit.chars().take(COMMIT).collect::<String>();
    let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let label = t::of_version(t::build(locale), &release.version.label());
    let line = match &release.bad {
        Some(bad) => t::why_it_is_bad(locale, &bad.by.name, &bad.reason),
        None => release.notes.lines().next().unwrap_or_default().to_owned(),
    };
    view! {
        <div class="release-from">
            {told(&release.commit)
                .map(|commit| view! { <code title=commit.clone()>{short(&commit)}</code> })}
            {told(&release.branch).map(|branch| view! { <span class="tag" title=branch.clone()>{branch.clone()}</span> })}
            {told(&release.build_url)
                .map(|url| {
                    view! {
                        <a class="link" href=url rel="noreferrer" aria-label=label>
                            {t::build(locale)}
                        </a>
                    }
                })}
        </div>
        {(!line.is_empty())
            .then(|| {
                view! {
                    <div class="sub clip" class:release-why=release.bad.is_some() title=line.clone()>
                        {line.clone()}
                    </div>
                }
            })}
    }
    .into_any()
}

/// The apps that run it, each a link; by the environment alone where the app is the one shown.
pub fn runs(list: &List<'_>, release: &Release, nowhere: &'static str) -> AnyView {
    if release.runs.is_empty() {
        return view! { <span class="sub">{nowhere}</span> }.into_any();
    }
    let chips = release.runs.iter().map(|place| {
        let key = key(place);
        let shown = list.here.as_ref().is_some_and(|here| here.key.app == place.app);
        let word = if shown { place.environment.to_string() } else { key.to_string() };
        view! {
            <a class="chip" href=paths::app(&key)>
                {word}
            </a>
        }
    });
    view! { <div class="release-places">{chips.collect_view()}</div> }.into_any()
}

/// The one thing most likely wanted of a row.
fn go(list: &List<'_>, release: &Release, label: &str) -> AnyView {
    let locale = list.visit.locale;
    if !list.may_change {
        return ().into_any();
    }
    let Some(here) = &list.here else {
        // Which app is asked among the details.
        return view! {
            <a class="btn small" href=list.at(release, true) aria-label=t::of_version(t::deploy(locale), label)>
                {t::deploy(locale)}
            </a>
        }
        .into_any();
    };
    if here.runs(release) {
        let promote = here.may_promote.then(|| {
            view! {
                <a class="btn small" href=paths::promote(here.key) aria-label=t::of_version(t::promote(locale), label)>
                    {t::promote(locale)}
                </a>
            }
        });
        return promote.into_any();
    }
    let href = paths::deploy_version(here.key, release.version.kind, &release.reference);
    view! {
        <a class="btn small" href=href aria-label=t::of_version(t::deploy(locale), label)>
            {t::deploy(locale)}
        </a>
    }
    .into_any()
}
