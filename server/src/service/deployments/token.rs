//! The text of an approval link: what it is for, signed with HMAC-SHA256.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use model::id::DeploymentId;
use model::time::Timestamp;
use sha2::Sha256;

use crate::store::approval_links::LinkRow;

/// Told apart from what a later form of the link would begin with.
const VERSION: &str = "1";

fn mac(key: &str, payload: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    mac.update(payload.as_bytes());
    Some(mac)
}

/// `None` only for a key that HMAC does not take; it takes every length.
pub fn write(key: &str, link: &LinkRow) -> Option<String> {
    let LinkRow { nonce, deployment, step, expires_at } = link;
    let payload = format!("{VERSION}.{deployment}.{step}.{}.{nonce}", expires_at.as_millis());
    let signature = mac(key, &payload)?.finalize().into_bytes();
    Some(format!("{}.{}", URL_SAFE_NO_PAD.encode(payload), URL_SAFE_NO_PAD.encode(signature)))
}

/// What a link is for, if this key signed it.
pub fn read(key: &str, text: &str) -> Option<LinkRow> {
    let (payload, signature) = text.split_once('.')?;
    let payload = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    // In time that does not tell where the two differ.
    mac(key, &payload)?.verify_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    let parts: Vec<&str> = payload.split('.').collect();
    let [VERSION, deployment, step, expires_at, nonce] = parts[..] else { return None };
    Some(LinkRow {
        nonce: nonce.to_owned(),
        deployment: deployment.parse::<DeploymentId>().ok()?,
        step: step.parse().ok()?,
        expires_at: Timestamp::from_millis(expires_at.parse().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> LinkRow {
        LinkRow {
            nonce: "n".to_owned(),
            deployment: "01890000-0000-7000-8000-000000000000".parse().expect("an id"),
            step: 3,
            expires_at: Timestamp::from_millis(1_800_000_000_000),
        }
    }

    #[test]
    fn what_was_signed_is_read() {
        let text = write("key", &link()).expect("a link");
        assert_eq!(read("key", &text), Some(link()));
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')));
    }

    #[test]
    fn nothing_else_is() {
        let text = write("key", &link()).expect("a link");
        assert_eq!(read("another key", &text), None);
        for (index, _) in text.char_indices() {
            let mut forged = text.clone();
            let other = if &text[index..=index] == "A" { "B" } else { "A" };
            forged.replace_range(index..=index, other);
            // The last letter of a part holds bits that count for nothing; a strict reader refuses them too.
            assert_eq!(read("key", &forged), None, "{index}");
        }
        for text in ["", ".", "a.b", "MS4.x", &text[..text.len() - 2]] {
            assert_eq!(read("key", text), None, "{text}");
        }
    }
}
