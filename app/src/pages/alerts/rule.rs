//! One rule: how it does, what its query says now and said over the last hours, its alerts, and its settings.

use leptos::prelude::*;
use model::alert::{Asked, HistoryQuery, KnownRule, Labels, Rule, RuleTest, Tested};
use model::duration::Span;
use model::metric::Series;
use model::permission::{Caller, Permission};
use model::problem::Problem;
use model::time::Timestamp;

use super::rules::{origin, state};
use super::{form, frame, history, pairs, severity_badge};
use crate::pages::app::window::{LENGTHS, Window};
use crate::pages::local;
use crate::pages::settings::banner;
use crate::pages::visit::{Visit, page};
use crate::paths;
use crate::text::alert_line::alert_line;
use crate::text::{Locale, alerts as t, app, apps, fault, metrics};
use crate::ui::badge::{Tone, badge};
use crate::ui::plot::{Line, Mark, Unit, line_class, plot, table, write};

/// Series that are drawn at once, and values that are shown: as many as can be told apart.
const DRAWN: usize = 8;
const VALUES: usize = 20;
/// What the chart shows unless something else is asked for, in minutes.
const HOURS: u32 = 360;
/// Rows of its history.
const ROWS: u32 = 10;
/// Alerts that are marked on the chart.
const MARKS: u32 = 50;

#[component]
pub fn RulePage() -> impl IntoView {
    page(rule)
}

/// What the last button led to.
#[derive(Default)]
struct Said {
    refused: Option<Problem>,
    saved: bool,
    tried: Option<RuleTest>,
}

async fn rule(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?.clone();
    let name: String = visit.param("rule")?;
    let position = visit.ports.site.live_position();
    let Some(said) = perform(&visit, &caller, &name).await else { return Ok(().into_any()) };
    let locale = visit.locale;
    let known = visit.ports.alerts.rule(&caller, &name).await?;
    let now = visit.ports.site.now();
    let window = Window::of_or(&visit, now, HOURS);
    let query = HistoryQuery { rule: Some(name.clone()), limit: Some(MARKS), ..HistoryQuery::default() };
    let of = known.rule.environment.as_ref();
    let metrics = &visit.ports.metrics;
    // At once, so that a source that is away is waited for once.
    let (values, series, past) = futures::join!(
        metrics.query(&caller, of, &known.rule.query, None),
        metrics.query_range(&caller, of, &known.rule.query, window.range),
        visit.ports.alerts.history(&caller, &query),
    );
    let past = past?.items;
    let marks: Vec<Mark> = past
        .iter()
        .map(|record| Mark {
            time: record.fired_at.as_millis(),
            label: alert_line(locale, &record.labels, &record.summary),
            href: paths::alert_history(&name),
        })
        .collect();
    let shown = past.get(..past.len().min(ROWS as usize)).unwrap_or_default();
    let administers = caller.may(Permission::Administer);
    let environments = if administers { visit.ports.environments.list(&caller).await? } else { Vec::new() };
    let settings = administers.then(|| settings(&visit, &known, &environments, &said));
    let content = view! {
        {banner(&visit, said.refused.as_ref())}
        {said.saved.then(|| view! { <div class="alert ok" role="status">{t::saved(locale)}</div> })}
        <div class="stack">
            <section class="card pad stack tight" aria-labelledby="rule-title" data-live="rule" data-on="alerts">
                <div class="row">
                    <h2 id="rule-title">{name.clone()}</h2>
                    {state(locale, &known)}
                    {severity_badge(locale, known.rule.severity)}
                    {origin(locale, &known)}
                </div>
                <p>
                    <code>{known.rule.query.clone()}</code>
                    " "
                    {t::condition_of(locale, &known.rule)}
                </p>
                {asked(locale, known.asked.as_ref())}
            </section>
            {chart(locale, &known.rule, window, &series, marks)}
            <section class="card" aria-labelledby="values-title" data-live="values" data-on="alerts">
                <header class="pad">
                    <h2 id="values-title">{t::values(locale)}</h2>
                </header>
                {now_values(locale, &known.rule, values, now)}
            </section>
            <section class="card" aria-labelledby="past-title" data-live="past" data-on="alerts">
                <header class="pad">
                    <h2 id="past-title">{t::history_of(locale)}</h2>
                    <a class="sub link" href=paths::alert_history(&name)>
                        {t::whole_history(locale)}
                    </a>
                </header>
                {history::table(locale, shown, now)}
            </section>
            {settings}
        </div>
    };
    Ok(frame(&visit, paths::ALERT_RULES, position, content.into_any()))
}

