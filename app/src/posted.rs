//! Forms that are posted to the page they stand on. The server turns such a POST into the page's GET and puts the form
//! among the request's extensions, so that a page can act on it, and show it again with nothing lost when it is refused.

use http::request::Parts;
use leptos::prelude::use_context;

/// Body of a form posted to a page, `application/x-www-form-urlencoded`.
#[derive(Debug, Clone)]
pub struct PostedForm(pub String);

/// Names and values in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form(pub Vec<(String, String)>);

impl Form {
    pub fn parse(body: &str) -> Self {
        let pairs = body.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name), decode(value))
                })
                .collect(),
        )
    }

    /// The first value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value of `name` without blanks around it; empty when absent.
    pub fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().trim().to_owned()
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// The form posted to this page, if it was.
pub fn posted() -> Option<Form> {
    let parts = use_context::<Parts>()?;
    parts.extensions.get::<PostedForm>().map(|form| Form::parse(&form.0))
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (*first, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high * 16 + low);
                    rest = after;
                }
                _ => bytes.push(b'%'),
            },
            (byte, _) => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_browsers_post() {
        let form = Form::parse("name=a+b&text%3A%2Fimage=x%3A1%0D%0A%E4%BD%A0&empty=&bare&odd=%zz%4");
        assert_eq!(form.get("name"), Some("a b"));
        assert_eq!(form.get("text:/image"), Some("x:1\r\n你"));
        assert_eq!(form.get("empty"), Some(""));
        assert!(form.has("bare"));
        assert_eq!(form.get("odd"), Some("%zz%4"));
        assert_eq!(form.get("missing"), None);
    }
}
