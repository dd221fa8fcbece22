//! Channels that people are told by.
//!
//! A channel takes one message at a time and says what came of it. It knows nothing of what happened before or comes next:
//! when a message is tried again is not its matter. All sending is bounded in time and in the size of what is answered, and
//! follows no redirect. What lets one in is in no error.
//!
//! To add one: this trait, a `match` arm in [`open`] and one line in the contract of its JSON.

mod alertmanager;
mod chat;
mod email;
mod error;
mod post;
mod slack;
mod webhook;

use std::sync::Arc;

use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use model::channel::{Access, ChannelKind, Language, Letter, Notice, Settings};
use model::registry::{Address, is_loopback};
use model::time::Timestamp;
use sha2::Sha256;

pub use self::error::NotifyError;
pub use self::webhook::check_secret;

/// A message on its way.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// The same for every try, so that a receiver may tell them apart from others.
    pub id: &'a str,
    pub now: Timestamp,
    pub language: Language,
    pub notice: &'a Notice,
    pub letter: &'a Letter,
}

#[async_trait]
pub trait Sender: Send + Sync {
    /// Sends it once; the receiver's own words, as far as it has any.
    async fn send(&self, message: &Outgoing<'_>) -> Result<String, NotifyError>;
}

/// Makes the sender of a channel. Says nothing yet.
pub fn open(settings: &Settings, access: &Access) -> Result<Arc<dyn Sender>, NotifyError> {
    let broken = || NotifyError::Refused("its settings do not fit its kind; enter them again".to_owned());
    let (url, secret) = match access {
        Access::Mail { password } => {
            let mail = settings.mail.as_ref().ok_or_else(broken)?;
            return Ok(Arc::new(email::Email::new(mail, password.as_deref(), settings.insecure)?));
        }
        Access::Hook { url, secret } => (url.as_str(), secret.clone()),
    };
    let (address, _) = Address::with_path(url).ok_or_else(broken)?;
    if !address.https && !settings.insecure && !is_loopback(address.host()) {
        return Err(NotifyError::Insecure);
    }
    let post = post::Post::new(url, secret.as_deref())?;
    Ok(match settings.kind {
        ChannelKind::Webhook => Arc::new(webhook::Webhook::new(post, &secret.ok_or_else(broken)?)?),
        ChannelKind::Slack => Arc::new(slack::Slack::new(post)),
        ChannelKind::DingTalk => Arc::new(chat::Chat::new(post, chat::Speech::DingTalk, secret)),
        ChannelKind::Feishu => Arc::new(chat::Chat::new(post, chat::Speech::Feishu, secret)),
        ChannelKind::WeCom => Arc::new(chat::Chat::new(post, chat::Speech::WeCom, None)),
        ChannelKind::Alertmanager => Arc::new(alertmanager::Alertmanager::new(post)),
        ChannelKind::Email => return Err(broken()),
    })
}

/// HMAC-SHA256.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    // A key of any length will do.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// At most `max` bytes of a text, cut between characters.
fn fit(text: &str, max: usize) -> String {
    const CUT: &str = "…";
    if text.len() <= max {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(max.saturating_sub(CUT.len()));
    format!("{}{CUT}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_between_characters() {
        assert_eq!(fit("short", 5), "short");
        assert_eq!(fit("部署失败", 9), "部署…");
        assert_eq!(fit("部署失败", 10), "部署…");
    }
}
