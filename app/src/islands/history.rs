//! What moves on the history: news at the top, and at most two ticks.

use leptos::prelude::*;
use model::id::DeploymentId;
use model::live::Topic;

use crate::live::{Heard, kinds, listen};
use crate::text::Locale;
use crate::text::deployment as t;

/// Says that there are newer deployments. The rows stay where they are until the person asks.
#[island]
pub fn HistoryTop(
    locale: Locale,
    newest: Option<DeploymentId>,
    position: String,
    here: String,
) -> impl IntoView {
    let news = RwSignal::new(false);
    listen(vec![Topic::Deployments], &[kinds::DEPLOYMENT_ID], &position, move |heard| match heard {
        Heard::Reset => {
            news.try_set(true);
        }
        Heard::Event(id) => {
            if newest.is_none_or(|newest| id >= newest) {
                news.try_set(true);
            }
        }
    });
    view! {
        <div class="news" role="status">
            {move || {
                news.get()
                    .then(|| {
                        view! {
                            <a class="alert busy" href=here.clone()>
                                {t::new_ones(locale)}
                                " "
                                <b>{t::show_them(locale)}</b>
                            </a>
                        }
                    })
            }}
        </div>
    }
}

/// Lets at most two rows be ticked: a third tick takes the first one's place.
#[island]
pub fn PickTwo(locale: Locale) -> impl IntoView {
    Effect::new(|_| watch_ticks());
    view! { <span class="sub">{t::compare_hint(locale)}</span> }
}

#[cfg(feature = "hydrate")]
fn watch_ticks() {
    use std::cell::RefCell;
    use std::rc::Rc;

    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;

    let Ok(Some(table)) = document().query_selector(".history table") else { return };
    let ticked: Rc<RefCell<Vec<web_sys::HtmlInputElement>>> = Rc::default();
    let changed = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
        let Some(tick) =
            event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok())
        else {
            return;
        };
        let mut ticked = ticked.borrow_mut();
        ticked.retain(|other| other != &tick && other.checked());
        if tick.checked() {
            ticked.push(tick);
        }
        if ticked.len() > 2 {
            ticked.remove(0).set_checked(false);
        }
    });
    let _ = table.add_event_listener_with_callback("change", changed.as_ref().unchecked_ref());
    changed.forget();
}

#[cfg(not(feature = "hydrate"))]
fn watch_ticks() {}
