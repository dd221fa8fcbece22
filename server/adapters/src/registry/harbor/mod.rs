//! Harbor's own API, which tells in one list what the Distribution API is asked for tag by tag: digests, when each was
//! pushed, and what its scanner found. What an image says of itself stands in its manifest, so that is asked as everywhere.

mod answer;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use model::registry::Address;
use reqwest::Method;
use serde::de::DeserializeOwned;

use self::answer::{Artifact, Named};
use super::ask::{Answer, Ask};
use super::distribution::{Distribution, json};
use super::{Description, ListedTag, REPOSITORIES_MAX, Registry, RegistryError, RegistrySettings, TAGS_MAX};

/// Entries of one page, the most that Harbor gives.
const PAGE: usize = 100;
/// Largest page: an artifact may bear hundreds of tags.
const PAGE_BYTES: usize = 16 << 20;
const PROJECTS_MAX: usize = 5_000;
const TOTAL: &str = "x-total-count";

pub struct Harbor {
    base: String,
    ask: Ask,
    /// Name and password, of a person or a robot alike.
    authorization: Option<HeaderValue>,
    images: Distribution,
}

impl Harbor {
    pub fn new(settings: &RegistrySettings, address: &Address) -> Result<Self, RegistryError> {
        let authorization = settings.credentials.as_ref().map(|known| {
            let pair = STANDARD.encode(format!("{}:{}", known.username, known.password));
            let mut value =
                HeaderValue::try_from(format!("Basic {pair}")).map_err(|_| RegistryError::Unauthorized)?;
            value.set_sensitive(true);
            Ok(value)
        });
        Ok(Self {
            base: format!("{address}/api/v2.0/"),
            ask: Ask::new(settings.ca.as_deref())?,
            authorization: authorization.transpose()?,
            images: Distribution::new(settings, address)?,
        })
    }

    async fn get(&self, path: &str) -> Result<Answer, RegistryError> {
        let mut headers = HeaderMap::new();
        if let Some(value) = &self.authorization {
            headers.insert(header::AUTHORIZATION, value.clone());
        }
        self.ask.ask(Method::GET, &format!("{}{path}", self.base), headers, PAGE_BYTES).await
    }

    /// All entries of a list, at most `max`; `path` ends in `?` or `&`.
    async fn all<T: DeserializeOwned>(
        &self,
        path: &str,
        max: usize,
        what: &str,
    ) -> Result<Vec<T>, RegistryError> {
        let mut found = Vec::new();
        for page in 1_usize.. {
            let answer = self.get(&format!("{path}page={page}&page_size={PAGE}")).await?;
            if answer.status != StatusCode::OK {
                return Err(answer.error(what));
            }
            let total =
                answer.headers.get(TOTAL).and_then(|total| total.to_str().ok()?.parse::<usize>().ok());
            let goes_on = answer.goes_on();
            let entries: Vec<T> = json(&answer.body)?;
            let none = entries.is_empty();
            found.extend(entries);
            let more = total.map_or(goes_on, |total| found.len() < total);
            if none || !more || found.len() >= max {
                break;
            }
        }
        found.truncate(max);
        Ok(found)
    }

    async fn catalogue(&self) -> Result<Vec<String>, RegistryError> {
        let projects: Vec<Named> = self.all("projects?", PROJECTS_MAX, "its projects").await?;
        let mut names: Vec<String> = Vec::new();
        for project in projects {
            let path = format!("projects/{}/repositories?", escaped(&project.name));
            let what = format!("the project {}", project.name);
            let left = REPOSITORIES_MAX.saturating_sub(names.len());
            match self.all::<Named>(&path, left, &what).await {
                Ok(found) => names.extend(found.into_iter().map(|repository| repository.name)),
                // A project may be seen and not read, or go meanwhile: the others are listed all the same.
                Err(RegistryError::Denied(_) | RegistryError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
            if names.len() >= REPOSITORIES_MAX {
                break;
            }
        }
        Ok(names)
    }

    async fn artifacts(&self, repository: &str) -> Result<Vec<Artifact>, RegistryError> {
        let what = format!("the repository {repository}");
        let Some((project, name)) = repository.split_once('/') else {
            return Err(RegistryError::NotFound(what));
        };
        // Harbor takes the name apart again after its own server has: its slashes are escaped twice.
        let name = escaped(&escaped(name));
        let path = format!(
            "projects/{}/repositories/{name}/artifacts?with_tag=true&with_scan_overview=true&",
            escaped(project)
        );
        self.all(&path, TAGS_MAX, &what).await
    }
}

#[async_trait]
impl Registry for Harbor {
    async fn probe(&self) -> Result<(), RegistryError> {
        let answer = self.get("ping").await?;
        match answer.status {
            StatusCode::OK => self.images.probe().await,
            StatusCode::NOT_FOUND => {
                let words = "there is no API of Harbor at this address; is it another registry?";
                Err(RegistryError::Protocol(words.to_owned()))
            }
            _ => Err(answer.error("its API")),
        }
    }

    async fn repositories(&self) -> Result<Vec<String>, RegistryError> {
        match self.catalogue().await {
            Err(RegistryError::NotFound(_) | RegistryError::Denied(_)) => Err(RegistryError::NoCatalogue),
            // A robot of one project may read that and not list the projects.
            Err(RegistryError::Unauthorized) if self.probe().await.is_ok() => Err(RegistryError::NoCatalogue),
            other => other,
        }
    }

    async fn tags(&self, repository: &str) -> Result<Vec<ListedTag>, RegistryError> {
        match self.artifacts(repository).await {
            Ok(artifacts) => Ok(artifacts.into_iter().flat_map(Artifact::tags).take(TAGS_MAX).collect()),
            // Who may only pull is told the names.
            Err(RegistryError::Denied(_)) => self.images.tags(repository).await,
            Err(error) => Err(error),
        }
    }

    async fn resolve(&self, repository: &str, reference: &str) -> Result<Option<String>, RegistryError> {
        self.images.resolve(repository, reference).await
    }

    async fn describe(&self, repository: &str, digest: &str) -> Result<Option<Description>, RegistryError> {
        self.images.describe(repository, digest).await
    }
}

/// For one part of a path: names hold no other signs that would need it than these.
fn escaped(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}
