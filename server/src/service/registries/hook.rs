//! Notifications of registries. They say only that something changed: what it is now, the registry is asked. So one that
//! comes twice, late or out of order does no harm, and a forged one, if the secret were known, could only cost a question.

use std::collections::BTreeSet;

use model::id::RegistryId;
use model::image::{is_repository, is_tag};
use model::problem::{Problem, ProblemCode};
use model::time::Timestamp;
use serde::Deserialize;

use crate::auth::secret;
use crate::registry::{Told, hook_owner};
use crate::service::Core;
use crate::service::trouble::of_seal;
use crate::store::registries as rows;

/// Takes notifications. Cheap to clone.
#[derive(Clone)]
pub struct Hooks {
    core: Core,
}

impl Hooks {
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    /// `shown` is the value of the header `Authorization`: the secret itself, alone or behind a scheme. Asks for no
    /// session, as a registry has none.
    pub async fn take(&self, id: RegistryId, shown: Option<&str>, body: &[u8]) -> Result<(), Problem> {
        let row = rows::by_id(&mut *self.core.store.read().await?, id).await?;
        let row = row.ok_or_else(|| Problem::not_found("registry", id))?;
        let kept = self.core.registries.seal().unseal(&hook_owner(id), &row.hook_secret);
        let kept = kept.map_err(of_seal)?;
        let shown = shown.unwrap_or_default().trim();
        let behind_scheme = shown.split_once(' ').map_or("", |(_, secret)| secret.trim());
        if !secret::equal(shown, &kept) && !secret::equal(behind_scheme, &kept) {
            let detail = "The header Authorization must hold the secret of this registry's notifications.";
            return Err(Problem::new(ProblemCode::Unauthenticated, detail));
        }
        let told = read(body, self.core.clock.now()).map_err(|reason| {
            let detail =
                format!("This is no notification of Harbor or of the Distribution registry: {reason}.");
            Problem::new(ProblemCode::Malformed, detail)
        })?;
        if !told.is_empty() {
            tracing::debug!(registry = %row.settings.name, count = told.len(), "a registry tells of changes");
            self.core.registries.told(id, told);
        }
        Ok(())
    }
}

/// The forms that are understood: the Distribution registry's envelope, Harbor's own, and Harbor's as a CloudEvent.
#[derive(Deserialize)]
struct Notification {
    #[serde(default)]
    events: Option<Vec<Event>>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    occur_at: Option<i64>,
    #[serde(default)]
    time: Option<String>,
    #[serde(default)]
    event_data: Option<HarborData>,
    #[serde(default)]
    data: Option<HarborData>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    timestamp: Option<String>,
    #[serde(default)]
    action: String,
    #[serde(default)]
    target: Target,
}

#[derive(Default, Deserialize)]
struct Target {
    #[serde(default)]
    repository: Option<String>,
    #[serde(default)]
    tag: Option<String>,
}

#[derive(Deserialize)]
struct HarborData {
    #[serde(default)]
    resources: Option<Vec<HarborResource>>,
    #[serde(default)]
    repository: Option<HarborRepository>,
}

#[derive(Deserialize)]
struct HarborResource {
    #[serde(default)]
    tag: Option<String>,
}

#[derive(Deserialize)]
struct HarborRepository {
    #[serde(default)]
    repo_full_name: Option<String>,
}

