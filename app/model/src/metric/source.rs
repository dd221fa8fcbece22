//! Where the measurements of an environment are asked, and every mistake in what is said of it.

use serde::{Deserialize, Serialize};

use crate::duration::Span;
use crate::problem::{Fault, FieldError};
use crate::registry::{Address, is_loopback};

const URL_MAX: usize = 2_048;
const CREDENTIAL_MAX: usize = 4_096;

/// The kinds of source there are adapters for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = MetricSourceKind))]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    #[default]
    Embedded,
    Prometheus,
    Graphite,
}

impl SourceKind {
    pub const ALL: [Self; 3] = [Self::Embedded, Self::Prometheus, Self::Graphite];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Prometheus => "prometheus",
            Self::Graphite => "graphite",
        }
    }

    /// What its expressions are written in.
    pub const fn language(self) -> Language {
        match self {
            Self::Embedded | Self::Prometheus => Language::PromQl,
            Self::Graphite => Language::Graphite,
        }
    }
}

/// What expressions are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = MetricLanguage))]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[serde(rename = "promql")]
    PromQl,
    Graphite,
}

/// Settings of a source, by kind: `{"kind":"embedded"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = MetricSource))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SourceSettings {
    /// The console's own store.
    Embedded {},
    /// Whatever answers Prometheus' HTTP API.
    Prometheus(Remote),
    /// Whatever answers Graphite's render API.
    Graphite(Remote),
}

impl Default for SourceSettings {
    fn default() -> Self {
        Self::Embedded {}
    }
}

/// A server that is asked by HTTP.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = MetricServer))]
#[serde(deny_unknown_fields)]
pub struct Remote {
    /// `https://prometheus.example:9090`, or with the path that its API stands under.
    pub url: String,
    /// Absent: it is asked without credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<Authentication>,
    /// File on the console's host with certificates in PEM form to trust as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// Send the credentials by plain HTTP to a host that is not this one.
    #[serde(default)]
    pub insecure: bool,
}

/// Who is asking. The secrets are only ever written; where one is absent, the one that is kept stays.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = MetricAuthentication))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Authentication {
    Bearer {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
    },
    Basic {
        username: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password: Option<String>,
    },
}

impl std::fmt::Debug for Authentication {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bearer { .. } => f.debug_struct("Bearer").finish_non_exhaustive(),
            Self::Basic { username, .. } => {
                f.debug_struct("Basic").field("username", username).finish_non_exhaustive()
            }
        }
    }
}

impl Authentication {
    /// Takes the secret out.
    pub const fn take_secret(&mut self) -> Option<String> {
        match self {
            Self::Bearer { token } => token.take(),
            Self::Basic { password, .. } => password.take(),
        }
    }

    /// Name of the field that holds the secret.
    pub const fn secret_field(&self) -> &'static str {
        match self {
            Self::Bearer { .. } => "token",
            Self::Basic { .. } => "password",
        }
    }
}

impl SourceSettings {
    pub const fn kind(&self) -> SourceKind {
        match self {
            Self::Embedded {} => SourceKind::Embedded,
            Self::Prometheus(_) => SourceKind::Prometheus,
            Self::Graphite(_) => SourceKind::Graphite,
        }
    }

    pub const fn remote(&self) -> Option<&Remote> {
        match self {
            Self::Embedded {} => None,
            Self::Prometheus(remote) | Self::Graphite(remote) => Some(remote),
        }
    }

    pub const fn remote_mut(&mut self) -> Option<&mut Remote> {
        match self {
            Self::Embedded {} => None,
            Self::Prometheus(remote) | Self::Graphite(remote) => Some(remote),
        }
    }

