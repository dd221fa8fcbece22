//! All rules, how each does, and the form that adds one.

use leptos::prelude::*;
use model::alert::{KnownRule, RuleTest};
use model::permission::Permission;
use model::problem::Problem;

use super::{form, frame, rule as one, severity_badge};
use crate::pages::local;
use crate::pages::settings::{banner, new_name};
use crate::pages::visit::{Visit, page};
use crate::paths;
use crate::text::{Locale, alerts as t};
use crate::ui::badge::{Tone, badge};

#[component]
pub fn RulesPage() -> impl IntoView {
    page(rules)
}

async fn rules(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?.clone();
    let locale = visit.locale;
    let position = visit.ports.site.live_position();
    let mut refused = None;
    let mut tried: Option<RuleTest> = None;
    if let Some(posted) = &visit.form {
        let name = posted.text("name");
        let rule = form::read(posted, name.clone());
        let done = if posted.text("act") == "test" {
            visit.ports.alerts.test_rule(&caller, &rule).await.map(|test| tried = Some(test))
        } else {
            match visit.ports.alerts.create_rule(&caller, &rule).await {
                Ok(_) => {
                    visit.redirect(&paths::alert_rule(&name));
                    return Ok(().into_any());
                }
                Err(problem) => Err(problem),
            }
        };
        refused = done.err();
    }
    let all = visit.ports.alerts.rules(&caller).await?;
    let environments = visit.ports.environments.list(&caller).await?;
    let open = visit.form.is_some();
    let content = view! {
        {banner(&visit, refused.as_ref())}
        <div class="stack">
            <div class="card scroll" tabindex="0" role="region" aria-label=t::tab_rules(locale) data-live="rules" data-on="alerts">
                {table(locale, &all)}
            </div>
            {caller
                .may(Permission::Administer)
                .then(|| {
                    view! {
                        <details class="card pad new-one" open=open>
                            <summary class="btn">{t::add(locale)}</summary>
                            <form method="post" class="stack rule-form">
                                {tried.as_ref().map(|test| one::tested(locale, test))}
                                {new_name(&visit, refused.as_ref(), t::name(locale), t::name_hint(locale))}
                                {form::fields(&visit, None, &environments, refused.as_ref())}
                                <div class="row">
                                    <button class="btn main" name="act" value="create">
                                        {t::create(locale)}
                                    </button>
                                    <button class="btn" name="act" value="test">
                                        {t::test(locale)}
                                    </button>
                                </div>
                            </form>
                        </details>
                    }
                })}
        </div>
    };
    Ok(frame(&visit, paths::ALERT_RULES, position, content.into_any()))
}

/// How a rule does, in one word.
pub fn state(locale: Locale, known: &KnownRule) -> AnyView {
    if !known.rule.enabled {
        return badge(Tone::Idle, t::off(locale));
    }
    if known.asked.as_ref().is_some_and(|asked| asked.error.is_some()) {
        return badge(Tone::Bad, t::no_answer(locale));
    }
    match (known.firing, known.pending, &known.asked) {
        (0, 0, None) => badge(Tone::Idle, t::not_asked(locale)),
        (0, 0, Some(_)) => badge(Tone::Good, t::fine(locale)),
        (0, pending, _) => badge(Tone::Warning, t::pending_count(locale, pending)),
        (firing, ..) => badge(Tone::Bad, t::firing_count(locale, firing)),
    }
}

/// Whether every console has it, and as it is here.
pub fn origin(locale: Locale, known: &KnownRule) -> AnyView {
    match (known.builtin, &known.changed) {
        (true, None) => view! { <span class="tag">{t::builtin(locale)}</span> }.into_any(),
        (true, Some(_)) => {
            view! { <span class="tag">{t::builtin(locale)} ", " {t::changed(locale)}</span> }.into_any()
        }
        (false, _) => ().into_any(),
    }
}

fn table(locale: Locale, all: &[KnownRule]) -> AnyView {
    let row = |known: &KnownRule| {
        let rule = &known.rule;
        let environment =
            rule.environment.as_ref().map(|name| view! { <span class="tag">{name.to_string()}</span> });
        view! {
            <tr>
                <td>{state(locale, known)}</td>
                <td class="alert-cell">
                    <span class="nowrap">
                        <a class="name" href=paths::alert_rule(&rule.name)>
                            {rule.name.clone()}
                        </a>
                        {origin(locale, known)}
                        {environment}
                    </span>
                    <code class="sub clip" title=rule.query.clone()>
                        {rule.query.clone()}
                    </code>
                </td>
                <td>{severity_badge(locale, rule.severity)}</td>
                <td class="nowrap">{t::condition_of(locale, rule)}</td>
                <td class="nowrap">{known.asked.as_ref().map(|asked| local(asked.at))}</td>
            </tr>
        }
    };
    view! {
        <table class="rule-table">
            <thead>
                <tr>
                    <th scope="col">{t::state(locale)}</th>
                    <th scope="col">{t::rule(locale)}</th>
                    <th scope="col">{t::severity_head(locale)}</th>
                    <th scope="col">{t::condition(locale)}</th>
                    <th scope="col">{t::last_asked(locale)}</th>
                </tr>
            </thead>
            <tbody>{all.iter().map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}
