//! Numbered events, a ring of the latest to resume from, and readers that may lag without holding anybody up.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use futures::stream::{self, BoxStream, StreamExt};
use model::live::{Change, LiveEvent, Topic};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::clock::SharedClock;

/// Events kept to resume from, and how far a reader may lag.
const RING: usize = 4096;

/// Place of an event, as in `Last-Event-ID`: `<epoch>-<number>`. The epoch tells one run of the console from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventId {
    pub epoch: u64,
    pub number: u64,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.number)
    }
}

impl FromStr for EventId {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (epoch, number) = text.split_once('-').unwrap_or((text, ""));
        Ok(Self { epoch: epoch.parse()?, number: number.parse()? })
    }
}

/// An event on its way; written as JSON once, whoever reads it.
#[derive(Debug)]
pub struct Numbered {
    pub id: EventId,
    pub event: LiveEvent,
    json: OnceLock<String>,
}

impl Numbered {
    /// The whole [`LiveEvent`] as one line of JSON.
    pub fn json(&self) -> &str {
        self.json.get_or_init(|| serde_json::to_string(&self.event).unwrap_or_default())
    }
}

/// What a reader gets.
#[derive(Debug, Clone)]
pub enum Delivery {
    Event(Arc<Numbered>),
    /// Events were missed: read everything anew, then go on with what follows. The place is that of the newest event.
    Reset(EventId),
}

#[derive(Debug)]
struct Ring {
    last: u64,
    events: VecDeque<Arc<Numbered>>,
}

/// The one way from a change to the open pages.
pub struct Bus {
    epoch: u64,
    clock: SharedClock,
    ring: Mutex<Ring>,
    sender: broadcast::Sender<Arc<Numbered>>,
}

impl Bus {
    pub fn new(clock: SharedClock) -> Self {
        let epoch = u64::try_from(clock.now().as_millis()).unwrap_or(0);
        Self {
            epoch,
            clock,
            ring: Mutex::new(Ring { last: 0, events: VecDeque::with_capacity(RING) }),
            sender: broadcast::Sender::new(RING),
        }
    }

    /// Numbers and sends the changes, in order. Never waits for a reader.
    pub fn publish(&self, changes: impl IntoIterator<Item = Change>) {
        let time = self.clock.now();
        // Sending under the lock keeps the order of the numbers.
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        for what in changes {
            ring.last += 1;
            let number = ring.last;
            let id = EventId { epoch: self.epoch, number };
            let event = LiveEvent { number, time, what };
            let numbered = Arc::new(Numbered { id, event, json: OnceLock::new() });
            if ring.events.len() == RING {
                ring.events.pop_front();
            }
            ring.events.push_back(Arc::clone(&numbered));
            // Nobody listening is fine.
            let _ = self.sender.send(numbered);
        }
    }

    /// Place of the newest event: what a page that is rendered now already shows.
    pub fn position(&self) -> EventId {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        EventId { epoch: self.epoch, number: ring.last }
    }

    /// How many streams are open.
    pub fn readers(&self) -> usize {
        self.sender.receiver_count()
    }

    /// Events that one of `topics` wants (no topics: all), from the one after `after`, or from now on. Begins with a
    /// [`Delivery::Reset`] when those after `after` are no longer known. Never ends by itself.
    pub fn subscribe(&self, topics: Vec<Topic>, after: Option<EventId>) -> BoxStream<'static, Delivery> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.sender.subscribe();
        let here = EventId { epoch: self.epoch, number: ring.last };
        let oldest = ring.last - ring.events.len() as u64;
        let replay: Vec<Delivery> = match after {
            None => Vec::new(),
            Some(id) if id.epoch == self.epoch && (oldest..=ring.last).contains(&id.number) => ring
                .events
                .iter()
                .filter(|numbered| numbered.id.number > id.number)
                .map(|numbered| Delivery::Event(Arc::clone(numbered)))
                .collect(),
            Some(_) => vec![Delivery::Reset(here)],
        };
        drop(ring);
        let live = stream::unfold((receiver, here), |(mut receiver, mut here)| async move {
            match receiver.recv().await {
                Ok(numbered) => {
                    here = numbered.id;
                    Some((Delivery::Event(numbered), (receiver, here)))
                }
                Err(RecvError::Lagged(missed)) => {
                    here.number += missed;
                    Some((Delivery::Reset(here), (receiver, here)))
                }
                Err(RecvError::Closed) => None,
            }
        });
        stream::iter(replay)
            .chain(live)
            .filter(move |delivery| {
                let wanted = match delivery {
                    Delivery::Reset(_) => true,
                    Delivery::Event(numbered) => {
                        topics.is_empty() || topics.iter().any(|topic| topic.wants(&numbered.event.what))
                    }
                };
                futures::future::ready(wanted)
            })
            .boxed()
    }
}

#[cfg(test)]
mod tests {

    use futures::FutureExt;
    use model::id::EnvironmentName;

    use super::*;
    use crate::clock::SystemClock;

    fn bus() -> Bus {
        Bus::new(Arc::new(SystemClock))
    }

    fn gone(name: &str) -> Change {
        Change::EnvironmentGone(name.parse::<EnvironmentName>().unwrap())
    }

    fn ready(stream: &mut BoxStream<'static, Delivery>) -> Vec<String> {
        std::iter::from_fn(|| stream.next().now_or_never().flatten())
            .map(|delivery| match delivery {
                Delivery::Event(numbered) => numbered.event.number.to_string(),
                Delivery::Reset(id) => format!("reset at {}", id.number),
            })
            .collect()
    }

    #[test]
    fn a_reader_resumes_after_the_event_it_saw_last() {
        let bus = bus();
        bus.publish([gone("a"), gone("b"), gone("c")]);
        let after = EventId { number: 1, ..bus.position() };
        let mut stream = bus.subscribe(Vec::new(), Some(after));
        bus.publish([gone("d")]);
        assert_eq!(ready(&mut stream), ["2", "3", "4"]);
    }

    #[test]
    fn a_reader_of_an_earlier_run_or_of_events_long_gone_starts_anew() {
        let bus = bus();
        let start = bus.position();
        bus.publish((0..=RING).map(|_| gone("a")));
        let lost = format!("reset at {}", RING + 1);
        assert_eq!(ready(&mut bus.subscribe(Vec::new(), Some(start))), std::slice::from_ref(&lost));
        let other = EventId { epoch: start.epoch + 1, number: 1 };
        assert_eq!(ready(&mut bus.subscribe(Vec::new(), Some(other))), [lost]);
    }

    #[test]
    fn a_reader_that_lags_is_reset_and_goes_on() {
        let bus = bus();
        let mut stream = bus.subscribe(Vec::new(), None);
        bus.publish((0..RING + 10).map(|_| gone("a")));
        let seen = ready(&mut stream);
        assert_eq!(seen[0], "reset at 10");
        assert_eq!(seen[1], "11");
        assert_eq!(seen.len(), RING + 1);
    }

    #[test]
    fn topics_choose() {
        let bus = bus();
        let mut apps = bus.subscribe(vec![Topic::Apps], None);
        let mut environments = bus.subscribe(vec![Topic::Environments], None);
        bus.publish([gone("a")]);
        assert!(ready(&mut apps).is_empty());
        assert_eq!(ready(&mut environments), ["1"]);
    }

    #[test]
    fn ids_read_back() {
        let id = EventId { epoch: 17, number: 3 };
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("17".parse::<EventId>().is_err() && "x-1".parse::<EventId>().is_err());
    }
}