    /// In the form that is kept, and the secret that was typed; or every mistake, by its field below `prefix`. `before` is
    /// what is kept now: its secret stays where none is typed and goes to nobody else.
    pub fn check(
        mut self,
        before: Option<&Self>,
        prefix: &str,
    ) -> Result<(Self, Option<String>), Vec<FieldError>> {
        let Some(remote) = self.remote_mut() else { return Ok((self, None)) };
        let mut errors = Vec::new();
        let mut wrong = |field: &str, fault| errors.push(FieldError::new(format!("{prefix}/{field}"), fault));
        let url = WebAddress::parse(&remote.url);
        match &url {
            _ if remote.url.trim().is_empty() => wrong("url", Fault::Required),
            _ if remote.url.len() > URL_MAX => wrong("url", Fault::TooLong { max: URL_MAX }),
            None => wrong("url", Fault::NotWebAddress),
            Some(url)
                if remote.authentication.is_some()
                    && !url.server.https
                    && !remote.insecure
                    && !is_loopback(url.server.host()) =>
            {
                wrong("url", Fault::InsecureAddress);
            }
            Some(url) => remote.url = url.to_string(),
        }
        remote.ca = remote.ca.take().map(|file| file.trim().to_owned()).filter(|file| !file.is_empty());
        if remote.ca.as_ref().is_some_and(|file| !file.starts_with('/')) {
            wrong("ca", Fault::NotAbsolute);
        }
        let mut secret = None;
        if let Some(authentication) = &mut remote.authentication {
            secret = authentication.take_secret().filter(|secret| !secret.is_empty());
            if let Authentication::Basic { username, .. } = authentication {
                *username = username.trim().to_owned();
                if username.is_empty() {
                    wrong("authentication/username", Fault::Required);
                } else if let Some(fault) = unfit(username) {
                    wrong("authentication/username", fault);
                } else if username.contains(':') {
                    // A colon ends the name in the header that carries both.
                    let reason = "must not contain a colon".to_owned();
                    wrong("authentication/username", Fault::Other { reason });
                }
            }
            let field = format!("authentication/{}", authentication.secret_field());
            let kept =
                before.and_then(Self::remote).and_then(|kept| Some((kept, kept.authentication.as_ref()?)));
            match (&secret, kept) {
                (Some(secret), _) => {
                    if let Some(fault) = unfit(secret) {
                        wrong(&field, fault);
                    }
                }
                (None, Some((kept, known))) if known.secret_field() == authentication.secret_field() => {
                    let place = |url: &str| WebAddress::parse(url).map(|url| url.server);
                    if place(&kept.url) != place(&remote.url) {
                        wrong(&field, Fault::NeededAgain);
                    }
                }
                (None, _) => wrong(&field, Fault::Required),
            }
        }
        if errors.is_empty() { Ok((self, secret)) } else { Err(errors) }
    }
}

fn unfit(text: &str) -> Option<Fault> {
    if text.len() > CREDENTIAL_MAX {
        Some(Fault::TooLong { max: CREDENTIAL_MAX })
    } else if text.chars().any(char::is_control) {
        Some(Fault::ControlCharacter)
    } else {
        None
    }
}

/// `https://host[:port][/path]`; nothing behind the path, and no credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
struct WebAddress {
    server: Address,
    path: String,
}

impl WebAddress {
    fn parse(text: &str) -> Option<Self> {
        let (server, path) = Address::with_path(text)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%/".contains(&byte);
        let is_path = path.bytes().all(plain) && !path.split('/').any(|part| part == "..");
        is_path.then(|| Self { server, path: path.trim_end_matches('/').to_owned() })
    }
}

impl std::fmt::Display for WebAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.server.fmt(f)?;
        if self.path.is_empty() { Ok(()) } else { write!(f, "/{}", self.path) }
    }
}

