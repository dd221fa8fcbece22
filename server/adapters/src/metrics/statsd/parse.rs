//! The StatsD line protocol, DogStatsD's tags and packed values included: bytes to lines, without I/O.

/// Most bytes of a metric's name.
pub const NAME_MAX: usize = 200;
/// Most tags of one line.
pub const TAGS_MAX: usize = 20;
/// Most bytes of a tag's name, and of its value.
pub const TAG_MAX: usize = 200;
/// Most values in one line.
const VALUES_MAX: usize = 1_000;

/// What a line measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Counter,
    Gauge,
    /// Milliseconds.
    Timer,
    /// A number without a unit: histogram or distribution.
    Histogram,
    Set,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    Number(f64),
    /// Of a gauge: added to what it was.
    Delta(f64),
    /// Of a set.
    Member(&'a str),
}

/// One line, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<'a> {
    pub name: &'a str,
    pub kind: Kind,
    pub values: Vec<Value<'a>>,
    /// Share of the events that was sent, above 0 and at most 1.
    pub rate: f64,
    /// In the order they came; a tag without a value has the value `true`.
    pub tags: Vec<(&'a str, &'a str)>,
}

/// Why a line is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mistake {
    /// It is no StatsD.
    Malformed,
    /// An event or a service check of DogStatsD.
    Unsupported,
    /// A name, a tag or their number is over its bound.
    TooLong,
}

/// The lines of a packet; empty ones are none.
pub fn lines(packet: &[u8]) -> impl Iterator<Item = Result<Line<'_>, Mistake>> {
    let lines = packet.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.filter(|line| !line.is_empty()).map(|line| {
        let text = str::from_utf8(line).map_err(|_| Mistake::Malformed)?;
        read(text)
    })
}

fn read(text: &str) -> Result<Line<'_>, Mistake> {
    if text.starts_with("_e{") || text.starts_with("_sc|") {
        return Err(Mistake::Unsupported);
    }
    let (name, rest) = text.split_once(':').ok_or(Mistake::Malformed)?;
    if name.is_empty() || name.contains('|') {
        return Err(Mistake::Malformed);
    }
    let mut parts = rest.split('|');
    let values = parts.next().ok_or(Mistake::Malformed)?;
    let kind = match parts.next().ok_or(Mistake::Malformed)? {
        "c" | "m" => Kind::Counter,
        "g" => Kind::Gauge,
        "ms" => Kind::Timer,
        "h" | "d" => Kind::Histogram,
        "s" => Kind::Set,
        _ => return Err(Mistake::Malformed),
    };
    let (mut rate, mut tags) = (1.0, Vec::new());
    for part in parts {
        if let Some(number) = part.strip_prefix('@') {
            rate = number.parse().map_err(|_| Mistake::Malformed)?;
        } else if let Some(list) = part.strip_prefix('#') {
            tags = read_tags(list)?;
        } else if !part.starts_with(['c', 'T', 'e']) {
            // The others are DogStatsD's container, time and external data, which are not used.
            return Err(Mistake::Malformed);
        }
    }
    if !(rate > 0.0 && rate <= 1.0) {
        return Err(Mistake::Malformed);
    }
    if name.len() > NAME_MAX {
        return Err(Mistake::TooLong);
    }
    Ok(Line { name, kind, values: read_values(kind, values)?, rate, tags })
}

fn read_values(kind: Kind, text: &str) -> Result<Vec<Value<'_>>, Mistake> {
    if kind == Kind::Set {
        // A member may hold a colon.
        return if text.is_empty() { Err(Mistake::Malformed) } else { Ok(vec![Value::Member(text)]) };
    }
    let mut values = Vec::with_capacity(1);
    for part in text.split(':') {
        let number: f64 = part.parse().map_err(|_| Mistake::Malformed)?;
        if !number.is_finite() {
            return Err(Mistake::Malformed);
        }
        if values.len() == VALUES_MAX {
            return Err(Mistake::TooLong);
        }
        let delta = kind == Kind::Gauge && part.starts_with(['+', '-']);
        values.push(if delta { Value::Delta(number) } else { Value::Number(number) });
    }
    Ok(values)
}

