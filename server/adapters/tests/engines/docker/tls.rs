//! A daemon that listens on the network and lets in who has a certificate of its authority.

use std::path::Path;
use std::sync::Arc;

use adapters::engine::contract::{Bench as _, until_ready};
use adapters::engine::docker::{DockerConfig, DockerEngine, Endpoint, Owner};
use adapters::engine::{Engine as _, NoCredentials};
use model::environment::TlsFiles;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};

use super::daemon::Hosts;
use super::{Kind, Real, image, skip, steady};

const PORT: u16 = 2376;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut parameters = CertificateParams::new(Vec::new()).expect("parameters");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().expect("a key")).expect("signed")
}

/// Writes what somebody of this name needs, with whom they trust.
fn files(folder: &Path, authority: &Authority, trusts: &Authority, name: &str) -> TlsFiles {
    let key = KeyPair::generate().expect("a key");
    let parameters = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
    let certificate = parameters.signed_by(&key, authority).expect("signed");
    let write = |what: &str, content: String| {
        let path = folder.join(format!("{name}-{what}.pem"));
        std::fs::write(&path, content).expect("written");
        path.display().to_string()
    };
    TlsFiles {
        ca: write("ca", trusts.pem()),
        certificate: write("certificate", certificate.pem()),
        key: write("key", key.serialize_pem()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_over_tls_lets_in_who_has_a_certificate_and_is_known_by_its_own() {
    if skip("a_daemon_over_tls_lets_in_who_has_a_certificate_and_is_known_by_its_own") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (ours, theirs) = (authority(), authority());
    let hosts = Hosts::start_with(1, |network| {
        let TlsFiles { ca, certificate, key } = files(folder.path(), &ours, &ours, &format!("{network}.11"));
        let address = format!("-H tcp://{network}.11:{PORT}");
        format!("{address} --tlsverify --tlscacert {ca} --tlscert {certificate} --tlskey {key}")
    })
    .await;
    let hosts: &'static Hosts = Box::leak(Box::new(hosts));
    image::bring(&hosts.negotiated(1).await).await;
    let url = format!("tcp://{}:{PORT}", hosts.address(1));
    let mut real = Real::on(hosts, Kind::Docker);
    real.at(Endpoint { url: url.clone(), tls: Some(files(folder.path(), &ours, &ours, "console")) });
    let id = real.run(steady(), 1).await;
    until_ready(&*real.engine(), &id, 1).await;
    real.remove().await;

    let refused = |tls: Option<TlsFiles>| {
        let owner = Owner { environment: "test".parse().expect("a name"), mark: "tls".to_owned() };
        let endpoint = Endpoint { url: url.clone(), tls };
        let credentials = Arc::new(NoCredentials);
        let engine = DockerEngine::open(DockerConfig {
            owner,
            endpoint,
            host_address: None,
            statsd: None,
            credentials,
        });
        async move {
            let words = engine.probe().await.expect_err("refused").to_string();
            println!("{words}");
            words
        }
    };
    let stranger = refused(Some(files(folder.path(), &theirs, &ours, "stranger"))).await;
    assert!(stranger.contains("does not accept the console's certificate"), "{stranger}");
    let other_daemon = refused(Some(files(folder.path(), &ours, &theirs, "doubter"))).await;
    assert!(other_daemon.contains("certificate"), "{other_daemon}");
    let plain = refused(None).await;
    assert!(plain.contains("TLS") || plain.contains("HTTPS"), "{plain}");
    let mut absent = files(folder.path(), &ours, &ours, "absent");
    absent.key = "/no/such/key.pem".to_owned();
    let absent = refused(Some(absent)).await;
    assert!(absent.contains("/no/such/key.pem"), "{absent}");
}
