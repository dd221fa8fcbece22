//! Prometheus' text format: what a program answers at its `/metrics`.
//!
//! As Prometheus does it, one line that cannot be read spoils the whole answer: half of a program's figures would be taken
//! for all of them.

use thiserror::Error;

/// Most bytes of a name or a label's value.
const TEXT_MAX: usize = 1_024;
const LABELS_MAX: usize = 64;

/// One line with a value. A time that a program gives is not used: it was asked now.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposed {
    pub name: String,
    pub labels: Vec<(String, String)>,
    pub value: f64,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExpositionError {
    #[error("line {0} is no Prometheus text")]
    Line(usize),
    #[error("it has more than {0} samples")]
    TooMany(usize),
}

/// Reads all of it, at most `most` samples.
pub fn read(text: &str, most: usize) -> Result<Vec<Exposed>, ExpositionError> {
    let mut all = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if all.len() == most {
            return Err(ExpositionError::TooMany(most));
        }
        all.push(sample(line).ok_or(ExpositionError::Line(number + 1))?);
    }
    Ok(all)
}

fn sample(line: &str) -> Option<Exposed> {
    let end = line.find(|c: char| !is_of_name(c) && c != ':').unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    if !is_name(name) || name.len() > TEXT_MAX {
        return None;
    }
    let mut rest = rest.trim_start();
    let mut labels = Vec::new();
    if let Some(mut inner) = rest.strip_prefix('{') {
        loop {
            inner = inner.trim_start();
            if let Some(after) = inner.strip_prefix('}') {
                rest = after;
                break;
            }
            if labels.len() == LABELS_MAX {
                return None;
            }
            let (label, after) = label(inner)?;
            labels.push(label);
            inner = after.trim_start();
            inner = match inner.strip_prefix(',') {
                Some(after) => after,
                None if inner.starts_with('}') => inner,
                None => return None,
            };
        }
    } else if !line[end..].starts_with(char::is_whitespace) {
        return None;
    }
    // Behind a second number sign stands an example of OpenMetrics.
    let rest = rest.split(" #").next()?;
    let mut words = rest.split_whitespace();
    let value = number(words.next()?)?;
    if let Some(time) = words.next() {
        time.parse::<f64>().ok()?;
    }
    words.next().is_none().then(|| Exposed { name: name.to_owned(), labels, value })
}

/// A label and what follows it.
fn label(text: &str) -> Option<((String, String), &str)> {
    let (name, rest) = text.split_once('=')?;
    let name = name.trim_end();
    if !is_name(name) || name.len() > TEXT_MAX {
        return None;
    }
    let rest = rest.trim_start().strip_prefix('"')?;
    let mut value = String::new();
    let mut letters = rest.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' if value.len() <= TEXT_MAX => return Some(((name.to_owned(), value), &rest[at + 1..])),
            '"' => return None,
            '\\' => value.push(match letters.next()?.1 {
                'n' => '\n',
                escaped @ ('\\' | '"') => escaped,
                _ => return None,
            }),
            other => value.push(other),
        }
    }
    None
}

fn number(text: &str) -> Option<f64> {
    // Rust reads `Inf` and `NaN` in any case, as Go does, but Go reads no `infinity` here.
    text.parse().ok()
}

const fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| is_of_name(c) || c == ':')
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the numbers are exact ones")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(line: &str) -> Exposed {
        read(line, 1).expect(line).remove(0)
    }

    #[test]
    fn the_format_is_read() {
        let text = "# HELP http_requests_total All.\n# TYPE http_requests_total counter\n\
            http_requests_total{method=\"post\",code=\"200\"} 1027 1395066363000\n\n\
            up 1\nnode:cpu { a = \"b\" , } +Inf\nx{} NaN\nlatency_bucket{le=\"0.1\"} 3 # {trace=\"a\"} 0.05\n# EOF\n";
        let all = read(text, 10).expect("read");
        assert_eq!(all.len(), 5);
        assert_eq!((all[0].name.as_str(), all[0].value), ("http_requests_total", 1027.0));
        assert_eq!(all[0].labels[1], ("code".to_owned(), "200".to_owned()));
        assert!(all[2].value.is_infinite() && all[2].name == "node:cpu" && all[3].value.is_nan());
        assert_eq!(all[4].value, 3.0);
        let escaped = one(r#"a{b="x\\y\"z\n}, c"} 1"#);
        assert_eq!(escaped.labels[0].1, "x\\y\"z\n}, c");
    }

    #[test]
    fn one_wrong_line_or_too_many_spoil_it() {
        let wrong = [
            "a",
            "a b",
            "1a 2",
            "a{b=c} 1",
            "a{b=\"c} 1",
            "a{b=\"c\"",
            "a{b=\"c\" d=\"e\"} 1",
            "a 1 x",
            "a 1 2 3",
            "{a=\"b\"} 1",
            "a-b 1",
            "a{b=\"\\x\"} 1",
            "<html>",
        ];
        for line in wrong {
            assert_eq!(read(&format!("good 1\n{line}\n"), 9), Err(ExpositionError::Line(2)), "{line}");
        }
        assert_eq!(read("a 1\nb 2", 1), Err(ExpositionError::TooMany(1)));
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "[a-z{}=\",\\\\ 0-9#\n.é]{0,200}") {
            let _ = read(&text, 20);
        }

        #[test]
        fn what_is_written_is_read(name in "[a-z_:][a-z0-9_:]{0,9}", value in any::<f64>(), label in "\\PC{0,20}") {
            let escaped = label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let read = one(&format!("{name}{{l=\"{escaped}\"}} {value}"));
            prop_assert_eq!(read.value.to_bits(), value.to_bits());
            prop_assert_eq!(&read.labels[0].1, &label);
        }
    }
}
