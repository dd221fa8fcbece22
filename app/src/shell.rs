//! The document around every page.

use leptos::nonce::use_nonce;
use leptos::prelude::*;

use crate::bundle;
use crate::request::{Assets, Request, Theme};
use crate::routes::App;
use crate::text::time;

/// The whole document: head with style sheet and loader, body with the app.
pub fn shell() -> impl IntoView {
    let request = use_context::<Request>();
    let locale = request.as_ref().map(|request| request.locale).unwrap_or_default();
    let theme = request.as_ref().map_or(Theme::System, |request| request.theme);
    let bundle = bundle::of(request.as_ref().map_or("/", |request| &request.path));
    let Assets { css, output_name } = use_context::<Assets>().unwrap_or_default();
    // As without islands: what is outside of them stays as it is.
    if let Some(context) = Owner::current_shared_context() {
        context.set_is_hydrating(false);
    }
    // Who asks for parts of a page has the page.
    let whole = request.is_none_or(|request| request.regions.is_empty());
    view! {
        <!DOCTYPE html>
        <html lang=locale.tag() data-theme=theme.as_str()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="stylesheet" href=format!("/pkg/{css}") />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                {whole.then(|| loader(bundle, &output_name))}
                <leptos_meta::MetaTags />
            </head>
            <body data-units=time::units(locale)>
                <App />
            </body>
        </html>
    }
}

/// Loads the page's bundle. Leptos's own script knows only one bundle for all pages.
fn loader(bundle: &str, output_name: &str) -> impl IntoView {
    let file = |bundle: &str| format!("/pkg/{bundle}/{output_name}");
    let (page, palette) = (file(bundle), file(bundle::PALETTE));
    let script = format!("{}({page:?}, {palette:?});", include_str!("loader.js").trim_end());
    let nonce = use_nonce();
    view! {
        <link rel="modulepreload" href=format!("{page}.js") crossorigin="anonymous" />
        <link
            rel="preload"
            href=format!("{page}_bg.wasm")
            r#as="fetch"
            r#type="application/wasm"
            crossorigin="anonymous"
        />
        <script type="module" nonce=nonce>
            {script}
        </script>
    }
}
