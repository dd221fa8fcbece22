//! What others run in an environment: listed with what each would be as an app, and how to make it one.

use leptos::prelude::*;
use model::id::EnvironmentName;
use model::problem::Problem;
use model::workload::{KnownWorkloads, Workload};

use super::visit::{Visit, page};
use crate::islands::local_time::LocalTimes;
use crate::islands::refresh::Follow;
use crate::paths;
use crate::text::Locale;
use crate::text::workloads as t;
use crate::ui::badge::{Tone, badge};
use crate::ui::empty::empty;
use crate::ui::icon::Icon;

#[component]
pub fn WorkloadsPage() -> impl IntoView {
    page(workloads)
}

async fn workloads(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    let locale = visit.locale;
    let environment: EnvironmentName = visit.param("environment")?;
    // Before the data, so that nothing that is read in between is missed.
    let position = visit.ports.site.live_position();
    let known = visit.ports.workloads.known(caller, &environment).await?;
    let again = || {
        let here = paths::workloads(environment.as_str());
        view! { <a class="btn" href=here>{t::ask_again(locale)}</a> }
    };
    let list = match known {
        None => view! {
            <div class="card pad stack tight" data-key="reading">
                <p role="status">{t::being_read(locale)}</p>
                <p>{again()}</p>
            </div>
        }
        .into_any(),
        Some(known) => shown(locale, &environment, &known),
    };
    let list = view! {
        <div class="stack" data-live="workloads" data-on=format!("environment:{environment}")>
            {list}
        </div>
    };
    Ok(view! {
        {super::title(format!("{} · {environment}", t::title(locale)))}
        <Follow topic="environments".to_owned() kinds="environment".to_owned() position />
        <div class="head">
            <div>
                <nav class="crumbs" aria-label=t::title(locale)>
                    <a href=paths::NODES>{t::nodes(locale)}</a>
                    " / "
                    {environment.to_string()}
                </nav>
                <h1>{t::title(locale)}</h1>
                <p class="sub">{t::hint(locale)}</p>
            </div>
        </div>
        {list}
        <LocalTimes />
    }
    .into_any())
}

fn shown(locale: Locale, environment: &EnvironmentName, known: &KnownWorkloads) -> AnyView {
    let trouble = known.trouble.as_ref().map(|words| {
        view! { <div class="alert warn" role="status" data-key="trouble">{t::not_read(locale, words)}</div> }
    });
    let nothing = (known.items.is_empty() && known.trouble.is_none()).then(|| {
        let picture = empty(Icon::Nodes, t::nothing_title(locale), t::nothing_hint(locale), None);
        view! { <div class="card" data-key="nothing">{picture}</div> }
    });
    let entries = known.items.iter().map(|one| entry(locale, environment, one)).collect_view();
    view! { {trouble} {nothing} {entries} }.into_any()
}

fn entry(locale: Locale, environment: &EnvironmentName, one: &Workload) -> AnyView {
    let Workload { workload, adoption } = one;
    let definition = serde_json::to_string_pretty(&workload.definition).unwrap_or_default();
    let ports: Vec<String> = workload.taken_ports.iter().map(|taken| taken.port.to_string()).collect();
    let act = match (adoption, &workload.cannot_stop) {
        (Some(adoption), _) => {
            let key = model::id::AppKey { environment: environment.clone(), app: adoption.app.clone() };
            let tone = if adoption.state.is_open() { Tone::Busy } else { Tone::Idle };
            view! { <a class="link" href=paths::app(&key)>{badge(tone, t::by_app(locale, adoption))}</a> }
                .into_any()
        }
        (None, Some(_)) => ().into_any(),
        (None, None) => view! {
            <a class="btn" href=paths::adopt(environment.as_str(), &workload.id)>
                {t::adopt(locale)}
                <span class="visually-hidden">" " {workload.name.clone()}</span>
            </a>
        }
        .into_any(),
    };
    let cannot = workload
        .cannot_stop
        .as_ref()
        .filter(|_| adoption.is_none())
        .map(|why| view! { <p class="sub">{t::cannot(locale, &workload.name, why)}</p> });
    view! {
        <section class="card pad stack tight workload" data-key=workload.id.clone()>
            <div class="row">
                <h2>{workload.name.clone()}</h2>
                <span class="sub">{workload.state.clone()}</span>
                {(!ports.is_empty()).then(|| view! { <span class="sub">{t::at_ports(locale, &ports.join(", "))}</span> })}
                <span class="grow"></span>
                {act}
            </div>
            <p class="sub mono">{workload.image.clone()}</p>
            {cannot}
            <details>
                <summary>{t::as_an_app(locale)}</summary>
                <pre class="definition" tabindex="0">{definition}</pre>
                {(!workload.left_out.is_empty()).then(|| left_out(locale, &workload.left_out))}
            </details>
        </section>
    }
    .into_any()
}

/// What a definition does not say of it.
pub fn left_out(locale: Locale, lines: &[String]) -> AnyView {
    view! {
        <p class="sub">{t::left_out(locale)}</p>
        <ul class="left-out">{lines.iter().map(|line| view! { <li>{line.clone()}</li> }).collect_view()}</ul>
    }
    .into_any()
}
