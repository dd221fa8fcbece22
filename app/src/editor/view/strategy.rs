//! The release strategy: ready-made ones, its kind, its steps.

use leptos::prelude::*;
use model::definition::{Amount, Percent};
use serde_json::Value;

use super::entries::{List, entries};
use super::field::{Field, choose};
use super::spec::{Options, Spec, draw};
use crate::editor::codec::Codec;
use crate::editor::preset::Preset;
use crate::editor::shape::Shape;
use crate::editor::state::Editor;
use crate::text::deployment::role;
use crate::text::{Locale, release as t};

const LIMITS: [Spec; 2] = [
    Spec::new("max_surge", Codec::Amount, t::max_surge).placeholder("1").hint(t::amount_hint),
    Spec::new("max_unavailable", Codec::Amount, t::max_unavailable).placeholder("0").hint(t::amount_hint),
];

const BLUE_GREEN: [Spec; 2] = [
    Spec::text("verify", t::watch_new).placeholder("1m").hint(t::duration_hint),
    Spec::text("keep_old", t::keep_old).placeholder("10m").hint(t::keep_old_hint),
];

const FAILURES: Options = &[("rollback", t::fail_rollback), ("pause", t::fail_pause), ("fail", t::fail_stay)];

/// For every kind.
const COMMON: [Spec; 2] = [
    Spec::select("on_failure", t::on_failure, FAILURES),
    Spec::text("progress_deadline", t::deadline).placeholder("10m").hint(t::deadline_hint),
];

const ROLES: Options = &[("operator", operator), ("admin", admin)];

/// Who must agree.
const GATE: [Spec; 4] = [
    Spec::number("approve/approvers", t::approvers).placeholder("1"),
    Spec::select("approve/role", t::approver_role, ROLES),
    Spec::text("approve/timeout", t::approve_timeout).placeholder("1d"),
    Spec::select(
        "approve/on_timeout",
        t::on_timeout,
        &[("reject", t::timeout_reject), ("approve", t::timeout_approve)],
    ),
];

const SET: [Spec; 1] = [Spec::new("set", Codec::Amount, t::set_value).kept().class("bare")];
const VERIFY: [Spec; 1] = [Spec::text("verify", t::time_value).kept().class("bare")];
const WAIT: [Spec; 1] = [Spec::text("wait", t::time_value).kept().class("bare")];

fn operator(locale: Locale) -> &'static str {
    role(locale, model::permission::Role::Operator)
}

fn admin(locale: Locale) -> &'static str {
    role(locale, model::permission::Role::Admin)
}

pub fn strategy(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let limits = || view! { <div class="wide pair">{draw(editor, "/strategy", &LIMITS)}</div> };
    let own = match editor.shape(Shape::Strategy, "/strategy").as_str() {
        "staged" => view! {
            {steps(editor)}
            {limits()}
        }
        .into_any(),
        "blue_green" => blue_green(editor),
        // What stands there is checked for every kind.
        "recreate" => {
            let used = editor.has("/strategy/max_surge") || editor.has("/strategy/max_unavailable");
            used.then(limits).into_any()
        }
        _ => limits().into_any(),
    };
    view! {
        {presets(editor)}
        <div class="wide">
            {choose(
                editor,
                Shape::Strategy,
                "/strategy",
                Field::new("/strategy/kind", Codec::Text, t::strategy_kind(locale)),
                vec![
                    ("", t::by_default(locale).to_owned()),
                    ("rolling", t::rolling(locale).to_owned()),
                    ("staged", t::staged(locale).to_owned()),
                    ("blue_green", t::blue_green(locale).to_owned()),
                    ("recreate", t::recreate(locale).to_owned()),
                ],
            )}
        </div>
        {own}
        {draw(editor, "/strategy", &COMMON)}
    }
    .into_any()
}

