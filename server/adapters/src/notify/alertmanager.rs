//! Prometheus' Alertmanager, by the second version of its API. It takes alerts alone, each an entry of its own, and groups,
//! silences and repeats them by its own rules; so that one it hears nothing more of ends by itself, each is told with an end.

use std::time::Duration;

use async_trait::async_trait;
use http::HeaderMap;
use model::alert::{Labels, NAME_LABEL, SEVERITY_LABEL};
use model::channel::{AlertNotice, Notice};
use model::time::Timestamp;
use serde_json::{Value, json};
use url::Url;

use super::post::Post;
use super::{NotifyError, Outgoing, Sender};

/// Name of the alert of a test, which ends by itself.
const TEST: &str = "QuarterdeckTest";
const TEST_LASTS: Duration = Duration::from_mins(1);

pub struct Alertmanager {
    post: Post,
    url: Url,
}

impl Alertmanager {
    pub fn new(post: Post) -> Self {
        let mut url = post.url.clone();
        url.set_query(None);
        let path = format!("{}/api/v2/alerts", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Self { post, url }
    }
}

#[async_trait]
impl Sender for Alertmanager {
    async fn send(&self, message: &Outgoing<'_>) -> Result<String, NotifyError> {
        let body = body(message)?.to_string().into_bytes();
        let answer = self.post.post(self.url.clone(), HeaderMap::new(), body).await?;
        let words = self.post.words(&answer.body);
        Ok(if words.is_empty() { answer.status.to_string() } else { words })
    }
}

fn body(message: &Outgoing<'_>) -> Result<Value, NotifyError> {
    let link = message.letter.links.first().map(|link| link.url.as_str());
    match message.notice {
        Notice::Alert(alert) => Ok(entries(alert, link, message.now)),
        Notice::Test => {
            let labels = json!({ NAME_LABEL: TEST, SEVERITY_LABEL: "info" });
            let mut entry = json!({ "labels": labels, "annotations": { "summary": message.letter.title } });
            entry["startsAt"] = json!(message.now);
            entry["endsAt"] = json!(message.now.plus(TEST_LASTS));
            Ok(json!([entry]))
        }
        Notice::Deployment(_) | Notice::Approval { .. } => {
            Err(NotifyError::Refused("an Alertmanager takes alerts alone".to_owned()))
        }
    }
}

fn entries(alert: &AlertNotice, link: Option<&str>, now: Timestamp) -> Value {
    let ends = now.plus(alert.repeat.duration().saturating_mul(2));
    let entry = |labels: &Labels| {
        let labels: Labels = labels
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        let mut entry = json!({ "labels": labels });
        if let Some(link) = link {
            entry["generatorURL"] = json!(link);
        }
        entry
    };
    let firing = alert.firing.iter().map(|firing| {
        let mut entry = entry(&firing.labels);
        let mut annotations = json!({});
        if !firing.summary.is_empty() {
            annotations["summary"] = json!(firing.summary);
        }
        if let Some(value) = firing.value {
            annotations["value"] = json!(value.to_string());
        }
        entry["annotations"] = annotations;
        entry["startsAt"] = json!(firing.since);
        entry["endsAt"] = json!(ends);
        entry
    });
    let resolved = alert.resolved.iter().map(|labels| {
        let mut entry = entry(labels);
        entry["endsAt"] = json!(now);
        entry
    });
    firing.chain(resolved).collect()
}

#[cfg(test)]
mod tests {
    use model::alert::{MessageKind, Severity};
    use model::channel::FiringAlert;
    use model::duration::Span;

    use super::*;
    use crate::notify::chat::tests::{letter, outgoing};

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn each_alert_is_an_entry_that_ends_by_itself() {
        let notice = Notice::Alert(AlertNotice {
            kind: MessageKind::Firing,
            severity: Severity::Critical,
            group: labels(&[("environment", "prod")]),
            firing: vec![FiringAlert {
                labels: labels(&[("alertname", "down"), ("app", "shop"), ("node", "")]),
                since: Timestamp::from_millis(1_699_999_000_000),
                value: Some(0.5),
                summary: "shop is down".to_owned(),
            }],
            resolved: vec![labels(&[("alertname", "slow")])],
            repeat: Span::from_secs(3_600),
            path: None,
        });
        let letter = letter();
        let message = Outgoing { notice: &notice, ..outgoing(&letter) };
        let link = "https://q.example/d/7";
        let expected = json!([
            { "labels": { "alertname": "down", "app": "shop" }, "annotations": { "summary": "shop is down", "value": "0.5" },
              "startsAt": "2023-11-14T21:56:40.000Z", "endsAt": "2023-11-15T00:13:20.000Z", "generatorURL": link },
            { "labels": { "alertname": "slow" }, "endsAt": "2023-11-14T22:13:20.000Z", "generatorURL": link },
        ]);
        assert_eq!(body(&message), Ok(expected));
        let test = body(&outgoing(&letter)).expect("a test");
        assert_eq!(test[0]["labels"]["alertname"], TEST);
        assert_eq!(test[0]["endsAt"], "2023-11-14T22:14:20.000Z");
    }

    #[test]
    fn the_address_is_its_root() {
        for root in ["https://a.example", "https://a.example/", "https://a.example/am/?x=1"] {
            let url = Alertmanager::new(Post::new(root, None).expect("a client")).url;
            assert!(url.as_str().ends_with("/api/v2/alerts") && !url.as_str().contains("//api"), "{url}");
        }
    }
}
