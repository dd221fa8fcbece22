//! Settings: environments, registries, channels, tokens, users, the audit log, about, one's own account.

pub mod about;
pub mod account;
pub mod audit;
pub mod channel;
pub mod channels;
pub mod environments;
mod log_links;
mod measurements;
pub mod registries;
pub mod registry;
mod rules;
pub mod tokens;
pub mod users;

use leptos::prelude::*;
use model::permission::Role;
use model::problem::Problem;

use super::visit::Visit;
use crate::islands::local_time::LocalTimes;
use crate::paths;
use crate::text::deployment::role as role_word;
use crate::text::fault::{fault, problem as say};
use crate::text::settings as t;

/// Heading, the tabs of all settings pages, then the content.
fn frame(visit: &Visit, current: &'static str, content: AnyView) -> AnyView {
    let locale = visit.locale;
    let admin = visit.request.caller.as_ref().is_some_and(|caller| caller.role == Role::Admin);
    let tabs = [
        (paths::ENVIRONMENTS, t::environments(locale), true),
        (paths::REGISTRIES, crate::text::registries::title(locale), true),
        (paths::CHANNELS, crate::text::channels::title(locale), true),
        (paths::TOKENS, t::tokens(locale), true),
        (paths::USERS, t::users(locale), admin),
        (paths::AUDIT, t::audit(locale), admin),
        (paths::ABOUT, t::about(locale), true),
        (paths::ACCOUNT, t::account(locale), true),
    ];
    let here =
        tabs.iter().find(|(path, _, _)| *path == current).map_or(t::settings(locale), |(_, name, _)| *name);
    view! {
        {super::title(here)}
        <div class="head">
            <h1>{t::settings(locale)}</h1>
        </div>
        <nav class="tabs" aria-label=t::settings(locale)>
            {tabs
                .into_iter()
                .filter(|(_, _, shown)| *shown)
                .map(|(path, name, _)| {
                    view! {
                        <a href=path aria-current=(path == current).then_some("page")>
                            {name}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
        {content}
        <LocalTimes />
    }
    .into_any()
}

/// What the server said to the last try, with every invalid field.
pub(in crate::pages) fn banner(visit: &Visit, said: Option<&Problem>) -> AnyView {
    let locale = visit.locale;
    said.map(|said| {
        visit.status(said.status);
        view! {
            <div class="alert" role="alert">
                <b>{say(locale, said)}</b>
                {(!said.errors.is_empty())
                    .then(|| {
                        view! {
                            <ul>
                                {said
                                    .errors
                                    .iter()
                                    .map(|error| {
                                        let name = error.path.trim_start_matches('/').replace('/', ".");
                                        let label = crate::text::metrics::field(locale, &name)
                                            .or_else(|| crate::text::channels::field(locale, &name))
                                            .or_else(|| crate::text::alerts::field(locale, &name))
                                            .map(str::to_owned)
                                            .or_else(|| crate::text::kept::field(locale, &name))
                                            .unwrap_or_else(|| t::field(locale, &name));
                                        view! { <li>{label} " " {fault(locale, &error.fault)}</li> }
                                    })
                                    .collect_view()}
                            </ul>
                        }
                    })}
            </div>
        }
    })
    .into_any()
}

/// Whether the last try was refused because of `field`.
pub(in crate::pages) fn wrong(said: Option<&Problem>, field: &str) -> Option<&'static str> {
    said.is_some_and(|said| said.errors.iter().any(|error| error.path == field)).then_some("true")
}

/// A field of one line. `path`: its place in what is sent; the hint may be empty.
pub(in crate::pages) fn line(
    said: Option<&Problem>,
    id: &'static str,
    label: &'static str,
    value: String,
    path: &str,
    hint: &'static str,
) -> AnyView {
    let note = (!hint.is_empty()).then(|| format!("{id}-note"));
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id
                name=id
                value=value
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-invalid=wrong(said, path)
                aria-describedby=note.clone()
            />
            {note.map(|note| view! { <small class="field-hint" id=note>{hint}</small> })}
        </div>
    }
    .into_any()
}

/// The name of something new. `note`: what may stand there.
pub(in crate::pages) fn new_name(
    visit: &Visit,
    said: Option<&Problem>,
    label: &'static str,
    note: &'static str,
) -> AnyView {
    view! {
        <div class="field">
            <label for="name">{label}</label>
            <input
                id="name"
                name="name"
                value=visit.form.as_ref().map(|form| form.text("name")).unwrap_or_default()
                required=true
                maxlength="63"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-invalid=wrong(said, "/name")
                aria-describedby="name-note"
            />
            <small class="field-hint" id="name-note">
                {note}
            </small>
        </div>
    }
    .into_any()
}

/// Takes something away for good, after its name was typed.
fn removal(
    visit: &Visit,
    said: Option<&Problem>,
    name: &str,
    words: &'static str,
    hint: impl IntoView + 'static,
) -> AnyView {
    view! {
        <section class="card pad danger-zone">
            <h2>{words}</h2>
            <form method="post" class="stack">
                <p class="sub">{hint}</p>
                <div class="field">
                    <label for="confirm">{t::confirm_name(visit.locale, name)}</label>
                    <input
                        id="confirm"
                        name="confirm"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        aria-invalid=wrong(said, "/confirm")
                    />
                </div>
                <button class="btn danger" name="do" value="delete">
                    {words}
                </button>
            </form>
        </section>
    }
    .into_any()
}

/// The roles up to `most`, to choose from.
fn roles(visit: &Visit, id: &'static str, most: Role, chosen: Role) -> AnyView {
    let locale = visit.locale;
    view! {
        <select id=id name="role">
            {Role::ALL
                .into_iter()
                .filter(|role| *role <= most)
                .map(|role| {
                    view! {
                        <option value=role.as_str() selected=role == chosen>
                            {role_word(locale, role)}
                        </option>
                    }
                })
                .collect_view()}
        </select>
    }
    .into_any()
}

fn role_of(text: &str) -> Option<Role> {
    Role::ALL.into_iter().find(|role| role.as_str() == text)
}
