//! What the forms of a release do, on whichever page they stand.

use model::api::Reasoned;
use model::id::ReleaseId;
use model::permission::Caller;
use model::problem::Problem;
use model::release::Notes;

use crate::pages::visit::Visit;
use crate::posted::Form;

/// Does what the form asks of a release; a form of something else does not exist.
pub async fn perform(visit: &Visit, caller: &Caller, form: &Form) -> Result<(), Problem> {
    let releases = &visit.ports.releases;
    let reasoned = Reasoned { reason: form.text("reason"), ..Reasoned::default() };
    match form.text("act").as_str() {
        "mark_bad" => drop(releases.mark_bad(caller, id(form)?, reasoned).await?),
        "mark_good" => drop(releases.mark_good(caller, id(form)?, reasoned).await?),
        "notes" => {
            let notes = form.get("notes").unwrap_or_default().replace("\r\n", "\n").trim().to_owned();
            releases.set_notes(caller, id(form)?, Notes { notes }).await?;
        }
        other => return Err(Problem::not_found("action", other)),
    }
    Ok(())
}

/// The release that a form is about.
pub fn id(form: &Form) -> Result<ReleaseId, Problem> {
    let text = form.text("release");
    text.parse().map_err(|_| Problem::not_found("release", &text))
}
