//! DingTalk, Feishu (Lark) and WeCom: bots of a group, each with a web address of its own. All of them answer 200 to whatever
//! they are told, and say in the body what they think of it.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use model::channel::{Language, Letter};
use model::time::Timestamp;
use serde_json::{Value, json};
use url::Url;

use super::post::Post;
use super::{NotifyError, Outgoing, Sender, fit, hmac};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    DingTalk,
    Feishu,
    WeCom,
}

pub struct Chat {
    post: Post,
    speech: Speech,
    secret: Option<String>,
}

impl Chat {
    pub const fn new(post: Post, speech: Speech, secret: Option<String>) -> Self {
        Self { post, speech, secret }
    }
}

#[async_trait]
impl Sender for Chat {
    async fn send(&self, message: &Outgoing<'_>) -> Result<String, NotifyError> {
        let secret = self.secret.as_deref();
        let mut url = self.post.url.clone();
        let body = match self.speech {
            Speech::DingTalk => {
                if let Some(secret) = secret {
                    sign_ding_talk(&mut url, secret, message.now);
                }
                text_of(message.letter, DING_TALK_MAX)
            }
            Speech::WeCom => text_of(message.letter, WE_COM_MAX),
            Speech::Feishu => {
                let mut body = post_of(message.letter, message.language);
                if let Some(secret) = secret {
                    sign_feishu(&mut body, secret, message.now);
                }
                body
            }
        };
        let answer = self.post.post(url, HeaderMap::new(), body.to_string().into_bytes()).await?;
        self.speech.judge(&answer.body, |text| self.post.words(text.as_bytes()))
    }
}

/// Bytes of a message.
const DING_TALK_MAX: usize = 15_000;
const WE_COM_MAX: usize = 2_048;
const FEISHU_LINE_MAX: usize = 2_000;
const FEISHU_LINES_MAX: usize = 40;

/// Plain text: nothing in it can be taken for a mark or a mention.
fn text_of(letter: &Letter, max: usize) -> Value {
    let links: Vec<String> =
        letter.links.iter().map(|link| format!("\n{}: {}", link.label, link.url)).collect();
    let links = links.concat();
    let words = format!("{}\n{}", letter.headline(), letter.lines.join("\n"));
    let text = fit(&words, max.saturating_sub(links.len())) + &links;
    json!({ "msgtype": "text", "text": { "content": text } })
}

fn post_of(letter: &Letter, language: Language) -> Value {
    let line = |line: &String| json!([{ "tag": "text", "text": fit(line, FEISHU_LINE_MAX) }]);
    let mut lines: Vec<Value> = letter.lines.iter().take(FEISHU_LINES_MAX).map(line).collect();
    lines.extend(
        letter.links.iter().map(|link| json!([{ "tag": "a", "text": link.label, "href": link.url }])),
    );
    let language = match language {
        Language::English => "en_us",
        Language::Chinese => "zh_cn",
    };
    let post = json!({ language: { "title": fit(&letter.headline(), FEISHU_LINE_MAX), "content": lines } });
    json!({ "msg_type": "post", "content": { "post": post } })
}

/// The time in milliseconds and the secret, signed with the secret, as parameters of the address.
fn sign_ding_talk(url: &mut Url, secret: &str, now: Timestamp) {
    let time = now.as_millis().to_string();
    let signed = STANDARD.encode(hmac(secret.as_bytes(), format!("{time}\n{secret}").as_bytes()));
    url.query_pairs_mut().append_pair("timestamp", &time).append_pair("sign", &signed);
}

/// Nothing, signed with the time in seconds and the secret.
fn sign_feishu(body: &mut Value, secret: &str, now: Timestamp) {
    let time = (now.as_millis() / 1_000).to_string();
    let signed = STANDARD.encode(hmac(format!("{time}\n{secret}").as_bytes(), b""));
    body["timestamp"] = json!(time);
    body["sign"] = json!(signed);
}

impl Speech {
    fn judge(self, body: &[u8], shown: impl Fn(&str) -> String) -> Result<String, NotifyError> {
        let read: Value = serde_json::from_slice(body)
            .map_err(|_| NotifyError::Protocol(shown(&String::from_utf8_lossy(body))))?;
        // `errcode` of DingTalk and WeCom, `code` of Feishu, which was `StatusCode` before.
        let first = |names: &[&str]| names.iter().find_map(|name| read.get(*name));
        let code = first(&["errcode", "code", "StatusCode"]).and_then(Value::as_i64);
        let code = code.ok_or_else(|| NotifyError::Protocol(shown(&read.to_string())))?;
        let said = first(&["errmsg", "msg", "StatusMessage"]).and_then(Value::as_str).unwrap_or_default();
        let words = format!("{code} {}", shown(said));
        Err(match (self, code) {
            (_, 0) => return Ok(shown(said)),
            // Too many messages in a minute.
            (Self::DingTalk, 130_101 | 90_018 | 90_030 | 410_100)
            | (Self::WeCom, 45_009 | 45_033)
            | (Self::Feishu, 9_499 | 11_232 | 11_233) => {
                let minute = std::time::Duration::from_mins(1);
                NotifyError::RateLimited { words, retry_after: Some(minute) }
            }
            // Its own trouble.
            (_, -1) => NotifyError::Busy { words, retry_after: None },
            // The address, the signature, the host or a word that the bot wants.
            (Self::DingTalk, 300_001 | 300_005 | 310_000 | 400_101 | 400_102 | 400_105)
            | (Self::WeCom, 93_000 | 93_004 | 93_008 | 93_017)
            | (Self::Feishu, 19_001 | 19_021 | 19_022 | 19_024) => NotifyError::Unauthorized(words),
            _ => NotifyError::Refused(words),
        })
    }
}

