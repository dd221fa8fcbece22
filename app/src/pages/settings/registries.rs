//! Registries: where images are read from, whether each answers, and the form that adds one.

use leptos::prelude::*;
use model::permission::Permission;
use model::problem::{Fault, FieldError, Problem};
use model::registry::{Registry, RegistryInput, RegistryKind, RegistryState};

use super::{banner, frame, line, new_name, wrong};
use crate::islands::refresh::Refresh;
use crate::pages::visit::{Visit, page};
use crate::paths;
use crate::posted::Form;
use crate::text::registries as t;
use crate::text::settings;
use crate::ui::empty::empty;
use crate::ui::icon::Icon;

#[component]
pub fn RegistriesPage() -> impl IntoView {
    page(registries)
}

/// What was typed; blank lines are what may be left out.
pub fn input_of(form: &Form, name: String) -> Result<RegistryInput, Problem> {
    let filled = |name: &str| Some(form.text(name)).filter(|text| !text.is_empty());
    let named = form.text("kind");
    let kind = RegistryKind::ALL.into_iter().find(|kind| kind.as_str() == named).unwrap_or_default();
    let poll =
        filled("poll").map(|text| text.parse().map_err(|_| FieldError::new("/poll", Fault::NotDuration)));
    let poll = poll.transpose().map_err(|mistake| Problem::invalid(vec![mistake]))?;
    Ok(RegistryInput {
        name,
        kind,
        url: form.text("url"),
        host: filled("host"),
        username: filled("username"),
        password: form.get("password").filter(|text| !text.is_empty()).map(str::to_owned),
        ca: filled("ca"),
        insecure: form.has("insecure"),
        repositories: form.text("repositories").split_whitespace().map(str::to_owned).collect(),
        poll,
    })
}

async fn registries(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    let locale = visit.locale;
    let position = visit.ports.site.live_position();
    let mut said = None;
    if let Some(form) = &visit.form {
        let made = match input_of(form, form.text("name")) {
            Ok(input) => visit.ports.registries.create(caller, input).await,
            Err(problem) => Err(problem),
        };
        match made {
            Ok(made) => {
                visit.redirect(&paths::registry(made.registry.name.as_str()));
                return Ok(().into_any());
            }
            Err(problem) => said = Some(problem),
        }
    }
    let list = visit.ports.registries.list(caller).await?;
    let content = view! {
        {banner(&visit, said.as_ref())}
        <div class="stack">
            <div class="region" data-live="registries">
                {if list.is_empty() {
                    view! { <section class="card">{empty(Icon::Images, t::none_title(locale), t::none_hint(locale), None)}</section> }
                        .into_any()
                } else {
                    table(&visit, &list)
                }}
            </div>
            {caller
                .may(Permission::Administer)
                .then(|| {
                    view! {
                        <details class="card pad new-one" open=said.is_some()>
                            <summary class="btn">{t::add(locale)}</summary>
                            <form method="post" class="stack">
                                {new_name(&visit, said.as_ref(), settings::name(locale), t::name_hint(locale))}
                                {fields(&visit, None, said.as_ref())}
                                <button class="btn main">{t::add(locale)}</button>
                            </form>
                        </details>
                    }
                })}
        </div>
        <Refresh position=position />
    };
    Ok(frame(&visit, paths::REGISTRIES, content.into_any()))
}

