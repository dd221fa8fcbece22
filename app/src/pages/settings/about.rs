//! What this console is and runs on, and the keys it knows.

use leptos::prelude::*;
use model::problem::Problem;

use super::frame;
use crate::pages::visit::{Visit, page};
use crate::paths;
use crate::text::palette::keys;
use crate::text::settings as t;

#[component]
pub fn AboutPage() -> impl IntoView {
    page(about)
}

async fn about(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    let locale = visit.locale;
    let about = visit.ports.site.about(caller).await?;
    let notes: Vec<&'static str> = [
        about.cpu_limit.and_then(|kept| t::cpu_note(locale, kept)),
        about.memory_limit.and_then(|kept| t::memory_note(locale, kept)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let content = view! {
        <section class="card pad narrow">
            <dl class="facts">
                <dt>{t::version(locale)}</dt>
                <dd class="mono">{about.version}</dd>
                <dt>{t::database(locale)}</dt>
                <dd class="mono">{about.database}</dd>
                <dt>{t::data_dir(locale)}</dt>
                <dd class="mono">{about.data_dir}</dd>
                <dt>{t::running_since(locale)}</dt>
                <dd>{crate::pages::local(about.started_at)}</dd>
                <dt>{t::api(locale)}</dt>
                <dd>
                    <a href="/api/docs">"/api/docs"</a>
                </dd>
            </dl>
        </section>
        {(!notes.is_empty())
            .then(|| {
                view! {
                    <section class="card pad narrow">
                        <h2>{t::notes(locale)}</h2>
                        <ul>{notes.into_iter().map(|note| view! { <li>{note}</li> }).collect_view()}</ul>
                    </section>
                }
            })}
        <section class="card pad narrow" id="keys">
            <h2>{t::keys(locale)}</h2>
            <dl class="facts">
                {keys(locale)
                    .into_iter()
                    .map(|(key, what)| {
                        view! {
                            <dt>
                                <kbd>{key}</kbd>
                            </dt>
                            <dd>{what}</dd>
                        }
                    })
                    .collect_view()}
            </dl>
        </section>
    };
    Ok(frame(&visit, paths::ABOUT, content.into_any()))
}
