//! An authority of one's own, and what it signs.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};

/// The authority, and the certificate and key of `localhost`; all in PEM form.
pub struct Certificates {
    pub authority: String,
    pub certificate: String,
    pub key: String,
}

pub fn make() -> Certificates {
    let mut authority = CertificateParams::new(Vec::new()).expect("parameters");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let issuer =
        CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key")).expect("signed");
    let key = KeyPair::generate().expect("a key");
    let parameters = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
    let certificate = parameters.signed_by(&key, &issuer).expect("signed");
    Certificates { authority: issuer.pem(), certificate: certificate.pem(), key: key.serialize_pem() }
}
