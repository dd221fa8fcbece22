//! Where else the logs of an environment's apps are kept: templates of addresses. A plain form with blank rows at the end;
//! a row without anything in it is left out.

use leptos::prelude::*;
use model::environment::Environment;
use model::log::{LINKS_MAX, LogLink, PLACEHOLDERS};
use model::problem::Problem;

use super::wrong;
use crate::pages::visit::Visit;
use crate::posted::Form;
use crate::text::kept as t;
use crate::text::settings;

/// Blank rows after those that are filled.
const BLANK: usize = 2;

/// The links as typed.
pub fn posted(form: &Form) -> Vec<LogLink> {
    let row = |row: usize| LogLink {
        name: form.text(&format!("link:{row}:name")),
        url: form.text(&format!("link:{row}:url")),
    };
    (0..LINKS_MAX).map(row).filter(|link| *link != LogLink::default()).collect()
}

/// The card on the environment's page. Those who may not change the links see them.
pub fn card(visit: &Visit, environment: &Environment, said: Option<&Problem>, admin: bool) -> AnyView {
    let locale = visit.locale;
    // What is typed stays when it is refused.
    let typed = visit.form.as_ref().filter(|form| said.is_some() && form.has("link:0:name"));
    let links = typed.map_or_else(|| environment.log_links.clone(), posted);
    let content = if admin { form(visit, links, said) } else { list(visit, &links) };
    view! {
        <section class="card pad stack" id="log-links">
            <h2>{t::links(locale)}</h2>
            <p class="sub">{t::links_lead(locale)}</p>
            {content}
        </section>
    }
    .into_any()
}

fn list(visit: &Visit, links: &[LogLink]) -> AnyView {
    if links.is_empty() {
        return view! { <p>{t::links_none(visit.locale)}</p> }.into_any();
    }
    let row = |link: &LogLink| view! { <li>{link.name.clone()} " " <span class="mono">{link.url.clone()}</span></li> };
    view! { <ul class="plain">{links.iter().map(row).collect_view()}</ul> }.into_any()
}

fn form(visit: &Visit, mut links: Vec<LogLink>, said: Option<&Problem>) -> AnyView {
    let locale = visit.locale;
    let rows = (links.len() + BLANK).min(LINKS_MAX);
    links.resize(rows, LogLink::default());
    let row = |(row, link): (usize, LogLink)| {
        let field = |part: &'static str, label: &'static str, value: String, hint: &'static str| {
            let id = format!("link:{row}:{part}");
            view! {
                <div class="field">
                    <label for=id.clone()>{label} " " <span class="visually-hidden">{t::link_number(locale, row + 1)}</span></label>
                    <input
                        id=id.clone()
                        name=id
                        value=value
                        placeholder=hint
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        aria-invalid=wrong(said, &format!("/log_links/{row}/{part}"))
                        aria-describedby="log-links-note"
                    />
                </div>
            }
        };
        view! {
            <div class="log-link">
                {field("name", t::link_name(locale), link.name, "Kibana")}
                {field("url", t::link_url(locale), link.url, "https://kibana.example/app/discover#/?…{{app}}…")}
            </div>
        }
    };
    let names = PLACEHOLDERS.map(|name| format!("{{{{{name}}}}}")).join(" ");
    view! {
        <form method="post" action="#log-links" class="stack">
            {links.into_iter().enumerate().map(row).collect_view()}
            <small class="field-hint" id="log-links-note">{t::links_hint(locale)} " " <code>{names}</code></small>
            <div class="row">
                <button class="btn main" name="do" value="save-log-links">
                    {settings::save(locale)}
                </button>
            </div>
        </form>
    }
    .into_any()
}
