//! Which cryptography TLS uses, and until when certificates hold. Clients do not bring a cryptography of their own, so it is
//! chosen here, once for the process.

use model::time::Timestamp;
use thiserror::Error;
use x509_parser::pem::Pem;

/// Why it is not known until when a certificate holds.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CertificateError {
    #[error("it holds no certificate in PEM form")]
    Nothing,
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

/// When the first certificate of a PEM file to end does so.
pub fn expires_at(pem: &[u8]) -> Result<Timestamp, CertificateError> {
    let unreadable = |error: &dyn std::fmt::Display| CertificateError::Unreadable(error.to_string());
    let mut first: Option<i64> = None;
    for block in Pem::iter_from_buffer(pem) {
        let block = block.map_err(|error| unreadable(&error))?;
        if block.label != "CERTIFICATE" {
            continue;
        }
        let certificate = block.parse_x509().map_err(|error| unreadable(&error))?;
        let ends = certificate.validity().not_after.timestamp();
        first = Some(first.map_or(ends, |first| first.min(ends)));
    }
    let ends = first.ok_or(CertificateError::Nothing)?;
    Ok(Timestamp::from_millis(ends.saturating_mul(1_000)))
}

/// Chooses `ring`, unless something was chosen before. To be called before a client that speaks TLS is made.
pub fn choose() {
    // A second choice is refused, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn certificate(year: i32) -> String {
        let mut params = CertificateParams::new(vec!["engine.example".to_owned()]).expect("parameters");
        params.not_after = date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().expect("a key");
        params.self_signed(&key).expect("a certificate").pem()
    }

    #[test]
    fn the_first_certificate_to_end_counts() {
        let chain = format!("{}{}", certificate(2040), certificate(2030));
        assert_eq!(expires_at(chain.as_bytes()).expect("a time").to_string(), "2030-01-01T00:00:00.000Z");
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        assert_eq!(expires_at(b"hello"), Err(CertificateError::Nothing));
        let damaged = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(expires_at(damaged), Err(CertificateError::Unreadable(_))));
    }
}
