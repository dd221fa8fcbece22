//! Charts on a page of an app, and how often they are asked for again.

use leptos::prelude::*;

use super::Shown;
use super::window::Window;
use crate::islands::Given;
use crate::islands::app::charts::{AppCharts, Charts};
use crate::ui::plot::Plot;

/// Seconds between two questions at least: each costs the store an answer over all of the window.
const OFTEN: u64 = 15;

pub fn charts(shown: &Shown<'_>, plots: Vec<Plot>) -> AnyView {
    let charts = Charts { locale: shown.visit.locale, key: shown.key.clone(), plots };
    view! { <AppCharts charts=Given(charts) /> }.into_any()
}

/// `data-every` of charts over a window, in seconds: one more point comes with each step, and charts of a past stretch stay.
pub fn every(window: Window) -> Option<u64> {
    window.minutes.is_some().then(|| (window.range.step_ms / 1_000).max(OFTEN))
}

/// Charts as a part of the page of this name.
pub fn region(shown: &Shown<'_>, name: &'static str, window: Window, plots: Vec<Plot>) -> AnyView {
    view! {
        <div data-live=name data-on="-" data-every=every(window)>
            {charts(shown, plots)}
        </div>
    }
    .into_any()
}

/// The answer to who asks for such a part again while its figures cannot be had: what is shown stays.
pub fn kept(name: &'static str) -> AnyView {
    view! { <div data-live=name data-keep=""></div> }.into_any()
}
