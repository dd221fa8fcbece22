//! What engines are given to fetch images with. Unsealed for each fetch, so that a changed password counts at once and none
//! is kept in the open.

use std::sync::Arc;

use adapters::engine::{Credential, Credentials};
use async_trait::async_trait;

use super::{host_of, password_owner};
use crate::auth::seal::Seal;
use crate::store::{Store, registries};

/// The names and passwords of the registries that are configured.
pub struct EngineCredentials {
    store: Store,
    seal: Arc<Seal>,
}

impl EngineCredentials {
    pub const fn new(store: Store, seal: Arc<Seal>) -> Self {
        Self { store, seal }
    }
}

#[async_trait]
impl Credentials for EngineCredentials {
    async fn for_host(&self, host: &str) -> Option<Credential> {
        let found = match self.store.read().await {
            Ok(mut reader) => registries::by_host(&mut reader, &host_of(host)).await,
            Err(error) => Err(error),
        };
        let row =
            found.inspect_err(|error| tracing::warn!(host, %error, "credentials cannot be read")).ok()??;
        let username = row.settings.username?;
        let password = match &row.password {
            Some(sealed) => {
                let opened = self.seal.unseal(&password_owner(row.id), sealed);
                opened
                    .inspect_err(|error| tracing::warn!(host, %error, "a password cannot be opened"))
                    .ok()?
            }
            None => String::new(),
        };
        Some(Credential { username, password })
    }
}
