//! The page for paths that lead nowhere.

use http::StatusCode;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use crate::paths;
use crate::request::Request;
use crate::text::shell as t;
use crate::ui::empty::empty;
use crate::ui::icon::Icon;

#[component]
pub fn NotFound() -> impl IntoView {
    let locale = use_context::<Request>().map(|request| request.locale).unwrap_or_default();
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(StatusCode::NOT_FOUND);
    }
    let way_out = Some((paths::APPS.to_owned(), t::to_apps(locale)));
    view! {
        {super::title(t::not_found(locale))}
        <div class="head">
            <h1>{t::not_found(locale)}</h1>
        </div>
        <div class="card">{empty(Icon::Question, t::not_found(locale), t::not_found_hint(locale), way_out)}</div>
    }
}
