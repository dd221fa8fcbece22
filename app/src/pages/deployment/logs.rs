//! Last lines of the instances that failed.

use leptos::prelude::*;
use model::api::LogLine;

use crate::text::Locale;
use crate::text::deployment as t;

/// The name of this part of the page.
pub const REGION: &str = "logs";

/// The last lines of one failed instance.
pub struct FailedLog {
    pub instance: String,
    pub lines: Vec<LogLine>,
}

pub fn logs(locale: Locale, logs: &[FailedLog], all: String) -> AnyView {
    let card = (!logs.is_empty()).then(|| {
        view! {
            <section class="card pad" aria-labelledby="logs-title">
                <div class="pad-top">
                    <h2 id="logs-title">{t::failed_logs(locale)}</h2>
                    <a href=all>{t::all_logs(locale)}</a>
                </div>
                {logs.iter().map(|log| failed_log(locale, log)).collect_view()}
            </section>
        }
    });
    view! { <div class="region" data-live=REGION data-on="deployment_event:instance_failed">{card}</div> }
        .into_any()
}

fn failed_log(locale: Locale, log: &FailedLog) -> AnyView {
    let text = log.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
    view! {
        <details class="failed-log" open=true data-key=log.instance.clone()>
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