#[cfg(test)]
pub mod tests {
    use model::channel::{Link, Notice, Tone};

    use super::*;

    pub fn letter() -> Letter {
        Letter {
            tone: Tone::Bad,
            title: "shop in prod: failed".to_owned(),
            lines: vec!["revision 1 → 2".to_owned(), "by <ann> & co".to_owned()],
            links: vec![Link { label: "Deployment".to_owned(), url: "https://q.example/d/7".to_owned() }],
        }
    }

    pub fn outgoing(letter: &Letter) -> Outgoing<'_> {
        let now = Timestamp::from_millis(1_700_000_000_000);
        Outgoing { id: "msg_1", now, language: Language::English, notice: &Notice::Test, letter }
    }

    #[test]
    fn each_is_spoken_to_in_its_own_form() {
        let text =
            "❌ shop in prod: failed\nrevision 1 → 2\nby <ann> & co\nDeployment: https://q.example/d/7";
        let plain = json!({ "msgtype": "text", "text": { "content": text } });
        assert_eq!(text_of(&letter(), DING_TALK_MAX), plain);
        let post = json!({ "msg_type": "post", "content": { "post": { "zh_cn": {
            "title": "❌ shop in prod: failed",
            "content": [
                [{ "tag": "text", "text": "revision 1 → 2" }],
                [{ "tag": "text", "text": "by <ann> & co" }],
                [{ "tag": "a", "text": "Deployment", "href": "https://q.example/d/7" }],
            ],
        } } } });
        assert_eq!(post_of(&letter(), Language::Chinese), post);
    }

    #[test]
    fn a_long_message_keeps_its_link() {
        let long = Letter { lines: vec!["部".repeat(2_000)], ..letter() };
        let sent = text_of(&long, WE_COM_MAX);
        let text = sent["text"]["content"].as_str().expect("text");
        assert!(text.len() <= WE_COM_MAX && text.ends_with("…\nDeployment: https://q.example/d/7"), "{text}");
    }

    /// Worked out by Python's `hmac`, as the bots' documentation has it.
    #[test]
    fn signatures_are_those_of_the_documentation() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let mut url = Url::parse("https://oapi.dingtalk.example/robot/send?access_token=abc").expect("a url");
        sign_ding_talk(&mut url, "SECabc123", now);
        let signed = "access_token=abc&timestamp=1700000000000&sign=N5P09a4%2Bp1AMJIJWnIvQd2Yxw9%2Bfu%2FoEBnPrjCcsLXk%3D";
        assert_eq!(url.query(), Some(signed));
        let mut body = json!({});
        sign_feishu(&mut body, "demo-secret", now);
        let signed =
            json!({ "timestamp": "1700000000", "sign": "mYHw2R2SOm8Rw/sne3lQdmz4sOfntKR+1P/8RKKTwmA=" });
        assert_eq!(body, signed);
    }

    #[test]
    fn a_no_comes_with_a_200() {
        let judge = |speech: Speech, body: &str| speech.judge(body.as_bytes(), str::to_owned);
        for (speech, body) in [
            (Speech::DingTalk, r#"{"errcode":0,"errmsg":"ok"}"#),
            (Speech::WeCom, r#"{"errcode":0,"errmsg":"ok"}"#),
            (Speech::Feishu, r#"{"code":0,"msg":"success","data":{}}"#),
            (Speech::Feishu, r#"{"Extra":null,"StatusCode":0,"StatusMessage":"success"}"#),
            (
                Speech::Feishu,
                r#"{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}"#,
            ),
        ] {
            assert!(judge(speech, body).is_ok(), "{body}");
        }
        let heals = |speech, body: &str| judge(speech, body).expect_err("a no").code().heals();
        assert!(heals(Speech::DingTalk, r#"{"errcode":130101,"errmsg":"send too fast"}"#));
        assert!(heals(Speech::WeCom, r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#));
        assert!(heals(Speech::Feishu, r#"{"code":11232,"msg":"too many request"}"#));
        assert!(heals(Speech::WeCom, r#"{"errcode":-1,"errmsg":"system busy"}"#));
        assert!(heals(Speech::WeCom, "<html>502</html>"));
        assert!(!heals(Speech::DingTalk, r#"{"errcode":310000,"errmsg":"sign not match"}"#));
        assert!(!heals(Speech::WeCom, r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#));
        assert!(!heals(
            Speech::Feishu,
            r#"{"code":19021,"msg":"sign match fail or timestamp is not within one hour"}"#
        ));
        assert!(!heals(Speech::WeCom, r#"{"errcode":40058,"errmsg":"content too long"}"#));
    }
}
