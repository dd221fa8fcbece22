//! How new versions of an app go out: strategy, steps and checks in words.

use leptos::prelude::*;
use model::definition::Definition;

use crate::text::{Locale, app as t, release as words};

/// Rows for a list of details.
pub fn rows(locale: Locale, definition: &Definition) -> AnyView {
    let Definition { strategy, checks, .. } = definition;
    let steps = words::steps_of(locale, &strategy.kind);
    let steps = (!steps.is_empty()).then(|| {
        let steps = steps.into_iter().map(|step| view! { <li>{step}</li> }).collect_view();
        view! { <ol class="release-steps">{steps}</ol> }
    });
    let listed = if checks.is_empty() {
        view! { <dd>{words::none(locale)}</dd> }.into_any()
    } else {
        let lines = checks
            .iter()
            .map(|check| {
                view! {
                    <li>
                        <b>{check.name.clone()}</b>
                        " "
                        <span class="mono">{words::check(locale, check)}</span>
                    </li>
                }
            })
            .collect_view();
        view! {
            <dd>
                <ul class="release-checks">{lines}</ul>
            </dd>
        }
        .into_any()
    };
    view! {
        <dt>{t::strategy(locale)}</dt>
        <dd>
            {words::kind(locale, &strategy.kind)}
            {steps}
            <span class="sub">{words::failing(locale, strategy.on_failure)}</span>
        </dd>
        <dt>{words::checks(locale)}</dt>
        {listed}
    }
    .into_any()
}
