//! One registry: its settings, its notifications, and the repositories that were read of it.

use leptos::prelude::*;
use model::id::RegistryName;
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem};
use model::registry::{NamesQuery, Registry, RegistryTest, Repository};
use model::release::ReleaseKind;

use super::registries::{fields, input_of, state};
use super::{banner, frame, removal};
use crate::islands::refresh::Refresh;
use crate::pages::visit::{Visit, page};
use crate::paths;
use crate::text::{registries as t, settings};

/// Rows of one page.
const ROWS: u32 = 50;

#[component]
pub fn RegistryPage() -> impl IntoView {
    page(registry)
}

/// What the last button led to.
#[derive(Default)]
struct Said {
    refused: Option<Problem>,
    saved: bool,
    begun: bool,
    test: Option<RegistryTest>,
    secret: Option<String>,
}

async fn registry(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?.clone();
    let name: RegistryName = visit.param("registry")?;
    let position = visit.ports.site.live_position();
    let Some(said) = perform(&visit, &caller, &name).await else { return Ok(().into_any()) };
    let locale = visit.locale;
    let registry = visit.ports.registries.get(&caller, &name).await?;
    let admin = caller.may(Permission::Administer);
    let tested = said.test.as_ref().map(|test| match &test.trouble {
        None => view! { <div class="alert ok" role="status">{t::tested(locale, test)}</div> }.into_any(),
        Some(trouble) => view! {
            <div class="alert" role="alert">
                <b>{t::trouble(locale, trouble.code)}</b>
                " "
                <span class="sub">{trouble.detail.clone()}</span>
            </div>
        }
        .into_any(),
    });
    let content = view! {
        {banner(&visit, said.refused.as_ref())}
        {tested}
        {said.saved.then(|| view! { <div class="alert ok" role="status">{settings::saved(locale)}</div> })}
        {said.begun.then(|| view! { <div class="alert ok" role="status">{t::reading_begun(locale)}</div> })}
        <section class="card pad stack">
            <div class="row">
                <h2>{name.to_string()}</h2>
                <span class="sub mono">{registry.url.clone()}</span>
                <span class="grow"></span>
                {admin
                    .then(|| {
                        view! {
                            <form method="post" class="row">
                                <button class="btn" name="do" value="test">
                                    {t::test(locale)}
                                </button>
                                <button class="btn" name="do" value="sync">
                                    {t::read_now(locale)}
                                </button>
                            </form>
                        }
                    })}
            </div>
            <p data-live="registry-state">{state(&visit, &registry)}</p>
        </section>
        {repositories(&visit, &caller, &registry).await?}
        {admin.then(|| administer(&visit, &registry, &said))}
        <Refresh position=position />
    };
    Ok(frame(&visit, paths::REGISTRIES, content.into_any()))
}

/// Does what a button asks for; `None` where the page is left.
async fn perform(visit: &Visit, caller: &Caller, name: &RegistryName) -> Option<Said> {
    let mut said = Said::default();
    let Some(form) = &visit.form else { return Some(said) };
    let port = &visit.ports.registries;
    let done = match form.get("do") {
        Some("test") => port.test(caller, name).await.map(|test| said.test = Some(test)),
        Some("sync") => port.sync(caller, name).await.map(|_| said.begun = true),
        Some("secret") => {
            port.renew_hook_secret(caller, name).await.map(|made| said.secret = Some(made.hook_secret))
        }
        Some("save") => match input_of(form, name.to_string()) {
            Ok(input) => port.update(caller, name, input).await.map(|_| said.saved = true),
            Err(problem) => Err(problem),
        },
        Some("delete") if form.text("confirm") == name.as_str() => match port.delete(caller, name).await {
            Ok(()) => {
                visit.redirect(paths::REGISTRIES);
                return None;
            }
            Err(problem) => Err(problem),
        },
        Some("delete") => {
            let fault = Fault::Other { reason: t::other_name(visit.locale).to_owned() };
            Err(Problem::invalid(vec![FieldError::new("/confirm", fault)]))
        }
        _ => Ok(()),
    };
    said.refused = done.err();
    Some(said)
}

