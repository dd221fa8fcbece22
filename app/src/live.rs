//! One event stream per tab: islands name the topics they want and hear every change of them.

pub mod kinds;
#[cfg(feature = "hydrate")]
pub mod script;

use leptos::prelude::*;
use model::live::Topic;
use model::time::Timestamp;

pub use self::kinds::Kind;

/// What an island hears.
#[derive(Debug, Clone)]
pub enum Heard<T> {
    Event(T),
    /// Too much was missed: what is shown must be asked for anew.
    Reset,
}

/// Whether what is shown is being kept up to date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Connection {
    #[default]
    Opening,
    Live,
    /// The stream broke then; it is tried again.
    Broken(Timestamp),
}

/// Hears of `topics` from `position` on, the id that the page's data is as new as, until the island is gone. Only the
/// named kinds of events are heard, so that a page's bundle holds no more types than it shows.
#[cfg(feature = "hydrate")]
pub fn listen<T: 'static>(
    topics: Vec<Topic>,
    kinds: &'static [Kind<T>],
    position: &str,
    hear: impl Fn(Heard<T>) + 'static,
) {
    let names = kinds.iter().map(|kind| kind.name.to_owned()).collect();
    let topics = topics.iter().map(Topic::to_string).collect();
    let told = move |name: &str, text: &str| {
        if name == RESET {
            hear(Heard::Reset);
        } else if let Some(kind) = kinds.iter().find(|kind| kind.name == name)
            && let Some(event) = (kind.read)(text)
        {
            hear(Heard::Event(event));
        }
    };
    subscribe(topics, names, position, told);
}

/// The same with names alone, told the kind of an event and its text.
#[cfg(feature = "hydrate")]
pub fn subscribe(
    topics: Vec<String>,
    kinds: Vec<String>,
    position: &str,
    told: impl Fn(&str, &str) + 'static,
) {
    browser::listen(topics, kinds, position, std::rc::Rc::new(told));
}

/// The event after which what is shown must be asked for anew.
#[cfg(feature = "hydrate")]
const RESET: &str = "reset";

/// On the server nothing is heard.
#[cfg(not(feature = "hydrate"))]
pub fn listen<T: 'static>(
    topics: Vec<Topic>,
    kinds: &'static [Kind<T>],
    position: &str,
    hear: impl Fn(Heard<T>) + 'static,
) {
    drop((topics, kinds.len(), position.to_owned(), hear));
}

/// How the tab's stream is.
#[cfg(feature = "hydrate")]
pub fn connection() -> ReadSignal<Connection> {
    browser::connection()
}

/// On the server there is none.
#[cfg(not(feature = "hydrate"))]
pub fn connection() -> ReadSignal<Connection> {
    RwSignal::new(Connection::Opening).read_only()
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::cell::RefCell;
    use std::rc::Rc;

    use leptos::prelude::*;
    use model::time::Timestamp;
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;
    use web_sys::{EventSource, MessageEvent};

    use super::{Connection, RESET};

    /// Told the kind of an event and its text.
    type Told = Rc<dyn Fn(&str, &str)>;

    /// Pause before a stream that the browser gave up is opened again, in milliseconds: it gives up after an answer
    /// that is no stream, such as that of a proxy while the console starts.
    const RETRY_MS: u64 = 2_000;

    struct Listener {
        id: usize,
        topics: Vec<String>,
        kinds: Vec<String>,
        told: Told,
    }

    #[derive(Default)]
    struct Stream {
        listeners: Vec<Listener>,
        source: Option<EventSource>,
        /// The id to go on after.
        position: String,
        next: usize,
        opening: bool,
        connection: ArcRwSignal<Connection>,
    }

    thread_local! {
        static STREAM: RefCell<Stream> = RefCell::default();
    }

    pub fn connection() -> ReadSignal<Connection> {
        STREAM.with_borrow(|stream| stream.connection.read_only()).into()
    }

    pub fn listen(topics: Vec<String>, kinds: Vec<String>, position: &str, told: Told) {
        let id = STREAM.with_borrow_mut(|stream| {
            stream.next += 1;
            let id = stream.next;
            if stream.position.is_empty() {
                position.clone_into(&mut stream.position);
            }
            stream.listeners.push(Listener { id, topics, kinds, told });
            id
        });
        on_cleanup(move || STREAM.with_borrow_mut(|stream| stream.listeners.retain(|one| one.id != id)));
        // Once all islands of the page have said what they want.
        open_in(0);
    }

    fn open_in(millis: u64) {
        let first = STREAM.with_borrow_mut(|stream| !std::mem::replace(&mut stream.opening, true));
        if first {
            let _ = set_timeout(open, std::time::Duration::from_millis(millis));
        }
    }

    fn set_connection(connection: Connection) {
        STREAM.with_borrow(|stream| stream.connection.clone()).set(connection);
    }

    fn broke() {
        let before = STREAM.with_borrow(|stream| stream.connection.clone()).get_untracked();
        if !matches!(before, Connection::Broken(_)) {
            set_connection(Connection::Broken(Timestamp::from_millis(js_sys::Date::now() as i64)));
        }
        let given_up = STREAM.with_borrow(|stream| {
            stream.source.as_ref().is_some_and(|source| source.ready_state() == EventSource::CLOSED)
        });
        if given_up {
            open_in(RETRY_MS);
        }
    }

    fn open() {
        let (topics, kinds, position) = STREAM.with_borrow_mut(|stream| {
            stream.opening = false;
            if let Some(old) = stream.source.take() {
                old.close();
            }
            let mut topics: Vec<String> =
                stream.listeners.iter().flat_map(|one| &one.topics).cloned().collect();
            topics.sort();
            topics.dedup();
            let mut kinds: Vec<String> =
                stream.listeners.iter().flat_map(|one| &one.kinds).cloned().collect();
            kinds.push(RESET.to_owned());
            kinds.sort_unstable();
            kinds.dedup();
            (topics.join(","), kinds, stream.position.clone())
        });
        let url =
            format!("/api/v1/events{}", crate::paths::query(&[("topics", &topics), ("after", &position)]));
        let Ok(source) = EventSource::new(&url) else { return };
        let opened = Closure::<dyn FnMut()>::new(|| set_connection(Connection::Live));
        source.set_onopen(Some(opened.as_ref().unchecked_ref()));
        opened.forget();
        let broken = Closure::<dyn FnMut()>::new(broke);
        source.set_onerror(Some(broken.as_ref().unchecked_ref()));
        broken.forget();
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| {
            STREAM.with_borrow_mut(|stream| stream.position = event.last_event_id());
            let (kind, text) = (event.type_(), event.data().as_string().unwrap_or_default());
            let all: Vec<Told> = STREAM
                .with_borrow(|stream| stream.listeners.iter().map(|one| Rc::clone(&one.told)).collect());
            for told in all {
                told(&kind, &text);
            }
        });
        for kind in kinds {
            let _ = source.add_event_listener_with_callback(&kind, heard.as_ref().unchecked_ref());
        }
        heard.forget();
        STREAM.with_borrow_mut(|stream| stream.source = Some(source));
    }
}
