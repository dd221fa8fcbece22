//! The OCI Distribution API. `oci-client` does the handshake for a token and knows the manifests; the questions are asked
//! by [`Ask`], which bounds what an answer may be and keeps how long to wait when there were too many.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use model::image::is_digest;
use model::registry::Address;
use oci_client::client::{Certificate, CertificateEncoding, ClientConfig, ClientProtocol};
use oci_client::errors::OciDistributionError;
use oci_client::manifest::{OciImageIndex, OciImageManifest};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference, RegistryOperation};
use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

use super::ask::{Answer, Ask, CONNECT, LIMIT, USER_AGENT};
use super::describe::{Configuration, describe, platform, size};
use super::error::excerpt;
use super::{Description, ListedTag, REPOSITORIES_MAX, Registry, RegistryError, RegistrySettings, TAGS_MAX};

/// Largest page of names; some registries send all names in one.
const NAMES_BYTES: usize = 16 << 20;
/// Largest manifest, as the specification has it.
const MANIFEST_BYTES: usize = 4 << 20;
const CONFIGURATION_BYTES: usize = 8 << 20;
/// Names asked for at once.
const PAGE: usize = 1_000;
/// How long a token is used; the shortest that the specification lets a registry give lasts a minute.
const TOKEN: Duration = Duration::from_secs(45);
/// Scopes whose tokens are kept.
const TOKENS_MAX: usize = 1_000;
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
const MANIFESTS: HeaderValue = HeaderValue::from_static(
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json",
);

pub struct Distribution {
    base: String,
    authority: String,
    ask: Ask,
    handshake: Client,
    credentials: RegistryAuth,
    /// What goes into `Authorization`, by repository.
    tokens: Mutex<HashMap<String, Token>>,
}

#[derive(Clone)]
struct Token {
    header: Option<HeaderValue>,
    until: Instant,
}

#[derive(Deserialize)]
struct Names {
    #[serde(default)]
    tags: Option<Vec<String>>,
    #[serde(default)]
    repositories: Option<Vec<String>>,
}

impl Distribution {
    pub fn new(settings: &RegistrySettings, address: &Address) -> Result<Self, RegistryError> {
        let ask = Ask::new(settings.ca.as_deref())?;
        let certificate =
            |pem: &str| Certificate { encoding: CertificateEncoding::Pem, data: pem.as_bytes().to_vec() };
        let config = ClientConfig {
            protocol: if address.https { ClientProtocol::Https } else { ClientProtocol::Http },
            extra_root_certificates: split(settings.ca.as_deref())
                .iter()
                .map(|pem| certificate(pem))
                .collect(),
            connect_timeout: Some(CONNECT),
            read_timeout: Some(LIMIT),
            user_agent: USER_AGENT,
            ..ClientConfig::default()
        };
        let handshake = Client::try_from(config).map_err(of_handshake)?;
        let credentials = match &settings.credentials {
            Some(known) => RegistryAuth::Basic(known.username.clone(), known.password.clone()),
            None => RegistryAuth::Anonymous,
        };
        Ok(Self {
            base: format!("{address}/v2/"),
            authority: address.authority.clone(),
            ask,
            handshake,
            credentials,
            tokens: Mutex::default(),
        })
    }

    /// What to show the registry for this repository. One handshake at a time: the others wait for its result.
    async fn authorization(
        &self,
        repository: &str,
        again: bool,
    ) -> Result<Option<HeaderValue>, RegistryError> {
        let mut tokens = self.tokens.lock().await;
        let now = Instant::now();
        if let Some(token) = tokens.get(repository).filter(|token| token.until > now && !again) {
            return Ok(token.header.clone());
        }
        let reference =
            Reference::with_tag(self.authority.clone(), repository.to_owned(), "latest".to_owned());
        let handshake = self.handshake.auth(&reference, &self.credentials, RegistryOperation::Pull);
        let given =
            tokio::time::timeout(LIMIT, handshake).await.map_err(|_| RegistryError::Timeout(LIMIT))?;
        let header = match (given.map_err(of_handshake)?, &self.credentials) {
            (Some(token), _) => Some(format!("Bearer {token}")),
            (None, RegistryAuth::Basic(name, password)) => {
                Some(format!("Basic {}", STANDARD.encode(format!("{name}:{password}"))))
            }
            (None, _) => None,
        };
        let header = header
            .map(|text| HeaderValue::try_from(text).map_err(|_| RegistryError::Unauthorized))
            .transpose()?;
        if tokens.len() >= TOKENS_MAX {
            tokens.retain(|_, token| token.until > now);
        }
        if tokens.len() < TOKENS_MAX {
            tokens.insert(repository.to_owned(), Token { header: header.clone(), until: now + TOKEN });
        }
        Ok(header)
    }

