//! Slack's incoming webhooks, and those who speak as it does.

use async_trait::async_trait;
use http::HeaderMap;
use model::channel::Letter;
use serde_json::{Value, json};

use super::post::Post;
use super::{NotifyError, Outgoing, Sender, fit};

/// Longer ones Slack cuts off by itself.
const TEXT_MAX: usize = 12_000;

pub struct Slack {
    post: Post,
}

impl Slack {
    pub const fn new(post: Post) -> Self {
        Self { post }
    }
}

#[async_trait]
impl Sender for Slack {
    async fn send(&self, message: &Outgoing<'_>) -> Result<String, NotifyError> {
        let body = body(message.letter).to_string().into_bytes();
        let answer = self.post.post(self.post.url.clone(), HeaderMap::new(), body).await?;
        Ok(self.post.words(&answer.body))
    }
}

fn body(letter: &Letter) -> Value {
    let mut text = format!("*{}*", escaped(&letter.headline()));
    for line in &letter.lines {
        text.push('\n');
        text.push_str(&escaped(line));
    }
    let text = fit(&text, TEXT_MAX);
    // A label has no `|` and no `>`: they would end it.
    let links = letter
        .links
        .iter()
        .map(|link| format!("\n<{}|{}>", escaped(&link.url).replace('|', "%7C"), escaped(&link.label)));
    json!({ "text": text + &links.collect::<String>() })
}

/// The three characters by which Slack marks links and mentions.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::chat::tests::letter;

    #[test]
    fn nothing_in_a_message_mentions_anybody() {
        let text = "*❌ shop in prod: failed*\nrevision 1 → 2\nby &lt;ann&gt; &amp; co\n<https://q.example/d/7|Deployment>";
        assert_eq!(body(&letter()), json!({ "text": text }));
        assert_eq!(escaped("<!channel>"), "&lt;!channel&gt;");
    }
}
