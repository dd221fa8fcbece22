//! Release rules of an environment: the weekly calendar, the freezes, who may approve. A plain form with a blank row at the
//! end of each list; its buttons post it, and the page shows it again.

use chrono::NaiveDateTime;
use leptos::prelude::*;
use model::environment::{Environment, ReleaseRules};
use model::problem::{Fault, FieldError, Problem};
use model::time::Timestamp;
use model::window::{Day, ENTRIES_MAX, Freeze, UTC, Window, Zone, Zones, mistakes, zone_of};

use super::wrong;
use crate::pages::visit::Visit;
use crate::posted::Form;
use crate::text::window as t;
use crate::ui::closed::closed;

/// What `datetime-local` writes and reads.
const MOMENT: &str = "%Y-%m-%dT%H:%M";

/// The rules as they stand in the fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    author_may_approve: bool,
    time_zone: String,
    windows: Vec<Window>,
    freezes: Vec<FreezeText>,
    /// Blank rows at the end of each list.
    blank: (usize, usize),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct FreezeText {
    name: String,
    from: String,
    to: String,
}

impl Draft {
    pub fn of(rules: &ReleaseRules, zones: &dyn Zones) -> Self {
        let zone = zones.get(zone_of(rules));
        let show = |at: Timestamp| {
            let local = zone.as_deref().map_or_else(|| at.datetime().naive_utc(), |zone| zone.local(at));
            local.format(MOMENT).to_string()
        };
        let freezes = rules.freezes.iter().map(|freeze| FreezeText {
            name: freeze.name.clone(),
            from: show(freeze.from),
            to: show(freeze.to),
        });
        Self {
            author_may_approve: rules.author_may_approve,
            time_zone: rules.time_zone.clone().unwrap_or_default(),
            windows: rules.windows.clone(),
            freezes: freezes.collect(),
            blank: (1, 1),
        }
    }

    /// Rows with nothing in them, and the one whose button was pressed, are left out.
    pub fn posted(form: &Form) -> Self {
        let pressed = form.get("do").unwrap_or_default();
        let rows = |list: &str| form.text(list).parse::<usize>().unwrap_or(0).min(2 * ENTRIES_MAX);
        let windows = (0..rows("windows")).filter(|row| pressed != format!("drop-window:{row}")).map(|row| {
            let ticked = |day: &Day| form.has(&format!("window:{row}:{}", day.as_str()));
            Window {
                days: Day::ALL.into_iter().filter(ticked).collect(),
                from: form.text(&format!("window:{row}:from")),
                to: form.text(&format!("window:{row}:to")),
            }
        });
        let freezes = (0..rows("freezes")).filter(|row| pressed != format!("drop-freeze:{row}")).map(|row| {
            let text = |field: &str| form.text(&format!("freeze:{row}:{field}"));
            FreezeText { name: text("name"), from: text("from"), to: text("to") }
        });
        let more = |list: &str| if pressed == format!("more-{list}") { 2 } else { 1 };
        Self {
            author_may_approve: form.has("author_may_approve"),
            time_zone: form.text("time_zone"),
            windows: windows.filter(|window| *window != Window::default()).collect(),
            freezes: freezes.filter(|freeze| *freeze != FreezeText::default()).collect(),
            blank: (more("windows"), more("freezes")),
        }
    }

