//! What deploying would do.

use leptos::prelude::*;
use model::api::{Plan, PlanStep};
use model::definition;
use model::deployment::DeploymentKind;
use model::duration::Span;
use model::problem::{FieldError, Problem};
use model::rollout::{SkipReason, steps};

use crate::editor::act::LOOK;
use crate::editor::state::Editor;
use crate::islands::changes::changes;
use crate::text::deployment::{skip, step};
use crate::text::fault::{fault, problem};
use crate::text::{Locale, plan as t};
use crate::ui::closed::closed as closed_notice;

/// What only the server can find wrong, as pointers into the definition: a pattern, a query, a missing artifact.
pub fn found(answer: &Result<Plan, Problem>) -> Vec<FieldError> {
    let errors = match answer {
        Ok(plan) => &plan.errors,
        Err(said) => &said.errors,
    };
    let inner = errors.iter().map(|error| FieldError {
        path: error.path.strip_prefix("/definition").unwrap_or(&error.path).to_owned(),
        ..error.clone()
    });
    inner.collect()
}

pub fn view(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let content = match &editor.setup.plan {
        _ if !editor.state.plannable => {
            let why = if editor.sound() { t::plan_to_come(locale) } else { t::plan_after_mending(locale) };
            view! { <p class="field-hint">{why}</p> }.into_any()
        }
        None => view! { <p class="field-hint">{t::plan_to_come(locale)}</p> }.into_any(),
        Some(Err(said)) => view! { <p class="field-error">{problem(locale, said)}</p> }.into_any(),
        // What is planned for a name that exists is a change of that app, which nobody asked for here.
        Some(Ok(plan)) if editor.creating() && plan.kind != DeploymentKind::Create => {
            view! { <p class="field-error">{t::name_taken(locale, &editor.setup.name)}</p> }.into_any()
        }
        Some(Ok(plan)) => shown(locale, plan, editor.creating()),
    };
    view! {
        <section class="card plan-card" aria-labelledby="plan-title" aria-live="polite">
            <div class="card-bar">
                <h2 class="card-title" id="plan-title">{t::what_will_happen(locale)}</h2>
                <button type="submit" name="do" value=LOOK class="btn small only-without-script">
                    {t::show_plan(locale)}
                </button>
            </div>
            <div class="plan">{content}</div>
        </section>
    }
    .into_any()
}

/// Field diff, steps and room of a plan.
pub fn shown(locale: Locale, plan: &Plan, creating: bool) -> AnyView {
    let nothing = plan.new_revision.is_none() && plan.from_instances == plan.to_instances;
    let lines = plan.steps.iter().filter(|step| !matches!(step, PlanStep::Nothing));
    let counted = plan.from_instances != plan.to_instances && !creating;
    let capacity = plan.capacity;
    view! {
        {plan.closed.as_ref().map(|closed| closed_notice(locale, closed, ""))}
        {plan
            .warnings
            .iter()
            .map(|warning| view! { <p class="alert warn" role="status">{t::warning(locale, warning)}</p> })
            .collect_view()}
        {(nothing && !creating).then(|| view! { <p>{t::nothing_changes(locale)}</p> })}
        {counted.then(|| view! { <p>{t::count_changes(locale, plan.from_instances, plan.to_instances)}</p> })}
        {(!plan.changes.is_empty() && !creating).then(|| changes(locale, &plan.changes))}
        <ol>{lines.map(|step| view! { <li>{t::plan_step(locale, step)}</li> }).collect_view()}</ol>
        {least_time(&plan.steps)
            .map(|(time, waits)| view! { <p class="plan-time">{t::least_time(locale, time, waits)}</p> })}
        {plan.skip.map(|why| view! { <p class="plan-skip">{skip(locale, why)}</p> })}
        {next_time(locale, plan)}
        {plan
            .errors
            .iter()
            .map(|error| {
                view! {
                    <p class="field-error">
                        <code>{error.path.clone()}</code> " " {fault(locale, &error.fault)}
                    </p>
                }
            })
            .collect_view()}
        {(!nothing)
            .then(|| {
                let class = if capacity.fits { "plan-fit" } else { "plan-tight" };
                view! { <p class=class>{t::capacity(locale, &capacity)}</p> }
            })}
    }
    .into_any()
}

/// The time that the steps take in any case, and whether people have to agree; nothing where there is no such step.
fn least_time(steps: &[PlanStep]) -> Option<(Span, bool)> {
    let mut millis = 0_u64;
    let mut waits = false;
    let mut some = false;
    for step in steps {
        let time = match step {
            PlanStep::Verify { time, .. } | PlanStep::Wait { time } => *time,
            PlanStep::Switch { keep_old } => *keep_old,
            PlanStep::Approve { .. } => {
                waits = true;
                continue;
            }
            PlanStep::Start { .. } | PlanStep::Stop { .. } | PlanStep::Repeat { .. } | PlanStep::Nothing => {
                continue;
            }
        };
        millis = millis.saturating_add(time.as_millis());
        some = true;
    }
    some.then(|| (Span::from_millis(millis), waits))
}

/// How the next update will go, while this deployment is the first and goes without steps.
fn next_time(locale: Locale, plan: &Plan) -> Option<AnyView> {
    if plan.skip != Some(SkipReason::FirstDeployment) {
        return None;
    }
    let strategy = definition::parse(&plan.definition).ok()?.strategy;
    let steps = steps(&strategy, plan.to_instances);
    if steps.is_empty() {
        return None;
    }
    let view = view! {
        <div class="plan-later">
            <p>{t::later(locale)}</p>
            <ul>{steps.iter().map(|each| view! { <li>{step(locale, each)}</li> }).collect_view()}</ul>
        </div>
    };
    Some(view.into_any())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_time_counts_what_takes_time_in_any_case() {
        let verify = |secs| PlanStep::Verify { time: Span::from_secs(secs), checks: Vec::new() };
        assert_eq!(least_time(&[PlanStep::Start { count: 1, total: 1 }]), None);
        let steps = [
            PlanStep::Start { count: 1, total: 1 },
            verify(60),
            PlanStep::Wait { time: Span::from_secs(30) },
        ];
        assert_eq!(least_time(&steps), Some((Span::from_secs(90), false)));
        let steps = [verify(60), PlanStep::Switch { keep_old: Span::from_secs(600) }];
        assert_eq!(least_time(&steps), Some((Span::from_secs(660), false)));
    }
}
