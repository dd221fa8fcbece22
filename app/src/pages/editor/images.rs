//! What the field of an image may be completed to: the registries' repositories and tags, each tag with its age.

use leptos::prelude::*;
use model::permission::Caller;
use model::problem::Problem;

use crate::editor::IMAGES;
use crate::pages::visit::Visit;
use crate::text::time::relative;

/// Whether nothing but this list is asked for, as it is while a person types.
pub fn alone(visit: &Visit) -> bool {
    let regions = &visit.request.regions;
    !regions.is_empty() && regions.iter().all(|region| region == IMAGES)
}

/// What `text` may become. A digest says everything already: its tag is completed without it.
pub async fn list(visit: &Visit, caller: &Caller, text: &str) -> Result<AnyView, Problem> {
    let text = text.split('@').next().unwrap_or_default();
    let offered = visit.ports.registries.complete(caller, text).await?;
    let now = visit.ports.site.now();
    // By a key, as the value of an option that stands there already is the person's.
    let option = |label: Option<String>, image: String| {
        view! { <option data-key=image.clone() value=image label=label></option> }
    };
    let options = offered
        .into_iter()
        .map(|one| option(one.pushed_at.map(|at| relative(visit.locale, at, now)), one.image));
    Ok(view! {
        <datalist id=IMAGES data-live=IMAGES data-on="-">
            {options.collect_view()}
        </datalist>
    }
    .into_any())
}
