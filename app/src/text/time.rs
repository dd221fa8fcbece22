//! Points and lengths of time in words.

use std::time::Duration;

use model::duration::Span;
use model::time::Timestamp;

use super::Locale::{self, En, Zh};

/// "4 min ago", "in 12 s".
pub fn relative(locale: Locale, time: Timestamp, now: Timestamp) -> String {
    if time > now {
        let length = short(locale, time.since(now));
        return match locale {
            En => format!("in {length}"),
            Zh => format!("{length}后"),
        };
    }
    let passed = now.since(time);
    if passed < Duration::from_secs(5) {
        return match locale {
            En => "just now".to_owned(),
            Zh => "刚刚".to_owned(),
        };
    }
    let length = short(locale, passed);
    match locale {
        En => format!("{length} ago"),
        Zh => format!("{length}前"),
    }
}

/// The largest unit only: "4 min", "6 d".
pub fn short(locale: Locale, length: Duration) -> String {
    let seconds = length.as_secs();
    let (number, en, zh) = match seconds {
        0..60 => (seconds, "s", "秒"),
        60..3_600 => (seconds / 60, "min", "分钟"),
        3_600..86_400 => (seconds / 3_600, "h", "小时"),
        _ => (seconds / 86_400, "d", "天"),
    };
    match locale {
        En => format!("{number} {en}"),
        Zh => format!("{number} {zh}"),
    }
}

/// The words of [`short`], smallest first, for lengths that the browser counts on.
pub const fn units(locale: Locale) -> &'static str {
    match locale {
        En => "s min h d",
        Zh => "秒 分钟 小时 天",
    }
}

/// `HH:MM:SS` in UTC, which the browser replaces by the viewer's zone.
pub fn clock(time: Timestamp) -> String {
    let seconds = time.as_millis().div_euclid(1_000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// A length as it was asked for, in all its units: "60 s" is "1 min", "1 h 30 min", "250 ms".
pub fn span(locale: Locale, span: Span) -> String {
    const UNITS: [(u64, &str, &str); 5] = [
        (86_400_000, "d", "天"),
        (3_600_000, "h", "小时"),
        (60_000, "min", "分钟"),
        (1_000, "s", "秒"),
        (1, "ms", "毫秒"),
    ];
    let mut rest = span.as_millis();
    if rest == 0 {
        return short(locale, Duration::ZERO);
    }
    let mut words = Vec::new();
    for (length, en, zh) in UNITS {
        let number = rest / length;
        rest %= length;
        match locale {
            _ if number == 0 => {}
            En => words.push(format!("{number} {en}")),
            Zh => words.push(format!("{number} {zh}")),
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_all_its_units() {
        assert_eq!(span(En, Span::from_secs(60)), "1 min");
        assert_eq!(span(En, Span::from_secs(5_400)), "1 h 30 min");
        assert_eq!(span(Zh, Span::from_millis(1_250)), "1 秒 250 毫秒");
        assert_eq!(span(En, Span::from_millis(0)), "0 s");
    }
}
