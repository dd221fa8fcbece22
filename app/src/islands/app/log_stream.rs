//! The stream of an app's log lines, opened anew when it breaks.

use model::api::LogLine;

/// Opens a stream of lines that ends with the owner. One that breaks is opened anew at an address asked for anew: the
/// browser's own way would tell all of it again.
#[cfg(feature = "hydrate")]
pub fn open(
    address: impl Fn() -> String + 'static,
    hear: impl Fn(LogLine) + 'static,
    state: impl Fn(bool) + 'static,
) {
    browser::open(Box::new(address), Box::new(hear), Box::new(state));
}

/// On the server nothing is heard.
#[cfg(not(feature = "hydrate"))]
pub fn open(
    _address: impl Fn() -> String + 'static,
    _hear: impl Fn(LogLine) + 'static,
    _state: impl Fn(bool) + 'static,
) {
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::cell::RefCell;
    use std::rc::Rc;
    use std::time::Duration;

    use leptos::prelude::*;
    use model::api::LogLine;
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;
    use web_sys::{EventSource, MessageEvent};

    /// Pause before a stream that broke is opened again.
    const RETRY: Duration = Duration::from_secs(2);

    struct Stream {
        address: Box<dyn Fn() -> String>,
        hear: Box<dyn Fn(LogLine)>,
        state: Box<dyn Fn(bool)>,
        source: RefCell<Option<EventSource>>,
    }

    impl Stream {
        fn close(&self) {
            if let Some(source) = self.source.take() {
                source.close();
            }
        }
    }

    pub fn open(address: Box<dyn Fn() -> String>, hear: Box<dyn Fn(LogLine)>, state: Box<dyn Fn(bool)>) {
        let stream = Rc::new(Stream { address, hear, state, source: RefCell::default() });
        connect(&stream);
        // A stream that waits for its next try ends with the last that holds it.
        let held = StoredValue::new_local(stream);
        on_cleanup(move || {
            held.try_with_value(|stream| stream.close());
        });
    }

    fn connect(stream: &Rc<Stream>) {
        let Ok(source) = EventSource::new(&(stream.address)()) else { return };
        let up = Rc::clone(stream);
        let opened = Closure::<dyn FnMut()>::new(move || (up.state)(true));
        source.set_onopen(Some(opened.as_ref().unchecked_ref()));
        opened.forget();
        let down = Rc::downgrade(stream);
        let broke = Closure::<dyn FnMut()>::new(move || {
            let Some(stream) = down.upgrade() else { return };
            stream.close();
            (stream.state)(false);
            let _ = set_timeout(move || connect(&stream), RETRY);
        });
        source.set_onerror(Some(broke.as_ref().unchecked_ref()));
        broke.forget();
        let told = Rc::clone(stream);
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let text = event.data().as_string().unwrap_or_default();
            if let Some(line) = crate::json::read(&text) {
                (told.hear)(line);
            }
        });
        let _ = source.add_event_listener_with_callback("line", heard.as_ref().unchecked_ref());
        heard.forget();
        stream.source.replace(Some(source));
    }
}
