//! The checks of a deployment, each with its chart, where it stands and its last measurements.

mod chart;
pub mod data;

use leptos::prelude::*;
use model::check::{Measurement, Verdict};
use model::verdict::Limits;

pub use self::data::{Card, Stage};
use self::data::{Place, place};
use super::mark::{BAD, CLOCK, GOOD, QUESTION, TURNING, mark};
use crate::islands::local_time::time;
use crate::text::Locale;
use crate::text::check as t;

pub fn checks(
    locale: Locale,
    cards: &[RwSignal<Card>],
    stage: RwSignal<Stage>,
    cursor: RwSignal<Option<i64>>,
) -> AnyView {
    if cards.is_empty() {
        return ().into_any();
    }
    let cards = cards.iter().map(|card| one(locale, *card, stage, cursor)).collect_view();
    view! {
        <section class="card pad" aria-labelledby="checks-title">
            <h2 id="checks-title">
                {t::title(locale)}
                <span class="sub">{t::legend(locale)}</span>
            </h2>
            {cards}
        </section>
    }
    .into_any()
}

fn one(
    locale: Locale,
    card: RwSignal<Card>,
    stage: RwSignal<Stage>,
    cursor: RwSignal<Option<i64>>,
) -> AnyView {
    let (words, name) = card.with_untracked(|card| (words(locale, card), card.name.clone()));
    let standing = Memo::new(move |_| {
        let stage = stage.get();
        card.with(|card| place(card, stage))
    });
    let value = move || {
        card.with(|card| {
            let value = card.point_at(cursor.get()).and_then(|point| point.1);
            value.map_or_else(|| "–".to_owned(), |value| card.write(value))
        })
    };
    let sum = move || {
        let stage = stage.get();
        card.with(|card| {
            let run = card.run(stage.at, stage.verifying)?;
            let sum = t::sum(locale, &run.1, card.limits.failures);
            Some(match run.0 {
                Some(step) => format!("{}: {sum}", t::in_step(locale, step)),
                None => sum,
            })
        })
    };
    let trouble = move || {
        card.with(|card| {
            let last = card.rows.first().filter(|row| row.verdict != Verdict::Pass)?;
            Some(view! { <p class="check-trouble">{last.detail.clone()}</p> })
        })
    };
    view! {
        <article class="probe" aria-label=name>
            {words}
            {drawing(locale, card, cursor)}
            <div class="check-standing">
                <span class="check-mark">{move || standing_mark(locale, standing.get())}</span>
                <b class="check-value">{value}</b>
                <p class="sub">{sum}</p>
                {trouble}
            </div>
            <details class="check-table">
                <summary class="sub">{t::details(locale)}</summary>
                {move || card.with(|card| table(locale, card))}
            </details>
        </article>
    }
    .into_any()
}

fn words(locale: Locale, card: &Card) -> AnyView {
    let Limits { observe_only, .. } = card.limits;
    let observed = observe_only
        .then(|| view! { <span class="tag" title=t::observed_hint(locale)>{t::observed(locale)}</span> });
    let background = card
        .background
        .then(|| view! { <span class="tag" title=t::background_hint(locale)>{t::background(locale)}</span> });
    let question = (!card.question.is_empty()).then(|| view! { <code>{card.question.clone()}</code> });
    view! {
        <div class="check-words">
            <h3>
                {card.name.clone()}
                " "
                <span class="tag">{card.kind.clone()}</span>
                {observed}
                {background}
            </h3>
            {question}
            <p class="sub">{card.good_when.clone()} "; " {card.habit.clone()}</p>
        </div>
    }
    .into_any()
}

fn standing_mark(locale: Locale, place: Place) -> AnyView {
    let (class, path, word) = match place {
        Place::NotAsked => ("idle", CLOCK, t::not_asked(locale)),
        Place::Observed(Verdict::Pass) => ("idle", GOOD, t::is_good(locale)),
        Place::Observed(Verdict::Fail) => ("idle", BAD, t::is_bad(locale)),
        Place::Observed(_) => ("idle", QUESTION, t::inconclusive(locale)),
        Place::Open { doubt: false, live: true } => ("busy", TURNING, t::good_so_far(locale)),
        Place::Open { doubt: false, live: false } => ("idle", GOOD, t::good_so_far(locale)),
        Place::Open { doubt: true, .. } => ("warn", CLOCK, t::in_doubt(locale)),
        Place::Passed => ("ok", GOOD, t::passed(locale)),
        Place::Failed => ("bad", BAD, t::failed(locale)),
        Place::Errored => ("bad", BAD, t::errored(locale)),
        Place::Inconclusive => ("warn", QUESTION, t::inconclusive(locale)),
    };
    mark(class, path, word.to_owned())
}

