//! What an app follows: the rule, what came of it, and the form to set it.

use leptos::prelude::*;
use model::auto_deploy::{Attempt, AutoDeploy, RULE_MAX, Rule};
use model::problem::Problem;
use model::release::{ReleaseKind, Version};

use super::Shown;
use crate::pages::local;
use crate::posted::Form;
use crate::text::{Locale, deployment, fault, versions as t};
use crate::ui::time::ago;

pub fn card(shown: &Shown<'_>, policy: Option<&AutoDeploy>, kind: ReleaseKind, may_change: bool) -> AnyView {
    let locale = shown.visit.locale;
    view! {
        <section class="card pad stack tight" aria-labelledby="follows-title">
            <h2 id="follows-title">{t::follows(locale)}</h2>
            <div data-live="follows" class="stack tight">
                {match policy {
                    Some(policy) => state(shown, policy, kind),
                    None => view! { <p class="sub">{t::follows_nothing(locale)}</p> }.into_any(),
                }}
            </div>
            {may_change.then(|| change(shown, policy))}
        </section>
    }
    .into_any()
}

fn state(shown: &Shown<'_>, policy: &AutoDeploy, kind: ReleaseKind) -> AnyView {
    let locale = shown.visit.locale;
    let who = t::who(locale, &deployment::actor(locale, &policy.by));
    view! {
        <p>
            <code class="strong">{text(&policy.rule)}</code> " " {t::rule_takes(locale, &policy.rule)}
            <span class="sub policy-line">{who} ", " {local(policy.at)}</span>
        </p>
        {match &policy.last {
            None => view! { <p class="sub">{t::no_try(locale)}</p> }.into_any(),
            Some(last) => attempt(shown, last, kind),
        }}
    }
    .into_any()
}

fn attempt(shown: &Shown<'_>, last: &Attempt, kind: ReleaseKind) -> AnyView {
    let locale = shown.visit.locale;
    let came = match &last.refused {
        None => view! { <span>{t::went_out(locale)}</span> }.into_any(),
        Some(why) => view! { <span class="release-why">{t::refused(locale, why)}</span> }.into_any(),
    };
    view! {
        <p class="policy-try">
            <span class="sub">{t::last_try(locale)}</span> " "
            <span class="strong" title=last.version.clone()>{label(&last.version, kind)}</span> " "
            <span class="sub">{ago(locale, last.at, shown.now)}</span> " " {came}
        </p>
    }
    .into_any()
}

/// The tag of a whole reference.
fn label(reference: &str, kind: ReleaseKind) -> String {
    match kind {
        ReleaseKind::Image => Version::of_image(reference).map(|version| version.label()),
        ReleaseKind::Artifact => reference.rsplit('/').next().map(str::to_owned),
    }
    .unwrap_or_else(|| reference.to_owned())
}

fn text(rule: &Rule) -> String {
    match rule {
        Rule::Semver { range } => range.clone(),
        Rule::Regex { pattern } => pattern.clone(),
        Rule::Branch { branch } => branch.clone(),
    }
}

const fn word(rule: &Rule) -> &'static str {
    match rule {
        Rule::Semver { .. } => "semver",
        Rule::Regex { .. } => "regex",
        Rule::Branch { .. } => "branch",
    }
}

/// The rule that a form names.
pub fn read(form: &Form) -> Rule {
    let rule = form.text("rule");
    match form.get("follow") {
        Some("regex") => Rule::Regex { pattern: rule },
        Some("branch") => Rule::Branch { branch: rule },
        _ => Rule::Semver { range: rule },
    }
}

fn change(shown: &Shown<'_>, policy: Option<&AutoDeploy>) -> AnyView {
    let locale = shown.visit.locale;
    let typed = shown.visit.form.as_ref().filter(|form| form.text("act") == "follow");
    let refused = shown.refused.filter(|_| typed.is_some());
    let rule = typed.map(read).or_else(|| policy.map(|policy| policy.rule.clone()));
    let (chosen, value) = rule.as_ref().map_or(("semver", String::new()), |rule| (word(rule), text(rule)));
    let summary = if policy.is_some() { t::follow_change(locale) } else { t::follow_new(locale) };
    view! {
        <div class="policy-do">
            <details class="new-one" open=refused.is_some()>
                <summary class="btn">{summary}</summary>
                <form method="post" class="policy-form">
                    <div class="field">
                        <label for="follow">{t::follow_by(locale)}</label>
                        <select id="follow" name="follow">
                            {kinds(locale)
                                .into_iter()
                                .map(|(value, word)| {
                                    view! {
                                        <option value=value selected=value == chosen>
                                            {word}
                                        </option>
                                    }
                                })
                                .collect_view()}
                        </select>
                    </div>
                    <div class="field">
                        <label for="rule">{t::rule(locale)}</label>
                        <input
                            id="rule"
                            name="rule"
                            class="mono"
                            value=value
                            placeholder="^1.4"
                            maxlength=RULE_MAX
                            autocomplete="off"
                            spellcheck="false"
                            required=true
                            aria-describedby="rule-hint"
                            aria-invalid=refused.map(|_| "true")
                        />
                        {refused.map(|refused| mistake(locale, refused))}
                    </div>
                    <button class="btn main" name="act" value="follow">
                        {t::follow(locale)}
                    </button>
                    <small class="field-hint" id="rule-hint">
                        {t::rule_hint(locale)} " " {t::follow_hint(locale)}
                    </small>
                </form>
            </details>
            {policy
                .map(|_| {
                    view! {
                        <form method="post">
                            <button class="btn" name="act" value="unfollow">
                                {t::unfollow(locale)}
                            </button>
                        </form>
                    }
                })}
        </div>
    }
    .into_any()
}

const fn kinds(locale: Locale) -> [(&'static str, &'static str); 3] {
    [("semver", t::by_range(locale)), ("regex", t::by_pattern(locale)), ("branch", t::by_branch(locale))]
}

fn mistake(locale: Locale, refused: &Problem) -> AnyView {
    view! { <em>{fault::first(locale, refused)}</em> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_as_it_is_shown() {
        for (body, rule) in [
            ("follow=semver&rule=%5E1.4", Rule::Semver { range: "^1.4".to_owned() }),
            ("follow=regex&rule=+main-.*", Rule::Regex { pattern: "main-.*".to_owned() }),
            ("follow=branch&rule=main", Rule::Branch { branch: "main".to_owned() }),
        ] {
            assert_eq!(read(&Form::parse(body)), rule);
            assert!(body.contains(word(&rule)));
        }
    }

    #[test]
    fn what_was_tried_goes_by_its_tag() {
        assert_eq!(label("registry.example:5000/shop/api:1.4.2", ReleaseKind::Image), "1.4.2");
        assert_eq!(label("shop/1.4.2", ReleaseKind::Artifact), "1.4.2");
    }
}
