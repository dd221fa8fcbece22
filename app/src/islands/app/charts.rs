//! Charts of an app: drawn anew as the server gives fresh figures, with one crosshair over all, and a stretch chosen by
//! dragging.

use leptos::prelude::*;
use model::id::AppKey;
use serde::{Deserialize, Serialize};

use crate::islands::Given;
use crate::islands::zone::zone;
use crate::paths;
use crate::text::{Locale, app as t, apps};
use crate::ui::plot::{Plot, line_class, moment, plot, table, write};

/// A drag shorter than this is a click.
const SHORTEST: i64 = 2_000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Charts {
    pub locale: Locale,
    pub key: AppKey,
    pub plots: Vec<Plot>,
}

#[island]
pub fn AppCharts(charts: Given<Charts>) -> impl IntoView {
    let Given(charts) = charts;
    let Charts { locale, key, plots } = charts;
    let plots: RwSignal<Vec<RwSignal<Plot>>> = RwSignal::new(plots.into_iter().map(RwSignal::new).collect());
    let Pointer { cursor, drag, pinned, first } = pointer();
    let look = Look { locale, cursor: cursor.into(), drag: drag.into(), pinned: pinned.into(), zone: zone() };
    let views = move || {
        let each = plots.get().into_iter().zip(first..);
        each.map(|(shown, number)| chart(look, number, &key, shown)).collect_view()
    };
    let frame = NodeRef::<leptos::html::Div>::new();
    #[cfg(feature = "hydrate")]
    frame.on_load(move |frame| hear(&frame, plots));
    view! {
        <div class="charts" node_ref=frame>
            {views}
        </div>
    }
}

/// Takes what the server gives an island whose part of the page was asked for again (`app/src/live/morph.js`). A chart
/// that stays is kept, with what is opened and focused in it.
#[cfg(feature = "hydrate")]
fn hear(frame: &web_sys::HtmlDivElement, plots: RwSignal<Vec<RwSignal<Plot>>>) {
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;

    #[derive(Deserialize)]
    struct Props {
        charts: Charts,
    }

    let given = move |event: web_sys::CustomEvent| {
        let Some(Props { charts }) = event.detail().as_string().and_then(|text| crate::json::read(&text))
        else {
            return;
        };
        let Some(known) = plots.try_get_untracked() else { return };
        if known.len() == charts.plots.len() {
            for (known, fresh) in known.into_iter().zip(charts.plots) {
                known.set(fresh);
            }
        } else {
            plots.set(charts.plots.into_iter().map(RwSignal::new).collect());
        }
    };
    let given = Closure::<dyn FnMut(web_sys::CustomEvent)>::new(given);
    let _ = frame.add_event_listener_with_callback("given", given.as_ref().unchecked_ref());
    given.forget();
}

/// What all charts of a page share, whichever island they are of.
#[derive(Clone, Default)]
struct Pointer {
    cursor: ArcRwSignal<Option<i64>>,
    drag: ArcRwSignal<Option<(i64, i64)>>,
    pinned: ArcRwSignal<Option<usize>>,
    /// The number of the island's first chart.
    first: usize,
}

#[cfg(feature = "hydrate")]
fn pointer() -> Pointer {
    use std::cell::RefCell;

    /// More than an island has charts.
    const NUMBERS: usize = 1_000;

    thread_local! {
        static POINTER: RefCell<Pointer> = RefCell::default();
    }
    POINTER.with_borrow_mut(|pointer| {
        pointer.first += NUMBERS;
        pointer.clone()
    })
}

/// On the server nobody points.
#[cfg(not(feature = "hydrate"))]
fn pointer() -> Pointer {
    Pointer::default()
}

/// How all charts of the page are looked at: together.
#[derive(Clone, Copy)]
struct Look {
    locale: Locale,
    cursor: RwSignal<Option<i64>>,
    drag: RwSignal<Option<(i64, i64)>>,
    /// The number of the chart at which the crosshair was told to stay.
    pinned: RwSignal<Option<usize>>,
    zone: ReadSignal<i64>,
}

impl Look {
    /// Moves the crosshair, and the end of a stretch that is being chosen.
    fn to(self, time: Option<i64>) {
        self.cursor.set(time);
        if let Some(time) = time {
            self.drag.update(|drag| {
                if let Some(drag) = drag {
                    drag.1 = time;
                }
            });
        }
    }

    fn let_go(self) {
        self.cursor.set(None);
        self.drag.set(None);
        self.pinned.set(None);
    }

    /// Shows the stretch that was chosen; false when none was.
    fn choose(self) -> bool {
        let stretch = self.drag.get_untracked().filter(|(from, to)| (to - from).abs() >= SHORTEST);
        self.drag.set(None);
        if let Some((from, to)) = stretch {
            show(from.min(to), from.max(to));
        }
        stretch.is_some()
    }

    /// Arrows move by a point, with Shift they choose a stretch, Enter shows it, Escape lets go.
    fn key(self, event: &leptos::ev::KeyboardEvent, number: usize, plot: &Plot) {
        let now = self.cursor.get_untracked();
        let at = now.unwrap_or(plot.end);
        let many = if event.ctrl_key() { 10 } else { 1 };
        let to = match event.key().as_str() {
            "ArrowLeft" => at - plot.step * many,
            "ArrowRight" => at + plot.step * many,
            "Home" => plot.start,
            "End" => plot.end,
            "Enter" => {
                self.choose();
                return;
            }
            "Escape" => return self.let_go(),
            _ => return,
        };
        event.prevent_default();
        if !event.shift_key() {
            self.drag.set(None);
        } else if self.drag.get_untracked().is_none() {
            self.drag.set(Some((at, at)));
        }
        self.pinned.set(Some(number));
        self.to(Some(to.clamp(plot.start, plot.end)));
    }
}

