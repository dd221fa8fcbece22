//! What the forms of an app's page do.

use model::api::{Reasoned, Restart, Scale};
use model::id::{AppKey, InstanceId};
use model::permission::Caller;
use model::problem::{Fault, FieldError, Problem};
use model::release::NewPin;

use super::{panels, policy, scaling};
use crate::pages::alerts::groups;
use crate::pages::releases::act as release;
use crate::pages::visit::Visit;
use crate::paths::{self, AppTab};
use crate::posted::Form;

/// What became of the form.
pub enum Posted {
    /// The page was only read.
    Nothing,
    /// Done, and the browser is sent on.
    Done,
    Refused(Problem),
}

/// Does what the posted form asks for.
pub async fn perform(visit: &Visit, caller: &Caller, key: &AppKey, tab: AppTab) -> Posted {
    // What a policy would have done is only shown.
    let Some(form) = visit.form.as_ref().filter(|form| form.text("act") != "rehearse") else {
        return Posted::Nothing;
    };
    match act(visit, caller, key, tab, form).await {
        Ok(to) => {
            visit.redirect(&to);
            Posted::Done
        }
        Err(problem) => Posted::Refused(problem),
    }
}

/// Returns the path to go on to.
async fn act(
    visit: &Visit,
    caller: &Caller,
    key: &AppKey,
    tab: AppTab,
    form: &Form,
) -> Result<String, Problem> {
    let apps = &visit.ports.apps;
    let reason = form.text("reason");
    let override_active = form.has("override");
    let reasoned = || Reasoned { reason: reason.clone(), override_active, ..Reasoned::default() };
    let back = if tab == AppTab::Overview { paths::app(key) } else { paths::app_tab(key, tab.segment()) };
    match form.text("act").as_str() {
        "scale" => {
            apps.scale(caller, key, scale(form)?).await?;
        }
        "restart" => {
            let override_window = form.has("override_window");
            let input = Restart { reason: reason.clone(), override_active, override_window };
            apps.restart(caller, key, input).await?;
        }
        "suspend" => {
            apps.suspend(caller, key, reasoned()).await?;
        }
        "resume" => {
            apps.resume(caller, key, reasoned()).await?;
        }
        "reset_delay" => apps.reset_delay(caller, key, reasoned()).await?,
        "stop_instance" => {
            let id = InstanceId(form.text("instance"));
            apps.stop_instance(caller, key, &id, reasoned()).await?;
        }
        "destroy" => {
            if form.text("name") != key.app.as_str() {
                let fault = Fault::NotOneOf { allowed: vec![key.app.to_string()] };
                return Err(Problem::invalid(vec![FieldError::new("/name", fault)]));
            }
            let accepted = apps.destroy(caller, key, reasoned()).await?;
            return Ok(accepted
                .deployment
                .map_or_else(|| paths::APPS.to_owned(), |started| paths::deployment(started.id)));
        }
        "pin" => {
            let input = NewPin { release: Some(release::id(form)?), reason };
            visit.ports.releases.hold(caller, key, input).await?;
        }
        "unpin" => visit.ports.releases.let_go(caller, key, reasoned()).await?,
        "follow" => {
            visit.ports.releases.follow(caller, key, policy::read(form)).await?;
        }
        "autoscaler" | "autoscaler_off" | "schedule_add" | "schedule_switch" | "schedule_remove" => {
            scaling::perform(visit, caller, key, form).await?;
        }
        "panel_save" | "panel_remove" => {
            panels::perform(visit, caller, key, form).await?;
            return Ok(format!("{back}#{}", panels::TITLE));
        }
        "acknowledge" | "silence" => groups::perform(visit, caller, form).await?,
        "unfollow" => visit.ports.releases.unfollow(caller, key).await?,
        _ => {
            release::perform(visit, caller, form).await?;
            // The details stay open.
            return Ok(visit.request.path.clone());
        }
    }
    Ok(back)
}

/// The button pressed: one fewer or one more than now, or the number in the field.
fn scale(form: &Form) -> Result<Scale, Problem> {
    if let Ok(by) = form.text("by").parse() {
        return Ok(Scale { by: Some(by), ..Scale::default() });
    }
    let instances = form.text("instances").parse().map_err(|_| {
        let fault = Fault::WrongType { expected: model::problem::JsonKind::Integer };
        Problem::invalid(vec![FieldError::new("/instances", fault)])
    })?;
    Ok(Scale { instances: Some(instances), ..Scale::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_counts_more_than_the_field_beside_it() {
        let form = Form::parse("act=scale&instances=4&by=-1");
        assert_eq!(scale(&form).map(|scale| (scale.by, scale.instances)), Ok((Some(-1), None)));
        let form = Form::parse("act=scale&instances=12&set=1");
        assert_eq!(scale(&form).map(|scale| (scale.by, scale.instances)), Ok((None, Some(12))));
        assert_eq!(scale(&Form::parse("instances=many")).map_err(|problem| problem.status), Err(422));
    }
}
