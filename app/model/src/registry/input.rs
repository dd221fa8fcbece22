//! What a person says about a registry, and every mistake in it at once.

use serde::{Deserialize, Serialize};

use super::{Address, RegistryKind, is_loopback};
use crate::duration::Span;
use crate::id::{NAME_MAX, NameError, RegistryName};
use crate::image::{is_host, is_repository};
use crate::problem::{Fault, FieldError};

pub const POLL_DEFAULT: Span = Span::from_secs(60);
pub const POLL_MIN: Span = Span::from_secs(10);
pub const POLL_MAX: Span = Span::from_secs(24 * 3_600);
const REPOSITORIES_MAX: usize = 1_000;
const CREDENTIAL_MAX: usize = 4_096;
const CA_MAX: usize = 256 * 1_024;

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RegistryInput {
    pub name: String,
    #[serde(default)]
    pub kind: RegistryKind,
    /// `https://registry.example:5000`
    pub url: String,
    /// What its images begin with, where that is not the host of `url`: `docker.io`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Absent: it is asked without credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Only ever written. Absent: the one that is kept stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Certificates in PEM form to trust as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// Allow plain HTTP to a host that is not this one.
    #[serde(default)]
    pub insecure: bool,
    /// Repositories by hand, for a registry without a catalogue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repositories: Vec<String>,
    /// How often to ask for what is new; a minute when absent, 10 s at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<Span>,
}

impl std::fmt::Debug for RegistryInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RegistryInput")
            .field("name", &self.name)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// What was said, when there is no mistake in it. Without the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub name: RegistryName,
    pub kind: RegistryKind,
    pub url: String,
    pub host: String,
    pub username: Option<String>,
    pub ca: Option<String>,
    pub insecure: bool,
    pub repositories: Vec<String>,
    pub poll: Span,
}

impl RegistryInput {
    /// Every mistake, by its field.
    pub fn check(&self) -> Result<Settings, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = self.name.parse::<RegistryName>().map_err(|error| {
            let fault = match error {
                NameError::Empty => Fault::Required,
                NameError::TooLong => Fault::TooLong { max: NAME_MAX },
                NameError::NotDnsLabel => Fault::NotDnsLabel,
            };
            errors.push(FieldError::new("/name", fault));
        });
        let address = Address::parse(&self.url);
        match &address {
            None if self.url.trim().is_empty() => errors.push(FieldError::new("/url", Fault::Required)),
            None => errors.push(FieldError::new("/url", Fault::NotRegistryAddress)),
            Some(address) if !address.https && !self.insecure && !is_loopback(address.host()) => {
                errors.push(FieldError::new("/url", Fault::InsecureAddress));
            }
            Some(_) => {}
        }
        let host = filled(self.host.as_deref()).map(str::to_ascii_lowercase);
        if host.as_deref().is_some_and(|host| !is_host(host)) {
            errors.push(FieldError::new("/host", Fault::NotRegistryHost));
        }
        self.check_credentials(&mut errors);
        let ca = filled(self.ca.as_deref());
        if let Some(text) = ca {
            if text.len() > CA_MAX {
                errors.push(FieldError::new("/ca", Fault::TooLong { max: CA_MAX }));
            } else if !text.contains("-----BEGIN CERTIFICATE-----") {
                errors.push(FieldError::new("/ca", Fault::NotCertificate));
            }
        }
        let repositories = self.check_repositories(&mut errors);
        let poll = self.poll.unwrap_or(POLL_DEFAULT);
        if !(POLL_MIN..=POLL_MAX).contains(&poll) {
            let fault = Fault::DurationOutOfRange { min: POLL_MIN.to_string(), max: POLL_MAX.to_string() };
            errors.push(FieldError::new("/poll", fault));
        }
        let (Ok(name), Some(address), true) = (name, address, errors.is_empty()) else { return Err(errors) };
        Ok(Settings {
            name,
            kind: self.kind,
            host: host.unwrap_or_else(|| address.authority.clone()),
            url: address.to_string(),
            username: filled(self.username.as_deref()).map(str::to_owned),
            ca: ca.map(str::to_owned),
            insecure: self.insecure,
            repositories,
            poll,
        })
    }

    fn check_credentials(&self, errors: &mut Vec<FieldError>) {
        let username = filled(self.username.as_deref());
        for (path, text) in [("/username", username), ("/password", self.password.as_deref())] {
            let Some(text) = text else { continue };
            if text.len() > CREDENTIAL_MAX {
                errors.push(FieldError::new(path, Fault::TooLong { max: CREDENTIAL_MAX }));
            } else if text.contains(['\0', '\n', '\r']) {
                errors.push(FieldError::new(path, Fault::ControlCharacter));
            }
        }
        // A colon ends the name in the header that carries both.
        if username.is_some_and(|name| name.contains(':')) {
            let reason = "must not contain a colon".to_owned();
            errors.push(FieldError::new("/username", Fault::Other { reason }));
        }
        if username.is_none() && filled(self.password.as_deref()).is_some() {
            errors.push(FieldError::new("/username", Fault::Required));
        }
    }

    fn check_repositories(&self, errors: &mut Vec<FieldError>) -> Vec<String> {
        if self.repositories.len() > REPOSITORIES_MAX {
            errors.push(FieldError::new("/repositories", Fault::TooMany { max: REPOSITORIES_MAX }));
            return Vec::new();
        }
        let mut names: Vec<String> = Vec::new();
        for (index, name) in self.repositories.iter().enumerate() {
            let name = name.trim();
            let path = format!("/repositories/{index}");
            if !is_repository(name) {
                errors.push(FieldError::new(path, Fault::NotRepository));
            } else if names.iter().any(|known| known == name) {
                errors.push(FieldError::new(path, Fault::Duplicate { value: name.to_owned() }));
            } else {
                names.push(name.to_owned());
            }
        }
        names
    }
}

