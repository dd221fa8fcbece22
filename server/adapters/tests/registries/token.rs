//! A token server as the registry's documentation describes it: a name and a password against a signed token.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use adapters::registry::contract::docker::Auth;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, KeyPair};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde::Deserialize;
use serde_json::{Value, json};

const SERVICE: &str = "registry-test";
const ISSUER: &str = "issuer-test";

#[derive(Clone)]
pub struct Server {
    key: Arc<EcdsaKeyPair>,
    certificate: Vec<u8>,
    pem: String,
    account: String,
    address: String,
}

#[derive(Deserialize)]
struct Wanted {
    scope: Option<String>,
}

impl Server {
    pub async fn start(user: &str, password: &str) -> Self {
        let pair = KeyPair::generate().expect("a key");
        let parameters = CertificateParams::new(vec!["issuer".to_owned()]).expect("parameters");
        let certificate = parameters.self_signed(&pair).expect("signed");
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pair.serialize_der(), &random);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let server = Self {
            key: Arc::new(key.expect("a key")),
            certificate: certificate.der().to_vec(),
            pem: certificate.pem(),
            account: format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))),
            address: format!("http://{}/token", listener.local_addr().expect("an address")),
        };
        let router = Router::new().route("/token", get(token)).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    pub fn auth(&self) -> Auth {
        Auth::Token {
            realm: self.address.clone(),
            service: SERVICE.to_owned(),
            issuer: ISSUER.to_owned(),
            certificates: self.pem.clone(),
        }
    }

    pub fn sign(&self, repository: &str, actions: &[&str]) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
        let header = json!({ "typ": "JWT", "alg": "ES256", "x5c": [STANDARD.encode(&self.certificate)] });
        let claims = json!({
            "iss": ISSUER, "sub": "robot", "aud": SERVICE, "nbf": now - 10, "iat": now, "exp": now + 300, "jti": "1",
            "access": [{ "type": "repository", "name": repository, "actions": actions }],
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&header), part(&claims));
        let signature = self.key.sign(&SystemRandom::new(), text.as_bytes()).expect("signed");
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

async fn token(
    State(server): State<Server>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Json<Value>, StatusCode> {
    if headers.get("authorization").is_none_or(|shown| shown != server.account.as_str()) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let scope = wanted.scope.unwrap_or_default();
    let repository = scope.split(':').nth(1).unwrap_or_default();
    Ok(Json(json!({ "token": server.sign(repository, &["pull"]) })))
}