fn presets(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let protected = editor.setup.protected;
    let preset = Preset::of(editor.value.get("strategy"));
    let buttons = Preset::ALL
        .into_iter()
        .map(|each| {
            view! {
                <button
                    name="do"
                    value=format!("preset:{}", each.word())
                    class="choice"
                    aria-pressed=if preset == Some(each) { "true" } else { "false" }
                >
                    <b>{t::preset(locale, each)}</b>
                    <span>{t::preset_hint(locale, each, protected)}</span>
                </button>
            }
        })
        .collect_view();
    view! {
        <div class="wide choices needs-script" role="group" aria-label=t::presets(locale)>
            {buttons}
        </div>
    }
    .into_any()
}

fn blue_green(editor: Editor) -> AnyView {
    let locale = editor.locale;
    view! {
        <div class="wide pair">
            {draw(editor, "/strategy", &BLUE_GREEN)}
        </div>
        <div class="wide">
            {choose(
                editor,
                Shape::Gate,
                "/strategy",
                Field::new("/strategy/approve", Codec::Text, t::gate(locale)),
                vec![("", t::gate_none(locale).to_owned()), ("approve", t::gate_people(locale).to_owned())],
            )}
        </div>
        {(editor.shape(Shape::Gate, "/strategy") == "approve")
            .then(|| view! { <div class="wide pair">{draw(editor, "/strategy", &GATE)}</div> })}
    }
    .into_any()
}

fn steps(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let list = List {
        at: "/strategy/steps",
        empty: t::no_steps,
        add: t::add_step,
        kinds: &[
            ("set", t::add_set),
            ("verify", t::add_verify),
            ("approve", t::add_approve),
            ("wait", t::add_wait),
        ],
        row: step,
        name: t::step,
        ordered: true,
        class: "steps",
    };
    view! {
        <h3 class="wide">{t::steps(locale)}</h3>
        <p class="wide section-hint">{t::steps_hint(locale)}</p>
        {entries(editor, list)}
    }
    .into_any()
}

/// One step: what it does and how much of it, on one line; who must agree, below it.
fn step(editor: Editor, at: String) -> AnyView {
    let locale = editor.locale;
    let choice = choose(
        editor,
        Shape::Step,
        &at,
        Field::new(at.clone(), Codec::Text, t::step_kind(locale)).class("bare"),
        vec![
            ("", t::choose_step(locale).to_owned()),
            ("set", t::step_set(locale).to_owned()),
            ("verify", t::step_verify(locale).to_owned()),
            ("approve", t::step_approve(locale).to_owned()),
            ("wait", t::step_wait(locale).to_owned()),
        ],
    );
    let fields = match editor.shape(Shape::Step, &at).as_str() {
        "set" => view! {
            {draw(editor, &at, &SET)}
            {comes_to(editor, &format!("{at}/set"))}
        }
        .into_any(),
        "verify" => draw(editor, &at, &VERIFY),
        "wait" => draw(editor, &at, &WAIT),
        "approve" => view! { <div class="wide pair">{draw(editor, &at, &GATE)}</div> }.into_any(),
        _ => ().into_any(),
    };
    view! {
        {choice}
        {fields}
    }
    .into_any()
}

/// How many of this app's instances an amount is.
fn comes_to(editor: Editor, at: &str) -> AnyView {
    let words = || {
        let wanted = editor.value.get("instances").map_or(Some(1), Value::as_u64)?;
        let wanted = u32::try_from(wanted).ok().filter(|wanted| *wanted <= 10_000)?;
        let count = amount(editor.value.pointer(at)?)?.of_rounded_up(wanted).min(wanted);
        Some(t::count_of(editor.locale, count, wanted))
    };
    view! { <output class="step-count">{words()}</output> }.into_any()
}

fn amount(value: &Value) -> Option<Amount> {
    match value {
        Value::Number(count) => count.as_u64().and_then(|count| u32::try_from(count).ok()).map(Amount::Count),
        Value::String(text) => Percent::try_from(text.clone()).ok().map(Amount::Percent),
        _ => None,
    }
}
