//! Credentials for registries, which an engine passes on to its daemons when an image is fetched.

use async_trait::async_trait;

/// A name and a password that a registry takes.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    pub username: String,
    pub password: String,
}

/// Whoever keeps credentials. Asked before every fetch, so a changed password counts at once.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// Those for a registry's host, such as `registry.example:5000` or `docker.io`.
    async fn for_host(&self, host: &str) -> Option<Credential>;
}

/// No registry wants any.
#[derive(Debug, Clone, Copy)]
pub struct NoCredentials;

#[async_trait]
impl Credentials for NoCredentials {
    async fn for_host(&self, _host: &str) -> Option<Credential> {
        None
    }
}
