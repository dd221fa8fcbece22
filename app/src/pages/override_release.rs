//! The tick that goes past a bad release or a pin, shown once one of them was in the way.

use leptos::prelude::*;
use model::problem::{Problem, ProblemCode};

use crate::posted::Form;
use crate::text::{Locale, versions as t};

/// What it goes past.
const CODES: [ProblemCode; 2] = [ProblemCode::ReleaseBad, ProblemCode::Pinned];
/// Value of the field where that is a pin.
const PINNED: &str = "pinned";

/// Whether the tick has to be there: the release was refused, or it is ticked.
pub fn needed(said: Option<&Problem>, form: Option<&Form>) -> bool {
    said.is_some_and(|said| CODES.contains(&said.code))
        || form.is_some_and(|form| form.has("override_release"))
}

/// `of`: the id of the form it belongs to, where it stands outside of it.
pub fn tick(
    locale: Locale,
    said: Option<&Problem>,
    form: Option<&Form>,
    of: Option<&'static str>,
) -> AnyView {
    if !needed(said, form) {
        return ().into_any();
    }
    let ticked = form.and_then(|form| form.get("override_release"));
    // What was in the way the first time is what the tick is for.
    let refused = said.map(|said| said.code).filter(|code| CODES.contains(code));
    let code = refused.unwrap_or(if ticked == Some(PINNED) { CODES[1] } else { CODES[0] });
    let value = if code == ProblemCode::Pinned { PINNED } else { "release_bad" };
    let ticked = ticked.is_some();
    view! {
        <label class="field-tick">
            <input type="checkbox" name="override_release" value=value form=of required=true checked=ticked />
            {t::override_tick(locale, code)}
        </label>
    }
    .into_any()
}