fn drawing(locale: Locale, card: RwSignal<Card>, cursor: RwSignal<Option<i64>>) -> AnyView {
    let frame = NodeRef::<leptos::html::Div>::new();
    let moved = move |event: leptos::ev::PointerEvent| {
        let Some(frame) = frame.get_untracked() else { return };
        let share = (f64::from(event.offset_x()) / f64::from(frame.client_width()).max(1.0)).clamp(0.0, 1.0);
        let time =
            card.with_untracked(chart::draw).map(|d| d.start + ((d.end - d.start) as f64 * share) as i64);
        cursor.set(time);
    };
    view! {
        <div class="check-chart" node_ref=frame on:pointermove=moved on:pointerleave=move |_| cursor.set(None)>
            {move || card.with(|card| picture(locale, card, cursor.get()))}
        </div>
    }
    .into_any()
}

fn picture(locale: Locale, card: &Card, cursor: Option<i64>) -> AnyView {
    let Some(drawing) = chart::draw(card) else {
        return view! { <p class="check-none sub">{t::nothing(locale)}</p> }.into_any();
    };
    let latest =
        card.point_at(None).and_then(|point| point.1).map_or_else(|| "–".to_owned(), |v| card.write(v));
    let label = t::chart_label(locale, &card.name, &latest);
    let cursor = cursor
        .filter(|time| (drawing.start..=drawing.end).contains(time))
        .map(|time| format!("M{:.1} 0V{}", drawing.x(time), chart::HEIGHT));
    let top = card.write(drawing.top);
    // One path a kind: its class is its colour.
    let classes = ["dot-pass", "dot-fail", "dot-inconclusive", "dot-error"];
    let mut paths = vec![("old", drawing.old)];
    paths.extend(drawing.limits.into_iter().map(|limit| ("lim", limit)));
    paths.push(("cur", drawing.new));
    paths.extend(classes.into_iter().zip(drawing.dots));
    paths.extend(cursor.map(|cursor| ("cursor", cursor)));
    let paths = paths
        .into_iter()
        .filter(|(_, d)| !d.is_empty())
        .map(|(class, d)| view! { <path class=class d=d></path> })
        .collect_view();
    view! {
        <svg viewBox="0 0 480 56" preserveAspectRatio="none" role="img" aria-label=label>
            {paths}
        </svg>
        <span class="check-top" aria-hidden="true">{top}</span>
    }
    .into_any()
}

fn table(locale: Locale, card: &Card) -> AnyView {
    if card.rows.is_empty() {
        return view! { <p class="sub">{t::nothing(locale)}</p> }.into_any();
    }
    let compared = card.rows.iter().any(|row| row.baseline.is_some());
    let value = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| card.write(value));
    let row = |row: &Measurement| {
        let class = match row.verdict {
            Verdict::Pass => "",
            Verdict::Fail => "went-bad",
            Verdict::Inconclusive | Verdict::Error => "went-odd",
        };
        let old = compared.then(|| view! { <td class="number">{value(row.baseline)}</td> });
        view! {
            <tr>
                <td>{time(row.time)}</td>
                <td class=class>
                    <span>{t::verdict(locale, row.verdict)}</span>
                </td>
                <td class="number">{value(row.value)}</td>
                {old}
                <td class="check-why">{row.detail.clone()}</td>
            </tr>
        }
        .into_any()
    };
    let rows = card.rows.iter().map(row).collect_view();
    let asked = card.rows.first().map(|row| row.asked.clone()).unwrap_or_default();
    let old = compared.then(|| view! { <th class="number">{t::old(locale)}</th> });
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label=t::details(locale)>
            <table>
                <thead>
                    <tr>
                        <th>{t::time(locale)}</th>
                        <th>{t::verdict_head(locale)}</th>
                        <th class="number">{t::new(locale)}</th>
                        {old}
                        <th>{t::why(locale)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <p class="sub check-asked">
            {t::asked(locale)} ": " <code>{asked}</code>
        </p>
    }
    .into_any()
}
