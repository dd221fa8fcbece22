//! What an engine on a Docker host or swarm is opened with.

use std::sync::Arc;

use super::connection::Endpoint;
use super::label::Owner;
use crate::engine::credentials::Credentials;

/// One engine serves one environment.
#[derive(Clone)]
pub struct DockerConfig {
    pub owner: Owner,
    pub endpoint: Endpoint,
    /// Where published ports are reached; `None`: where the daemon is.
    pub host_address: Option<String>,
    /// `host:port` that instances find in `QUARTERDECK_STATSD`.
    pub statsd: Option<String>,
    pub credentials: Arc<dyn Credentials>,
}

impl DockerConfig {
    pub fn address(&self) -> String {
        self.host_address.clone().unwrap_or_else(|| self.endpoint.host())
    }
}
