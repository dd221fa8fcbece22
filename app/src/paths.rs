//! Every URL of the pages. No page writes one itself.

use std::fmt::Write;

use model::channel::ChannelKind;
use model::id::{AppKey, DeploymentId};
use model::release::ReleaseKind;

pub const OVERVIEW: &str = "/";
pub const APPS: &str = "/apps";
pub const NEW_APP: &str = "/apps/new";
pub const SURGE: &str = "/apps/surge";
pub const DEPLOYMENTS: &str = "/deployments";
pub const AT: &str = "/deployments/at";
pub const COMPARE: &str = "/deployments/compare";
pub const IMAGES: &str = "/images";
pub const NODES: &str = "/nodes";
pub const ALERTS: &str = "/alerts";
pub const ALERT_HISTORY: &str = "/alerts/history";
pub const ALERT_RULES: &str = "/alerts/rules";
pub const ALERT_SILENCES: &str = "/alerts/silences";
pub const SETTINGS: &str = "/settings";
pub const ENVIRONMENTS: &str = "/settings/environments";
pub const REGISTRIES: &str = "/settings/registries";
pub const CHANNELS: &str = "/settings/channels";
pub const TOKENS: &str = "/settings/tokens";
pub const USERS: &str = "/settings/users";
pub const AUDIT: &str = "/settings/audit";
pub const ABOUT: &str = "/settings/about";
pub const ACCOUNT: &str = "/settings/account";
pub const SIGN_IN: &str = "/sign-in";
pub const SET_UP: &str = "/set-up";
pub const SIGN_OUT: &str = "/sign-out";

/// A link that answers a gate.
pub fn approve(token: &str) -> String {
    format!("/approve/{token}")
}

/// The tabs of an app's page; the overview is the page itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppTab {
    Overview,
    Instances,
    Deployments,
    Versions,
    Metrics,
    Logs,
    Scaling,
    Alerts,
    Configuration,
}

impl AppTab {
    pub const ALL: [Self; 9] = [
        Self::Overview,
        Self::Instances,
        Self::Deployments,
        Self::Versions,
        Self::Metrics,
        Self::Logs,
        Self::Scaling,
        Self::Alerts,
        Self::Configuration,
    ];

    pub const fn segment(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Instances => "instances",
            Self::Deployments => "deployments",
            Self::Versions => "versions",
            Self::Metrics => "metrics",
            Self::Logs => "logs",
            Self::Scaling => "scaling",
            Self::Alerts => "alerts",
            Self::Configuration => "configuration",
        }
    }

    pub fn parse(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.segment() == segment)
    }
}

pub fn app(key: &AppKey) -> String {
    format!("/environments/{}/apps/{}", key.environment, key.app)
}

pub fn app_tab(key: &AppKey, tab: &str) -> String {
    format!("{}/{tab}", app(key))
}

/// The definition of one revision as the start of an edit.
pub fn edit_from(key: &AppKey, revision: u32) -> String {
    format!("{}?revision={revision}", edit_app(key))
}

/// A new app that begins as a copy of this one.
pub fn duplicate(key: &AppKey) -> String {
    format!("{NEW_APP}?from={}", encode(&key.to_string()))
}

/// The same app in the HTTP API.
pub fn api_app(key: &AppKey) -> String {
    format!("/api/v1/environments/{}/apps/{}", key.environment, key.app)
}

pub fn edit_app(key: &AppKey) -> String {
    app_tab(key, "edit")
}

/// A version as the start of an edit: `reference` is an image, or an artifact.
pub fn deploy_version(key: &AppKey, kind: ReleaseKind, reference: &str) -> String {
    format!("{}{}", edit_app(key), query(&[(kind.as_str(), reference)]))
}

/// One repository: its tags where a registry has it, else its versions.
pub fn repository(kind: ReleaseKind, name: &str) -> String {
    let kind = if kind == ReleaseKind::Image { "" } else { kind.as_str() };
    format!("{IMAGES}{}", query(&[("kind", kind), ("repository", name)]))
}

/// A new app that begins with a version.
pub fn new_app_of(kind: ReleaseKind, reference: &str) -> String {
    format!("{NEW_APP}{}", query(&[(kind.as_str(), reference)]))
}

/// Bring what is out here to another environment.
pub fn promote(key: &AppKey) -> String {
    app_tab(key, "promote")
}

pub fn promote_to(key: &AppKey, environment: &str) -> String {
    format!("{}{}", promote(key), query(&[("to", environment)]))
}

