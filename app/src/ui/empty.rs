//! What an empty list says: what it will hold, and the button that fills it.

use leptos::prelude::*;

use super::icon::{Icon, icon};

pub fn empty(
    picture: Icon,
    title: &'static str,
    hint: &'static str,
    action: Option<(String, &'static str)>,
) -> AnyView {
    view! {
        <div class="empty">
            {icon(picture)} <h2>{title}</h2> <p>{hint}</p>
            {action.map(|(href, word)| view! { <a class="btn main" href=href>{word}</a> })}
        </div>
    }
    .into_any()
}
