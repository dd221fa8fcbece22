//! Links from an app's log to where else it is kept: Kibana, Grafana with Loki.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::id::AppKey;
use crate::metric::{fill_by, placeholders};
use crate::problem::{Fault, FieldError};
use crate::time::Timestamp;

/// Links of one environment.
pub const LINKS_MAX: usize = 8;
const NAME_MAX: usize = 40;
const URL_MAX: usize = 2_000;
/// What a template may hold, between double braces.
pub const PLACEHOLDERS: [&str; 8] =
    ["app", "environment", "instance", "revision", "from", "until", "from_ms", "until_ms"];

/// A named template of a web address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LogLink {
    pub name: String,
    /// `http` or `https`, with `{{app}}`, `{{environment}}`, `{{instance}}`, `{{revision}}`, and the times `{{from}}` and
    /// `{{until}}` (RFC 3339) or `{{from_ms}}` and `{{until_ms}}`. What is filled in is percent-encoded.
    pub url: String,
}

/// What a link is followed with; empty texts where nothing was chosen.
#[derive(Debug, Clone)]
pub struct LogLinkUse<'a> {
    pub app: &'a AppKey,
    pub instance: &'a str,
    pub revision: &'a str,
    pub from: Timestamp,
    pub until: Timestamp,
}

impl LogLink {
    /// The address for one use.
    pub fn address(&self, with: &LogLinkUse) -> String {
        fill_by(&self.url, |name| {
            let value = match name {
                "app" => with.app.app.to_string(),
                "environment" => with.app.environment.to_string(),
                "instance" => with.instance.to_owned(),
                "revision" => with.revision.to_owned(),
                "from" => with.from.to_string(),
                "until" => with.until.to_string(),
                "from_ms" => with.from.as_millis().to_string(),
                "until_ms" => with.until.as_millis().to_string(),
                _ => return String::new(),
            };
            encode(&value)
        })
    }
}

/// All but unreserved characters, as RFC 3986 names them.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Tidied, or every mistake at once with its pointer below `/log_links`.
pub fn check(links: Vec<LogLink>) -> Result<Vec<LogLink>, Vec<FieldError>> {
    let mut errors = Vec::new();
    if links.len() > LINKS_MAX {
        errors.push(FieldError::new("/log_links", Fault::TooMany { max: LINKS_MAX }));
    }
    let mut tidy: Vec<LogLink> = Vec::new();
    for (index, link) in links.into_iter().enumerate() {
        let link = LogLink { name: link.name.trim().to_owned(), url: link.url.trim().to_owned() };
        let mut refuse =
            |part: &str, fault| errors.push(FieldError::new(format!("/log_links/{index}/{part}"), fault));
        if link.name.is_empty() {
            refuse("name", Fault::Required);
        } else if link.name.chars().count() > NAME_MAX {
            refuse("name", Fault::TooLong { max: NAME_MAX });
        } else if tidy.iter().any(|other| other.name == link.name) {
            refuse("name", Fault::Other { reason: "stands there twice".to_owned() });
        }
        if link.url.is_empty() {
            refuse("url", Fault::Required);
        } else if link.url.chars().count() > URL_MAX {
            refuse("url", Fault::TooLong { max: URL_MAX });
        } else if !is_web_address(&link.url) {
            refuse("url", Fault::NotWebAddress);
        }
        for name in placeholders(&link.url).filter(|name| !PLACEHOLDERS.contains(name)) {
            let known = PLACEHOLDERS.map(str::to_owned).into();
            refuse("url", Fault::UnknownPlaceholder { name: name.to_owned(), known });
        }
        tidy.push(link);
    }
    if errors.is_empty() { Ok(tidy) } else { Err(errors) }
}

/// The host is no placeholder's: where a link leads is said by who may change the environment.
fn is_web_address(text: &str) -> bool {
    let after = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    after.is_some_and(|after| {
        let host = after.split(['/', '?', '#']).next().unwrap_or_default();
        !host.is_empty()
            && !host.contains(['{', '}', '@', '\\'])
            && !text.contains(|c: char| c.is_whitespace() || c.is_control())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn link(url: &str) -> LogLink {
        LogLink { name: "Kibana".to_owned(), url: url.to_owned() }
    }

    fn app() -> AppKey {
        AppKey { environment: "local".parse().expect("a name"), app: "shop".parse().expect("a name") }
    }

    #[test]
    fn a_link_is_filled_and_encoded() {
        let key = app();
        let with = LogLinkUse {
            app: &key,
            instance: "a&b/c",
            revision: "",
            from: Timestamp::from_millis(0),
            until: Timestamp::from_millis(60_000),
        };
        let url = "https://logs.example/?q=app:{{app}}&i={{ instance }}&r={{revision}}&from={{from}}&to={{until_ms}}";
        assert_eq!(
            link(url).address(&with),
            "https://logs.example/?q=app:shop&i=a%26b%2Fc&r=&from=1970-01-01T00%3A00%3A00.000Z&to=60000"
        );
    }

    #[test]
    fn every_mistake_is_told_at_its_link() {
        let wrong = [
            ("javascript:alert(1)", "/log_links/0/url"),
            ("https://{{app}}.example/", "/log_links/0/url"),
            ("https://", "/log_links/0/url"),
            ("https://a b/", "/log_links/0/url"),
            ("https://logs.example/{{who}}", "/log_links/0/url"),
            ("", "/log_links/0/url"),
        ];
        for (url, path) in wrong {
            let errors = check(vec![link(url)]).expect_err(url);
            assert_eq!((errors.len(), errors[0].path.as_str()), (1, path), "{url}");
        }
        let twice = check(vec![link("https://a/"), link("https://b/")]).expect_err("twice");
        assert_eq!(twice[0].path, "/log_links/1/name");
        let nameless = LogLink { name: " ".to_owned(), url: "https://a/".to_owned() };
        assert_eq!(check(vec![nameless]).expect_err("nameless")[0].path, "/log_links/0/name");
        assert!(check(vec![link(" https://logs.example/app/{{app}} ")]).is_ok());
        assert!(
            check((0..9).map(|n| LogLink { name: n.to_string(), ..link("https://a/") }).collect()).is_err()
        );
    }

    proptest! {
        /// What is filled in never adds a part to the address.
        #[test]
        fn what_is_filled_in_stays_in_its_place(instance in ".{0,20}") {
            let key = app();
            let time = Timestamp::from_millis(0);
            let with = LogLinkUse { app: &key, instance: &instance, revision: "1", from: time, until: time };
            let address = link("https://logs.example/?i={{instance}}&end").address(&with);
            let value = address.strip_prefix("https://logs.example/?i=").and_then(|rest| rest.strip_suffix("&end"));
            prop_assert!(value.is_some_and(|value| !value.contains(['&', '#', '/', ' ', '=', '?'])));
        }
    }
}
