use std::sync::Arc;

use adapters::registry::contract::docker::{self, Auth, DockerRegistry, Options, PASSWORD, USER};
use adapters::registry::contract::push::{Image, Pusher};
use adapters::registry::contract::{Bench, CASES};
use adapters::registry::{Credentials, Registry, RegistrySettings, open};
use async_trait::async_trait;
use model::registry::RegistryKind;
use reqwest::{Certificate, Client};

use crate::{certificates, token};

/// A real registry with somebody who may push.
pub struct Real {
    pub registry: Arc<dyn Registry>,
    pub pusher: Pusher,
    catalogue: bool,
    token: Option<token::Server>,
    _docker: DockerRegistry,
}

pub fn settings(url: String) -> RegistrySettings {
    RegistrySettings { kind: RegistryKind::Distribution, url, credentials: None, ca: None, insecure: false }
}

pub fn account(password: &str) -> Credentials {
    Credentials { username: USER.to_owned(), password: password.to_owned() }
}

#[async_trait]
impl Bench for Real {
    fn registry(&self) -> Arc<dyn Registry> {
        Arc::clone(&self.registry)
    }

    async fn push(&self, repository: &str, tag: &str, image: &Image) -> String {
        let mut pusher = self.pusher.clone();
        pusher.bearer = self.token.as_ref().map(|server| server.sign(repository, &["pull", "push"]));
        pusher.push(repository, tag, image).await
    }

    fn has_catalogue(&self) -> bool {
        self.catalogue
    }
}

async fn run(bench: Real) {
    for (name, case) in CASES {
        println!("{name}");
        case(&bench).await;
    }
}

fn skipped() -> bool {
    let missing = docker::missing();
    if let Some(reason) = missing {
        println!("skipped: {reason}");
    }
    missing.is_some()
}

#[tokio::test]
async fn a_registry_that_asks_for_nothing_keeps_the_contract() {
    if skipped() {
        return;
    }
    let docker = DockerRegistry::start(Options::default()).await;
    let registry = open(&settings(docker.url())).expect("a client");
    let pusher = Pusher::new(&docker.url());
    run(Real { registry, pusher, catalogue: true, token: None, _docker: docker }).await;
}

#[tokio::test]
async fn a_registry_that_asks_for_a_password_keeps_the_contract() {
    if skipped() {
        return;
    }
    let docker = DockerRegistry::start(Options { auth: Auth::Basic, ..Options::default() }).await;
    let known = RegistrySettings { credentials: Some(account(PASSWORD)), ..settings(docker.url()) };
    let basic = Some((USER.to_owned(), PASSWORD.to_owned()));
    let pusher = Pusher { basic, ..Pusher::new(&docker.url()) };
    run(Real {
        registry: open(&known).expect("a client"),
        pusher,
        catalogue: true,
        token: None,
        _docker: docker,
    })
    .await;
}

#[tokio::test]
async fn a_registry_with_a_certificate_of_its_own_authority_keeps_the_contract() {
    if skipped() {
        return;
    }
    let made = certificates::make();
    let tls = Some((made.certificate, made.key));
    let docker = DockerRegistry::start(Options { tls, ..Options::default() }).await;
    let known = RegistrySettings { ca: Some(made.authority.clone()), ..settings(docker.url()) };
    let authority = Certificate::from_pem(made.authority.as_bytes()).expect("a certificate");
    let client = Client::builder().no_proxy().tls_certs_only([authority]).build().expect("a client");
    let pusher = Pusher { client, ..Pusher::new(&docker.url()) };
    run(Real {
        registry: open(&known).expect("a client"),
        pusher,
        catalogue: true,
        token: None,
        _docker: docker,
    })
    .await;
}

#[tokio::test]
async fn a_registry_that_asks_for_a_token_keeps_the_contract() {
    if skipped() {
        return;
    }
    let server = token::Server::start(USER, PASSWORD).await;
    let docker = DockerRegistry::start(Options { auth: server.auth(), ..Options::default() }).await;
    let known = RegistrySettings { credentials: Some(account(PASSWORD)), ..settings(docker.url()) };
    let registry = open(&known).expect("a client");
    let pusher = Pusher::new(&docker.url());
    // Its tokens are for repositories, and the handshake asks for no other.
    run(Real { registry, pusher, catalogue: false, token: Some(server), _docker: docker }).await;
}
