//! One event stream per tab: islands name the topics they want and hear every change of them.

use leptos::prelude::*;
use model::live::{LiveEvent, Topic};
use model::time::Timestamp;

/// What an island hears.
#[derive(Debug, Clone)]
pub enum Heard {
    Event(Box<LiveEvent>),
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

/// Hears of `topics` from `position` on, the id that the page's data is as new as, until the island is gone.
#[cfg(feature = "hydrate")]
pub fn listen(topics: Vec<Topic>, position: &str, hear: impl Fn(Heard) + 'static) {
    browser::listen(topics, position, hear);
}

/// On the server nothing is heard.
#[cfg(not(feature = "hydrate"))]
pub fn listen(topics: Vec<Topic>, position: &str, hear: impl Fn(Heard) + 'static) {
    drop((topics, position.to_owned(), hear));
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
    use model::live::Topic;
    use model::time::Timestamp;
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;
    use web_sys::{EventSource, MessageEvent};

    use super::{Connection, Heard, envelope};

    const KINDS: [&str; 10] = [
        "app",
        "app_gone",
        "deployment",
        "deployment_event",
        "measured",
        "instance",
        "instance_gone",
        "usage",
        "environment",
        "environment_gone",
    ];

    /// Pause before a stream that the browser gave up is opened again, in milliseconds: it gives up after an answer
    /// that is no stream, such as that of a proxy while the console starts.
    const RETRY_MS: u64 = 2_000;

    struct Listener {
        id: usize,
        topics: Vec<Topic>,
        hear: Rc<dyn Fn(Heard)>,
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

    pub fn listen(topics: Vec<Topic>, position: &str, hear: impl Fn(Heard) + 'static) {
        let id = STREAM.with_borrow_mut(|stream| {
            stream.next += 1;
            let id = stream.next;
            if stream.position.is_empty() {
                position.clone_into(&mut stream.position);
            }
            stream.listeners.push(Listener { id, topics, hear: Rc::new(hear) });
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
        let (topics, position) = STREAM.with_borrow_mut(|stream| {
            stream.opening = false;
            if let Some(old) = stream.source.take() {
                old.close();
            }
            let mut topics: Vec<String> =
                stream.listeners.iter().flat_map(|one| &one.topics).map(Topic::to_string).collect();
            topics.sort();
            topics.dedup();
            (topics.join(","), stream.position.clone())
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
            let text = event.data().as_string().unwrap_or_default();
            let what = if event.type_() == "reset" {
                Some(Heard::Reset)
            } else {
                envelope::read(&event.type_(), &text).map(|event| Heard::Event(Box::new(event)))
            };
            let hearers: Vec<_> = STREAM
                .with_borrow(|stream| stream.listeners.iter().map(|one| Rc::clone(&one.hear)).collect());
            if let Some(what) = what {
                for hear in hearers {
                    hear(what.clone());
                }
            }
        });
        for kind in KINDS.iter().chain(&["reset"]) {
            let _ = source.add_event_listener_with_callback(kind, heard.as_ref().unchecked_ref());
        }
        heard.forget();
        STREAM.with_borrow_mut(|stream| stream.source = Some(source));
    }
}

/// Reading an event by its kind. The derived way reads the kind from the text itself, for which serde keeps every type a
/// second time: a tenth of the browser's part.
#[cfg(any(feature = "hydrate", test))]
mod envelope {
    use model::app::AppSummary;
    use model::check::{Measurement, Tally};
    use model::deployment::{Deployment, DeploymentEvent};
    use model::environment::Environment;
    use model::id::{AppKey, AppName, DeploymentId, EnvironmentName, InstanceId};
    use model::instance::{Instance, Usage};
    use model::live::{Change, LiveEvent};
    use model::time::Timestamp;
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    #[derive(Deserialize)]
    struct Envelope<T> {
        number: u64,
        time: Timestamp,
        data: T,
    }

    #[derive(Deserialize)]
    struct OfDeployment {
        environment: EnvironmentName,
        app: AppName,
        event: Box<DeploymentEvent>,
    }

    #[derive(Deserialize)]
    struct OfInstance {
        environment: EnvironmentName,
        app: AppName,
        id: InstanceId,
    }

    #[derive(Deserialize)]
    struct OfMeasured {
        deployment: DeploymentId,
        measurement: Box<Measurement>,
        tally: Tally,
    }

    #[derive(Deserialize)]
    struct OfUsage {
        environment: EnvironmentName,
        app: AppName,
        instances: Vec<(InstanceId, Usage)>,
    }

    /// The event of the kind that the stream named; nothing for one that this build does not know.
    pub fn read(kind: &str, text: &str) -> Option<LiveEvent> {
        match kind {
            "app" => of(text, |app: AppSummary| Change::App(Box::new(app))),
            "app_gone" => of(text, |key: AppKey| Change::AppGone(key)),
            "deployment" => of(text, |one: Deployment| Change::Deployment(Box::new(one))),
            "deployment_event" => of(text, |OfDeployment { environment, app, event }| {
                Change::DeploymentEvent { environment, app, event }
            }),
            "measured" => of(text, |OfMeasured { deployment, measurement, tally }| Change::Measured {
                deployment,
                measurement,
                tally,
            }),
            "instance" => of(text, |one: Instance| Change::Instance(Box::new(one))),
            "instance_gone" => {
                of(text, |OfInstance { environment, app, id }| Change::InstanceGone { environment, app, id })
            }
            "usage" => of(text, |OfUsage { environment, app, instances }| Change::Usage {
                environment,
                app,
                instances,
            }),
            "environment" => of(text, |one: Environment| Change::Environment(Box::new(one))),
            "environment_gone" => of(text, |name: EnvironmentName| Change::EnvironmentGone(name)),
            _ => None,
        }
    }

    fn of<T: DeserializeOwned>(text: &str, change: impl FnOnce(T) -> Change) -> Option<LiveEvent> {
        let Envelope { number, time, data } = serde_json::from_str(text).ok()?;
        Some(LiveEvent { number, time, what: change(data) })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// What the server writes of each kind is read as the same.
        #[test]
        fn reads_what_the_server_writes() {
            let key = AppKey {
                environment: "local".parse().expect("a name"),
                app: "shop".parse().expect("a name"),
            };
            let id = InstanceId("shop-1".to_owned());
            let changes = [
                Change::AppGone(key.clone()),
                Change::InstanceGone {
                    environment: key.environment.clone(),
                    app: key.app.clone(),
                    id: id.clone(),
                },
                Change::Usage {
                    environment: key.environment.clone(),
                    app: key.app.clone(),
                    instances: vec![(id, Usage::default())],
                },
                Change::EnvironmentGone(key.environment),
            ];
            for what in changes {
                let event = LiveEvent { number: 7, time: Timestamp::from_millis(1_000), what };
                let text = serde_json::to_string(&event).expect("JSON");
                assert_eq!(read(event.what.kind(), &text), Some(event));
            }
            assert_eq!(read("later", "{}"), None);
        }
    }
}
