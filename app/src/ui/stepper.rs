//! Minus, number, plus: scaling in one click, which `app/src/live/scale.js` shows at once. Without scripts it is a form.

use leptos::prelude::*;
use model::definition::INSTANCES_MAX;
use model::id::AppKey;

use crate::text::{Locale, apps as t};

pub struct Stepper<'a> {
    pub count: u32,
    pub app: &'a AppKey,
    /// The page that the form is posted to.
    pub action: String,
    pub class: &'static str,
    pub enabled: bool,
    /// Why it is not enabled.
    pub title: Option<String>,
}

impl Stepper<'_> {
    pub fn view(self, locale: Locale) -> AnyView {
        let Self { count, app, action, class, enabled, title } = self;
        let label = t::instance_count_label(locale, app.app.as_str());
        view! {
            <form class=class title=title method="post" action=action>
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
                    disabled=!enabled || count == 0
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
                    value=count
                    disabled=!enabled
                    autocomplete="off"
                />
                <button
                    name="by"
                    value="1"
                    type="submit"
                    aria-label=format!("{}: {label}", t::more(locale))
                    disabled=!enabled
                >
                    "+"
                </button>
            </form>
        }
        .into_any()
    }
}