    /// The rules they mean, or every mistake at once.
    pub fn rules(&self, zones: &dyn Zones) -> Result<ReleaseRules, Problem> {
        let name = if self.time_zone.is_empty() { UTC } else { &self.time_zone };
        let zone = zones.get(name).or_else(|| zones.get(UTC));
        let mut unreadable = Vec::new();
        let freezes = self.freezes.iter().enumerate().map(|(row, freeze)| {
            let mut read = |field: &str, text: &str| {
                let at = moment(zone.as_deref(), text);
                if at.is_none() {
                    let fault = if text.is_empty() { Fault::Required } else { Fault::NotMoment };
                    unreadable.push(FieldError::new(format!("/rules/freezes/{row}/{field}"), fault));
                }
                at.unwrap_or(Timestamp::from_millis(0))
            };
            let (from, to) = (read("from", &freeze.from), read("to", &freeze.to));
            Freeze { name: freeze.name.clone(), from, to }
        });
        let rules = ReleaseRules {
            author_may_approve: self.author_may_approve,
            time_zone: (!self.time_zone.is_empty()).then(|| self.time_zone.clone()),
            windows: self.windows.clone(),
            freezes: freezes.collect(),
        };
        if unreadable.is_empty() {
            return Ok(rules);
        }
        let row = |path: &str| path.rsplit_once('/').map_or(String::new(), |(row, _)| row.to_owned());
        let rows: Vec<String> = unreadable.iter().map(|error| row(&error.path)).collect();
        let more = mistakes(&rules, zones, "/rules").into_iter().filter(|mistake| {
            // Not about the moments that stand in for those that could not be read.
            mistake.fault != Fault::EndsBeforeBegin || !rows.contains(&row(&mistake.path))
        });
        unreadable.extend(more);
        Err(Problem::invalid(unreadable))
    }
}

fn moment(zone: Option<&(dyn Zone + Send + Sync)>, text: &str) -> Option<Timestamp> {
    let local = NaiveDateTime::parse_from_str(text, MOMENT)
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S"));
    zone.zip(local.ok()).map(|(zone, local)| zone.moments(local).0)
}

/// The card on the environment's page. Those who may not change the rules see whether it is open.
pub fn card(
    visit: &Visit,
    environment: &Environment,
    draft: &Draft,
    said: Option<&Problem>,
    admin: bool,
) -> AnyView {
    let locale = visit.locale;
    let state = match &environment.closed {
        Some(shut) => closed(locale, shut, t::others_may(locale)),
        None => view! { <p><span class="state ok">{t::open_now(locale)}</span></p> }.into_any(),
    };
    view! {
        <section class="card pad stack" id="rules">
            <h2>{t::rules(locale)}</h2>
            <p class="sub">{t::rules_lead(locale)}</p>
            {state}
            {admin.then(|| form(visit, draft, said))}
        </section>
    }
    .into_any()
}

fn form(visit: &Visit, draft: &Draft, said: Option<&Problem>) -> AnyView {
    let locale = visit.locale;
    let windows = draft.windows.iter().cloned().chain((0..draft.blank.0).map(|_| Window::default()));
    let windows: Vec<AnyView> =
        windows.enumerate().map(|(row, window)| window_row(visit, row, &window, said)).collect();
    let freezes = draft.freezes.iter().cloned().chain((0..draft.blank.1).map(|_| FreezeText::default()));
    let freezes: Vec<AnyView> =
        freezes.enumerate().map(|(row, freeze)| freeze_row(visit, row, &freeze, said)).collect();
    let zones = visit.ports.site.zones().names();
    view! {
        <form method="post" action="#rules" class="stack rules">
            // The return key presses the first button of a form.
            <button class="visually-hidden" name="do" value="save-rules" tabindex="-1" aria-hidden="true">
                {t::save_rules(locale)}
            </button>
            <input type="hidden" name="windows" value=windows.len().to_string() />
            <input type="hidden" name="freezes" value=freezes.len().to_string() />
            <div class="field rules-zone">
                <label for="time_zone">{t::time_zone(locale)}</label>
                <input
                    id="time_zone"
                    name="time_zone"
                    list="zones"
                    value=draft.time_zone.clone()
                    placeholder=UTC
                    autocapitalize="none"
                    spellcheck="false"
                    aria-invalid=wrong(said, "/rules/time_zone")
                    aria-describedby="time_zone-note"
                />
                <small class="field-hint" id="time_zone-note">{t::time_zone_hint(locale)}</small>
                <datalist id="zones">
                    {zones.into_iter().map(|zone| view! { <option value=zone></option> }).collect_view()}
                </datalist>
            </div>
            <h3>{t::calendar(locale)}</h3>
            <p class="sub">{t::calendar_hint(locale)}</p>
            {windows}
            <button class="btn small" name="do" value="more-windows">{t::another_window(locale)}</button>
            <h3>{t::freezes(locale)}</h3>
            <p class="sub">{t::freezes_hint(locale)}</p>
            {freezes}
            <button class="btn small" name="do" value="more-freezes">{t::another_freeze(locale)}</button>
            <h3>{t::approvals(locale)}</h3>
            <label class="field-tick">
                <input type="checkbox" name="author_may_approve" value="true" checked=draft.author_may_approve />
                {t::author_may_approve(locale)}
            </label>
            <div class="row">
                <button class="btn main" name="do" value="save-rules">{t::save_rules(locale)}</button>
            </div>
        </form>
    }
    .into_any()
}

