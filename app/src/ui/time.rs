//! A point in time as words, with the exact time in its tooltip.

use leptos::prelude::*;
use model::time::Timestamp;

use crate::text::{Locale, time};

/// "4 min ago".
pub fn ago(locale: Locale, at: Timestamp, now: Timestamp) -> AnyView {
    view! {
        <time datetime=at.to_string() title=at.to_string()>
            {time::relative(locale, at, now)}
        </time>
    }
    .into_any()
}
