//! The tab of metrics: any PromQL of an app as a chart, and the names there are.

use std::collections::BTreeSet;

use leptos::prelude::*;
use model::id::AppKey;
use model::metric::{Catalog, Labels, Language, NAME, SourceKind, fill, of_app};
use model::permission::Permission;
use model::problem::Problem;

use super::compared::{Found, ask};
use super::window::{EARLIER, LENGTHS, Window};
use super::{Shown, drawn, overview, panels, traffic};
use crate::islands::Given;
use crate::islands::app::query::{Field, QueryField};
use crate::paths;
use crate::text::{app, fault, metrics as t};
use crate::ui::plot::{Line, Unit};

/// Series that are drawn at once: as many as can be told apart.
const DRAWN: usize = 12;
/// Names that are offered.
const NAMES: usize = 200;
/// The part of the page with the chart of what is asked.
const REGION: &str = "answer";
/// Where the answer stands on the page, below the charts that are always there.
const EXPLORER: &str = "explorer-title";

pub async fn view(shown: &Shown<'_>) -> Result<AnyView, Problem> {
    let Shown { visit, caller, key, .. } = *shown;
    let locale = visit.locale;
    let window = Window::of(visit, shown.now);
    let of = Some(&key.environment);
    let language = shown.source.language();
    let selectors = selectors(key, language);
    let times = Some((window.range.start, window.range.end));
    let query = match visit.asked("query") {
        asked if asked.trim().is_empty() => default_query(key, shown.source),
        asked => asked,
    };
    let filled = fill(&query, key, shown.app.summary.revision);
    let asked = async || {
        if filled.is_empty() { Ok(Vec::new()) } else { ask(shown, of, &filled, window).await }
    };
    if !visit.request.regions.is_empty() {
        let again = visit.wants(REGION).then(asked);
        let answer = match futures::future::OptionFuture::from(again).await {
            Some(Ok(found)) => Some(plotted(shown, &query, window, &found).await?),
            Some(Err(_)) => Some(drawn::kept(REGION)),
            None => None,
        };
        return Ok(
            (traffic::view(shown, window).await?, panels::view(shown, window).await?, answer).into_any()
        );
    }
    // At once, so that a source that is away is waited for once.
    let (series, answer) = futures::join!(visit.ports.metrics.series(caller, of, &selectors, times), asked());
    // A chart without suggestions is better than a page without a chart.
    let series = series.unwrap_or_default();
    let names = names(&series);
    let refused = answer.as_ref().err();
    if let Some(problem) = refused {
        visit.status(problem.status);
    }
    let chart = match &answer {
        Ok(found) => chart(shown, &query, window, found).await?,
        Err(_) => ().into_any(),
    };
    let field = field(shown, &query, refused.is_some(), &series);
    // A choice of how the lines are split stays when something else is asked.
    let split = visit.asked("split");
    let standing = traffic::view(shown, window).await?;
    let own = panels::view(shown, window).await?;
    Ok(view! {
        <div class="stack">
            {standing}
            {own}
            <h2 id=EXPLORER>{t::explorer(locale)}</h2>
            <form
                class="card pad metrics-form"
                role="search"
                action=format!("#{EXPLORER}")
                aria-labelledby=EXPLORER
            >
                {(!split.is_empty()).then(|| view! { <input type="hidden" name="split" value=split /> })}
                <div class="field">
                    <label for="query">{t::query(locale, language)}</label>
                    {field}
                    {refused.map(|problem| view! { <em role="alert">{fault::first(locale, problem)}</em> })}
                    <small id="query-hint">{t::query_hint(locale)}</small>
                </div>
                <div class="field">
                    <label for="range">{t::range(locale)}</label>
                    <select id="range" name="range">
                        {LENGTHS
                            .map(|minutes| {
                                view! {
                                    <option value=minutes selected=window.minutes == Some(minutes)>
                                        {app::range(locale, minutes)}
                                    </option>
                                }
                            })}
                    </select>
                </div>
                <div class="field">
                    <label for="compare">{t::compare(locale)}</label>
                    <select id="compare" name="compare">
                        <option value="">{t::compare_nothing(locale)}</option>
                        {EARLIER
                            .map(|minutes| {
                                view! {
                                    <option value=minutes selected=window.earlier == Some(minutes)>
                                        {t::before(locale, minutes)}
                                    </option>
                                }
                            })}
                    </select>
                </div>
                <button class="btn main">{t::show(locale)}</button>
            </form>
            {chart}
            <section class="card pad stack tight" aria-labelledby="names-title">
                <h2 id="names-title">{t::names(locale)}</h2>
                {list(shown, &names, window)}
            </section>
        </div>
    }
    .into_any())
}

