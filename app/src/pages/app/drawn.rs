//! Charts on a page of an app, and how often they are asked for again.

use leptos::prelude::*;

use super::Shown;
use super::window::Window;
use crate::islands::Given;
use crate::islands::app::charts::{AppCharts, Charts};
use crate::ui::plot::Plot;

pub fn charts(shown: &Shown<'_>, plots: Vec<Plot>) -> AnyView {
    let charts = Charts { locale: shown.visit.locale, key: shown.key.clone(), plots };
    view! { <AppCharts charts=Given(charts) /> }.into_any()
}

/// `data-on` of charts over a window: where it ends now, they follow the figures of the app's use.
pub fn on(window: Window) -> &'static str {
    if window.minutes.is_some() { "usage" } else { "-" }
}

/// `data-every` of them: one more point comes with each step.
pub fn every(window: Window) -> u64 {
    window.range.step_ms / 1_000
}

/// Charts as a part of the page of this name.
pub fn region(shown: &Shown<'_>, name: &'static str, window: Window, plots: Vec<Plot>) -> AnyView {
    view! {
        <div data-live=name data-on=on(window) data-every=every(window)>
            {charts(shown, plots)}
        </div>
    }
    .into_any()
}

/// The answer to who asks for such a part again while its figures cannot be had: what is shown stays.
pub fn kept(name: &'static str) -> AnyView {
    view! { <div data-live=name data-keep=""></div> }.into_any()
}
