//! The frame around a page: the rail, the bar on top, and what they let a person choose.

use leptos::prelude::*;
use model::environment::Environment;
use model::permission::Permission;

use crate::islands::offline::Offline;
use crate::islands::palette::Palette;
use crate::pages::visit::Visit;
use crate::paths;
use crate::request::{ENVIRONMENT_COOKIE, LOCALE_COOKIE, Request, THEME_COOKIE, Theme};
use crate::text::{Locale, shell as t};
use crate::ui::icon::{Icon, icon};

/// A year, in seconds: how long a preference is kept.
const YEAR: u32 = 31_536_000;

/// The frame for those who are signed in; strangers see the bare page.
#[component]
pub fn Frame(children: Children) -> impl IntoView {
    let visit = Visit::take();
    let signed_in = visit.clone().filter(|visit| visit.request.caller.is_some());
    let Some(visit) = signed_in else {
        return view! { <main id="content">{children()}</main> }.into_any();
    };
    let locale = visit.locale;
    let may_change = visit.request.caller.as_ref().is_some_and(|caller| caller.may(Permission::ChangeApps));
    if obey(&visit) {
        return ().into_any();
    }
    let page = children();
    if !visit.request.regions.is_empty() {
        return view! { <main id="content">{page}</main> }.into_any();
    }
    view! {
        <a class="skip" href="#content">
            {t::skip(locale)}
        </a>
        <div class="shell">
            <Suspense>
                {
                    let visit = visit.clone();
                    Suspend::new(async move {
                        let environments = match &visit.request.caller {
                            Some(caller) => visit.ports.environments.list(caller).await.unwrap_or_default(),
                            None => Vec::new(),
                        };
                        let attention = match &visit.request.caller {
                            Some(caller) => visit.ports.apps.counts(caller, None).await.map_or(0, |c| c.attention),
                            None => 0,
                        };
                        let firing = match &visit.request.caller {
                            Some(caller) => visit.ports.alerts.count(caller).await.unwrap_or_default(),
                            None => 0,
                        };
                        around(&visit.request, &environments, Counts { attention, firing })
                    })
                }
            </Suspense>
            <main id="content" tabindex="-1">
                {page}
            </main>
        </div>
        <Offline locale=locale />
        <Palette locale=locale may_change=may_change />
    }
    .into_any()
}

/// Acts on the forms of the frame itself, which every page takes. Says whether it answered with a redirect.
fn obey(visit: &Visit) -> bool {
    let Some(form) = &visit.form else { return false };
    let keep = |name: &str, value: &str| {
        let secure = if visit.request.secure { "; Secure" } else { "" };
        visit.set_cookie(&format!("{name}={value}; Path=/; Max-Age={YEAR}; SameSite=Lax{secure}"));
    };
    let mut changed = false;
    if let Some(theme) = form.get("set_theme")
        && let Some(theme) = [Theme::System, Theme::Light, Theme::Dark].iter().find(|t| t.as_str() == theme)
    {
        keep(THEME_COOKIE, theme.as_str());
        changed = true;
    }
    if let Some(tag) = form.get("set_locale")
        && let Some(locale) = Locale::ALL.iter().find(|locale| locale.tag() == tag)
    {
        keep(LOCALE_COOKIE, locale.tag());
        changed = true;
    }
    if let Some(name) = form.get("set_environment")
        && (name.is_empty() || model::id::check_name(name).is_ok())
    {
        keep(ENVIRONMENT_COOKIE, name);
        changed = true;
    }
    if changed {
        visit.redirect(&visit.request.path);
    }
    changed
}

/// What entries of the rail count.
#[derive(Clone, Copy)]
struct Counts {
    /// Apps that need a person.
    attention: u32,
    /// Alerts that fire and are not silenced.
    firing: u32,
}

fn around(request: &Request, environments: &[Environment], counts: Counts) -> AnyView {
    let locale = request.locale;
    let chosen = environments.iter().find(|e| Some(e.name.as_str()) == request.environment.as_deref());
    let protected = chosen.map_or_else(
        || environments.len() == 1 && environments.iter().all(|e| e.protected),
        |environment| environment.protected,
    );
    view! {
        <aside class="rail">
            <a class="brand" href=paths::OVERVIEW>
                {icon(Icon::Wheel)}
                "Quarterdeck"
            </a>
            <nav aria-label=t::navigation(locale)>{links(request, counts)}</nav>
        </aside>
        <header class="top" class:protected=protected>
            <details class="menu burger">
                <summary class="quiet" aria-label=t::menu(locale)>
                    {icon(Icon::Menu)}
                </summary>
                <nav class="sheet" aria-label=t::menu(locale)>
                    {links(request, counts)}
                </nav>
            </details>
            {environment_switch(request, environments, chosen)}
            <a class="find" href=paths::APPS data-palette="open">
                {icon(Icon::Search)} <span class="label">{t::find(locale)}</span> <kbd>"Ctrl K"</kbd>
            </a>
            {preferences(request)}
        </header>
    }
    .into_any()
}