fn administer(visit: &Visit, registry: &Registry, said: &Said) -> AnyView {
    let locale = visit.locale;
    let name = registry.name.as_str();
    view! {
        <section class="card pad stack">
            <h2>{t::notifications(locale)}</h2>
            <p class="sub">{t::notifications_hint(locale)}</p>
            <p>
                <code>{registry.hook.clone()}</code>
            </p>
            {said
                .secret
                .clone()
                .map(|secret| {
                    view! {
                        <div class="alert ok" role="status">
                            {t::secret_once(locale)} " " <code>{secret}</code>
                        </div>
                    }
                })}
            <form method="post">
                <button class="btn" name="do" value="secret">
                    {t::renew(locale)}
                </button>
            </form>
        </section>
        <section class="card pad">
            <h2>{t::settings(locale)}</h2>
            <form method="post" class="stack">
                {fields(visit, Some(registry), said.refused.as_ref())}
                <div class="row">
                    <button class="btn main" name="do" value="save">
                        {t::save(locale)}
                    </button>
                </div>
            </form>
        </section>
        {removal(visit, said.refused.as_ref(), name, t::remove(locale), t::remove_hint(locale))}
    }
    .into_any()
}

/// What is asked of a list: words and where it goes on.
fn query(visit: &Visit) -> NamesQuery {
    let filled = |name| Some(visit.asked(name)).filter(|text| !text.is_empty());
    NamesQuery { q: filled("q"), limit: Some(ROWS), cursor: filled("cursor") }
}

fn search(visit: &Visit) -> AnyView {
    let locale = visit.locale;
    let label = t::find(locale);
    view! {
        <form class="filters" role="search">
            <label class="search">
                <span class="visually-hidden">{label}</span>
                <input type="search" name="q" value=visit.asked("q") placeholder=label autocomplete="off" />
            </label>
            <button class="btn">{t::find_do(locale)}</button>
        </form>
    }
    .into_any()
}

fn more(visit: &Visit, href: Option<String>) -> AnyView {
    href.map(|href| {
        view! {
            <nav class="pager">
                <span></span>
                <a class="btn" href=href rel="next">
                    {t::more(visit.locale)}
                </a>
            </nav>
        }
    })
    .into_any()
}

async fn repositories(visit: &Visit, caller: &Caller, registry: &Registry) -> Result<AnyView, Problem> {
    let locale = visit.locale;
    let found = visit.ports.registries.repositories(caller, &registry.name, &query(visit)).await?;
    let next = found.next.map(|next| {
        let pairs = [("q", visit.asked("q")), ("cursor", next)];
        let pairs = pairs.each_ref().map(|(key, value)| (*key, value.as_str()));
        format!("{}{}", paths::registry(registry.name.as_str()), paths::query(&pairs))
    });
    let row = |each: &Repository| {
        view! {
            <tr>
                <td>
                    <a class="name" href=paths::repository(ReleaseKind::Image, &each.image)>
                        {each.name.clone()}
                    </a>
                    {each.gone.then(|| view! { <span class="tag">{t::gone(locale)}</span> })}
                    {each.syncing.map(|progress| view! { <span class="sub">{t::reading(locale, progress)}</span> })}
                </td>
                <td class="number">{each.tags}</td>
                <td class="nowrap">{each.pushed_at.map(crate::pages::local)}</td>
            </tr>
        }
    };
    Ok(view! {
        <section class="card" data-live="repositories">
            <div class="pad stack">
                <h2>{t::repositories(locale)}</h2>
                {search(visit)}
            </div>
            {if found.items.is_empty() {
                view! { <p class="empty">{t::no_repositories(locale)}</p> }.into_any()
            } else {
                view! {
                    <div class="scroll" tabindex="0">
                        <table>
                            <thead>
                                <tr>
                                    <th scope="col">{t::repositories(locale)}</th>
                                    <th scope="col" class="number">{t::tags(locale)}</th>
                                    <th scope="col">{t::newest_push(locale)}</th>
                                </tr>
                            </thead>
                            <tbody>{found.items.iter().map(row).collect_view()}</tbody>
                        </table>
                    </div>
                }
                    .into_any()
            }}
            {more(visit, next)}
        </section>
    }
    .into_any())
}