/// How a source answered just now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = MetricSourceTest))]
pub struct SourceTest {
    pub ok: bool,
    pub took: Span,
    /// What it says of itself, such as its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Why it cannot be used, in its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn prometheus(url: &str, authentication: Option<Authentication>) -> SourceSettings {
        SourceSettings::Prometheus(Remote { url: url.to_owned(), authentication, ..Remote::default() })
    }

    fn bearer(token: Option<&str>) -> Authentication {
        Authentication::Bearer { token: token.map(str::to_owned) }
    }

    fn mistakes(settings: SourceSettings, before: Option<&SourceSettings>) -> Vec<(String, Fault)> {
        let errors = settings.check(before, "/metrics").expect_err("mistakes");
        errors.into_iter().map(|error| (error.path, error.fault)).collect()
    }

    #[test]
    fn settings_are_written_as_they_are_read() {
        let text = json!({ "kind": "prometheus", "url": "https://a.example",
            "authentication": { "kind": "basic", "username": "robot" }, "insecure": false });
        let read: SourceSettings = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), text);
        assert_eq!(serde_json::to_value(SourceSettings::default()).unwrap(), json!({ "kind": "embedded" }));
        assert!(serde_json::from_value::<SourceSettings>(json!({ "kind": "influx" })).is_err());
    }

    #[test]
    fn addresses_are_tidied() {
        let tidied = |url: &str| {
            prometheus(url, None).check(None, "").map(|(kept, _)| kept.remote().unwrap().url.clone())
        };
        assert_eq!(
            tidied(" HTTPS://Prom.Example:9090/prometheus/ ").unwrap(),
            "https://prom.example:9090/prometheus"
        );
        assert_eq!(tidied("http://[::1]:9090").unwrap(), "http://[::1]:9090");
        for bad in [
            "prom",
            "ftp://a",
            "http://",
            "http://a b",
            "http://u:p@a",
            "http://a?x=1",
            "http://a/../b",
            "http://[x]",
        ] {
            assert!(tidied(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_secret_stays_with_the_server_it_was_typed_for() {
        let (kept, secret) =
            prometheus("https://a.example", Some(bearer(Some("s3cret")))).check(None, "").unwrap();
        assert_eq!(secret.as_deref(), Some("s3cret"));
        assert!(!format!("{kept:?}").contains("s3cret") && !json!(kept).to_string().contains("s3cret"));
        let again =
            prometheus("https://a.example/prometheus", Some(bearer(None))).check(Some(&kept), "").unwrap();
        assert_eq!(again.1, None);
        let token = "/metrics/authentication/token".to_owned();
        let elsewhere = prometheus("https://b.example", Some(bearer(None)));
        assert_eq!(mistakes(elsewhere, Some(&kept)), [(token.clone(), Fault::NeededAgain)]);
        let plain = prometheus("http://localhost:1", Some(bearer(None)));
        assert_eq!(mistakes(plain, Some(&kept)), [(token.clone(), Fault::NeededAgain)]);
        assert_eq!(
            mistakes(prometheus("https://a.example", Some(bearer(None))), None),
            [(token, Fault::Required)]
        );
        let basic = Authentication::Basic { username: "a:b".to_owned(), password: None };
        let paths: Vec<String> = mistakes(prometheus("https://a.example", Some(basic)), Some(&kept))
            .into_iter()
            .map(|it| it.0)
            .collect();
        assert_eq!(paths, ["/metrics/authentication/username", "/metrics/authentication/password"]);
    }

    #[test]
    fn credentials_go_by_plain_http_only_where_that_is_allowed() {
        let settings = prometheus("http://prom.example", Some(bearer(Some("x"))));
        assert_eq!(mistakes(settings.clone(), None), [("/metrics/url".to_owned(), Fault::InsecureAddress)]);
        assert!(prometheus("http://127.0.0.1:9090", Some(bearer(Some("x")))).check(None, "").is_ok());
        assert!(prometheus("http://prom.example", None).check(None, "").is_ok());
        let SourceSettings::Prometheus(remote) = settings else { unreachable!() };
        assert!(SourceSettings::Graphite(Remote { insecure: true, ..remote }).check(None, "").is_ok());
    }

    proptest! {
        #[test]
        fn what_is_kept_is_kept_as_it_is(url in "https?://[a-z]{1,8}(:[1-9][0-9]{0,3})?(/[a-z/]{0,8})?") {
            let (kept, _) = prometheus(&url, None).check(None, "").unwrap();
            prop_assert_eq!(kept.clone().check(Some(&kept), "").unwrap().0, kept);
        }

        #[test]
        fn anything_may_be_typed(url in any::<String>(), secret in any::<String>()) {
            let _ = prometheus(&url, Some(bearer(Some(&secret)))).check(None, "");
        }
    }
}
