//! The details of one version under its row, and what can be done with it.

use leptos::prelude::*;
use model::release::Release;

use super::table::{COLUMNS, runs};
use super::{Here, List, key};
use crate::pages::local;
use crate::paths;
use crate::text::{Locale, deployment, versions as t};

pub fn view(list: &List<'_>, release: &Release) -> AnyView {
    view! {
        <tr class="release-opened">
            <td colspan=COLUMNS>
                <div class="release-panel">
                    <div class="stack">{facts(list, release)} {notes(list, release)}</div>
                    {list.may_change.then(|| deeds(list, release))}
                </div>
            </td>
        </tr>
    }
    .into_any()
}

fn facts(list: &List<'_>, release: &Release) -> AnyView {
    let locale = list.visit.locale;
    let told = |word: &'static str, text: &str| {
        (!text.is_empty()).then(|| view! { <dt>{word}</dt> <dd><code>{text.to_owned()}</code></dd> })
    };
    let digest = release.version.digest.clone();
    let build = (!release.build_url.is_empty()).then(|| {
        let url = release.build_url.clone();
        view! {
            <dt>{t::build(locale)}</dt>
            <dd>
                <a class="link" href=url.clone() rel="noreferrer">
                    {url.clone()}
                </a>
            </dd>
        }
    });
    let bad = release.bad.as_ref().map(|bad| {
        view! {
            <dt>{t::bad(locale)}</dt>
            <dd>
                {bad.reason.clone()}
                <span class="sub">
                    " " {t::who(locale, &deployment::actor(locale, &bad.by))} ", " {local(bad.at)}
                </span>
            </dd>
        }
    });
    let who = deployment::actor(locale, &release.author);
    view! {
        <dl class="details">
            {bad} <dt>{t::reference(locale)}</dt> <dd><code>{release.reference.clone()}</code></dd>
            <dt>{t::digest(locale)}</dt>
            <dd>
                {match digest {
                    Some(digest) => view! { <code>{digest}</code> }.into_any(),
                    None => view! { <span class="sub">{t::digest_unknown(locale)}</span> }.into_any(),
                }}
            </dd>
            {told(t::commit(locale), &release.commit)}
            {told(t::branch(locale), &release.branch)}
            {build}
            <dt>{t::added(locale)}</dt>
            <dd>{local(release.created_at)} <span class="sub">" " {t::told(locale, &who, release.source)}</span></dd>
            <dt>{t::runs_in(locale)}</dt>
            <dd>{runs(list, release, t::runs_nowhere(locale))}</dd>
        </dl>
    }
    .into_any()
}

fn notes(list: &List<'_>, release: &Release) -> AnyView {
    let locale = list.visit.locale;
    if !list.may_change {
        let (text, class) = match release.notes.as_str() {
            "" => (t::no_notes(locale).to_owned(), "sub"),
            notes => (notes.to_owned(), "release-notes"),
        };
        return view! { <div><h3>{t::notes(locale)}</h3> <p class=class>{text}</p></div> }.into_any();
    }
    view! {
        <form method="post" class="stack tight">
            {about(release)}
            <div class="field">
                <label for="notes">{t::notes(locale)}</label>
                <textarea id="notes" name="notes" rows="4" maxlength="10000" aria-describedby="notes-hint">
                    {typed(list, "notes", "notes").unwrap_or_else(|| release.notes.clone())}
                </textarea>
                <small class="field-hint" id="notes-hint">{t::notes_hint(locale)}</small>
            </div>
            <button class="btn small" name="act" value="notes">
                {t::save_notes(locale)}
            </button>
        </form>
    }
    .into_any()
}

fn deeds(list: &List<'_>, release: &Release) -> AnyView {
    view! {
        <div class="stack release-deeds">
            {ways_out(list, release)} {mark(list, release)}
            {list.here.as_ref().map(|here| hold(list, here, release))}
        </div>
    }
    .into_any()
}

/// On the repository's own page: the apps that can take it, and those that can pass it on.
fn ways_out(list: &List<'_>, release: &Release) -> AnyView {
    let locale = list.visit.locale;
    if list.here.is_some() {
        return ().into_any();
    }
    let others = list.apps.iter().filter(|place| !release.runs.contains(place));
    let promotions = release.runs.iter().map(|place| {
        let key = key(place);
        let word = t::of_version(t::promote(locale), &key.to_string());
        view! {
            <a class="btn small" href=paths::promote(&key)>
                {word}
            </a>
        }
    });
    let links = others.map(|place| {
        let key = key(place);
        let href = paths::deploy_version(&key, release.version.kind, &release.reference);
        view! {
            <a class="btn small" href=href>
                {key.to_string()}
            </a>
        }
    });
    view! {
        <div class="stack tight">
            <h3>{t::deploy_to(locale)}</h3>
            <div class="row">
                {links.collect_view()}
                <a class="btn small" href=paths::new_app_of(release.version.kind, &release.reference)>
                    {t::new_app(locale)}
                </a>
            </div>
            <div class="row">{promotions.collect_view()}</div>
        </div>
    }
    .into_any()
}

fn mark(list: &List<'_>, release: &Release) -> AnyView {
    let locale = list.visit.locale;
    if release.bad.is_some() {
        let field = reason(list, "mark_good", t::reason(locale), false);
        return deed(
            release,
            "mark_good",
            t::mark_good(locale),
            t::mark_good_hint(locale),
            field,
            "btn small",
        );
    }
    let field = reason(list, "mark_bad", t::why_bad(locale), true);
    deed(release, "mark_bad", t::mark_bad(locale), t::mark_bad_hint(locale), field, "btn small danger")
}

fn hold(list: &List<'_>, here: &Here<'_>, release: &Release) -> AnyView {
    let locale: Locale = list.visit.locale;
    // The way out of a pin stands on the card that tells of it.
    if here.holds(release) {
        return ().into_any();
    }
    let word = t::hold_at(locale, here.key.app.as_str(), &release.version.label());
    let field = reason(list, "pin", t::reason(locale), false);
    deed(release, "pin", word, t::hold_hint(locale), field, "btn small")
}

fn deed(
    release: &Release,
    act: &'static str,
    word: impl Into<String>,
    hint: &'static str,
    reason: AnyView,
    class: &'static str,
) -> AnyView {
    view! {
        <form method="post" class="stack tight">
            {about(release)} {reason} <small class="field-hint">{hint}</small>
            <button class=class name="act" value=act>
                {word.into()}
            </button>
        </form>
    }
    .into_any()
}

fn about(release: &Release) -> AnyView {
    view! { <input type="hidden" name="release" value=release.id.to_string() /> }.into_any()
}

fn reason(list: &List<'_>, act: &'static str, word: &'static str, required: bool) -> AnyView {
    let id = format!("{act}-reason");
    let value = typed(list, act, "reason").unwrap_or_default();
    view! {
        <div class="field">
            <label for=id.clone()>{word}</label>
            <input id=id name="reason" value=value maxlength="1000" autocomplete="off" required=required />
        </div>
    }
    .into_any()
}

/// What was typed into a form that was refused.
fn typed(list: &List<'_>, act: &str, name: &str) -> Option<String> {
    let form = list.visit.form.as_ref().filter(|form| form.text("act") == act)?;
    form.get(name).map(str::to_owned)
}