fn read_tags(list: &str) -> Result<Vec<(&str, &str)>, Mistake> {
    let mut tags = Vec::new();
    for tag in list.split(',').filter(|tag| !tag.is_empty()) {
        let (name, value) = tag.split_once(':').unwrap_or((tag, "true"));
        if name.is_empty() {
            return Err(Mistake::Malformed);
        }
        if tags.len() == TAGS_MAX || name.len() > TAG_MAX || value.len() > TAG_MAX {
            return Err(Mistake::TooLong);
        }
        tags.push((name, value));
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(text: &str) -> Result<Line<'_>, Mistake> {
        let mut found = lines(text.as_bytes());
        let line = found.next().expect("a line");
        assert!(found.next().is_none(), "{text}");
        line
    }

    #[test]
    fn lines_of_every_kind_are_read() {
        let line = one("shop.requests:3|c|@0.1|#route:/cart,method:GET,urgent").expect("a line");
        assert_eq!((line.name, line.kind, line.rate), ("shop.requests", Kind::Counter, 0.1));
        assert_eq!(line.tags, [("route", "/cart"), ("method", "GET"), ("urgent", "true")]);
        assert_eq!(one("t:320.5|ms").map(|line| line.values), Ok(vec![Value::Number(320.5)]));
        assert_eq!(one("g:-2|g").map(|line| line.values), Ok(vec![Value::Delta(-2.0)]));
        assert_eq!(one("g:+2|g").map(|line| line.values), Ok(vec![Value::Delta(2.0)]));
        assert_eq!(one("g:2|g").map(|line| line.values), Ok(vec![Value::Number(2.0)]));
        assert_eq!(one("s:a:b|s").map(|line| line.values), Ok(vec![Value::Member("a:b")]));
        let packed = one("t:1:2:3|d|#a:b|c:container|T1656581400").expect("a line");
        assert_eq!((packed.kind, packed.values.len()), (Kind::Histogram, 3));
    }

    #[test]
    fn a_packet_holds_many_lines_and_a_bad_one_costs_only_itself() {
        let found: Vec<_> = lines(b"a:1|c\r\n\nb|c\n\xff:1|c\nc:2|g\n").collect();
        assert_eq!(found.len(), 4);
        assert_eq!(found.iter().filter(|line| line.is_ok()).count(), 2);
    }

    #[test]
    fn what_is_wrong_is_told() {
        let malformed = [
            "a",
            "a:1",
            ":1|c",
            "a:|c",
            "a:x|c",
            "a:1|q",
            "a:1|c|@0",
            "a:1|c|@2",
            "a:1|c|@NaN",
            "a:inf|c",
            "a:1|c|?",
            "a|b:1|c",
            "a:|s",
            "a:1:|c",
            "a:1|c|#:x",
        ];
        for text in malformed {
            assert_eq!(one(text), Err(Mistake::Malformed), "{text}");
        }
        assert_eq!(one("_e{5,4}:title|text"), Err(Mistake::Unsupported));
        assert_eq!(one("_sc|check|0"), Err(Mistake::Unsupported));
        let long = "x".repeat(NAME_MAX + 1);
        assert_eq!(one(&format!("{long}:1|c")), Err(Mistake::TooLong));
        assert_eq!(one(&format!("a:1|c|#b:{long}")), Err(Mistake::TooLong));
        assert_eq!(one(&format!("a:1|c|#{}", "t:1,".repeat(TAGS_MAX + 1))), Err(Mistake::TooLong));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_much(packet in prop::collection::vec(any::<u8>(), 0..300)) {
            for line in lines(&packet).flatten() {
                prop_assert!(line.rate > 0.0 && line.rate <= 1.0 && !line.values.is_empty());
            }
        }

        #[test]
        fn nearly_good_lines_are_read_or_refused(text in "[a-z.:|@#,+0-9cmsghd\n-]{0,60}") {
            for line in lines(text.as_bytes()).flatten() {
                prop_assert!(!line.name.is_empty() && line.name.len() <= NAME_MAX);
            }
        }

        #[test]
        fn what_is_written_is_read(name in "[a-z][a-z.]{0,20}", value in -1e9..1e9_f64, tag in "[a-z/]{1,9}") {
            let text = format!("{name}:{value}|ms|#route:{tag}");
            let line = one(&text).expect("a line");
            prop_assert_eq!(line.name, name.as_str());
            prop_assert_eq!(line.values, vec![Value::Number(value)]);
            prop_assert_eq!(line.tags, vec![("route", tag.as_str())]);
        }
    }
}
