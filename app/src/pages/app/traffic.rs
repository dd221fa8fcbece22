//! How an app fares: its use, restarts, requests, errors and latency, whole or by instance or revision.

use futures::future::join_all;
use leptos::prelude::*;
use model::metric::{
    CPU, HEALTH_CHECK, Labels, MEMORY, NAME, NETWORK_RECEIVED, NETWORK_SENT, PERCENTILES, RESTARTS, Split,
    Traffic, of_app,
};
use model::problem::Problem;

use super::compared::{Found, ask};
use super::window::Window;
use super::{Shown, drawn, overview};
use crate::islands::copy::CopyButton;
use crate::paths;
use crate::text::{app as app_text, apps, metrics as t, shell};
use crate::ui::plot::{Line, Mark, Plot, Unit};

/// Lines of one chart at most: as many as can be told apart.
const DRAWN: usize = 12;
/// Seconds over which a rate is taken at least.
const RATE_SECONDS: u64 = 60;
/// The part of the page with these charts.
const REGION: &str = "standing";
/// What an app sends by StatsD to be known.
const STATSD: &str = "shop.http.requests:1|c|#status:200\nshop.request_seconds:34|ms|#status:200";

/// A chart before its numbers are there.
struct Question {
    title: String,
    unit: Unit,
    limit: Option<f64>,
    /// Name of the line, where it is not that of the split, and the expression.
    lines: Vec<(Option<String>, String)>,
}

pub async fn view(shown: &Shown<'_>, window: Window) -> Result<AnyView, Problem> {
    let Shown { visit, app, .. } = *shown;
    let locale = visit.locale;
    if !visit.wants(REGION) {
        return Ok(().into_any());
    }
    let asked = visit.asked("split");
    // While one revision follows another, both are of interest.
    let split = match asked.as_str() {
        "" if app.summary.deployment.is_some() => Split::Revision,
        asked => Split::parse(asked),
    };
    let found = found(shown, window).await;
    let lacks = found.is_none();
    let (series, traffic) = found.unwrap_or_default();
    let questions = questions(shown, &series, &traffic, split, window);
    let marks = overview::marks(shown, window).await?;
    let Answered { plots, left_out, is_whole } = answered(shown, questions, split, window, &marks).await;
    if !visit.request.regions.is_empty() && (lacks || !is_whole) {
        return Ok(drawn::kept(REGION));
    }
    let more = (left_out > 0).then(|| t::too_many(locale, DRAWN, DRAWN + left_out));
    Ok(view! {
        <section
            class="stack tight"
            aria-labelledby="standing-title"
            data-live=REGION
            data-on="-"
            data-every=drawn::every(window)
        >
            <div class="row">
                <h2 id="standing-title">{t::standing(locale)}</h2>
                {splits(shown, split)}
            </div>
            {drawn::charts(shown, plots)}
            {more.map(|more| view! { <p class="sub">{more}</p> })}
            {traffic.has_highest_only().then(|| view! { <p class="sub">{t::highest_hint(locale)}</p> })}
            {traffic.is_empty().then(|| how(shown))}
        </section>
    }
    .into_any())
}

/// Requests with errors, and latency, where the app tells them: what the overview shows beside the app's use. And whether
/// that is all there is.
pub async fn plots(shown: &Shown<'_>, window: Window, marks: &[Mark]) -> (Vec<Plot>, bool) {
    let locale = shown.visit.locale;
    let Some((_, traffic)) = found(shown, window).await else { return (Vec::new(), false) };
    let mut questions = traffic_questions(shown, &traffic, Split::Whole, window);
    // Both in one chart: how many went wrong says little without how many there were.
    if let [requests, errors, ..] = &mut questions[..]
        && errors.unit == requests.unit
    {
        requests.lines[0].0 = Some(t::all_requests(locale).to_owned());
        let mut failed = std::mem::take(&mut errors.lines);
        for line in &mut failed {
            line.0 = Some("5xx".to_owned());
        }
        requests.lines.append(&mut failed);
        questions.remove(1);
    }
    let answered = answered(shown, questions, Split::Whole, window, marks).await;
    (answered.plots, answered.is_whole)
}

/// The series that tell of an app, and what of its traffic is among them. Charts without figures are better than no page.
async fn found(shown: &Shown<'_>, window: Window) -> Option<(Vec<Labels>, Traffic)> {
    let Shown { visit, caller, key, .. } = *shown;
    let times = Some((window.range.start, window.range.end));
    // What an app tells is always in the console's own store.
    let series = visit.ports.metrics.series(caller, None, &[of_app("", key)], times).await.ok()?;
    let traffic = Traffic::find(&series);
    Some((series, traffic))
}

struct Answered {
    plots: Vec<Plot>,
    /// Lines that the fullest chart had too many.
    left_out: usize,
    /// Every question had its answer.
    is_whole: bool,
}

async fn answered(
    shown: &Shown<'_>,
    questions: Vec<Question>,
    split: Split,
    window: Window,
    marks: &[Mark],
) -> Answered {
    let expressions = questions
        .iter()
        .flat_map(|question| &question.lines)
        .map(|(_, expression)| ask(shown, None, expression, window));
    let answers = join_all(expressions).await;
    let is_whole = answers.iter().all(Result::is_ok);
    let mut answers = answers.into_iter();
    let mut left_out = 0;
    let plots = questions.into_iter().map(|question| {
        let mut lines = Vec::new();
        for (label, _) in question.lines {
            let found = answers.next().and_then(Result::ok).unwrap_or_default();
            lines.extend(found.iter().map(|found| line(shown, label.clone(), split, found, window)));
        }
        left_out = left_out.max(lines.len().saturating_sub(DRAWN));
        lines.truncate(DRAWN);
        window.plot(question.title, question.unit, lines, question.limit, marks.to_vec())
    });
    let plots = plots.collect();
    Answered { plots, left_out, is_whole }
}

