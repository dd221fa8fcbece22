//! Says that an environment takes no new versions now, why, and until when.

use leptos::prelude::*;
use model::window::Closed;

use super::icon::{Icon, icon};
use crate::islands::local_time;
use crate::text::Locale;
use crate::text::window as t;

/// `more`: what can be done about it.
pub fn closed(locale: Locale, closed: &Closed, more: &'static str) -> AnyView {
    view! {
        <div class="alert warn closed" role="status">
            {icon(Icon::Alert)}
            <div>
                <b>{t::closed(locale, closed)}</b>
                " "
                {opens(locale, closed)}
                " "
                <span class="sub">{more}</span>
            </div>
        </div>
    }
    .into_any()
}

/// "Opens 4 Jan 2027, 12:00", in the viewer's zone.
pub fn opens(locale: Locale, closed: &Closed) -> AnyView {
    match closed.until {
        Some(until) => view! { <span>{t::opens(locale)} " " {local_time::moment(until)}</span> }.into_any(),
        None => view! { <span>{t::never_opens(locale)}</span> }.into_any(),
    }
}
