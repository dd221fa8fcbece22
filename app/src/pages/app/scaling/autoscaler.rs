//! The autoscaler: what is set, and the form to set it.

use leptos::prelude::*;
use model::autoscale::{Per, Policy, Target};
use model::scaling::Autoscaler;
use serde_json::{Value, json};

use super::Shown;
use crate::pages::local;
use crate::posted::Form;
use crate::text::{Locale, deployment, scaling as t, versions};
use crate::ui::field::{Fields, Input};

/// What the form of this card posts.
const ACTS: [&str; 2] = ["autoscaler", "rehearse"];

pub fn card(
    shown: &Shown<'_>,
    set: Option<&Autoscaler>,
    rehearsed: Option<AnyView>,
    may_change: bool,
) -> AnyView {
    let locale = shown.visit.locale;
    view! {
        <section class="card pad stack tight" aria-labelledby="autoscaler-title">
            <h2 id="autoscaler-title">{t::autoscaler(locale)}</h2>
            <div data-live="autoscaler" data-on="scaling" class="stack tight">
                {match set {
                    Some(set) => state(locale, set),
                    None => view! { <p class="sub">{t::autoscaler_none(locale)}</p> }.into_any(),
                }}
            </div>
            {may_change.then(|| change(shown, set, rehearsed))}
        </section>
    }
    .into_any()
}

const fn mode(policy: &Policy) -> &'static str {
    match (policy.enabled, policy.dry_run) {
        (false, _) => "off",
        (true, true) => "try",
        (true, false) => "on",
    }
}

const fn modes(locale: Locale) -> [(&'static str, &'static str); 3] {
    [("on", t::mode_on(locale)), ("try", t::mode_try(locale)), ("off", t::mode_off(locale))]
}

fn state(locale: Locale, set: &Autoscaler) -> AnyView {
    let chosen = mode(&set.policy);
    let word = modes(locale).into_iter().find(|(value, _)| *value == chosen).map(|(_, word)| word);
    view! {
        <p>
            <span class="tag">{word}</span>
            " "
            <span class="strong">{t::policy(locale, &set.policy)}</span>
            <span class="sub policy-line">
                {versions::who(locale, &deployment::actor(locale, &set.by))} ", " {local(set.at)}
            </span>
        </p>
    }
    .into_any()
}

/// What a new policy begins with: it only tries.
fn fresh(name: &str) -> String {
    match name {
        "mode" => "try",
        "min" => "1",
        "max" => "10",
        "cpu" => "70",
        "per" => "instance",
        "tolerance" => "0.1",
        "up" | "cooldown" => "0s",
        "down" => "5m",
        _ => "",
    }
    .to_owned()
}

fn written(policy: &Policy, name: &str) -> String {
    let find = |is: fn(&Target) -> Option<String>| policy.targets.iter().find_map(is).unwrap_or_default();
    match name {
        "mode" => mode(policy).to_owned(),
        "min" => policy.min.to_string(),
        "max" => policy.max.to_string(),
        "cpu" => find(|target| match target {
            Target::Cpu { percent } => Some(percent.to_string()),
            _ => None,
        }),
        "memory" => find(|target| match target {
            Target::Memory { percent } => Some(percent.to_string()),
            _ => None,
        }),
        "query" => find(|target| match target {
            Target::Query { query, .. } => Some(query.clone()),
            _ => None,
        }),
        "value" => find(|target| match target {
            Target::Query { value, .. } => Some(value.to_string()),
            _ => None,
        }),
        "per" => find(|target| match target {
            Target::Query { per: Per::Total, .. } => Some("total".to_owned()),
            Target::Query { .. } => Some("instance".to_owned()),
            _ => None,
        }),
        "tolerance" => policy.tolerance.to_string(),
        "up" => policy.scale_up.stabilisation.to_string(),
        "down" => policy.scale_down.stabilisation.to_string(),
        "cooldown" => policy.cooldown.to_string(),
        _ => String::new(),
    }
}

/// The policy that a form names. What is no number stays a text, for the validator to refuse.
pub fn read(form: &Form) -> Value {
    let text = |name: &str| Some(form.text(name)).filter(|text| !text.is_empty());
    let number = |name: &str| match text(name) {
        None => Value::Null,
        Some(text) => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(whole), _) => json!(whole),
            (_, Ok(number)) => json!(number),
            _ => json!(text),
        },
    };
    let mut targets = Vec::new();
    for kind in ["cpu", "memory"] {
        let percent = number(kind);
        if !percent.is_null() {
            targets.push(json!({ "kind": kind, "percent": percent }));
        }
    }
    if let Some(query) = text("query") {
        let (per, value) = (form.text("per"), number("value"));
        targets.push(json!({ "kind": "query", "query": query, "per": per, "value": value }));
    }
    let mode = form.text("mode");
    let pace = |name: &str| text(name).map(|window| json!({ "stabilisation": window }));
    json!({
        "enabled": mode != "off",
        "dry_run": mode == "try",
        "min": number("min"),
        "max": number("max"),
        "targets": targets,
        "tolerance": number("tolerance"),
        "scale_up": pace("up"),
        "scale_down": pace("down"),
        "cooldown": text("cooldown"),
    })
}

