//! What the forms of the list do: the steppers, and the buttons for all that are picked.

use model::api::{Reasoned, Restart, Scale};
use model::id::AppKey;
use model::permission::Caller;
use model::problem::Problem;

use crate::pages::app_key;
use crate::pages::visit::Visit;
use crate::posted::Form;

/// Does what the posted form asks for. Says whether there was one.
pub async fn perform(visit: &Visit, caller: &Caller) -> Result<bool, Problem> {
    let Some(form) = visit.form.as_ref().filter(|form| form.has("act")) else { return Ok(false) };
    let apps = &visit.ports.apps;
    let verb = form.text("act");
    if verb == "scale" {
        apps.scale(caller, &key(&form.text("app"))?, scale(form)).await?;
        return Ok(true);
    }
    // Every one is tried; the last refusal is told.
    let mut refused = None;
    for (_, picked) in form.0.iter().filter(|(name, _)| name == "pick") {
        let key = key(picked)?;
        let answer = match verb.as_str() {
            "restart" => apps.restart(caller, &key, Restart::default()).await,
            "suspend" => apps.suspend(caller, &key, Reasoned::default()).await,
            "resume" => apps.resume(caller, &key, Reasoned::default()).await,
            other => return Err(Problem::not_found("action", other)),
        };
        refused = answer.err().or(refused);
    }
    refused.map_or(Ok(true), Err)
}

fn key(text: &str) -> Result<AppKey, Problem> {
    app_key(text).ok_or_else(|| Problem::not_found("app", text))
}

/// The button pressed: one fewer or one more than now, or the number in the field.
fn scale(form: &Form) -> Scale {
    if form.has("by") {
        return Scale { by: form.text("by").parse().ok(), ..Scale::default() };
    }
    Scale { instances: form.text("instances").parse().ok(), ..Scale::default() }
}
