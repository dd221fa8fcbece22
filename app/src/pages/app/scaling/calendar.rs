//! The calendar: its entries, when they hold, and the forms to add one.

use leptos::prelude::*;
use model::problem::Problem;
use model::scaling::{Calendar, ScalingStatus};
use model::schedule::Schedule;
use serde_json::{Value, json};

use super::{Shown, month};
use crate::islands::viewer_zone::ViewerZone;
use crate::posted::Form;
use crate::text::{Locale, fault, scaling as t};
use crate::ui::field::{Fields, Input};

pub fn card(shown: &Shown<'_>, status: &ScalingStatus, may_change: bool) -> AnyView {
    let locale = shown.visit.locale;
    let entries = if status.calendar.schedules.is_empty() {
        view! { <p class="sub">{t::calendar_none(locale)}</p> }.into_any()
    } else {
        view! {
            {table(locale, status, may_change)}
            {month::grid(shown, status)}
        }
        .into_any()
    };
    view! {
        <section class="card pad stack tight" aria-labelledby="calendar-title">
            <h2 id="calendar-title">{t::calendar(locale)}</h2>
            <div data-live="calendar" data-on="scaling" class="stack tight">
                {entries}
            </div>
            {may_change
                .then(|| view! { <div class="policy-do">{Kind::ALL.map(|kind| form(shown, kind))}</div> })}
        </section>
    }
    .into_any()
}

