//! Where messages go: the settings of a channel, and every mistake in them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::input::{Node, whole};
use crate::problem::{Fault, FieldError};
use crate::registry::Address;

const URL_MAX: usize = 2_048;
const SECRET_MAX: usize = 1_024;

/// Who is spoken to, and so in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Whoever takes a signed POST.
    Webhook,
    Slack,
    DingTalk,
    Feishu,
    WeCom,
    Alertmanager,
}

impl ChannelKind {
    pub const ALL: [Self; 6] =
        [Self::Webhook, Self::Slack, Self::DingTalk, Self::Feishu, Self::WeCom, Self::Alertmanager];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::DingTalk => "ding_talk",
            Self::Feishu => "feishu",
            Self::WeCom => "we_com",
            Self::Alertmanager => "alertmanager",
        }
    }

    /// Whether messages can be signed with a secret that both sides know.
    pub const fn signs(self) -> bool {
        matches!(self, Self::Webhook | Self::DingTalk | Self::Feishu)
    }
}

/// What is sealed as one, since the address of a chat's hook lets anybody in who knows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Access { .. }")
    }
}

/// A channel as a person gave it. `access` is `None` where it is to stay as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    pub name: String,
    pub kind: ChannelKind,
    pub enabled: bool,
    pub access: Option<Access>,
}

/// Reads a channel, reporting every mistake at once. `before`: the kind of the one that is changed; its address and secret
/// stay together, and with the kind they were given for.
pub fn parse_channel(value: &Value, before: Option<ChannelKind>) -> Result<Channel, Vec<FieldError>> {
    whole(value, |node| read(node, before))
}

fn read(node: &Node, before: Option<ChannelKind>) -> Channel {
    node.object(&["name", "kind", "enabled", "url", "secret"]);
    let kinds = ChannelKind::ALL.map(|kind| (kind.as_str(), kind));
    let kind = node.field("kind").required().one_of(&kinds).unwrap_or(ChannelKind::Webhook);
    let (url, secret) = (node.field("url"), node.field("secret"));
    let key = secret.line(SECRET_MAX).filter(|key| !key.is_empty()).map(str::to_owned);
    if key.is_some() && !kind.signs() {
        secret.fault(Fault::Unknown { similar: None });
    }
    let access = if url.value.is_none() {
        if before.is_none() {
            url.required();
        } else if before != Some(kind) || secret.value.is_some() {
            url.fault(Fault::NeededAgain);
        }
        None
    } else {
        let address = url.line(URL_MAX).map(str::trim);
        let address = address.filter(|text| {
            let fine = Address::with_path(text).is_some() && !text.contains([' ', '#']);
            if !fine {
                url.fault(Fault::NotWebAddress);
            }
            fine
        });
        // Receivers cannot tell who speaks where nothing is signed.
        if kind == ChannelKind::Webhook && key.is_none() {
            secret.required();
        }
        address.map(|text| Access { url: text.to_owned(), secret: key })
    };
    Channel {
        name: node.field("name").required().name().unwrap_or_default().to_owned(),
        kind,
        enabled: node.field("enabled").boolean().unwrap_or(true),
        access,
    }
}