fn table(visit: &Visit, list: &[Registry]) -> AnyView {
    let locale = visit.locale;
    let rows = list
        .iter()
        .map(|each| {
            view! {
                <tr>
                    <td>
                        <a class="name" href=paths::registry(each.name.as_str())>
                            {each.name.to_string()}
                        </a>
                    </td>
                    <td class="mono">{each.url.clone()}</td>
                    <td>{state(visit, each)}</td>
                    <td class="nowrap">
                        {match each.synced_at {
                            Some(at) => crate::pages::local(at),
                            None => view! { <span class="sub">{t::never(locale)}</span> }.into_any(),
                        }}
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="card scroll" tabindex="0">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{t::registry(locale)}</th>
                        <th scope="col">{t::address(locale)}</th>
                        <th scope="col">{t::state(locale)}</th>
                        <th scope="col">{t::last_read(locale)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Whether it answers; if not, since when and what to do.
pub fn state(visit: &Visit, registry: &Registry) -> AnyView {
    let locale = visit.locale;
    let said = match &registry.state {
        RegistryState::Reachable => view! { <span class="state ok">{t::reachable(locale)}</span> }.into_any(),
        RegistryState::Unknown => view! { <span class="state idle">{t::not_asked(locale)}</span> }.into_any(),
        RegistryState::Failing { since, trouble, .. } => view! {
            <span class="state bad">{t::failing(locale)}</span>
            " "
            <span class="sub" title=trouble.detail.clone()>
                {settings::since(locale)} " " {crate::pages::local(*since)} ": " {t::trouble(locale, trouble.code)}
            </span>
        }
        .into_any(),
    };
    let reading = registry
        .syncing
        .map(|progress| view! { " " <span class="sub">{t::reading(locale, progress)}</span> });
    view! { {said} {reading} }.into_any()
}

/// The fields of a registry; what was typed stays when it is refused, but for the password.
pub fn fields(visit: &Visit, registry: Option<&Registry>, said: Option<&Problem>) -> AnyView {
    let locale = visit.locale;
    let typed = visit.form.as_ref().filter(|form| said.is_some() && form.has("url"));
    let value = |name: &str, kept: String| typed.map_or(kept, |form| form.text(name));
    let kept = |of: fn(&Registry) -> String| registry.map(of).unwrap_or_default();
    let chosen = value("kind", kept(|each| each.kind.as_str().to_owned()));
    let insecure = typed.map_or(registry.is_some_and(|each| each.insecure), |form| form.has("insecure"));
    let line = |id, label, value, hint| line(said, id, label, value, &format!("/{id}"), hint);
    let block = |id: &'static str, label: &'static str, value: String, hint: &'static str| {
        let note = format!("{id}-note");
        view! {
            <div class="field">
                <label for=id>{label}</label>
                <textarea id=id name=id rows="3" class="mono" spellcheck="false" aria-invalid=wrong(said, &format!("/{id}")) aria-describedby=note.clone()>
                    {value}
                </textarea>
                <small class="field-hint" id=note>
                    {hint}
                </small>
            </div>
        }
    };
    let password =
        if registry.is_some_and(|each| each.has_password) { t::password_kept } else { t::password_hint };
    let host = kept(|each| if each.url.ends_with(&each.host) { String::new() } else { each.host.clone() });
    view! {
        <div class="field">
            <label for="kind">{t::kind_head(locale)}</label>
            <select id="kind" name="kind">
                {RegistryKind::ALL
                    .into_iter()
                    .map(|kind| {
                        view! {
                            <option value=kind.as_str() selected=kind.as_str() == chosen>
                                {t::kind(locale, kind)}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </div>
        {line("url", t::address(locale), value("url", kept(|each| each.url.clone())), t::address_hint(locale))}
        {line("host", t::host(locale), value("host", host), t::host_hint(locale))}
        {line(
            "username",
            t::username(locale),
            value("username", kept(|each| each.username.clone().unwrap_or_default())),
            t::username_hint(locale),
        )}
        <div class="field">
            <label for="password">{t::password(locale)}</label>
            <input
                id="password"
                name="password"
                type="password"
                autocomplete="off"
                aria-invalid=wrong(said, "/password")
                aria-describedby="password-note"
            />
            <small class="field-hint" id="password-note">
                {password(locale)}
            </small>
        </div>
        {line("poll", t::poll(locale), value("poll", kept(|each| each.poll.to_string())), t::poll_hint(locale))}
        {block(
            "repositories",
            t::by_hand(locale),
            value("repositories", kept(|each| each.repositories.join("\n"))),
            t::by_hand_hint(locale),
        )}
        {block("ca", t::ca(locale), value("ca", kept(|each| each.ca.clone().unwrap_or_default())), t::ca_hint(locale))}
        <label class="field-tick">
            <input type="checkbox" name="insecure" value="true" checked=insecure />
            {t::insecure(locale)}
        </label>
    }
    .into_any()
}
