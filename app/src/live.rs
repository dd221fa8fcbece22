//! One event stream per tab: islands name the topics they want and hear every change of them.

pub mod kinds;

use leptos::prelude::*;
use model::live::{LiveEvent, Topic};
use serde::{Deserialize, Serialize};

pub use self::kinds::Kind;

/// What an island hears.
#[derive(Debug, Clone)]
pub enum Heard<T = Box<LiveEvent>> {
    Event(T),
    /// Too much was missed: what is shown must be asked for anew.
    Reset,
}

/// Whether what is shown is being kept up to date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Connection {
    #[default]
    Opening,
    Live,
    /// The stream broke; the browser tries again by itself.
    Broken,
}

/// Hears of `topics` from `position` on, the id that the page's data is as new as, until the island is gone. Only the
/// named kinds of events are heard, so that a page's bundle holds no more types than it shows.
#[cfg(feature = "hydrate")]
pub fn listen<T: 'static>(
    topics: Vec<Topic>,
    kinds: &'static [Kind<T>],
    position: &str,
    hear: impl Fn(Heard<T>) + 'static,
) -> ReadSignal<Connection> {
    let names = kinds.iter().map(|kind| kind.name).collect();
    let told = move |name: &str, text: &str| {
        if name == RESET {
            hear(Heard::Reset);
        } else if let Some(kind) = kinds.iter().find(|kind| kind.name == name)
            && let Some(event) = (kind.read)(text)
        {
            hear(Heard::Event(event));
        }
    };
    browser::listen(topics, names, position, std::rc::Rc::new(told))
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
) -> ReadSignal<Connection> {
    drop((topics, kinds.len(), position.to_owned(), hear));
    RwSignal::new(Connection::Opening).read_only()
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::cell::RefCell;
    use std::rc::Rc;

    use leptos::prelude::*;
    use model::live::Topic;
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;
    use web_sys::{EventSource, MessageEvent};

    use super::{Connection, RESET};

    /// Told the kind of an event and its text.
    type Told = Rc<dyn Fn(&str, &str)>;

    struct Listener {
        id: usize,
        topics: Vec<Topic>,
        kinds: Vec<&'static str>,
        told: Told,
        connection: RwSignal<Connection>,
    }

    #[derive(Default)]
    struct Stream {
        listeners: Vec<Listener>,
        source: Option<EventSource>,
        /// The id to go on after.
        position: String,
        next: usize,
        opening: bool,
    }

    thread_local! {
        static STREAM: RefCell<Stream> = RefCell::default();
    }

    pub fn listen(
        topics: Vec<Topic>,
        kinds: Vec<&'static str>,
        position: &str,
        told: Told,
    ) -> ReadSignal<Connection> {
        let connection = RwSignal::new(Connection::Opening);
        let id = STREAM.with_borrow_mut(|stream| {
            stream.next += 1;
            let id = stream.next;
            if stream.position.is_empty() {
                position.clone_into(&mut stream.position);
            }
            stream.listeners.push(Listener { id, topics, kinds, told, connection });
            id
        });
        on_cleanup(move || STREAM.with_borrow_mut(|stream| stream.listeners.retain(|one| one.id != id)));
        open_soon();
        connection.read_only()
    }

    /// Opens once all islands of the page have said what they want.
    fn open_soon() {
        let first = STREAM.with_borrow_mut(|stream| !std::mem::replace(&mut stream.opening, true));
        if first {
            let _ = set_timeout(open, std::time::Duration::ZERO);
        }
    }

    fn tell_all(connection: Connection) {
        let signals: Vec<_> =
            STREAM.with_borrow(|stream| stream.listeners.iter().map(|one| one.connection).collect());
        for signal in signals {
            signal.try_set(connection);
        }
    }

    fn open() {
        let (topics, kinds, position) = STREAM.with_borrow_mut(|stream| {
            stream.opening = false;
            if let Some(old) = stream.source.take() {
                old.close();
            }
            let mut topics: Vec<String> =
                stream.listeners.iter().flat_map(|one| &one.topics).map(Topic::to_string).collect();
            topics.sort();
            topics.dedup();
            let mut kinds: Vec<_> = stream.listeners.iter().flat_map(|one| &one.kinds).copied().collect();
            kinds.push(RESET);
            kinds.sort_unstable();
            kinds.dedup();
            (topics.join(","), kinds, stream.position.clone())
        });
        let url =
            format!("/api/v1/events{}", crate::paths::query(&[("topics", &topics), ("after", &position)]));
        let Ok(source) = EventSource::new(&url) else { return };
        let opened = Closure::<dyn FnMut()>::new(|| tell_all(Connection::Live));
        source.set_onopen(Some(opened.as_ref().unchecked_ref()));
        opened.forget();
        let broke = Closure::<dyn FnMut()>::new(|| tell_all(Connection::Broken));
        source.set_onerror(Some(broke.as_ref().unchecked_ref()));
        broke.forget();
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
            let _ = source.add_event_listener_with_callback(kind, heard.as_ref().unchecked_ref());
        }
        heard.forget();
        STREAM.with_borrow_mut(|stream| stream.source = Some(source));
    }
}
