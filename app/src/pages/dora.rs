//! The four figures of releasing on the overview, each against the period before and by week.

use leptos::prelude::*;
use model::api::DoraQuery;
use model::dora::{Dora, Figures};
use model::id::ProjectName;

use crate::paths;
use crate::text::insight as t;
use crate::text::{Locale, deployment};
use crate::ui::chart::round_up;

/// Width and height of the bars' box.
const BOX: (f64, f64) = (92.0, 24.0);

/// One of the four.
struct Figure {
    name: &'static str,
    means: &'static str,
    /// Larger is better.
    more_is_better: bool,
    read: fn(&Figures) -> Option<f64>,
    write: fn(Locale, f64) -> String,
    /// What it is made of.
    beside: Option<String>,
}

/// `asked` is what they are figures of; `projects` can be chosen.
pub fn card(locale: Locale, dora: &Dora, asked: &DoraQuery, projects: &[ProjectName]) -> AnyView {
    let now = &dora.now;
    let figures = [
        Figure {
            name: t::frequency(locale),
            means: t::frequency_means(locale),
            more_is_better: true,
            read: |figures| (figures.releases > 0).then_some(figures.per_day),
            write: t::often,
            beside: None,
        },
        Figure {
            name: t::lead_time(locale),
            means: t::lead_time_means(locale),
            more_is_better: false,
            read: |figures| figures.lead_time_ms.map(|millis| millis as f64),
            write: |locale, millis| t::long(locale, millis as u64),
            beside: None,
        },
        Figure {
            name: t::failure_rate(locale),
            means: t::failure_rate_means(locale),
            more_is_better: false,
            read: |figures| figures.failure_rate,
            write: |_, rate| t::percent(rate),
            beside: (now.changes > 0).then(|| t::of(locale, now.failed, now.changes)),
        },
        Figure {
            name: t::restore(locale),
            means: t::restore_means(locale),
            more_is_better: false,
            read: |figures| figures.restore_ms.map(|millis| millis as f64),
            write: |locale, millis| t::long(locale, millis as u64),
            beside: None,
        },
    ];
    view! {
        <section class="card pad dora" aria-labelledby="dora-title">
            <div class="dora-head">
                <h2 id="dora-title">{t::dora_title(locale, dora.days)}</h2>
                {choice(locale, asked, projects)}
            </div>
            <ul class="dora-figures" data-live="dora">{figures.iter().map(|figure| one(locale, dora, figure)).collect_view()}</ul>
        </section>
    }
    .into_any()
}

/// Of which project or app the figures are; in the URL, so that a link shows the same.
fn choice(locale: Locale, asked: &DoraQuery, projects: &[ProjectName]) -> AnyView {
    let chosen = asked.project.as_ref();
    let narrowed = chosen.is_some() || asked.app.is_some();
    view! {
        <form class="dora-choice" role="search" aria-label=t::dora_of(locale)>
            <select name="project" aria-label=deployment::project(locale)>
                <option value="">{t::all_projects(locale)}</option>
                {projects
                    .iter()
                    .map(|project| {
                        view! {
                            <option value=project.to_string() selected=chosen == Some(project)>
                                {project.to_string()}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
            <input
                type="search"
                name="app"
                value=asked.app.clone()
                placeholder=t::all_apps(locale)
                aria-label=deployment::app(locale)
            />
            <button class="btn small">{deployment::filter(locale)}</button>
            {narrowed.then(|| view! { <a class="btn small quiet" href=paths::OVERVIEW>{deployment::clear(locale)}</a> })}
        </form>
    }
    .into_any()
}

fn one(locale: Locale, dora: &Dora, figure: &Figure) -> AnyView {
    let (now, before) = ((figure.read)(&dora.now), (figure.read)(&dora.before));
    let value = now.map(|value| (figure.write)(locale, value));
    view! {
        <li>
            <h3>{figure.name}</h3>
            <p class="dora-value">
                {match value {
                    Some(value) => view! { <b>{value}</b> }.into_any(),
                    None => view! { <span class="muted">{t::no_figure(locale)}</span> }.into_any(),
                }}
                {figure.beside.clone().map(|beside| view! { <span class="sub">{beside}</span> })}
            </p>
            {bars(locale, dora, figure)}
            {before.map(|before| trend(locale, figure, now, before))}
            <p class="sub dora-means">{figure.means}</p>
        </li>
    }
    .into_any()
}

/// The figure before, and whether the present one is better.
fn trend(locale: Locale, figure: &Figure, now: Option<f64>, before: f64) -> AnyView {
    let written = t::was(locale, &(figure.write)(locale, before));
    let turn = now.map(|now| {
        if (now - before).abs() <= before.abs() * 0.02 {
            return ("idle", "→", t::same(locale));
        }
        let better = (now > before) == figure.more_is_better;
        let arrow = if now > before { "↑" } else { "↓" };
        if better { ("ok", arrow, t::better(locale)) } else { ("bad", arrow, t::worse(locale)) }
    });
    view! {
        <p class="dora-trend">
            {turn
                .map(|(tone, arrow, word)| {
                    view! {
                        <span class=format!("turn {tone}")>
                            <span aria-hidden="true">{arrow}</span>
                            " "
                            {word}
                        </span>
                    }
                })}
            <span class="sub">{written}</span>
        </p>
    }
    .into_any()
}

/// A bar for each week; a week without a figure has none.
fn bars(locale: Locale, dora: &Dora, figure: &Figure) -> AnyView {
    let values: Vec<Option<f64>> = dora.weeks.iter().map(|week| (figure.read)(&week.figures)).collect();
    let top = round_up(values.iter().flatten().copied().fold(0.0, f64::max));
    let width = BOX.0 / values.len().max(1) as f64;
    let told = values
        .iter()
        .map(|value| value.map_or_else(|| "–".to_owned(), |value| (figure.write)(locale, value)))
        .collect::<Vec<_>>()
        .join(", ");
    let drawn = values.iter().enumerate().filter_map(|(week, value)| {
        // What is measured and is nothing still shows that it was measured.
        let height = (value.as_ref()? / top * BOX.1).clamp(1.0, BOX.1);
        let (x, y) = (width * week as f64 + 1.0, BOX.1 - height);
        Some(view! {
            <rect
                x=format!("{x:.1}")
                y=format!("{y:.1}")
                width=format!("{:.1}", width - 2.0)
                height=format!("{height:.1}")
                rx="1"
            />
        })
    });
    view! {
        <svg
            class="week-bars"
            viewBox="0 0 92 24"
            preserveAspectRatio="none"
            role="img"
            aria-label=format!("{}: {told}", t::by_week(locale))
        >
            {drawn.collect_view()}
        </svg>
    }
    .into_any()
}