/// The preview of going back to a revision.
pub fn roll_back(key: &AppKey, revision: u32) -> String {
    format!("{}/rollback?revision={revision}", app(key))
}

pub fn logs_of(key: &AppKey, instance: &str) -> String {
    format!("{}/logs?instance={}", app(key), encode(instance))
}

/// The kept lines of the minute that this moment is in: milliseconds since 1970.
pub fn logs_at(key: &AppKey, millis: i64) -> String {
    format!("{}/logs?at={millis}", app(key))
}

/// What is kept of an app's log, in the HTTP API.
pub fn api_kept_logs(key: &AppKey, what: &str) -> String {
    format!("{}/logs/{what}", api_app(key))
}

pub fn new_app_in(environment: &str) -> String {
    format!("{NEW_APP}?environment={}", encode(environment))
}

pub fn deployment(id: DeploymentId) -> String {
    format!("{DEPLOYMENTS}/{id}")
}

pub fn environment(name: &str) -> String {
    format!("{ENVIRONMENTS}/{}", encode(name))
}

/// What others run in an environment.
pub fn workloads(environment: &str) -> String {
    format!("{NODES}/{}/workloads", encode(environment))
}

/// Make an app of one of them.
pub fn adopt(environment: &str, workload: &str) -> String {
    format!("{}/{}/adopt", workloads(environment), encode(workload))
}

pub fn alert_rule(name: &str) -> String {
    format!("{ALERT_RULES}/{}", encode(name))
}

/// The history of one rule.
pub fn alert_history(rule: &str) -> String {
    format!("{ALERT_HISTORY}{}", query(&[("rule", rule)]))
}

/// A silence that begins with labels, each a line `name=value`.
pub fn new_silence(labels: &str) -> String {
    format!("{ALERT_SILENCES}{}", query(&[("labels", labels)]))
}

pub fn registry(name: &str) -> String {
    format!("{REGISTRIES}/{}", encode(name))
}

pub fn channel(name: &str) -> String {
    format!("{CHANNELS}/{}", encode(name))
}

/// The form that adds a channel of one kind.
pub fn new_channel(kind: ChannelKind) -> String {
    format!("{CHANNELS}{}", query(&[("new", kind.as_str())]))
}

/// Sign in, and then go on to `next`.
pub fn sign_in_to(next: &str) -> String {
    if next.is_empty() || next == OVERVIEW {
        SIGN_IN.to_owned()
    } else {
        format!("{SIGN_IN}?next={}", encode(next))
    }
}

/// `next` where it is a path of ours, else the start page: nobody is sent elsewhere by a crafted link.
pub fn own(next: &str) -> &str {
    let fine = next.starts_with('/')
        && !next.starts_with("//")
        // Browsers take tabs and line breaks out of an address: `/\t/elsewhere` would become `//elsewhere`.
        && !next.contains(|c: char| c == '\\' || c.is_control())
        && !next.starts_with(SIGN_IN);
    if fine { next } else { OVERVIEW }
}

/// A query of the given names and values without the empty ones: `?a=b&c=d`, or nothing.
pub fn query(pairs: &[(&str, &str)]) -> String {
    let filled = pairs.iter().filter(|(_, value)| !value.is_empty());
    let text = filled.map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&");
    if text.is_empty() { text } else { format!("?{text}") }
}

/// Percent-encoding of one part of a query.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_paths_follow_a_sign_in() {
        for next in ["/apps?status=running", "/"] {
            assert_eq!(own(next), next);
        }
        for next in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "",
            "/sign-in?next=/sign-in",
            "/a\r\nb",
            "/\t/evil.example",
        ] {
            assert_eq!(own(next), OVERVIEW, "{next}");
        }
    }

    #[test]
    fn a_moment_leads_to_the_logs_of_its_minute() {
        let key =
            AppKey { environment: "local".parse().expect("a name"), app: "shop".parse().expect("a name") };
        assert_eq!(logs_at(&key, 1_769_860_800_000), "/environments/local/apps/shop/logs?at=1769860800000");
    }

    #[test]
    fn queries_hold_what_is_set() {
        assert_eq!(query(&[("a", "x y"), ("b", ""), ("c", "1&2")]), "?a=x%20y&c=1%262");
        assert_eq!(query(&[("a", "")]), "");
        assert_eq!(sign_in_to("/apps?q=a b"), "/sign-in?next=/apps%3Fq%3Da%20b");
    }
}
