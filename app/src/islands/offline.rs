//! Says on every page when what it shows is no longer kept up to date, and since when.

use leptos::prelude::*;

use super::local_time::time;
use crate::live::{Connection, connection};
use crate::text::{Locale, shell as t};

#[island]
pub fn Offline(locale: Locale) -> impl IntoView {
    let connection = connection();
    view! {
        <div class="offline" role="status">
            {move || match connection.get() {
                Connection::Broken(since) => {
                    Some(view! { <p class="alert warn">{t::offline(locale)} " " {time(since)}</p> })
                }
                Connection::Opening | Connection::Live => None,
            }}
        </div>
    }
}
