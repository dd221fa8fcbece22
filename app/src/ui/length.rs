//! Lengths of time that `app/src/live/time.js` counts on with every second.

use leptos::prelude::*;
use model::time::Timestamp;

use crate::text::{Locale, time};

/// How the browser goes on writing a length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// "4 min", as [`time::short`].
    Short,
    /// "2:14", as `rollout::clock`.
    Clock,
    /// "40 s" or "2:14", as `app::countdown`.
    Countdown,
}

impl Form {
    const fn word(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Clock => "clock",
            Self::Countdown => "countdown",
        }
    }
}

/// A sentence in which the time until then runs down, written there as `length`.
pub fn until(sentence: &str, length: &str, then: Timestamp, form: Form) -> AnyView {
    let Some((before, after)) = sentence.split_once(length) else {
        return sentence.to_owned().into_any();
    };
    view! {
        {before.to_owned()}
        <span data-until=then.as_millis() data-form=form.word()>{length.to_owned()}</span>
        {after.to_owned()}
    }
    .into_any()
}

/// "4 min" since `at`.
pub fn since(locale: Locale, at: Timestamp, now: Timestamp) -> AnyView {
    view! {
        <time datetime=at.to_string() title=at.to_string() data-since=at.as_millis() data-form=Form::Short.word()>
            {time::short(locale, now.since(at))}
        </time>
    }
    .into_any()
}
