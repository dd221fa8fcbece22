//! The kinds of events, each with its reader. The derived way reads the kind from the text itself, for which serde keeps
//! every type a second time; and an island names the kinds it hears, so that no page loads the types of the others.

use model::app::AppSummary;
use model::check::{Measurement, Tally};
use model::deployment::{Deployment, DeploymentEvent};
use model::id::{AppKey, AppName, DeploymentId, EnvironmentName, InstanceId};
use model::instance::{Instance, Usage};
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

pub const APP: Kind =
    Kind { name: "app", read: |text| of(text, |app: AppSummary| Change::App(Box::new(app))) };

pub const APP_GONE: Kind =
    Kind { name: "app_gone", read: |text| of(text, |key: AppKey| Change::AppGone(key)) };

pub const DEPLOYMENT: Kind =
    Kind { name: "deployment", read: |text| of(text, |one: Deployment| Change::Deployment(Box::new(one))) };

pub const DEPLOYMENT_EVENT: Kind = Kind {
    name: "deployment_event",
    read: |text| {
        of(text, |OfDeployment { environment, app, event }| Change::DeploymentEvent {
            environment,
            app,
            event,
        })
    },
};

pub const MEASURED: Kind = Kind {
    name: "measured",
    read: |text| {
        of(text, |OfMeasured { deployment, measurement, tally }| Change::Measured {
            deployment,
            measurement,
            tally,
        })
    },
};

pub const INSTANCE: Kind =
    Kind { name: "instance", read: |text| of(text, |one: Instance| Change::Instance(Box::new(one))) };

pub const INSTANCE_GONE: Kind = Kind {
    name: "instance_gone",
    read: |text| {
        of(text, |OfInstance { environment, app, id }| Change::InstanceGone { environment, app, id })
    },
};

pub const USAGE: Kind = Kind {
    name: "usage",
    read: |text| {
        of(text, |OfUsage { environment, app, instances }| Change::Usage { environment, app, instances })
    },
};

/// That something of a list changed, and no more.
pub const ANY_OF_LISTS: [Kind<()>; 6] = [
    Kind { name: "app", read: |_| Some(()) },
    Kind { name: "app_gone", read: |_| Some(()) },
    Kind { name: "deployment", read: |_| Some(()) },
    Kind { name: "release", read: |_| Some(()) },
    Kind { name: "environment", read: |_| Some(()) },
    Kind { name: "environment_gone", read: |_| Some(()) },
];

/// Which deployment changed, and no more.
pub const DEPLOYMENT_ID: Kind<DeploymentId> =
    Kind { name: "deployment", read: |text| json::read::<Data<Identified>>(text).map(|event| event.data.id) };

#[derive(Deserialize)]
struct Data<T> {
    data: T,
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
        let key =
            AppKey { environment: "local".parse().expect("a name"), app: "shop".parse().expect("a name") };
        let id = InstanceId("shop-1".to_owned());
        let changes = [
            (APP_GONE, Change::AppGone(key.clone())),
            (
                INSTANCE_GONE,
                Change::InstanceGone {
                    environment: key.environment.clone(),
                    app: key.app.clone(),
                    id: id.clone(),
                },
            ),
            (
                USAGE,
                Change::Usage {
                    environment: key.environment,
                    app: key.app,
                    instances: vec![(id, Usage::default())],
                },
            ),
        ];
        for (kind, what) in changes {
            let event = LiveEvent { number: 7, time: Timestamp::from_millis(1_000), what };
            assert_eq!(kind.name, event.what.kind());
            let text = serde_json::to_string(&event).expect("JSON");
            assert_eq!((kind.read)(&text).as_deref(), Some(&event));
        }
    }
}
