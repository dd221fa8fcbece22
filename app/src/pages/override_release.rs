//! The tick that goes past a bad release or a pin, shown once one of them was in the way.

use leptos::prelude::*;
use model::problem::{Problem, ProblemCode};

use crate::posted::Form;
use crate::text::{Locale, versions as t};

/// Whether the tick has to be there: the release was refused, or it is ticked.
pub fn needed(said: Option<&Problem>, form: Option<&Form>) -> bool {
    let refused = |said: &Problem| matches!(said.code, ProblemCode::ReleaseBad | ProblemCode::Pinned);
    said.is_some_and(refused) || form.is_some_and(|form| form.has("override_release"))
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
    let code = said.map_or(ProblemCode::Invalid, |said| said.code);
    let ticked = form.is_some_and(|form| form.has("override_release"));
    view! {
        <label class="field-tick">
            <input type="checkbox" name="override_release" value="true" form=of required=true checked=ticked />
            {t::override_tick(locale, code)}
        </label>
    }
    .into_any()
}
