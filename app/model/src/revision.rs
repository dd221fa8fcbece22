//! Immutable, numbered definitions of an app.

use serde::{Deserialize, Serialize};

use crate::definition::Definition;
use crate::deployment::Actor;
use crate::id::RevisionNumber;
use crate::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Revision {
    pub revision: RevisionNumber,
    pub definition: Definition,
    /// SHA-256 of the definition's canonical JSON, in hex: equal content, equal hash.
    pub hash: String,
    pub author: Actor,
    pub reason: String,
    pub created_at: Timestamp,
}
