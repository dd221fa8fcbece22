//! The tab of the logs: what is printed now, and the search over what is kept.

mod asked;
mod form;
mod line;
mod live;
mod look;

use leptos::prelude::*;
use model::log::{LogLink, LogLinkUse};
use model::problem::Problem;
use model::time::Timestamp;

use self::asked::{Asked, Look};
use super::Shown;
use crate::paths;
use crate::text::kept as t;

/// How far back a link elsewhere leads where nothing else was asked for.
const ELSEWHERE_MS: i64 = 3_600_000;

pub async fn view(shown: &Shown<'_>) -> Result<AnyView, Problem> {
    let asked = Asked::of(shown.visit);
    let now = shown.now.as_millis();
    let (times, body) = match asked.look() {
        Look::Live => ((now - ELSEWHERE_MS, now), live::view(shown).await?),
        Look::Search => look::search(shown, &asked).await?,
        Look::Around(position) => look::around(shown, &asked, &position).await?,
        Look::Minute(at) => look::minute(shown, &asked, &at).await?,
    };
    Ok(view! {
        {ways(shown, &asked, times)}
        {body}
    }
    .into_any())
}

/// From live to kept lines and back, and to where else they are kept.
fn ways(shown: &Shown<'_>, asked: &Asked, (from, until): (i64, i64)) -> AnyView {
    let locale = shown.visit.locale;
    let live = matches!(asked.look(), Look::Live);
    let here = paths::app_tab(shown.key, "logs");
    // What is looked for stays from one to the other.
    let pairs = [("instance", asked.instance.as_str()), ("grep", asked.grep.as_str())];
    let kept: Vec<_> = [("kept", "yes")].into_iter().chain(pairs).collect();
    let way = |href: String, word: &'static str, current: bool| {
        view! { <a class="chip" href=href aria-current=current.then_some("page")>{word}</a> }
    };
    let with = LogLinkUse {
        app: shown.key,
        instance: &asked.instance,
        revision: &asked.revision,
        from: Timestamp::from_millis(from),
        until: Timestamp::from_millis(until),
    };
    let elsewhere = |link: &LogLink| {
        view! {
            <a class="link" href=link.address(&with) target="_blank" rel="noopener noreferrer">
                {link.name.clone()}
                " ↗"
            </a>
        }
    };
    view! {
        <div class="log-ways">
            <nav class="ranges" aria-label=t::ways(locale)>
                {way(format!("{here}{}", paths::query(&pairs)), t::live(locale), live)}
                {way(format!("{here}{}", paths::query(&kept)), t::search(locale), !live)}
            </nav>
            {(!shown.log_links.is_empty())
                .then(|| {
                    view! {
                        <p class="log-elsewhere">
                            <span class="sub">{t::elsewhere(locale)}</span>
                            {shown.log_links.iter().map(elsewhere).collect_view()}
                        </p>
                    }
                })}
        </div>
    }
    .into_any()
}
