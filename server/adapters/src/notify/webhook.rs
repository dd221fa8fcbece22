//! Whoever takes a POST, signed as the Standard Webhooks describe it: <https://www.standardwebhooks.com>.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::post::Post;
use super::{NotifyError, Outgoing, Sender, hmac};

/// Before the key of a secret that is written in base64.
const PREFIX: &str = "whsec_";

pub struct Webhook {
    post: Post,
    key: Vec<u8>,
}

impl Webhook {
    pub fn new(post: Post, secret: &str) -> Result<Self, NotifyError> {
        let key = key(secret).ok_or_else(|| NotifyError::Refused("its secret cannot be read".to_owned()))?;
        Ok(Self { post, key })
    }
}

/// The bytes to sign with; `None` where what stands behind `whsec_` is no base64.
fn key(secret: &str) -> Option<Vec<u8>> {
    match secret.strip_prefix(PREFIX) {
        Some(text) => STANDARD.decode(text).ok().filter(|key| !key.is_empty()),
        None => Some(secret.as_bytes().to_vec()),
    }
}

/// Whether a secret can be signed with.
pub fn check_secret(secret: &str) -> bool {
    key(secret).is_some()
}

#[async_trait]
impl Sender for Webhook {
    async fn send(&self, message: &Outgoing<'_>) -> Result<String, NotifyError> {
        let body = body(message).to_string();
        let time = message.now.as_millis() / 1_000;
        let headers = [
            ("webhook-id", message.id.to_owned()),
            ("webhook-timestamp", time.to_string()),
            ("webhook-signature", sign(&self.key, message.id, time, &body)),
        ];
        let headers: HeaderMap = headers
            .into_iter()
            .filter_map(|(name, value)| {
                Some((HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?))
            })
            .collect();
        let answer = self.post.post(self.post.url.clone(), headers, body.into_bytes()).await?;
        let words = self.post.words(&answer.body);
        Ok(if words.is_empty() { answer.status.to_string() } else { format!("{}: {words}", answer.status) })
    }
}

fn sign(key: &[u8], id: &str, time: i64, body: &str) -> String {
    format!("v1,{}", STANDARD.encode(hmac(key, format!("{id}.{time}.{body}").as_bytes())))
}

/// What happened as the API writes it, and the same in words.
fn body(message: &Outgoing<'_>) -> Value {
    let letter = message.letter;
    let links: Vec<Value> =
        letter.links.iter().map(|link| json!({ "label": link.label, "url": link.url })).collect();
    let mut body = json!(message.notice);
    body["timestamp"] = json!(message.now);
    body["title"] = json!(letter.title);
    body["text"] = json!(letter.lines.join("\n"));
    body["links"] = json!(links);
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::chat::tests::{letter, outgoing};

    #[test]
    fn it_signs_as_the_standards_own_example() {
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a key");
        let signed = sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(super::key("a plain secret"), Some(b"a plain secret".to_vec()));
        assert!(!check_secret("whsec_?") && !check_secret("whsec_"));
    }

    #[test]
    fn it_says_what_happened_in_data_and_in_words() {
        let letter = letter();
        let expected = json!({
            "type": "test", "timestamp": "2023-11-14T22:13:20.000Z", "title": "shop in prod: failed",
            "text": "revision 1 → 2\nby <ann> & co", "links": [{ "label": "Deployment", "url": "https://q.example/d/7" }],
        });
        assert_eq!(body(&outgoing(&letter)), expected);
    }
}
