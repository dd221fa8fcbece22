//! Minus, number, plus: scaling in one click. Without JavaScript the same is a form.

use leptos::prelude::*;
use model::definition::INSTANCES_MAX;
use model::id::AppKey;

use crate::text::{Locale, apps as t};

/// `scale` is told the new count; `count` shows what is wanted, clicked or confirmed.
#[component]
pub fn Stepper(
    #[prop(into)] count: Signal<u32>,
    #[prop(into)] pending: Signal<bool>,
    enabled: bool,
    /// Why it is not enabled.
    #[prop(default = None)]
    title: Option<String>,
    label: String,
    locale: Locale,
    action: String,
    app: AppKey,
    scale: Callback<u32>,
    #[prop(default = "step")] class: &'static str,
) -> impl IntoView {
    let by = move |change: i64| {
        move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            let next = i64::from(count.get_untracked()) + change;
            scale.run(u32::try_from(next).unwrap_or(0).min(INSTANCES_MAX));
        }
    };
    let typed = move |event: leptos::ev::Event| {
        if let Ok(instances) = event_target_value(&event).trim().parse::<u32>() {
            scale.run(instances.min(INSTANCES_MAX));
        }
    };
    view! {
        <form class=class class:pending=pending title=title method="post" action=action on:submit=|event| event.prevent_default()>
            <input type="hidden" name="act" value="scale" />
            <input type="hidden" name="app" value=app.to_string() />
            // First of the buttons, so that Enter in the field presses it and not "one fewer".
            <button class="visually-hidden" name="set" value="1" type="submit" tabindex="-1" disabled=!enabled>
                {t::set_count(locale)}
            </button>
            <button
                name="by"
                value="-1"
                type="submit"
                aria-label=format!("{}: {label}", t::fewer(locale))
                disabled=move || !enabled || count.get() == 0
                on:click=by(-1)
            >
                "−"
            </button>
            <input
                type="number"
                name="instances"
                min="0"
                max=INSTANCES_MAX
                inputmode="numeric"
                aria-label=label.clone()
                value=count.get_untracked()
                prop:value=move || count.get().to_string()
                disabled=!enabled
                on:change=typed
            />
            <button
                name="by"
                value="1"
                type="submit"
                aria-label=format!("{}: {label}", t::more(locale))
                disabled=!enabled
                on:click=by(1)
            >
                "+"
            </button>
        </form>
    }
}