/// Where the expression is typed. Graphite's names are offered as they are; of PromQL, whatever may follow.
fn field(shown: &Shown<'_>, query: &str, wrong: bool, series: &[Labels]) -> AnyView {
    let locale = shown.visit.locale;
    match shown.source.language() {
        Language::PromQl => {
            let catalog = Catalog::of(series, of_app("", shown.key));
            let field = Field { locale, value: query.to_owned(), wrong, catalog };
            view! { <QueryField field=Given(field) /> }.into_any()
        }
        Language::Graphite => view! {
            <input
                id="query"
                name="query"
                class="mono"
                value=query.to_owned()
                list="metric-names"
                autocomplete="off"
                spellcheck="false"
                aria-describedby="query-hint"
                aria-invalid=wrong.then_some("true")
            />
            <datalist id="metric-names">
                {names(series).into_iter().map(|name| view! { <option value=name></option> }).collect_view()}
            </datalist>
        }
        .into_any(),
    }
}

/// The names among the labels of series.
fn names(series: &[Labels]) -> BTreeSet<String> {
    series.iter().filter_map(|labels| labels.get(NAME).cloned()).take(NAMES).collect()
}

async fn chart(shown: &Shown<'_>, query: &str, window: Window, found: &[Found]) -> Result<AnyView, Problem> {
    let locale = shown.visit.locale;
    if found.is_empty() {
        let words = if query.is_empty() { t::ask_something(locale) } else { t::nothing(locale) };
        return Ok(view! { <p class="card pad sub">{words}</p> }.into_any());
    }
    let drawn = plotted(shown, query, window, found).await?;
    let more = (found.len() > DRAWN).then(|| t::too_many(locale, DRAWN, found.len()));
    let keep = shown.caller.may(Permission::ChangeApps).then(|| {
        view! {
            <a class="btn" href=panels::keep(query)>
                {t::panel_keep(locale)}
            </a>
        }
    });
    Ok(view! {
        <div class="metrics-chart">{drawn}</div>
        {more.map(|more| view! { <p class="sub">{more}</p> })}
        <div>{keep}</div>
    }
    .into_any())
}

async fn plotted(
    shown: &Shown<'_>,
    query: &str,
    window: Window,
    found: &[Found],
) -> Result<AnyView, Problem> {
    let labels: Vec<&Labels> = found.iter().map(|one| &one.series.labels).collect();
    let lines = found.iter().take(DRAWN).map(|one| {
        let own = label(&one.series.labels, &labels).unwrap_or_else(|| t::all(shown.visit.locale).to_owned());
        Line { label: one.label(shown, own, window), earlier: one.earlier, points: one.points() }
    });
    let marks = overview::marks(shown, window).await?;
    let plot = window.plot(query.to_owned(), unit(query), lines.collect(), None, marks);
    Ok(drawn::region(shown, REGION, window, vec![plot]))
}

/// What tells a series from the others: the labels that are not the same in all of them.
pub fn label(labels: &Labels, all: &[&Labels]) -> Option<String> {
    let differs = |name: &String, value: &String| all.iter().any(|other| other.get(name) != Some(value));
    let told: Vec<String> = labels
        .iter()
        .filter(|(name, value)| differs(name, value))
        .map(|(name, value)| if name == NAME { value.clone() } else { format!("{name}={value}") })
        .collect();
    (!told.is_empty()).then(|| told.join(" "))
}