fn table(locale: Locale, status: &ScalingStatus, may_change: bool) -> AnyView {
    let holds = |name: &str| {
        let held = [status.held.exact.as_ref(), status.held.floor.as_ref()];
        held.into_iter().flatten().any(|occurrence| occurrence.schedule == name)
    };
    let row = |entry: &Schedule| {
        view! {
            <tr>
                <td>
                    <span class="strong">{entry.name.clone()}</span>
                    {(!entry.enabled).then(|| view! { <span class="tag">{t::switched_off(locale)}</span> })}
                    {holds(&entry.name).then(|| view! { <span class="tag accent">{t::holds_now(locale)}</span> })}
                </td>
                <td>
                    {t::when(locale, entry)}
                    {(entry.warm_up.as_millis() > 0)
                        .then(|| view! { <span class="sub policy-line">{t::warms_up(locale, entry)}</span> })}
                </td>
                <td class="nowrap">{t::effect(locale, entry.effect)}</td>
                {may_change.then(|| view! { <td>{acts(locale, entry)}</td> })}
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=t::entries(locale)>
            <table>
                <thead>
                    <tr>
                        <th>{t::entry(locale)}</th>
                        <th>{t::when_label(locale)}</th>
                        <th>{t::count(locale)}</th>
                        {may_change.then(|| view! { <th>{t::act(locale)}</th> })}
                    </tr>
                </thead>
                <tbody>{status.calendar.schedules.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn acts(locale: Locale, entry: &Schedule) -> AnyView {
    let switch = if entry.enabled { t::pause(locale) } else { t::resume(locale) };
    let named = |word: &str| format!("{word} {}", entry.name);
    view! {
        <form method="post" class="scaling-acts">
            <input type="hidden" name="entry" value=entry.name.clone() />
            <button class="btn" name="act" value="schedule_switch" aria-label=named(switch)>
                {switch}
            </button>
            <button class="btn" name="act" value="schedule_remove" aria-label=named(t::remove(locale))>
                {t::remove(locale)}
            </button>
        </form>
    }
    .into_any()
}

/// All entries after what a form asks for.
pub fn changed(calendar: &Calendar, form: &Form) -> Result<Value, Problem> {
    let (act, named) = (form.text("act"), form.text("entry"));
    let mut entries = Vec::new();
    for entry in &calendar.schedules {
        let mut value = serde_json::to_value(entry).map_err(|_| Problem::internal())?;
        match act.as_str() {
            "schedule_remove" if entry.name == named => continue,
            "schedule_switch" if entry.name == named => value["enabled"] = json!(!entry.enabled),
            _ => {}
        }
        entries.push(value);
    }
    if act == "schedule_add" {
        entries.push(read(form));
    }
    Ok(json!({ "schedules": entries }))
}

/// The entry that a form names; what is left empty is absent.
fn read(form: &Form) -> Value {
    let text = |name: &str| Some(form.text(name)).filter(|text| !text.is_empty());
    let kind = if form.text("kind") == Kind::Recurring.word() { Kind::Recurring } else { Kind::Once };
    let zone = text("zone").unwrap_or_else(|| model::window::UTC.to_owned());
    let mut entry = json!({ "name": form.text("name"), "kind": kind.word(), "time_zone": zone });
    let fields = match kind {
        Kind::Recurring => ["cron", "duration", "warm_up"],
        Kind::Once => ["from", "to", "warm_up"],
    };
    for field in fields {
        if let Some(value) = text(field) {
            entry[field] = json!(value);
        }
    }
    let count = form.text("count");
    let effect = if form.text("effect") == "floor" { "floor" } else { "instances" };
    entry[effect] = count.parse::<u64>().map_or_else(|_| json!(count), |count| json!(count));
    entry
}

#[derive(Clone, Copy)]
enum Kind {
    Once,
    Recurring,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Once, Self::Recurring];

    const fn word(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Recurring => "recurring",
        }
    }

    const fn add(self, locale: Locale) -> &'static str {
        match self {
            Self::Once => t::add_once(locale),
            Self::Recurring => t::add_again(locale),
        }
    }
}

fn form(shown: &Shown<'_>, kind: Kind) -> AnyView {
    let locale = shown.visit.locale;
    let posted = shown.visit.form.as_ref();
    let posted = posted.filter(|form| form.text("act") == "schedule_add" && form.text("kind") == kind.word());
    let fields = Fields { locale, refused: shown.refused.filter(|_| posted.is_some()), form: kind.word() };
    let value = |name: &str, fresh: &str| posted.map_or_else(|| fresh.to_owned(), |form| form.text(name));
    let needed = |input: Input| Input { required: true, ..input };
    let effect = value("effect", "floor");
    let count = if effect == "floor" { "floor" } else { "instances" };
    let count = Input { path: Some(count), ..needed(Input::number(value("count", ""))) };
    let name = Input { hint: Some(t::name_hint(locale)), ..needed(Input::text(value("name", ""))) };
    let warm_up = Input { hint: Some(t::warm_up_hint(locale)), ..Input::text(value("warm_up", "5m")) };
    let times = match kind {
        Kind::Once => {
            let moment = |name| Input { kind: "datetime-local", ..needed(Input::text(value(name, ""))) };
            view! {
                {fields.input("from", t::from(locale), moment("from"))}
                {fields.input("to", t::to(locale), moment("to"))}
            }
            .into_any()
        }
        Kind::Recurring => {
            let cron = Input {
                mono: true,
                placeholder: Some("0 22 * * *"),
                hint: Some(t::cron_hint(locale)),
                ..needed(Input::text(value("cron", "")))
            };
            let duration = needed(Input::text(value("duration", "8h")));
            view! {
                {fields.input("cron", t::cron(locale), cron)}
                {fields.input("duration", t::duration(locale), duration)}
            }
            .into_any()
        }
    };
    let zone = fields.mistake("time_zone");
    view! {
        <details class="new-one" open=posted.is_some()>
            <summary class="btn">{kind.add(locale)}</summary>
            <form method="post" class="scaling-form">
                <input type="hidden" name="kind" value=kind.word() />
                {fields.input("name", t::name(locale), name)}
                {times}
                <div class="field">
                    <ViewerZone value=value("zone", "") label=t::time_zone(locale).to_owned() />
                    {zone.map(|zone| view! { <em>{fault::fault(locale, &zone.fault)}</em> })}
                </div>
                {fields
                    .choice(
                        "effect",
                        t::effect_label(locale),
                        &effect,
                        &[("floor", t::at_least(locale)), ("instances", t::exactly(locale))],
                    )}
                {fields.input("count", t::instances(locale), count)}
                {fields.input("warm_up", t::warm_up(locale), warm_up)}
                <div class="wide scaling-buttons">
                    <button class="btn main" name="act" value="schedule_add">
                        {t::add(locale)}
                    </button>
                </div>
            </form>
        </details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALE: &str = "act=schedule_add&kind=once&name=sale&from=2026-11-10T23%3A50&to=2026-11-11T01%3A00\
                        &zone=Asia%2FShanghai&effect=instances&count=20&warm_up=10m";

    fn calendar(value: &Value) -> Calendar {
        let schedules = serde_json::from_value(value["schedules"].clone()).expect("entries");
        Calendar { schedules, ..Calendar::default() }
    }

    #[test]
    fn entries_are_added_switched_off_and_removed() {
        let one = changed(&Calendar::default(), &Form::parse(SALE)).expect("entries");
        let expected = json!({
            "name": "sale", "kind": "once", "from": "2026-11-10T23:50", "to": "2026-11-11T01:00",
            "time_zone": "Asia/Shanghai", "instances": 20, "warm_up": "10m",
        });
        assert_eq!(one["schedules"][0], expected);
        let off = Form::parse("act=schedule_switch&entry=sale");
        let off = changed(&calendar(&one), &off).expect("entries");
        assert_eq!(
            (&off["schedules"][0]["enabled"], &off["schedules"][0]["instances"]),
            (&json!(false), &json!(20))
        );
        let none = changed(&calendar(&one), &Form::parse("act=schedule_remove&entry=sale")).expect("entries");
        assert_eq!(none, json!({ "schedules": [] }));
    }

    #[test]
    fn without_scripts_an_empty_zone_is_utc() {
        let body = "act=schedule_add&kind=recurring&name=night&cron=0+22+*+*+*&duration=8h&zone=&effect=floor&count=2";
        let entry = read(&Form::parse(body));
        assert_eq!((&entry["time_zone"], &entry["floor"]), (&json!("UTC"), &json!(2)));
    }
}
