//! The form of a rule.

use leptos::prelude::*;
use model::alert::{Comparison, OnNoData, Rule, Severity};
use model::environment::Environment;
use model::problem::Problem;
use serde_json::{Value, json};

use super::{read_labels, written};
use crate::pages::settings::{line, wrong};
use crate::pages::visit::Visit;
use crate::posted::Form;
use crate::text::alerts as t;

/// What was typed, as the validator reads it; blank fields are what may be left out.
pub fn read(form: &Form, name: String) -> Value {
    let filled = |name: &str| Some(form.text(name)).filter(|text| !text.is_empty());
    let number = |text: String| text.parse::<f64>().map_or_else(|_| Value::from(text), Value::from);
    let condition = filled("comparison")
        .map(|comparison| json!({ "comparison": comparison, "threshold": filled("threshold").map(number) }));
    json!({
        "name": name,
        "enabled": form.has("enabled"),
        "environment": filled("environment"),
        "query": filled("query"),
        "condition": condition,
        "for": filled("for"),
        "keep_firing_for": filled("keep_firing_for"),
        "severity": filled("severity"),
        "labels": read_labels(&form.text("labels")),
        "summary": form.text("summary"),
        "on_no_data": filled("on_no_data"),
    })
}

/// The fields; what was typed stays when it is refused or tried.
pub fn fields(
    visit: &Visit,
    rule: Option<&Rule>,
    environments: &[Environment],
    said: Option<&Problem>,
) -> AnyView {
    let locale = visit.locale;
    let typed = visit.form.as_ref().filter(|form| form.has("query"));
    let value = |name: &str, kept: String| typed.map_or(kept, |form| form.text(name));
    let kept = |of: &dyn Fn(&Rule) -> String| rule.map(of).unwrap_or_default();
    let enabled = typed.map_or(rule.is_none_or(|rule| rule.enabled), |form| form.has("enabled"));
    let environment = value(
        "environment",
        kept(&|rule| rule.environment.as_ref().map(ToString::to_string).unwrap_or_default()),
    );
    let first = if rule.is_some() { "" } else { Comparison::Above.as_str() };
    let comparison = value(
        "comparison",
        rule.and_then(|rule| rule.condition).map_or(first, |it| it.comparison.as_str()).to_owned(),
    );
    let threshold = kept(&|rule| rule.condition.map(|it| it.threshold.to_string()).unwrap_or_default());
    let severity =
        value("severity", rule.map_or(Severity::Warning, |rule| rule.severity).as_str().to_owned());
    let no_data = value("on_no_data", rule.map_or(OnNoData::Ok, |rule| rule.on_no_data).as_str().to_owned());
    let span = |of: fn(&Rule) -> String, first: &str| rule.map_or_else(|| first.to_owned(), of);
    let line = |id, label, value, path: &str, hint| line(said, id, label, value, path, hint);
    let mistaken = said
        .is_some_and(|problem| problem.errors.iter().any(|error| error.path.starts_with("/labels")))
        .then_some("true");
    view! {
        <label class="field-tick">
            <input type="checkbox" name="enabled" value="true" checked=enabled />
            {t::enabled(locale)}
        </label>
        <div class="field">
            <label for="query">{t::query(locale)}</label>
            <textarea
                id="query"
                name="query"
                rows="3"
                class="mono"
                spellcheck="false"
                aria-invalid=wrong(said, "/query")
                aria-describedby="query-note"
            >
                {value("query", kept(&|rule| rule.query.clone()))}
            </textarea>
            <small class="field-hint" id="query-note">
                {t::query_hint(locale)}
            </small>
        </div>
        <div class="field">
            <label for="environment">{t::environment(locale)}</label>
            <select
                id="environment"
                name="environment"
                aria-invalid=wrong(said, "/environment")
                aria-describedby="environment-note"
            >
                <option value="">{t::own_store(locale)}</option>
                {environments
                    .iter()
                    .map(|each| {
                        let name = each.name.to_string();
                        view! {
                            <option value=name.clone() selected=name == environment>
                                {name.clone()}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
            <small class="field-hint" id="environment-note">
                {t::environment_hint(locale)}
            </small>
        </div>
        <div class="rule-pair">
            <div class="field">
                <label for="comparison">{t::comparison(locale)}</label>
                <select id="comparison" name="comparison" aria-invalid=wrong(said, "/condition/comparison")>
                    <option value="">{t::each_series(locale)}</option>
                    {Comparison::ALL
                        .map(|each| {
                            view! {
                                <option value=each.as_str() selected=each.as_str() == comparison>
                                    {t::comparison_word(locale, each)}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </div>
            {line("threshold", t::threshold(locale), value("threshold", threshold), "/condition/threshold", "")}
        </div>
        <div class="rule-pair">
            {line("for", t::hold(locale), value("for", span(|rule| rule.hold.to_string(), "1m")), "/for", t::hold_hint(locale))}
            {line(
                "keep_firing_for",
                t::keep(locale),
                value("keep_firing_for", span(|rule| rule.keep_firing_for.to_string(), "0s")),
                "/keep_firing_for",
                t::keep_hint(locale),
            )}
        </div>
        <div class="rule-pair">
            <div class="field">
                <label for="severity">{t::severity(locale)}</label>
                <select id="severity" name="severity" aria-invalid=wrong(said, "/severity")>
                    {Severity::ALL
                        .map(|each| {
                            view! {
                                <option value=each.as_str() selected=each.as_str() == severity>
                                    {t::severity_word(locale, each)}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </div>
            <div class="field">
                <label for="on_no_data">{t::on_no_data(locale)}</label>
                <select id="on_no_data" name="on_no_data" aria-invalid=wrong(said, "/on_no_data")>
                    {OnNoData::ALL
                        .map(|each| {
                            view! {
                                <option value=each.as_str() selected=each.as_str() == no_data>
                                    {t::no_data(locale, each)}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </div>
        </div>
        {line(
            "summary",
            t::summary(locale),
            value("summary", kept(&|rule| rule.summary.clone())),
            "/summary",
            t::summary_hint(locale),
        )}
        <div class="field">
            <label for="labels">{t::labels(locale)}</label>
            <textarea
                id="labels"
                name="labels"
                rows="2"
                class="mono"
                spellcheck="false"
                aria-invalid=mistaken
                aria-describedby="labels-note"
            >
                {value("labels", kept(&|rule| written(&rule.labels)))}
            </textarea>
            <small class="field-hint" id="labels-note">
                {t::labels_hint(locale)}
            </small>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_the_rule_that_it_shows() {
        let form = Form::parse(
            "enabled=true&query=up&environment=&comparison=%3C%3D&threshold=0.5&for=2m&keep_firing_for=&severity=critical\
             &labels=team%3Dorders%0D%0A&summary=x&on_no_data=ok",
        );
        let rule = model::alert::parse(&read(&form, "down".to_owned())).expect("a rule");
        assert_eq!(
            (rule.name.as_str(), rule.condition.map(|it| it.comparison)),
            ("down", Some(Comparison::AtMost))
        );
        assert_eq!((rule.labels["team"].as_str(), rule.on_no_data), ("orders", OnNoData::Ok));
        let wrong = read(&Form::parse("query=up&comparison=%3E&threshold=much"), "down".to_owned());
        let errors = model::alert::parse(&wrong).expect_err("a mistake");
        assert_eq!(errors[0].path, "/condition/threshold");
        assert_eq!(wrong["enabled"], false);
    }
}
