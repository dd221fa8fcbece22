//! The viewer's time zone, for axes and clocks that the browser writes.

use leptos::prelude::*;

/// Minutes to add to UTC for the viewer's zone: 0 on the server, and set once in the browser.
pub fn zone() -> ReadSignal<i64> {
    let (minutes, set) = signal(0);
    Effect::new(move |_| {
        set.try_set(browser_zone());
    });
    minutes
}

#[cfg(feature = "hydrate")]
fn browser_zone() -> i64 {
    -(js_sys::Date::new_0().get_timezone_offset() as i64)
}

#[cfg(not(feature = "hydrate"))]
fn browser_zone() -> i64 {
    0
}