/// What the numbers of an expression are, by the name it begins with.
fn unit(query: &str) -> Unit {
    let plain = !query.contains('(') && !query.contains('/');
    if plain && query.starts_with(model::metric::CPU) {
        Unit::Cores
    } else if plain && query.contains("_bytes") {
        Unit::Bytes
    } else {
        Unit::Number
    }
}

/// What finds the series of an app. Graphite has no labels: the app's name stands among the parts of a name.
fn selectors(key: &AppKey, language: Language) -> Vec<String> {
    match language {
        Language::PromQl => vec![of_app("", key)],
        Language::Graphite => ["{}.*", "{}.*.*", "*.{}", "*.{}.*", "*.{}.*.*", "*.*.{}", "*.*.{}.*"]
            .map(|pattern| pattern.replace("{}", key.app.as_str()))
            .into(),
    }
}

/// What is shown when nothing is asked: its use, which only the console's own store has.
fn default_query(key: &AppKey, source: SourceKind) -> String {
    match source {
        SourceKind::Embedded => of_app(model::metric::CPU, key),
        SourceKind::Prometheus | SourceKind::Graphite => String::new(),
    }
}

/// The expression of a name alone.
fn plain(name: &str, key: &AppKey, language: Language) -> String {
    match language {
        Language::PromQl => of_app(name, key),
        Language::Graphite => name.to_owned(),
    }
}

/// The expression that shows a name at its best: what only grows, by its rate.
fn example(name: &str, key: &AppKey, language: Language) -> String {
    let plain = plain(name, key, language);
    let grows = ["_total", "_count", "_sum"].iter().any(|end| name.ends_with(end));
    match language {
        Language::PromQl if grows => format!("sum(rate({plain}[1m]))"),
        Language::PromQl | Language::Graphite => plain,
    }
}

fn list(shown: &Shown<'_>, names: &BTreeSet<String>, window: Window) -> AnyView {
    let locale = shown.visit.locale;
    if names.is_empty() {
        return view! { <p class="sub">{t::names_none(locale)}</p> }.into_any();
    }
    let range = window.minutes.unwrap_or(LENGTHS[0]).to_string();
    let item = |name: &String| {
        let query = example(name, shown.key, shown.source.language());
        let asked = paths::query(&[("query", query.as_str()), ("range", range.as_str())]);
        let href = format!("{asked}#{EXPLORER}");
        view! {
            <li>
                <a class="link mono" href=href>
                    {name.clone()}
                </a>
            </li>
        }
    };
    view! { <ul class="metric-names">{names.iter().map(item).collect_view()}</ul> }.into_any()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_line_is_called_by_what_tells_it_from_the_others() {
        let (a, b) = (
            labels(&[(NAME, "cpu"), ("app", "shop"), ("instance", "1")]),
            labels(&[(NAME, "cpu"), ("app", "shop"), ("instance", "2")]),
        );
        assert_eq!(label(&a, &[&a, &b]).as_deref(), Some("instance=1"));
        assert_eq!(label(&a, &[&a]), None);
        assert_eq!(names(&[a, b]).into_iter().collect::<Vec<_>>(), ["cpu"]);
    }

    #[test]
    fn what_only_grows_is_shown_by_its_rate() {
        let key = AppKey { environment: "e".parse().expect("a name"), app: "a".parse().expect("a name") };
        let promql = |name| example(name, &key, Language::PromQl);
        assert_eq!(promql("requests_total"), r#"sum(rate(requests_total{environment="e",app="a"}[1m]))"#);
        assert_eq!(promql("queue"), r#"queue{environment="e",app="a"}"#);
        assert_eq!(example("a.requests_total", &key, Language::Graphite), "a.requests_total");
        assert_eq!(unit("quarterdeck_instance_memory_bytes{app=\"a\"}"), Unit::Bytes);
        assert_eq!(unit("sum(rate(x_bytes[1m]))"), Unit::Number);
    }
}
