//! Last lines of the instances that failed.

use leptos::prelude::*;
use model::api::{LogLine, LogsQuery};
use model::id::{AppKey, InstanceId};
use serde::{Deserialize, Serialize};

use crate::islands;
use crate::text::Locale;
use crate::text::deployment as t;

/// The last lines of one failed instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FailedLog {
    pub instance: String,
    pub lines: Vec<LogLine>,
}

pub fn logs(locale: Locale, logs: RwSignal<Vec<FailedLog>>, all: String) -> AnyView {
    let card = move || {
        let logs = logs.get();
        (!logs.is_empty()).then(|| {
            view! {
                <section class="card pad" aria-labelledby="logs-title">
                    <div class="pad-top">
                        <h2 id="logs-title">{t::failed_logs(locale)}</h2>
                        <a href=all.clone()>{t::all_logs(locale)}</a>
                    </div>
                    {logs.iter().map(|log| failed_log(locale, log)).collect_view()}
                </section>
            }
        })
    };
    card.into_any()
}

fn failed_log(locale: Locale, log: &FailedLog) -> AnyView {
    let text = log.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
    view! {
        <details class="failed-log" open=true>
            <summary>{t::logs_of(locale, &log.instance)}</summary>
            {if text.is_empty() {
                view! { <p class="sub">{t::no_logs(locale)}</p> }.into_any()
            } else {
                view! {
                    <pre class="log" tabindex="0">
                        {text}
                    </pre>
                }
                    .into_any()
            }}
        </details>
    }
    .into_any()
}

/// Asks for the last lines of an instance that has just failed.
pub fn fetch_log(key: AppKey, instance: String, logs: RwSignal<Vec<FailedLog>>) {
    let known =
        logs.try_with_untracked(|logs| logs.len() >= 5 || logs.iter().any(|log| log.instance == instance));
    if known != Some(false) {
        return;
    }
    leptos::task::spawn_local(async move {
        let query = LogsQuery { instance: Some(InstanceId(instance.clone())), ..LogsQuery::default() };
        if let Ok(lines) = islands::ask::logs(&key, &query).await {
            logs.try_update(|logs| logs.push(FailedLog { instance, lines }));
        }
    });
}
