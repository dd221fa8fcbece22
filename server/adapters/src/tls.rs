//! Which cryptography TLS uses. Clients do not bring one of their own, so it is chosen here, once for the process.

/// Chooses `ring`, unless something was chosen before. To be called before a client that speaks TLS is made.
pub fn choose() {
    // A second choice is refused, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
