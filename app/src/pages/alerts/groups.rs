//! Alerts that belong together, as one card: what they say, who takes care of them, and the button that silences them.

use leptos::prelude::*;
use model::alert::{AlertGroup, Labels, LiveAlert};
use model::duration::Span;
use model::id::{AlertId, AppKey};
use model::permission::Caller;
use model::problem::{Problem, ProblemCode};
use model::time::Timestamp;
use serde_json::json;

use super::{pairs, read_labels, severity_badge, written};
use crate::pages::local;
use crate::pages::visit::Visit;
use crate::paths;
use crate::posted::Form;
use crate::text::alert_line::alert_line;
use crate::text::{Locale, alerts as t, deployment};
use crate::ui::length::since;
use crate::ui::time::ago;

/// Alerts of one group that are shown.
const SHOWN: usize = 20;
/// What a group is silenced for with one press.
const LENGTHS: [Span; 4] = [
    Span::from_secs(3_600),
    Span::from_secs(4 * 3_600),
    Span::from_secs(86_400),
    Span::from_secs(7 * 86_400),
];

/// What is said of it.
pub fn line(locale: Locale, alert: &LiveAlert) -> String {
    alert_line(locale, &alert.alert.labels, &alert.summary)
}

/// Where what a group is about is shown.
fn about(group: &AlertGroup) -> String {
    let of = |name: &str| group.labels.get(name);
    let key = match (of("node"), of("environment"), of("app")) {
        (None, Some(environment), Some(app)) => environment.parse().ok().zip(app.parse().ok()),
        (Some(_), ..) => return paths::NODES.to_owned(),
        _ => None,
    };
    match (key, group.alerts.first()) {
        (Some((environment, app)), _) => paths::app(&AppKey { environment, app }),
        (None, Some(alert)) => paths::alert_rule(alert.alert.name()),
        (None, None) => paths::ALERTS.to_owned(),
    }
}

pub fn card(locale: Locale, group: &AlertGroup, may_change: bool, now: Timestamp) -> AnyView {
    let name = t::group(locale, &group.labels);
    let silenced = group.alerts.iter().filter_map(|alert| alert.silenced_until).min();
    let silenced = silenced.filter(|_| group.is_silenced());
    let more = group.alerts.len().saturating_sub(SHOWN);
    view! {
        <section class="card alert-group" class:quiet=silenced.is_some() aria-label=name.clone()>
            <header class="pad">
                {severity_badge(locale, group.severity)}
                <h2>
                    <a href=about(group)>{name.clone()}</a>
                </h2>
                {group.labels.get("environment").map(|environment| view! { <span class="muted">{environment.clone()}</span> })}
                {silenced
                    .map(|until| view! { <span class="tag">{t::silenced(locale)} " " {local(until)}</span> })}
                <span class="grow"></span>
                {may_change.then(|| buttons(locale, group, &name))}
            </header>
            <ul class="list">
                {group
                    .alerts
                    .iter()
                    .take(SHOWN)
                    .map(|alert| row(locale, alert, &group.labels, may_change, now))
                    .collect_view()}
                {(more > 0).then(|| view! { <li class="sub">{t::more(locale, more)}</li> })}
            </ul>
        </section>
    }
    .into_any()
}

fn row(locale: Locale, alert: &LiveAlert, common: &Labels, may_change: bool, now: Timestamp) -> AnyView {
    let it = &alert.alert;
    let taken = it.acknowledged.as_ref().map(|taken| {
        view! {
            <span class="sub">
                {t::taken_by(locale)} " " {deployment::actor(locale, &taken.by)} ", " {ago(locale, taken.at, now)}
            </span>
        }
    });
    let silence = (may_change && alert.silenced_until.is_none()).then(|| {
        view! {
            <a class="link sub" href=paths::new_silence(&written(&it.labels))>
                {t::silence_one(locale)}
            </a>
        }
    });
    view! {
        <li>
            <span class="alert-what">
                <a class="strong alert-line" href=paths::alert_rule(it.name())>
                    {line(locale, alert)}
                </a>
                <span><span class="sub">{it.name().to_owned()}</span> " " {pairs(&it.labels, common)}</span>
            </span>
            <span class="grow"></span>
            {taken}
            {silence}
            <span class="sub nowrap">{t::lasting(locale)} " " {since(locale, it.since, now)}</span>
        </li>
    }
    .into_any()
}

/// Take care of all of them, and silence all of them.
fn buttons(locale: Locale, group: &AlertGroup, name: &str) -> AnyView {
    let open: Vec<String> = group
        .alerts
        .iter()
        .filter(|alert| alert.alert.acknowledged.is_none())
        .map(|alert| alert.id.to_string())
        .collect();
    let acknowledge = (!open.is_empty()).then(|| {
        view! {
            <form method="post">
                {open.into_iter().map(|id| view! { <input type="hidden" name="alert" value=id /> }).collect_view()}
                <button
                    class="btn small"
                    name="act"
                    value="acknowledge"
                    title=t::acknowledge_hint(locale)
                    aria-label=format!("{}: {name}", t::acknowledge(locale))
                >
                    {t::acknowledge(locale)}
                </button>
            </form>
        }
    });
    let silence = (!group.is_silenced()).then(|| {
        view! {
            <form method="post" class="inline">
                <input type="hidden" name="labels" value=written(&group.labels).replace('\n', "\r\n") />
                <select name="for" aria-label=format!("{}: {name}", t::silence_for(locale))>
                    {LENGTHS
                        .map(|length| {
                            view! { <option value=length.to_string()>{t::length_word(locale, length)}</option> }
                        })
                        .collect_view()}
                </select>
                <button
                    class="btn small"
                    name="act"
                    value="silence"
                    aria-label=format!("{}: {name}", t::silence(locale))
                >
                    {t::silence(locale)}
                </button>
            </form>
        }
    });
    view! {
        {acknowledge}
        {silence}
    }
    .into_any()
}

/// Does what a form of a card asks for.
pub async fn perform(visit: &Visit, caller: &Caller, form: &Form) -> Result<(), Problem> {
    let port = &visit.ports.alerts;
    match form.text("act").as_str() {
        "acknowledge" => {
            for (_, id) in form.0.iter().filter(|(name, _)| name == "alert") {
                let id: AlertId = id.parse().map_err(|_| Problem::not_found("alert", id))?;
                match port.acknowledge(caller, id).await {
                    // It was over before the button was pressed.
                    Err(problem) if problem.code == ProblemCode::WrongState => {}
                    done => drop(done?),
                }
            }
        }
        "silence" => {
            let silence = json!({
                "labels": read_labels(&form.text("labels")), "for": form.text("for"), "reason": form.text("reason"),
            });
            port.silence(caller, &silence).await?;
        }
        other => return Err(Problem::not_found("action", other)),
    }
    Ok(())
}
