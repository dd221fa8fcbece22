//! Points and lengths of time in words.

use std::time::Duration;

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

/// `HH:MM:SS` in UTC, which the browser replaces by the viewer's zone.
pub fn clock(time: Timestamp) -> String {
    let seconds = time.as_millis().div_euclid(1_000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}
