//! Alerts: what fires now, what fired, the rules, and what is silenced.

mod form;
pub mod groups;
pub mod history;
mod now;
pub mod rule;
pub mod rules;
pub mod silences;

use leptos::prelude::*;
use model::alert::{Labels, NAME_LABEL, SEVERITY_LABEL, Severity};

pub use self::now::AlertsPage;
use super::visit::Visit;
use crate::islands::local_time::LocalTimes;
use crate::islands::refresh::Follow;
use crate::paths;
use crate::text::{Locale, alerts as t};
use crate::ui::badge::{Tone, badge};

/// Heading, the tabs of all pages of alerts, then the content. `position`: where the live events go on.
fn frame(visit: &Visit, current: &'static str, position: String, content: AnyView) -> AnyView {
    let locale = visit.locale;
    let tabs = [
        (paths::ALERTS, t::tab_now(locale)),
        (paths::ALERT_HISTORY, t::tab_history(locale)),
        (paths::ALERT_RULES, t::tab_rules(locale)),
        (paths::ALERT_SILENCES, t::tab_silences(locale)),
        (paths::CHANNELS, crate::text::channels::title(locale)),
    ];
    let here = tabs.iter().find(|(path, _)| *path == current).map_or("", |(_, name)| *name);
    view! {
        {super::title(format!("{here} · {}", t::title(locale)))}
        <div class="head">
            <h1>{t::title(locale)}</h1>
        </div>
        <nav class="tabs" aria-label=t::title(locale)>
            {tabs
                .map(|(path, name)| {
                    view! {
                        <a href=path aria-current=(path == current).then_some("page")>
                            {name}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
        {content}
        {follow(position)}
        <LocalTimes />
    }
    .into_any()
}

/// Keeps what a page shows of alerts fresh.
pub fn follow(position: String) -> AnyView {
    view! { <Follow topic="alerts".to_owned() kinds="alerts".to_owned() position /> }.into_any()
}

pub fn severity_badge(locale: Locale, severity: Severity) -> AnyView {
    let tone = match severity {
        Severity::Critical => Tone::Bad,
        Severity::Warning => Tone::Warning,
        Severity::Info => Tone::Idle,
    };
    view! { <span class=tone.class()>{crate::ui::icon::icon(crate::ui::icon::Icon::Alert)} {t::severity_word(locale, severity)}</span> }
        .into_any()
}

/// Labels as small pairs, without those that are said elsewhere; `common`: those of the heading above.
fn pairs(labels: &Labels, common: &Labels) -> AnyView {
    let said =
        |name: &String| [NAME_LABEL, SEVERITY_LABEL].contains(&name.as_str()) || common.contains_key(name);
    labels
        .iter()
        .filter(|(name, _)| !said(name))
        .map(|(name, value)| view! { <span class="tag mono label-pair">{format!("{name}={value}")}</span> " " })
        .collect_view()
        .into_any()
}

/// Labels as a person writes them, each on a line of its own.
fn written(labels: &Labels) -> String {
    labels.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n")
}

/// Reads them again. A line without a value is a label without one, which the validator names.
fn read_labels(text: &str) -> serde_json::Value {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (name, value) = line.split_once('=').unwrap_or((line, ""));
            (name.trim().to_owned(), serde_json::Value::from(value.trim()))
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn calm(locale: Locale) -> AnyView {
    view! { <p class="card pad">{badge(Tone::Good, t::calm(locale))}</p> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_as_they_are_written() {
        let labels: Labels = [("app", "shop"), ("path", "/a=b c")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        assert_eq!(written(&labels), "app=shop\npath=/a=b c");
        assert_eq!(read_labels(&format!("\r\n {} \n", written(&labels))), serde_json::json!(labels));
        assert_eq!(read_labels("bare"), serde_json::json!({ "bare": "" }));
    }
}