fn change(shown: &Shown<'_>, set: Option<&Autoscaler>, rehearsed: Option<AnyView>) -> AnyView {
    let locale = shown.visit.locale;
    let posted = shown.visit.form.as_ref().filter(|form| ACTS.contains(&form.text("act").as_str()));
    let fields = Fields { locale, refused: shown.refused.filter(|_| posted.is_some()), form: "autoscaler" };
    let value = |name: &str| match (posted, set) {
        (Some(form), _) => form.text(name),
        (None, Some(set)) => written(&set.policy, name),
        (None, None) => fresh(name),
    };
    let summary = if set.is_some() { t::change(locale) } else { t::set_up(locale) };
    let count = |name| Input { required: true, ..Input::number(value(name)) };
    let percent = Input { path: Some("percent"), ..Input::number(value("cpu")) };
    view! {
        <div class="policy-do">
            <details class="new-one" open=posted.is_some()>
                <summary class="btn">{summary}</summary>
                <form method="post" class="scaling-form">
                    <div class="wide">
                        {fields.choice("mode", t::mode(locale), &value("mode"), &modes(locale))}
                    </div>
                    {fields.input("min", t::min(locale), count("min"))}
                    {fields.input("max", t::max(locale), count("max"))}
                    {fields.input("cpu", t::cpu(locale), percent)}
                    {fields.input("memory", t::memory(locale), Input::number(value("memory")))}
                    <small class="field-hint wide">{t::percent_hint(locale)}</small>
                    {query(&fields, &value)}
                    {pace(&fields, &value)}
                    <div class="wide scaling-buttons">
                        <button class="btn main" name="act" value="autoscaler">
                            {t::save(locale)}
                        </button>
                        <button class="btn" name="act" value="rehearse">
                            {t::rehearse(locale)}
                        </button>
                    </div>
                </form>
                {rehearsed}
            </details>
            {set
                .map(|_| {
                    view! {
                        <form method="post">
                            <button class="btn" name="act" value="autoscaler_off">
                                {t::turn_off(locale)}
                            </button>
                        </form>
                    }
                })}
        </div>
    }
    .into_any()
}

fn query(fields: &Fields<'_>, value: &dyn Fn(&str) -> String) -> AnyView {
    let locale = fields.locale;
    let text = value("query");
    let open = !text.is_empty();
    let query = Input { mono: true, hint: Some(t::query_hint(locale)), ..Input::text(text) };
    let meanings = [("instance", t::per_instance(locale)), ("total", t::per_total(locale))];
    view! {
        <details class="wide" open=open>
            <summary>{t::query(locale)}</summary>
            <div class="scaling-form">
                <div class="wide">{fields.input("query", t::query(locale), query)}</div>
                {fields.choice("per", t::per(locale), &value("per"), &meanings)}
                {fields.input("value", t::value(locale), Input::number(value("value")))}
            </div>
        </details>
    }
    .into_any()
}

fn pace(fields: &Fields<'_>, value: &dyn Fn(&str) -> String) -> AnyView {
    let locale = fields.locale;
    let tolerance = Input { hint: Some(t::tolerance_hint(locale)), ..Input::number(value("tolerance")) };
    let window = |name| Input {
        path: Some("stabilisation"),
        hint: Some(t::window_hint(locale)),
        ..Input::text(value(name))
    };
    view! {
        <details class="wide" open=fields.refused.is_some()>
            <summary>{t::pace(locale)}</summary>
            <div class="scaling-form">
                {fields.input("tolerance", t::tolerance(locale), tolerance)}
                {fields.input("up", t::up_window(locale), window("up"))}
                {fields.input("down", t::down_window(locale), window("down"))}
                {fields.input("cooldown", t::cooldown(locale), Input::text(value("cooldown")))}
            </div>
        </details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read_as_it_is_written() {
        let pairs = [
            ("mode", "on"),
            ("min", "2"),
            ("max", "8"),
            ("cpu", "70"),
            ("memory", ""),
            ("query", "sum(rate(x[1m]))"),
            ("per", "total"),
            ("value", "0.5"),
            ("tolerance", "0.1"),
            ("up", "0s"),
            ("down", "5m"),
            ("cooldown", "30s"),
        ];
        let body: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let policy = model::autoscale::parse(&read(&Form::parse(&body.join("&")))).expect("a policy");
        assert_eq!((policy.min, policy.max, policy.enabled, policy.dry_run), (2, 8, true, false));
        for (name, value) in pairs {
            assert_eq!(written(&policy, name), value, "{name}");
        }
        assert_eq!(fresh("mode"), "try", "nothing changes by surprise");
    }

    #[test]
    fn what_is_no_number_is_left_for_the_validator() {
        let value = read(&Form::parse("mode=on&min=few&max=8&cpu=70"));
        let errors = model::autoscale::parse(&value).expect_err("a mistake");
        assert_eq!(errors[0].path, "/min");
    }
}