/// The entries of the rail, each with its own icon.
fn links(request: &Request, counts: Counts) -> AnyView {
    let locale = request.locale;
    let path = request.path.split('?').next().unwrap_or_default();
    let entries = [
        (paths::OVERVIEW, Icon::Overview, t::overview(locale)),
        (paths::APPS, Icon::Apps, t::apps(locale)),
        (paths::DEPLOYMENTS, Icon::Deployments, t::deployments(locale)),
        (paths::IMAGES, Icon::Images, t::images(locale)),
        (paths::NODES, Icon::Nodes, t::nodes(locale)),
        (paths::ALERTS, Icon::Bell, t::alerts(locale)),
        (paths::SETTINGS, Icon::Settings, t::settings(locale)),
    ];
    entries
        .into_iter()
        .map(|(href, picture, word)| {
            let current = if href == paths::OVERVIEW {
                path == href
            } else {
                path.starts_with(href) || (href == paths::APPS && path.starts_with("/environments/"))
            };
            let count = match href {
                paths::APPS => counts.attention,
                paths::ALERTS => counts.firing,
                _ => 0,
            };
            let count = (count > 0).then(|| count.to_string());
            view! {
                <a href=href aria-current=current.then_some("page")>
                    {icon(picture)}
                    {word}
                    {count.map(|count| view! { <span class="count">{count}</span> })}
                </a>
            }
        })
        .collect_view()
        .into_any()
}

fn environment_switch(
    request: &Request,
    environments: &[Environment],
    chosen: Option<&Environment>,
) -> AnyView {
    let locale = request.locale;
    let name = chosen.map_or_else(|| t::all_environments(locale).to_owned(), |e| e.name.to_string());
    let entry = |value: String, word: String, current: bool, protected: bool| {
        view! {
            <button name="set_environment" value=value aria-current=current.then_some("true")>
                {word}
                {protected.then(|| view! { <span class="tag">{t::protected(locale)}</span> })}
            </button>
        }
    };
    view! {
        <details class="menu environment">
            <summary aria-label=format!("{}: {name}", t::environment(locale))>
                {name.clone()}
                {chosen.filter(|e| e.protected).map(|_| view! { <small class="wide">{t::protected(locale)}</small> })}
            </summary>
            <form class="sheet" method="post" action=request.path.clone()>
                {entry(String::new(), t::all_environments(locale).to_owned(), chosen.is_none(), false)}
                {environments
                    .iter()
                    .map(|e| {
                        let current = chosen.is_some_and(|chosen| chosen.name == e.name);
                        entry(e.name.to_string(), e.name.to_string(), current, e.protected)
                    })
                    .collect_view()}
            </form>
        </details>
    }
    .into_any()
}

fn preferences(request: &Request) -> AnyView {
    let locale = request.locale;
    let other = match locale {
        Locale::En => Locale::Zh,
        Locale::Zh => Locale::En,
    };
    let themes = [
        (Theme::System, t::theme_system(locale)),
        (Theme::Light, t::theme_light(locale)),
        (Theme::Dark, t::theme_dark(locale)),
    ];
    let name = request.caller.as_ref().map(|caller| caller.actor.name.clone()).unwrap_or_default();
    view! {
        <form method="post" action=request.path.clone()>
            <button class="quiet" name="set_locale" value=other.tag() lang=other.tag() title=t::language(locale)>
                {t::language_name(other)}
            </button>
        </form>
        <details class="menu">
            <summary class="quiet" aria-label=format!("{}: {name}", t::account(locale))>
                {name.clone()}
            </summary>
            <div class="sheet right">
                <form method="post" action=request.path.clone()>
                    <p class="group">{t::theme(locale)}</p>
                    {themes
                        .into_iter()
                        .map(|(theme, word)| {
                            let pressed = (theme == request.theme).to_string();
                            view! {
                                <button name="set_theme" value=theme.as_str() aria-pressed=pressed>
                                    {word}
                                </button>
                            }
                        })
                        .collect_view()}
                </form>
                <p class="group">{t::account(locale)}</p>
                <a href=paths::ACCOUNT>{t::account(locale)}</a>
                <a href="/api/docs">{t::api_docs(locale)}</a>
                <form method="post" action=paths::SIGN_OUT>
                    <button>{t::sign_out(locale)}</button>
                </form>
            </div>
        </details>
    }
    .into_any()
}