/// Does what a button asks for; `None` where the page is left.
async fn perform(visit: &Visit, caller: &Caller, name: &str) -> Option<Said> {
    let mut said = Said::default();
    let Some(posted) = &visit.form else { return Some(said) };
    let port = &visit.ports.alerts;
    let typed = form::read(posted, name.to_owned());
    let done = match posted.text("act").as_str() {
        "test" => port.test_rule(caller, &typed).await.map(|test| said.tried = Some(test)),
        "save" => port.set_rule(caller, name, &typed).await.map(|_| said.saved = true),
        "remove" => {
            let builtin = port.rule(caller, name).await.is_ok_and(|known| known.builtin);
            match port.remove_rule(caller, name).await {
                Ok(()) => {
                    let back = paths::alert_rule(name);
                    visit.redirect(if builtin { &back } else { paths::ALERT_RULES });
                    return None;
                }
                Err(problem) => Err(problem),
            }
        }
        other => Err(Problem::not_found("action", other)),
    };
    said.refused = done.err();
    Some(said)
}

/// How it did when it was asked last.
fn asked(locale: Locale, asked: Option<&Asked>) -> AnyView {
    let Some(asked) = asked else { return ().into_any() };
    let words = match &asked.error {
        None => t::answered(locale, asked.took, asked.series).into_any(),
        Some(error) => {
            view! { <b class="rule-error">{t::no_answer(locale)} ": " {error.clone()}</b> }.into_any()
        }
    };
    view! { <p class="sub">{local(asked.at)} " " {words}</p> }.into_any()
}

/// The query over a stretch of time, with its threshold and the moments at which alerts began to fire.
fn chart(
    locale: Locale,
    rule: &Rule,
    window: Window,
    answer: &Result<Vec<Series>, Problem>,
    marks: Vec<Mark>,
) -> AnyView {
    let ranges = LENGTHS.map(|minutes| {
        let current = (window.minutes == Some(minutes)).then_some("true");
        view! {
            <a class="chip" href=format!("?range={minutes}") aria-current=current>
                {app::range(locale, minutes)}
            </a>
        }
    });
    let drawing = match answer {
        Err(problem) => view! { <p class="sub">{fault::first(locale, problem)}</p> }.into_any(),
        Ok(series) => drawn(locale, rule, window, series, marks),
    };
    view! {
        <section class="card pad chart" aria-labelledby="chart-title">
            <header>
                <h2 id="chart-title">{t::chart(locale)}</h2>
                <span class="sub">"UTC"</span>
                <nav class="ranges legends" aria-label=app::chart_range(locale)>
                    {ranges.collect_view()}
                </nav>
            </header>
            {drawing}
        </section>
    }
    .into_any()
}

fn drawn(locale: Locale, rule: &Rule, window: Window, series: &[Series], marks: Vec<Mark>) -> AnyView {
    let (start, end) = (window.range.start.as_millis(), window.range.end.as_millis());
    let lines = series.iter().take(DRAWN).map(|one| Line {
        label: named(one),
        earlier: false,
        points: one.points.clone(),
    });
    let marks = marks.into_iter().filter(|mark| (start..=end).contains(&mark.time)).collect();
    let limit = rule.condition.map(|condition| condition.threshold);
    let shown = window.plot(rule.query.clone(), Unit::Number, lines.collect(), limit, marks);
    let legend = shown.lines.iter().enumerate().map(|(index, line)| {
        let class = format!("legend {}", line_class(&shown, index));
        let last = line.points.last().map_or_else(|| "–".to_owned(), |point| write(Unit::Number, point.1));
        view! {
            <span class=class>
                {line.label.clone()} " " <b>{last}</b>
            </span>
        }
    });
    let more = (series.len() > DRAWN).then(|| metrics::too_many(locale, DRAWN, series.len()));
    view! {
        <p class="rule-legend">{legend.collect_view()}</p>
        <div class="plot-frame rule-plot">{plot(locale, &shown, 0, None, None)}</div>
        {more.map(|more| view! { <p class="sub">{more}</p> })}
        <details class="plot-table">
            <summary class="sub">{apps::as_table(locale)}</summary>
            {table(locale, None, &shown, 0)}
        </details>
    }
    .into_any()
}

