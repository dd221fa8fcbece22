//! The gallery of ready-made definitions that a newcomer starts from.

use serde_json::Value;

use crate::definition::{check_capabilities, parse};
use crate::environment::{Capabilities, EngineKind};

/// One entry of the template gallery. `key` picks its title and text in `app::text`.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    pub key: TemplateKey,
    pub suggested_name: String,
    pub definition: Value,
}

impl Template {
    /// Whether an environment can run it as it is; only then is it offered there.
    pub fn runs_on(&self, engine: EngineKind, can: &Capabilities) -> bool {
        parse(&self.definition)
            .is_ok_and(|definition| check_capabilities(&definition, engine, can).is_empty())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TemplateKey {
    /// Our own demo program.
    Demo,
    /// `python3 -m http.server`.
    Python,
    /// A server from Node's standard library.
    Node,
    /// An uploaded artifact.
    Artifact,
    /// A shell command.
    Shell,
}