/// What is to be read anew, each once.
fn read(body: &[u8], now: Timestamp) -> Result<Vec<Told>, String> {
    let notification: Notification = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let mut found: BTreeSet<(String, Option<String>)> = BTreeSet::new();
    let mut time = now;
    if let Some(events) = notification.events {
        for event in events.into_iter().filter(|event| event.action != "pull" && event.action != "mount") {
            if let Some(told) = event.timestamp.as_deref().and_then(|text| text.parse().ok()) {
                time = told;
            }
            found.extend(event.target.repository.map(|repository| (repository, event.target.tag)));
        }
    } else if let Some(kind) = notification.kind {
        let data = notification.event_data.or(notification.data).ok_or("it has no event_data")?;
        // Of what is pulled nothing changes.
        if !kind.to_ascii_lowercase().contains("pull") {
            let name = data.repository.and_then(|repository| repository.repo_full_name);
            let at =
                notification.occur_at.map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1_000)));
            time = at.or_else(|| notification.time?.parse().ok()).unwrap_or(now);
            let resources = data.resources.unwrap_or_default();
            found.extend(name.into_iter().flat_map(|name| {
                let tags: Vec<_> =
                    resources.iter().map(|resource| (name.clone(), resource.tag.clone())).collect();
                if tags.is_empty() { vec![(name, None)] } else { tags }
            }));
        }
    } else {
        return Err("it has neither events nor a type".to_owned());
    }
    // A clock that runs ahead must not put a push into the future.
    let time = time.min(now);
    Ok(found
        .into_iter()
        .filter(|(repository, _)| is_repository(repository))
        // The tag of Harbor may be a digest, which is no name.
        .map(|(repository, tag)| Told { repository, tag: tag.filter(|tag| is_tag(tag)), time })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-24T12:00:00.000Z".parse().expect("a time")
    }

    fn told(body: &str) -> Vec<(String, Option<String>)> {
        read(body.as_bytes(), now())
            .expect("read")
            .into_iter()
            .map(|told| (told.repository, told.tag))
            .collect()
    }

    /// From Harbor's documentation of its webhooks.
    const HARBOR: &str = r#"{"type":"PUSH_ARTIFACT","occur_at":1586922308,"operator":"admin","event_data":{"resources":[
        {"digest":"sha256:8a9e9863dbb6e10edb5adfe917c00da84e1700fa76e7ed02476aa6e6fb8ee0d8","tag":"latest",
         "resource_url":"hub.harbor.com/test-webhook/debian:latest"}],
        "repository":{"date_created":1586922308,"name":"debian","namespace":"test-webhook",
        "repo_full_name":"test-webhook/debian","repo_type":"private"}}}"#;

    #[test]
    fn harbor_tells_of_a_push_in_either_form() {
        let expected = [("test-webhook/debian".to_owned(), Some("latest".to_owned()))];
        assert_eq!(told(HARBOR), expected);
        let time = read(HARBOR.as_bytes(), now()).expect("read")[0].time;
        assert_eq!(time.as_millis(), 1_586_922_308_000);
        let cloud_event = HARBOR
            .replace("PUSH_ARTIFACT", "harbor.artifact.pushed")
            .replace("event_data", "data")
            .replace("\"occur_at\":1586922308", "\"specversion\":\"1.0\",\"time\":\"2020-04-15T03:45:08Z\"");
        assert_eq!(told(&cloud_event), expected);
    }

    #[test]
    fn the_tag_may_be_a_digest() {
        let digest = "sha256:8a9e9863dbb6e10edb5adfe917c00da84e1700fa76e7ed02476aa6e6fb8ee0d8";
        let body = HARBOR.replace("\"latest\"", &format!("\"{digest}\""));
        assert_eq!(told(&body), [("test-webhook/debian".to_owned(), None)]);
    }

    #[test]
    fn a_pull_changes_nothing() {
        assert_eq!(told(&HARBOR.replace("PUSH_ARTIFACT", "PULL_ARTIFACT")), []);
        let pull = r#"{"events":[{"action":"pull","target":{"repository":"shop/api","tag":"1"}}]}"#;
        assert_eq!(told(pull), []);
    }

    #[test]
    fn the_distribution_registry_tells_of_several_things_at_once() {
        let body = r#"{"events":[
            {"action":"push","timestamp":"2026-11-24T11:59:58.5Z","target":{"repository":"shop/api","tag":"1.4.2"}},
            {"action":"push","target":{"repository":"shop/api","tag":"1.4.2"}},
            {"action":"delete","target":{"repository":"shop/web","digest":"sha256:1"}},
            {"action":"push","target":{"repository":"../etc","tag":"1"}}]}"#;
        let expected = [("shop/api".to_owned(), Some("1.4.2".to_owned())), ("shop/web".to_owned(), None)];
        assert_eq!(told(body), expected);
    }

    #[test]
    fn a_clock_that_runs_ahead_pushes_nothing_into_the_future() {
        let body = r#"{"events":[{"action":"push","timestamp":"2036-01-01T00:00:00Z","target":{"repository":"a","tag":"1"}}]}"#;
        assert_eq!(read(body.as_bytes(), now()).expect("read")[0].time, now());
    }

    #[test]
    fn what_is_something_else_is_refused() {
        for body in ["", "[]", "{}", r#"{"type":"PUSH_ARTIFACT"}"#] {
            assert!(read(body.as_bytes(), now()).is_err(), "{body}");
        }
    }
}