fn chart(look: Look, number: usize, key: &AppKey, shown: RwSignal<Plot>) -> AnyView {
    let Look { locale, cursor, drag, pinned, zone } = look;
    let frame = NodeRef::<leptos::html::Div>::new();
    let time_at = move |event: &leptos::ev::PointerEvent| {
        let frame = frame.get_untracked()?;
        let width = f64::from(frame.client_width()).max(1.0);
        let share = (f64::from(event.offset_x()) / width).clamp(0.0, 1.0);
        shown.with_untracked(|plot| Some(plot.start + ((plot.end - plot.start) as f64 * share) as i64))
    };
    let moved = move |event: leptos::ev::PointerEvent| {
        if pinned.get_untracked().is_none() || drag.get_untracked().is_some() {
            look.to(time_at(&event));
        }
    };
    let pressed = move |event: leptos::ev::PointerEvent| {
        if event.button() == 0 && event.pointer_type() == "mouse" {
            let time = time_at(&event);
            drag.set(time.map(|time| (time, time)));
            cursor.set(time);
        }
    };
    let released = move |_| {
        // A click keeps the crosshair where it is, and the next one sets it free.
        if drag.get_untracked().is_some() && !look.choose() {
            pinned.update(|pinned| *pinned = pinned.is_none().then_some(number));
        }
    };
    let left = move |_| {
        if pinned.get_untracked().is_none() {
            look.let_go();
        }
    };
    let keyed =
        move |event: leptos::ev::KeyboardEvent| shown.with_untracked(|plot| look.key(&event, number, plot));
    let (of_logs, of_table) = (key.clone(), key.clone());
    let logs = move || {
        let at = cursor.get().filter(|_| pinned.get() == Some(number))?;
        Some(view! {
            <a class="link plot-logs" href=paths::logs_at(&of_logs, at)>
                {t::logs_then(locale)}
            </a>
        })
    };
    let title = move || shown.with(|plot| plot.title.clone());
    let name = move || t::crosshair(locale, &title());
    let limit = move || shown.with(|plot| Some(t::limit_of(locale, &write(plot.unit, plot.limit?))));
    let values = move || {
        shown.with(|plot| {
            let time = cursor.get();
            let at = time.unwrap_or(plot.end);
            plot.lines
                .iter()
                .enumerate()
                .map(|(index, line)| {
                    let value = if time.is_some() {
                        line.value_at(at, plot.step)
                    } else {
                        line.points.last().map(|point| point.1)
                    };
                    let value = value.map_or_else(|| "–".to_owned(), |value| write(plot.unit, value));
                    let class = format!("legend {}", line_class(plot, index));
                    view! { <span class=class>{line.label.clone()}" "<b>{value}</b></span> }
                })
                .collect_view()
        })
    };
    view! {
        <section class="card pad chart">
            <header>
                <h2>{title}</h2>
                <span class="sub">{limit}</span>
                <span class="legends" aria-live=move || (pinned.get() == Some(number)).then_some("polite")>
                    {move || cursor.get().map(|at| view! { <span class="sub">{moment(at, zone.get())}</span> })}
                    {values}
                </span>
            </header>
            <div
                class="plot-frame"
                tabindex="0"
                role="group"
                aria-label=name
                on:keydown=keyed
                node_ref=frame
                on:pointermove=moved
                on:pointerdown=pressed
                on:pointerup=released
                on:pointerleave=left
            >
                {move || shown.with(|one| plot(locale, one, zone.get(), cursor.get(), drag.get()))}
            </div>
            <div class="plot-foot">
                {logs}
                <details class="plot-table">
                    <summary class="sub">{apps::as_table(locale)}</summary>
                    {move || shown.with(|one| table(locale, Some(&of_table), one, zone.get()))}
                </details>
            </div>
        </section>
    }
    .into_any()
}

/// Asks for the page with the chosen stretch.
fn show(from: i64, to: i64) {
    #[cfg(feature = "hydrate")]
    if let Some(window) = web_sys::window() {
        let location = window.location();
        let search = location.search().unwrap_or_default();
        let _ = location.set_search(&with_stretch(&search, from, to));
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (from, to);
}

/// The page's questions, with another stretch of time.
#[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code, reason = "asked for in the browser"))]
fn with_stretch(search: &str, from: i64, to: i64) -> String {
    let time = |pair: &&str| ["from=", "to=", "range="].iter().any(|name| pair.starts_with(name));
    let kept = search.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty() && !time(pair));
    let pairs: Vec<String> =
        kept.map(str::to_owned).chain([format!("from={from}"), format!("to={to}")]).collect();
    format!("?{}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_stretch_keeps_what_else_is_asked() {
        assert_eq!(with_stretch("", 1, 2), "?from=1&to=2");
        assert_eq!(with_stretch("?query=up&range=60", 1, 2), "?query=up&from=1&to=2");
        assert_eq!(with_stretch("?from=5&to=6&query=a%26b", 1, 2), "?query=a%26b&from=1&to=2");
    }
}
