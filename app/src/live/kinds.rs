//! The kinds of events, each with its reader. The derived way reads the kind from the text itself, for which serde keeps
//! every type a second time; and an island names the kinds it hears, so that no page loads the types of the others.

use model::id::DeploymentId;
use serde::Deserialize;

use crate::json;

/// A kind of event by the name that the stream gives it.
pub struct Kind<T> {
    pub name: &'static str,
    pub read: fn(&str) -> Option<T>,
}

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
