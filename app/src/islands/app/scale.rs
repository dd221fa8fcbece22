//! Scaling from the app's page: a click counts at once, several in a row are one request.

use std::time::Duration;

use leptos::prelude::*;
use model::api::Scale;
use model::definition::INSTANCES_MAX;
use model::id::AppKey;

use crate::islands::ask;
use crate::text::{Locale, fault};

/// Several clicks within this time are one request.
const GATHER: Duration = Duration::from_millis(160);

/// What the stepper wants and whether the console has agreed to it yet.
#[derive(Clone, Copy)]
pub struct Scaling {
    /// The count asked for by a click that has not been answered yet.
    pub pending: RwSignal<Option<u32>>,
    /// Why the last one was refused.
    pub refused: RwSignal<Option<String>>,
    /// Counts the clicks, so that only the last one is sent and only its answer counts.
    clicks: RwSignal<u32>,
}

impl Scaling {
    pub fn new() -> Self {
        Self { pending: RwSignal::new(None), refused: RwSignal::new(None), clicks: RwSignal::new(0) }
    }

    /// Asks for `count`. `agreed` is told the count once the console has taken it.
    pub fn ask(self, locale: Locale, key: AppKey, count: u32, agreed: Callback<u32>) {
        let count = count.min(INSTANCES_MAX);
        self.pending.set(Some(count));
        self.refused.set(None);
        self.clicks.update(|clicks| *clicks += 1);
        let click = self.clicks.get_untracked();
        let last = move || self.clicks.try_get_untracked() == Some(click);
        let _ = set_timeout(
            move || {
                if !last() {
                    return;
                }
                leptos::task::spawn_local(async move {
                    let input = Scale { instances: Some(count), ..Scale::default() };
                    let answer = ask::act(&key, "scale", &input).await;
                    if !last() {
                        return;
                    }
                    match answer {
                        Ok(_) => agreed.run(count),
                        Err(problem) => self.refused.set(Some(fault::problem(locale, &problem))),
                    }
                    self.pending.set(None);
                });
            },
            GATHER,
        );
    }
}

impl Default for Scaling {
    fn default() -> Self {
        Self::new()
    }
}