    /// Asks with what the registry wants to be shown, once more with a fresh token where the kept one is refused.
    async fn request(
        &self,
        method: Method,
        repository: &str,
        path: &str,
        headers: HeaderMap,
        max: usize,
    ) -> Result<Answer, RegistryError> {
        let url = format!("{}{path}", self.base);
        let mut again = false;
        loop {
            let mut headers = headers.clone();
            if let Some(mut value) = self.authorization(repository, again).await? {
                value.set_sensitive(true);
                headers.insert(header::AUTHORIZATION, value);
            }
            let answer = self.ask.ask(method.clone(), &url, headers, max).await?;
            if answer.status != StatusCode::UNAUTHORIZED || again {
                return Ok(answer);
            }
            again = true;
        }
    }

    /// All names of a paged list, at most `max`.
    async fn names(
        &self,
        repository: &str,
        path: &str,
        max: usize,
        what: &str,
    ) -> Result<Vec<String>, RegistryError> {
        let mut names: Vec<String> = Vec::new();
        loop {
            let last = names.last().map(|last| format!("&last={}", escaped(last))).unwrap_or_default();
            let page = format!("{path}?n={PAGE}{last}");
            let answer = self.request(Method::GET, repository, &page, HeaderMap::new(), NAMES_BYTES).await?;
            if answer.status != StatusCode::OK {
                return Err(answer.error(what));
            }
            let read: Names = json(&answer.body)?;
            let page = read.tags.or(read.repositories).unwrap_or_default();
            let before = names.last().cloned();
            names.extend(page);
            names.truncate(max);
            // A list that says it goes on and begins anew would never end.
            let stuck = names.last() == before.as_ref();
            if !answer.goes_on() || names.len() >= max || stuck {
                return Ok(names);
            }
        }
    }

    async fn manifest(
        &self,
        repository: &str,
        reference: &str,
    ) -> Result<Option<(String, Vec<u8>)>, RegistryError> {
        let path = format!("{repository}/manifests/{reference}");
        let headers = HeaderMap::from_iter([(header::ACCEPT, MANIFESTS)]);
        let answer = self.request(Method::GET, repository, &path, headers, MANIFEST_BYTES).await?;
        match answer.status {
            StatusCode::OK => {
                let digest = digest_of(&answer.body);
                if is_digest(reference) && digest != reference {
                    return Err(RegistryError::Protocol(format!("it sent {digest} for {reference}")));
                }
                Ok(Some((digest, answer.body)))
            }
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(answer.error(&format!("{repository}:{reference}"))),
        }
    }

    async fn configuration(
        &self,
        repository: &str,
        manifest: &OciImageManifest,
    ) -> Result<Configuration, RegistryError> {
        let kind = manifest.config.media_type.as_str();
        let is_image = kind.starts_with("application/vnd.oci.image.config")
            || kind.starts_with("application/vnd.docker.container.image");
        if !is_image || !is_digest(&manifest.config.digest) {
            return Ok(Configuration::default());
        }
        let path = format!("{repository}/blobs/{}", manifest.config.digest);
        let answer =
            self.request(Method::GET, repository, &path, HeaderMap::new(), CONFIGURATION_BYTES).await?;
        match answer.status {
            StatusCode::OK if digest_of(&answer.body) != manifest.config.digest => {
                Err(RegistryError::Protocol(format!("it sent another blob than {}", manifest.config.digest)))
            }
            StatusCode::OK => json(&answer.body),
            StatusCode::NOT_FOUND => Ok(Configuration::default()),
            _ => Err(answer.error(&format!("the configuration of {repository}"))),
        }
    }
}

#[async_trait]
impl Registry for Distribution {
    async fn probe(&self) -> Result<(), RegistryError> {
        let url = &self.base;
        let answer = self.ask.ask(Method::GET, url, HeaderMap::new(), MANIFEST_BYTES).await?;
        let challenge = answer.headers.get(header::WWW_AUTHENTICATE).and_then(|text| text.to_str().ok());
        match (answer.status, challenge, &self.credentials) {
            (StatusCode::OK, ..) => return Ok(()),
            (StatusCode::UNAUTHORIZED, Some(_), RegistryAuth::Basic(..)) => {}
            // Without an account it may still give out what is public.
            (StatusCode::UNAUTHORIZED, Some(challenge), _)
                if challenge.to_ascii_lowercase().starts_with("bearer") =>
            {
                return Ok(());
            }
            (StatusCode::NOT_FOUND, ..) => {
                return Err(RegistryError::Protocol("there is no registry at this address".to_owned()));
            }
            _ => return Err(answer.error("its API")),
        }
        // A repository of which nobody knows whether it is there: who may ask for it at all is known.
        let answer = self.request(Method::GET, "library/probe", "", HeaderMap::new(), MANIFEST_BYTES).await?;
        let scheme_is_basic = challenge.is_some_and(|text| text.to_ascii_lowercase().starts_with("basic"));
        match answer.status {
            StatusCode::OK => Ok(()),
            // A token for one repository does not open the root everywhere; that one was given shows who we are.
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if !scheme_is_basic => Ok(()),
            _ => Err(answer.error("its API")),
        }
    }

