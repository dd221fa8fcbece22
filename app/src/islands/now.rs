//! The present, for ages and countdowns: the server's at first, then the browser's.

use std::time::Duration;

use leptos::prelude::*;
use model::time::Timestamp;

/// Begins with the server's `now` and goes on every `every` in the browser.
pub fn ticking(now: Timestamp, every: Duration) -> ReadSignal<Timestamp> {
    let (present, set) = signal(now);
    Effect::new(move |_| {
        let tick = move || {
            if let Some(now) = browser_now() {
                set.try_set(now);
            }
        };
        tick();
        if let Ok(timer) = set_interval(tick, every) {
            on_cleanup(move || timer.clear());
        }
    });
    present
}

#[cfg(feature = "hydrate")]
#[expect(clippy::unnecessary_wraps, reason = "the server's has the same signature and no clock")]
fn browser_now() -> Option<Timestamp> {
    Some(Timestamp::from_millis(js_sys::Date::now() as i64))
}

#[cfg(not(feature = "hydrate"))]
fn browser_now() -> Option<Timestamp> {
    None
}

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
