//! The document around every page.

use leptos::config::LeptosOptions;
use leptos::hydration::HydrationScripts;
use leptos::prelude::*;

use crate::request::{Assets, Request, Theme};
use crate::routes::App;

/// The whole document: head with style sheet and loader, body with the app.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let request = use_context::<Request>();
    let locale = request.as_ref().map(|request| request.locale).unwrap_or_default();
    let theme = request.map_or(Theme::System, |request| request.theme);
    let css = use_context::<Assets>().unwrap_or_default().css;
    view! {
        <!DOCTYPE html>
        <html lang=locale.tag() data-theme=theme.as_str()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="stylesheet" href=format!("/pkg/{css}") />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <HydrationScripts options=options islands=true />
                <leptos_meta::MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