/// Seconds over which a rate is taken at each point.
fn rate_seconds(window: Window) -> u64 {
    (window.range.step_ms * 4 / 1_000).max(RATE_SECONDS)
}

fn one(title: &str, unit: Unit, limit: Option<f64>, expression: String) -> Question {
    Question { title: title.to_owned(), unit, limit, lines: vec![(None, expression)] }
}

fn questions(
    shown: &Shown<'_>,
    series: &[Labels],
    traffic: &Traffic,
    split: Split,
    window: Window,
) -> Vec<Question> {
    let Shown { visit, key, app, .. } = *shown;
    let locale = visit.locale;
    let resources = &app.definition.resources;
    let rate = rate_seconds(window);
    let by = split.label().map(|label| format!(" by ({label}) ")).unwrap_or_default();
    let own = |function: &str, metric: &str| format!("{function}{by}({})", of_app(metric, key));
    let average = |mut question: Question| {
        if split == Split::Whole {
            question.lines.iter_mut().for_each(|line| line.0 = Some(app_text::average(locale).to_owned()));
        }
        question
    };
    let memory = resources.memory_mb as f64 * 1_048_576.0;
    let mut all = vec![
        average(one(apps::cpu(locale), Unit::Cores, Some(resources.cpus), own("avg", CPU))),
        average(one(apps::memory(locale), Unit::Bytes, Some(memory), own("avg", MEMORY))),
        one(t::restarts(locale), Unit::Number, None, own("sum", RESTARTS)),
    ];
    let told = |metric: &str| series.iter().any(|labels| labels.get(NAME).is_some_and(|name| name == metric));
    if told(NETWORK_RECEIVED) {
        let of = |metric: &str| format!("sum{by}(rate({}[{rate}s]))", of_app(metric, key));
        let lines = match split {
            Split::Whole => vec![
                (Some(t::received(locale).to_owned()), of(NETWORK_RECEIVED)),
                (Some(t::sent(locale).to_owned()), of(NETWORK_SENT)),
            ],
            Split::Instance | Split::Revision => {
                vec![(None, format!("{} + {}", of(NETWORK_RECEIVED), of(NETWORK_SENT)))]
            }
        };
        all.push(Question { title: t::network(locale).to_owned(), unit: Unit::Bytes, limit: None, lines });
    }
    if told(HEALTH_CHECK) {
        all.push(one(t::health_check(locale), Unit::Seconds, None, own("max", HEALTH_CHECK)));
    }
    all.extend(traffic_questions(shown, traffic, split, window));
    all
}

/// Requests, errors and latency, each where it is known.
fn traffic_questions(shown: &Shown<'_>, traffic: &Traffic, split: Split, window: Window) -> Vec<Question> {
    let (locale, key) = (shown.visit.locale, shown.key);
    let rate = rate_seconds(window);
    let mut all = Vec::new();
    let requests = traffic.requests(key, split, rate);
    all.extend(requests.map(|query| one(t::requests(locale), Unit::Number, None, query)));
    let errors = traffic.errors(key, split, rate);
    all.extend(errors.map(|query| one(t::errors(locale), Unit::Number, None, query)));
    // Several percentiles of the whole; of parts, the one that tells most.
    let (title, percentiles) = match split {
        Split::Whole => (t::latency(locale, None), PERCENTILES.to_vec()),
        Split::Instance | Split::Revision => (t::latency(locale, Some(95)), vec![95]),
    };
    let percentile = |percentile| {
        let label = (split == Split::Whole).then(|| t::percentile(percentile));
        Some((label, traffic.latency(key, percentile, split, rate)?))
    };
    let lines: Vec<_> = percentiles.into_iter().filter_map(percentile).collect();
    if !lines.is_empty() {
        all.push(Question { title, unit: Unit::Seconds, limit: None, lines });
    }
    all
}

fn line(shown: &Shown<'_>, label: Option<String>, split: Split, found: &Found, window: Window) -> Line {
    let own = || split.label().and_then(|label| found.series.labels.get(label).cloned());
    let own = label.or_else(own).unwrap_or_else(|| t::all(shown.visit.locale).to_owned());
    Line { label: found.label(shown, own, window), earlier: found.earlier, points: found.points() }
}

/// The ways to split as links that keep what else is asked.
fn splits(shown: &Shown<'_>, current: Split) -> AnyView {
    let locale = shown.visit.locale;
    let kept = ["query", "range", "from", "to", "compare"].map(|name| (name, shown.visit.asked(name)));
    let links = Split::ALL.map(|split| {
        let mut pairs = vec![("split", split.label().unwrap_or("whole"))];
        pairs.extend(
            kept.iter().map(|(name, value)| (*name, value.as_str())).filter(|pair| !pair.1.is_empty()),
        );
        view! {
            <a class="chip" href=paths::query(&pairs) aria-current=(split == current).then_some("true")>
                {t::split_by(locale, split)}
            </a>
        }
    });
    view! { <nav class="ranges" aria-label=t::split(locale)>{links.collect_view()}</nav> }.into_any()
}

/// What an app has to tell for its traffic to show.
fn how(shown: &Shown<'_>) -> AnyView {
    let locale = shown.visit.locale;
    view! {
        <div class="card pad stack tight">
            <p class="sub">{t::traffic_none(locale)}</p>
            <pre class="mono" tabindex="0">{STATSD}</pre>
            <div>
                <CopyButton text=STATSD.to_owned() label=shell::copy(locale).to_owned() done=shell::copied(locale).to_owned() />
            </div>
        </div>
    }
    .into_any()
}
