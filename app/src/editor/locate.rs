//! Where in a JSON text each part stands, and what kind of token each piece is: for marking lines and colouring.

use std::collections::BTreeMap;
use std::ops::Range;

use super::pointer::child;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    Key,
    Text,
    /// Number, `true`, `false`, `null`.
    Literal,
    /// Brackets, commas, blanks, and what is not JSON.
    Other,
}

/// Tokens of the text in order, covering all of it. Works on broken JSON too.
pub fn tokens(text: &str) -> Vec<(Token, Range<usize>)> {
    let mut found: Vec<(Token, Range<usize>)> = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let kind = match bytes[at] {
            b'"' => {
                at = string_end(bytes, at);
                let next = bytes[at..].iter().find(|byte| !byte.is_ascii_whitespace());
                if next == Some(&b':') { Token::Key } else { Token::Text }
            }
            b'-' | b'0'..=b'9' | b'a'..=b'z' => {
                while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || b"+-.".contains(&bytes[at])) {
                    at += 1;
                }
                Token::Literal
            }
            _ => {
                at += 1;
                while at < bytes.len() && !text.is_char_boundary(at) {
                    at += 1;
                }
                Token::Other
            }
        };
        match found.last_mut() {
            Some((Token::Other, range)) if kind == Token::Other => range.end = at,
            _ => found.push((kind, start..at)),
        }
    }
    found
}

/// End of the string that opens at `at`, past its closing quote; a line's end closes an open one.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while end < bytes.len() {
        match bytes[end] {
            b'"' => return end + 1,
            b'\n' => return end,
            b'\\' if bytes.get(end + 1).is_some_and(|next| b"\"\\".contains(next)) => end += 2,
            _ => end += 1,
        }
    }
    bytes.len()
}

/// 0-based line of every part of a valid JSON text, by its pointer.
pub fn lines(text: &str) -> BTreeMap<String, usize> {
    let mut line = 0;
    let mut pieces = Vec::new();
    for (kind, range) in tokens(text) {
        if kind != Token::Other {
            pieces.push((kind, range, line));
            continue;
        }
        for at in range {
            match text.as_bytes()[at] {
                b'\n' => line += 1,
                byte if byte.is_ascii_whitespace() => {}
                _ => pieces.push((Token::Other, at..at + 1, line)),
            }
        }
    }
    let mut walk = Walk { text, pieces, at: 0, places: BTreeMap::new() };
    walk.value(String::new(), None);
    walk.places
}

/// The line to mark for `pointer`: its own, or that of the nearest part above that stands in the text.
pub fn line_of(places: &BTreeMap<String, usize>, pointer: &str) -> usize {
    let mut pointer = pointer;
    loop {
        if let Some(line) = places.get(pointer) {
            return *line;
        }
        match pointer.rsplit_once('/') {
            Some((parent, _)) => pointer = parent,
            None => return 0,
        }
    }
}

struct Walk<'a> {
    text: &'a str,
    /// Tokens and single signs with their lines.
    pieces: Vec<(Token, Range<usize>, usize)>,
    at: usize,
    places: BTreeMap<String, usize>,
}

impl Walk<'_> {
    /// Takes the sign `byte` if it comes next.
    fn take(&mut self, byte: u8) -> bool {
        let next = self.pieces.get(self.at);
        let found = next.is_some_and(|(kind, range, _)| {
            *kind == Token::Other && self.text.as_bytes()[range.start] == byte
        });
        self.at += usize::from(found);
        found
    }

    /// `line` is that of the key, where there is one.
    fn value(&mut self, pointer: String, line: Option<usize>) -> Option<()> {
        let here = self.pieces.get(self.at)?.2;
        self.places.insert(pointer.clone(), line.unwrap_or(here));
        if self.take(b'{') {
            while !self.take(b'}') {
                let (kind, range, line) = self.pieces.get(self.at)?.clone();
                if kind != Token::Key {
                    return None;
                }
                let key: String = serde_json::from_str(&self.text[range]).ok()?;
                self.at += 1;
                if !self.take(b':') {
                    return None;
                }
                self.value(child(&pointer, &key), Some(line))?;
                self.take(b',');
            }
        } else if self.take(b'[') {
            let mut index = 0;
            while !self.take(b']') {
                self.value(child(&pointer, &index.to_string()), None)?;
                self.take(b',');
                index += 1;
            }
        } else {
            let scalar = self.pieces[self.at].0 != Token::Other;
            self.at += 1;
            return scalar.then_some(());
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\n  \"ports\": [{ \"name\": \"http\" }, {\n    \"name\": \"a:b\" }],\n  \"env\": {\n    \"A/B\": \"\\\"{\",\n    \"N\": [1, -2.5e3,\n true]\n  }\n}";

    #[test]
    fn finds_the_line_of_every_part() {
        serde_json::from_str::<serde_json::Value>(TEXT).expect("valid");
        let places = lines(TEXT);
        for (pointer, line) in [
            ("", 0),
            ("/ports", 1),
            ("/ports/0/name", 1),
            ("/ports/1", 1),
            ("/ports/1/name", 2),
            ("/env/A~1B", 4),
            ("/env/N", 5),
            ("/env/N/1", 5),
            ("/env/N/2", 6),
        ] {
            assert_eq!(places.get(pointer), Some(&line), "{pointer}");
        }
        assert_eq!(line_of(&places, "/env/MISSING"), 3);
        assert_eq!(line_of(&places, "/nowhere/at/all"), 0);
    }

    #[test]
    fn tokens_cover_any_text() {
        for text in [TEXT, "", "{\"open", "\"\\", "{ä: \"ö\\", "{\"a\" 1}", "[1,,]", "\"a\\\n\"b"] {
            let mut end = 0;
            for (_, range) in tokens(text) {
                assert_eq!(range.start, end, "{text}");
                assert!(text.is_char_boundary(range.end), "{text}");
                end = range.end;
            }
            assert_eq!(end, text.len(), "{text}");
            lines(text);
        }
        assert_eq!(tokens("{\"a\" : \"b\"}").iter().filter(|(kind, _)| *kind == Token::Key).count(), 1);
    }
}