    async fn repositories(&self) -> Result<Vec<String>, RegistryError> {
        match self.names("library/catalog", "_catalog", REPOSITORIES_MAX, "its catalogue").await {
            Err(RegistryError::NotFound(_) | RegistryError::Denied(_)) => Err(RegistryError::NoCatalogue),
            // With a good account, only the list is refused.
            Err(RegistryError::Unauthorized) if self.probe().await.is_ok() => Err(RegistryError::NoCatalogue),
            Err(RegistryError::Protocol(words)) if words.starts_with("405") || words.starts_with("400") => {
                Err(RegistryError::NoCatalogue)
            }
            other => other,
        }
    }

    async fn tags(&self, repository: &str) -> Result<Vec<ListedTag>, RegistryError> {
        let path = format!("{repository}/tags/list");
        let names = self.names(repository, &path, TAGS_MAX, &format!("the repository {repository}")).await?;
        Ok(names.into_iter().map(|name| ListedTag { name, ..ListedTag::default() }).collect())
    }

    async fn resolve(&self, repository: &str, reference: &str) -> Result<Option<String>, RegistryError> {
        let path = format!("{repository}/manifests/{reference}");
        let headers = HeaderMap::from_iter([(header::ACCEPT, MANIFESTS)]);
        let answer = self.request(Method::HEAD, repository, &path, headers, MANIFEST_BYTES).await?;
        match answer.status {
            StatusCode::OK => {
                let told = answer.headers.get(CONTENT_DIGEST).and_then(|digest| digest.to_str().ok());
                match told.filter(|digest| is_digest(digest)) {
                    Some(digest) => Ok(Some(digest.to_owned())),
                    None => Ok(self.manifest(repository, reference).await?.map(|(digest, _)| digest)),
                }
            }
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(answer.error(&format!("{repository}:{reference}"))),
        }
    }

    async fn describe(&self, repository: &str, digest: &str) -> Result<Option<Description>, RegistryError> {
        let Some((_, text)) = self.manifest(repository, digest).await? else { return Ok(None) };
        let shape: Shape = json(&text)?;
        if shape.manifests.is_none() {
            let manifest: OciImageManifest = json(&text)?;
            let configuration = self.configuration(repository, &manifest).await?;
            let size = size(&manifest);
            return Ok(Some(describe(
                &[manifest.annotations.as_ref()],
                &configuration,
                Some(size),
                Vec::new(),
            )));
        }
        let index: OciImageIndex = json(&text)?;
        let images: Vec<_> = index.manifests.iter().filter(|entry| platform(entry).is_some()).collect();
        let platforms = images.iter().filter_map(|entry| platform(entry)).collect();
        let first = match images.first().or(index.manifests.first().as_ref()) {
            Some(entry) if is_digest(&entry.digest) => self.manifest(repository, &entry.digest).await?,
            _ => None,
        };
        let Some((_, text)) = first else {
            let told = describe(&[index.annotations.as_ref()], &Configuration::default(), None, platforms);
            return Ok(Some(told));
        };
        // An index may hold something else than images, of which only the index tells.
        let manifest: Option<OciImageManifest> = serde_json::from_slice(&text).ok();
        let configuration = match &manifest {
            Some(manifest) => self.configuration(repository, manifest).await?,
            None => Configuration::default(),
        };
        let annotations =
            [index.annotations.as_ref(), manifest.as_ref().and_then(|one| one.annotations.as_ref())];
        Ok(Some(describe(&annotations, &configuration, manifest.as_ref().map(size), platforms)))
    }
}

/// An index has manifests, an image has not.
#[derive(Deserialize)]
struct Shape {
    #[serde(default)]
    manifests: Option<serde::de::IgnoredAny>,
}

pub(super) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, RegistryError> {
    serde_json::from_slice(body).map_err(|error| RegistryError::Protocol(excerpt(&error.to_string())))
}

fn digest_of(body: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(body).iter().fold("sha256:".to_owned(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// For a query: names hold no other signs that would need it than these.
fn escaped(name: &str) -> String {
    name.replace('%', "%25").replace('&', "%26").replace('+', "%2B").replace('/', "%2F")
}

/// The certificates of a PEM text one by one, as `oci-client` takes them.
fn split(pem: Option<&str>) -> Vec<String> {
    const END: &str = "-----END CERTIFICATE-----";
    let parts = pem.unwrap_or_default().split_inclusive(END);
    parts.filter(|part| part.contains(END)).map(str::to_owned).collect()
}

fn of_handshake(error: OciDistributionError) -> RegistryError {
    match error {
        OciDistributionError::RequestError(error) => RegistryError::of_request(error, LIMIT),
        OciDistributionError::AuthenticationFailure(words)
            if words.to_ascii_lowercase().contains("too many") =>
        {
            RegistryError::RateLimited { retry_after: None }
        }
        OciDistributionError::AuthenticationFailure(_) | OciDistributionError::UnauthorizedError { .. } => {
            RegistryError::Unauthorized
        }
        other => RegistryError::Protocol(excerpt(&other.to_string())),
    }
}
