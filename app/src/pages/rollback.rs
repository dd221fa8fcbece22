//! Going back to a revision: what it will do, and doing it.

use leptos::prelude::*;
use model::api::{Rollback, UpdateApp};
use model::id::{AppKey, AppName, EnvironmentName};
use model::permission::Permission;
use model::problem::{Problem, ProblemCode};

use super::override_release;
use super::visit::{Visit, page};
use crate::editor::plan_shown;
use crate::islands::local_time::LocalTimes;
use crate::paths;
use crate::text::deployment as t;
use crate::text::fault::problem as say;

#[component]
pub fn RollbackPage() -> impl IntoView {
    page(rollback)
}

async fn rollback(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    caller.require(Permission::ChangeApps)?;
    let locale = visit.locale;
    let key = AppKey {
        environment: visit.param::<EnvironmentName>("environment")?,
        app: visit.param::<AppName>("app")?,
    };
    let asked = visit.asked("revision");
    let number: u32 = asked.parse().map_err(|_| Problem::not_found("revision", &asked))?;
    let mut said: Option<Problem> = None;
    if let Some(form) = &visit.form {
        let input = Rollback {
            revision: number,
            reason: form.text("reason"),
            override_active: form.has("override"),
            override_release: form.has("override_release"),
        };
        match visit.ports.apps.rollback(caller, &key, input).await {
            Ok(accepted) => {
                let to = accepted
                    .deployment
                    .map_or_else(|| paths::app(&key), |started| paths::deployment(started.id));
                visit.redirect(&to);
                return Ok(().into_any());
            }
            Err(problem) => {
                visit.status(problem.status);
                said = Some(problem);
            }
        }
    }
    let app = visit.ports.apps.get(caller, &key).await?;
    let revision = visit.ports.apps.revision(caller, &key, number).await?;
    let input = UpdateApp { revision: Some(number), ..UpdateApp::default() };
    let plan = visit.ports.apps.plan(caller, &key, input).await?;
    let running = app.summary.deployment.as_ref().map(|running| running.number);
    let refused = said.as_ref().is_some_and(|said| said.code == ProblemCode::DeploymentActive);
    let typed = visit.form.as_ref();
    Ok(view! {
        {super::title(t::roll_back_to(locale, key.app.as_str(), number))}
        <div class="head">
            <div>
                <nav class="crumbs" aria-label=t::rollback_title(locale)>
                    <a href=paths::APPS>{crate::text::template::apps(locale)}</a>
                    " / "
                    <a href=paths::app(&key)>{key.app.to_string()}</a>
                </nav>
                <h1>{t::roll_back_to(locale, key.app.as_str(), number)}</h1>
                <p class="sub">
                    {t::actor(locale, &revision.author)} ", " {super::local(revision.created_at)}
                    {(!revision.reason.is_empty()).then(|| format!(": “{}”", revision.reason))}
                </p>
            </div>
        </div>
        {said.as_ref().map(|said| view! { <div class="alert" role="alert">{say(locale, said)}</div> })}
        <div class="card narrow">
            <div class="pad">
                <h2>{t::rollback_plan(locale)}</h2>
            </div>
            <div class="plan">{plan_shown(locale, &plan, false)}</div>
            <form method="post" class="pad stack">
                <div class="field">
                    <label for="reason">{t::reason_for_history(locale)}</label>
                    <input
                        id="reason"
                        name="reason"
                        maxlength="1000"
                        autocomplete="off"
                        value=typed.map(|form| form.text("reason")).unwrap_or_default()
                        required=override_release::needed(said.as_ref(), typed)
                    />
                </div>
                {running
                    .map(|number| {
                        view! {
                            <label class="field-tick">
                                <input type="checkbox" name="override" value="true" required=refused />
                                {crate::text::editor::override_running(locale, number)}
                            </label>
                        }
                    })}
                {override_release::tick(locale, said.as_ref(), typed, None)}
                <div class="row">
                    <button class="btn danger solid">{t::roll_back_to(locale, key.app.as_str(), number)}</button>
                    <a class="btn" href=paths::app(&key)>
                        {t::cancel(locale)}
                    </a>
                </div>
            </form>
        </div>
        <LocalTimes />
    }
    .into_any())
}
