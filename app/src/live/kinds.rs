//! The kinds of events, each with its reader. The derived way reads the kind from the text itself, for which serde keeps
//! every type a second time; and an island names the kinds it hears, so that no page loads the types of the others.

use model::id::{AppName, DeploymentId, EnvironmentName, InstanceId};
use model::instance::Usage;
use model::live::{Change, LiveEvent};
use model::time::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::json;

/// A kind of event by the name that the stream gives it.
pub struct Kind<T = Box<LiveEvent>> {
    pub name: &'static str,
    pub read: fn(&str) -> Option<T>,
}

pub const USAGE: Kind = Kind {
    name: "usage",
    read: |text| {
        of(text, |OfUsage { environment, app, instances }| Change::Usage { environment, app, instances })
    },
};

/// Which deployment changed, and no more.
pub const DEPLOYMENT_ID: Kind<DeploymentId> =
    Kind { name: "deployment", read: |text| json::read::<Data<Identified>>(text).map(|event| event.data.id) };

/// An event of which only its content counts.
#[derive(Deserialize)]
pub struct Data<T> {
    pub data: T,
}

#[derive(Deserialize)]
struct Identified {
    id: DeploymentId,
}

#[derive(Deserialize)]
struct Envelope<T> {
    number: u64,
    time: Timestamp,
    data: T,
}

#[derive(Deserialize)]
struct OfUsage {
    environment: EnvironmentName,
    app: AppName,
    instances: Vec<(InstanceId, Usage)>,
}

fn of<T: DeserializeOwned>(text: &str, change: impl FnOnce(T) -> Change) -> Option<Box<LiveEvent>> {
    let Envelope { number, time, data } = json::read(text)?;
    Some(Box::new(LiveEvent { number, time, what: change(data) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the server writes of each kind is read as the same.
    #[test]
    fn reads_what_the_server_writes() {
        let what = Change::Usage {
            environment: "local".parse().expect("a name"),
            app: "shop".parse().expect("a name"),
            instances: vec![(InstanceId("shop-1".to_owned()), Usage::default())],
        };
        let event = LiveEvent { number: 7, time: Timestamp::from_millis(1_000), what };
        assert_eq!(USAGE.name, event.what.kind());
        let text = serde_json::to_string(&event).expect("JSON");
        assert_eq!((USAGE.read)(&text).as_deref(), Some(&event));
    }
}