/// What was meant as something.
fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> RegistryInput {
        RegistryInput {
            name: "harbor".to_owned(),
            url: "https://registry.example:5000".to_owned(),
            ..RegistryInput::default()
        }
    }

    fn paths(input: &RegistryInput) -> Vec<String> {
        input.check().expect_err("mistakes").into_iter().map(|error| error.path).collect()
    }

    #[test]
    fn what_is_left_out_is_filled_in() {
        let settings = input().check().unwrap();
        assert_eq!(settings.host, "registry.example:5000");
        assert_eq!((settings.poll, settings.kind), (POLL_DEFAULT, RegistryKind::Distribution));
        let hub = RegistryInput { host: Some("docker.io".to_owned()), ..input() };
        assert_eq!(hub.check().unwrap().host, "docker.io");
    }

    #[test]
    fn every_mistake_is_named_at_once() {
        let wrong = RegistryInput {
            name: "Harbor".to_owned(),
            url: "registry.example".to_owned(),
            host: Some("a b".to_owned()),
            password: Some("secret".to_owned()),
            ca: Some("no certificate".to_owned()),
            repositories: vec!["shop/api".to_owned(), "Shop".to_owned(), "shop/api".to_owned()],
            poll: Some(Span::from_secs(1)),
            ..RegistryInput::default()
        };
        let expected =
            ["/name", "/url", "/host", "/username", "/ca", "/repositories/1", "/repositories/2", "/poll"];
        assert_eq!(paths(&wrong), expected);
    }

    #[test]
    fn plain_http_is_for_this_host_unless_it_is_allowed() {
        let plain = |url: &str| RegistryInput { url: url.to_owned(), ..input() };
        assert!(plain("http://127.0.0.1:5000").check().is_ok());
        assert!(plain("http://localhost:5000").check().is_ok());
        assert_eq!(paths(&plain("http://registry.example")), ["/url"]);
        assert!(RegistryInput { insecure: true, ..plain("http://registry.example") }.check().is_ok());
    }

    #[test]
    fn a_password_is_never_printed() {
        let input = RegistryInput {
            username: Some("robot".to_owned()),
            password: Some("s3cret".to_owned()),
            ..input()
        };
        assert!(!format!("{input:?}").contains("s3cret"));
    }
}
