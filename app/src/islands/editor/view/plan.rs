//! What deploying would do, asked of the server while the definition is edited.

use leptos::prelude::*;
use model::api::{Plan, PlanStep, UpdateApp};
use model::deployment::DeploymentKind;
use model::problem::Problem;

use crate::islands::changes::changes;
use crate::islands::editor::state::Editor;
use crate::text::Locale;
use crate::text::editor as t;
use crate::text::fault::{fault, problem};
use crate::ui::closed::closed as closed_notice;

/// Waiting time after the last change before the server is asked.
#[cfg(feature = "hydrate")]
const QUIET: std::time::Duration = std::time::Duration::from_millis(350);

/// Asks for the plan whenever the definition changed and can be planned.
pub fn watch(editor: Editor) -> (RwSignal<Option<Result<Plan, Problem>>>, RwSignal<bool>) {
    let plan = RwSignal::new(editor.setup.with_value(|setup| setup.plan.clone()).map(Ok));
    let stale = RwSignal::new(false);
    let asked = StoredValue::new(0_u32);
    Effect::new(move |first: Option<()>| {
        let value = editor.value.get();
        let name = editor.name.get();
        let broken = !editor.plannable.get();
        asked.update_value(|asked| *asked += 1);
        if broken {
            stale.set(plan.with_untracked(Option::is_some));
            return;
        }
        if first.is_none() && plan.with_untracked(Option::is_some) {
            return;
        }
        stale.set(true);
        let this = asked.get_value();
        let name = if model::id::check_name(&name).is_ok() { name } else { "new-app".to_owned() };
        let environment = editor.setup.with_value(|setup| setup.environment.clone());
        let input = UpdateApp { definition: Some(value), ..UpdateApp::default() };
        later(move || {
            if asked.try_get_value() != Some(this) {
                return;
            }
            leptos::task::spawn_local(async move {
                let answer = crate::islands::ask::plan(&environment, &name, &input).await;
                if asked.try_get_value() == Some(this) {
                    plan.set(Some(answer));
                    stale.set(false);
                }
            });
        });
    });
    (plan, stale)
}

#[cfg(feature = "hydrate")]
fn later(what: impl FnOnce() + 'static) {
    let _ = set_timeout(what, QUIET);
}

#[cfg(not(feature = "hydrate"))]
fn later(what: impl FnOnce() + 'static) {
    drop(what);
}

pub fn view(editor: Editor, plan: RwSignal<Option<Result<Plan, Problem>>>, stale: RwSignal<bool>) -> AnyView {
    let locale = editor.locale;
    let mistaken =
        move || editor.syntax.with(Option::is_some) || editor.errors.with(|errors| !errors.is_empty());
    view! {
        <section class="card plan-card" aria-labelledby="plan-title" aria-live="polite">
            <div class="card-bar">
                <h2 class="card-title" id="plan-title">{t::what_will_happen(locale)}</h2>
                <button type="submit" name="do" value="plan" class="btn small only-without-script">
                    {t::show_plan(locale)}
                </button>
            </div>
            <div class="plan" class:stale=move || stale.get()>
                {move || {
                    if !editor.plannable.get() {
                        let why = if mistaken() { t::plan_after_mending(locale) } else { t::plan_to_come(locale) };
                        return view! { <p class="field-hint">{why}</p> }.into_any();
                    }
                    match plan.get() {
                        None => view! { <p class="field-hint">{t::plan_to_come(locale)}</p> }.into_any(),
                        Some(Err(said)) => view! { <p class="field-error">{problem(locale, &said)}</p> }.into_any(),
                        // What is planned for a name that exists is a change of that app, which nobody asked for here.
                        Some(Ok(plan)) if editor.creating() && plan.kind != DeploymentKind::Create => {
                            let name = editor.name.get();
                            view! { <p class="field-error">{t::name_taken(locale, &name)}</p> }.into_any()
                        }
                        Some(Ok(plan)) => shown(locale, &plan, editor.creating()),
                    }
                }}
            </div>
        </section>
    }
    .into_any()
}

/// Field diff, steps and room of a plan.
pub fn shown(locale: Locale, plan: &Plan, creating: bool) -> AnyView {
    let nothing = plan.new_revision.is_none() && plan.from_instances == plan.to_instances;
    let steps = plan.steps.iter().filter(|step| !matches!(step, PlanStep::Nothing));
    let counted = plan.from_instances != plan.to_instances && !creating;
    let capacity = plan.capacity;
    view! {
        {plan.closed.as_ref().map(|closed| closed_notice(locale, closed, ""))}
        {(nothing && !creating).then(|| view! { <p>{t::nothing_changes(locale)}</p> })}
        {counted.then(|| view! { <p>{t::count_changes(locale, plan.from_instances, plan.to_instances)}</p> })}
        {(!plan.changes.is_empty() && !creating).then(|| changes(locale, &plan.changes))}
        <ol>{steps.map(|step| view! { <li>{t::plan_step(locale, step)}</li> }).collect_view()}</ol>
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