fn named(series: &Series) -> String {
    let pairs: Vec<String> = series
        .labels
        .iter()
        .filter(|(name, _)| *name != model::metric::NAME)
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if pairs.is_empty() { "{}".to_owned() } else { pairs.join(" ") }
}

fn now_values(locale: Locale, rule: &Rule, answer: Result<Vec<Series>, Problem>, now: Timestamp) -> AnyView {
    match answer {
        Err(problem) => view! { <p class="pad sub">{fault::first(locale, &problem)}</p> }.into_any(),
        Ok(series) => {
            let count = u32::try_from(series.len()).unwrap_or(u32::MAX);
            let asked = Asked { at: now, took: Span::from_millis(0), series: count, error: None };
            let values = series.into_iter().filter_map(|it| Some((it.labels, it.points.last()?.1))).collect();
            values_table(locale, &RuleTest::of(rule, asked, values, VALUES))
        }
    }
}

fn values_table(locale: Locale, test: &RuleTest) -> AnyView {
    if test.series.is_empty() {
        return view! { <p class="pad sub">{t::nothing_found(locale)}</p> }.into_any();
    }
    let row = |tested: &Tested| {
        let judged =
            if tested.bad { badge(Tone::Bad, t::bad(locale)) } else { badge(Tone::Good, t::good(locale)) };
        let value = tested.value.map_or_else(|| "–".to_owned(), model::verdict::number);
        view! {
            <tr>
                <td>{judged}</td>
                <td class="number">{value}</td>
                <td class="alert-cell">
                    <span>{alert_line(locale, &tested.labels, &tested.summary)}</span>
                    <span>{pairs(&tested.labels, &Labels::new())}</span>
                </td>
            </tr>
        }
    };
    let more = (test.asked.series as usize).saturating_sub(test.series.len());
    view! {
        <div class="scroll" tabindex="0">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{t::state(locale)}</th>
                        <th scope="col" class="number">{t::value(locale)}</th>
                        <th scope="col">{t::what(locale)}</th>
                    </tr>
                </thead>
                <tbody>{test.series.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
        {(more > 0).then(|| view! { <p class="pad sub">{t::more(locale, more)}</p> })}
    }
    .into_any()
}

/// What a rule that was typed would say.
pub fn tested(locale: Locale, test: &RuleTest) -> AnyView {
    view! {
        <div class="card rule-tested" role="status">
            <p class="pad">{asked(locale, Some(&test.asked))}</p>
            {test.asked.error.is_none().then(|| values_table(locale, test))}
        </div>
    }
    .into_any()
}

fn settings(
    visit: &Visit,
    known: &KnownRule,
    environments: &[model::environment::Environment],
    said: &Said,
) -> AnyView {
    let locale = visit.locale;
    let (word, hint) = if known.builtin {
        (t::reset(locale), t::reset_hint(locale))
    } else {
        (t::remove(locale), t::remove_hint(locale))
    };
    let removable = !known.builtin || known.changed.is_some();
    view! {
        <section class="card pad" aria-labelledby="settings-title">
            <h2 id="settings-title">{t::settings(locale)}</h2>
            <form method="post" class="stack rule-form">
                {said.tried.as_ref().map(|test| tested(locale, test))}
                {form::fields(visit, Some(&known.rule), environments, said.refused.as_ref())}
                <div class="row">
                    <button class="btn main" name="act" value="save">
                        {t::save(locale)}
                    </button>
                    <button class="btn" name="act" value="test">
                        {t::test(locale)}
                    </button>
                </div>
            </form>
        </section>
        {removable
            .then(|| {
                view! {
                    <section class="card pad danger-zone">
                        <h2>{word}</h2>
                        <form method="post" class="stack">
                            <p class="sub">{hint}</p>
                            <button class="btn danger" name="act" value="remove">
                                {word}
                            </button>
                        </form>
                    </section>
                }
            })}
    }
    .into_any()
}