fn window_row(visit: &Visit, row: usize, window: &Window, said: Option<&Problem>) -> AnyView {
    let locale = visit.locale;
    let title = t::window_number(locale, row + 1);
    let path = |field: &str| format!("/rules/windows/{row}/{field}");
    let clock = |field: &'static str, label: &'static str, value: &str, example: &'static str| {
        let id = format!("window-{row}-{field}");
        view! {
            <div class="field">
                <label for=id.clone()>{label}</label>
                <input
                    id=id
                    name=format!("window:{row}:{field}")
                    value=value.to_owned()
                    placeholder=example
                    maxlength="5"
                    autocomplete="off"
                    aria-invalid=wrong(said, &path(field))
                />
            </div>
        }
    };
    let filled = *window != Window::default();
    view! {
        <fieldset class="rule-row">
            <legend class="visually-hidden">{title.clone()}</legend>
            <div class="rule-days" role="group" aria-label=t::days(locale) data-wrong=wrong(said, &path("days"))>
                {Day::ALL
                    .into_iter()
                    .map(|day| {
                        view! {
                            <label class="rule-day">
                                <input
                                    type="checkbox"
                                    name=format!("window:{row}:{}", day.as_str())
                                    value="true"
                                    checked=window.days.contains(&day)
                                />
                                <span>{t::day(locale, day)}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
            {clock("from", t::from(locale), &window.from, "09:00")}
            {clock("to", t::to(locale), &window.to, "17:00")}
            {filled.then(|| remove(visit, &title, format!("drop-window:{row}")))}
        </fieldset>
    }
    .into_any()
}

fn freeze_row(visit: &Visit, row: usize, freeze: &FreezeText, said: Option<&Problem>) -> AnyView {
    let locale = visit.locale;
    let title = t::freeze_number(locale, row + 1);
    let input = |field: &'static str, kind: &'static str, label: &'static str, value: &str| {
        let id = format!("freeze-{row}-{field}");
        view! {
            <div class="field">
                <label for=id.clone()>{label}</label>
                <input
                    id=id
                    type=kind
                    name=format!("freeze:{row}:{field}")
                    value=value.to_owned()
                    maxlength=(kind == "text").then_some("100")
                    autocomplete="off"
                    aria-invalid=wrong(said, &format!("/rules/freezes/{row}/{field}"))
                />
            </div>
        }
    };
    let filled = *freeze != FreezeText::default();
    view! {
        <fieldset class="rule-row rule-freeze">
            <legend class="visually-hidden">{title.clone()}</legend>
            {input("name", "text", t::freeze_name(locale), &freeze.name)}
            {input("from", "datetime-local", t::from(locale), &freeze.from)}
            {input("to", "datetime-local", t::to(locale), &freeze.to)}
            {filled.then(|| remove(visit, &title, format!("drop-freeze:{row}")))}
        </fieldset>
    }
    .into_any()
}

fn remove(visit: &Visit, row: &str, value: String) -> AnyView {
    let locale = visit.locale;
    view! {
        <button class="btn small rule-remove" name="do" value=value aria-label=t::remove_row(locale, row)>
            {t::remove(locale)}
        </button>
    }
    .into_any()
}
