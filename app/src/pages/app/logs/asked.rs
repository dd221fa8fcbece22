//! What the address of the tab asks for.

use chrono::NaiveDateTime;
use model::log::{FieldTest, LogSearch, Pattern};
use model::time::Timestamp;
use model::window::{UTC, Zones};

use crate::pages::visit::Visit;
use crate::paths;

/// Lengths up to now to choose from, in minutes.
pub const LENGTHS: [u32; 6] = [15, 60, 360, 1_440, 4_320, 10_080];
/// Chosen where `from` and `to` say the time.
pub const OWN: &str = "own";
/// Lines around one to choose from.
pub const AROUND: [usize; 3] = [10, 50, 200];

/// Which of its views.
#[derive(Debug, PartialEq, Eq)]
pub enum Look {
    Live,
    Search,
    /// Around the line of a position.
    Around(String),
    /// The minute of a time in milliseconds.
    Minute(String),
}

/// As it stands in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    kept: bool,
    pub grep: String,
    /// `grep` is a regular expression.
    pub expression: bool,
    pub field: String,
    pub instance: String,
    pub revision: String,
    pub stream: String,
    /// Minutes up to now, [`OWN`], or nothing for all.
    pub last: String,
    pub from: String,
    pub to: String,
    pub zone: String,
    pub cursor: String,
    around: String,
    at: String,
    /// Lines before and after.
    pub lines: usize,
    /// Only lines of the same instance are around it.
    pub same: bool,
}

impl Asked {
    pub fn of(visit: &Visit) -> Self {
        let asked = |name| visit.asked(name);
        let mut found = Self {
            kept: !asked("kept").is_empty(),
            grep: asked("grep"),
            expression: !asked("regex").is_empty(),
            field: asked("field"),
            instance: asked("instance"),
            revision: asked("revision"),
            stream: asked("stream"),
            last: asked("last"),
            from: asked("from"),
            to: asked("to"),
            zone: asked("zone"),
            cursor: asked("cursor"),
            around: asked("around"),
            at: asked("at"),
            lines: asked("lines").parse().ok().filter(|lines| AROUND.contains(lines)).unwrap_or(AROUND[0]),
            same: !asked("same").is_empty(),
        };
        if found.last.is_empty() && !(found.from.is_empty() && found.to.is_empty()) {
            OWN.clone_into(&mut found.last);
        }
        found
    }

    pub fn look(&self) -> Look {
        match self {
            _ if !self.around.is_empty() => Look::Around(self.around.clone()),
            _ if !self.at.is_empty() => Look::Minute(self.at.clone()),
            Self { kept: true, .. } => Look::Search,
            _ => Look::Live,
        }
    }

    /// Whether anything narrows the search.
    pub fn narrows(&self) -> bool {
        let parts = [&self.grep, &self.field, &self.instance, &self.revision, &self.stream, &self.last];
        parts.iter().any(|part| !part.is_empty())
    }

    /// The address of the tab with this search and more.
    pub fn link(&self, here: &str, more: &[(&str, &str)]) -> String {
        let own = self.last == OWN;
        let time = |text: &'_ str| if own { text.to_owned() } else { String::new() };
        let (from, to, zone) = (time(&self.from), time(&self.to), time(&self.zone));
        let search = [
            ("kept", "yes"),
            ("grep", self.grep.as_str()),
            ("regex", if self.expression { "yes" } else { "" }),
            ("field", self.field.as_str()),
            ("instance", self.instance.as_str()),
            ("revision", self.revision.as_str()),
            ("stream", self.stream.as_str()),
            ("last", self.last.as_str()),
            ("from", from.as_str()),
            ("to", to.as_str()),
            ("zone", zone.as_str()),
        ];
        let named = |name: &str| more.iter().any(|(other, _)| *other == name);
        let kept = search.into_iter().filter(|(name, _)| !named(name));
        let pairs: Vec<(&str, &str)> = kept.chain(more.iter().copied()).collect();
        format!("{here}{}", paths::query(&pairs))
    }

    /// This search with one more test of a field.
    pub fn with_field(&self, here: &str, name: &str, value: &str) -> String {
        let test = FieldTest::equal(name, value).to_string();
        let field = [self.field.as_str(), &test].join(" ");
        self.link(here, &[("field", field.trim())])
    }

    /// The search as the API knows it. What cannot be read as a time is left for it to refuse.
    pub fn search(&self, now: Timestamp, zones: &dyn Zones) -> LogSearch {
        let pattern = match self.grep.as_str() {
            "" => None,
            text if self.expression => Some(Pattern::Expression(text.to_owned())),
            text => Some(Pattern::Text(text.to_owned())),
        };
        let time = |text: &str, end: bool| match self.moment(text, end, zones) {
            Some(moment) => moment.to_string(),
            None => text.to_owned(),
        };
        let (from, until) = match self.last.as_str() {
            OWN => (time(&self.from, false), time(&self.to, true)),
            last => {
                let minutes = last.parse().ok().filter(|minutes| LENGTHS.contains(minutes));
                let from = minutes.map(|minutes| now.as_millis() - i64::from(minutes) * 60_000);
                (from.map(|from| from.to_string()).unwrap_or_default(), String::new())
            }
        };
        LogSearch {
            grep: pattern.map(|pattern| pattern.to_string()).unwrap_or_default(),
            field: self.field.clone(),
            instance: self.instance.clone(),
            revision: self.revision.clone(),
            stream: self.stream.clone(),
            from,
            until,
            limit: String::new(),
            cursor: self.cursor.clone(),
        }
    }

    /// The moment the clocks of the zone show this; at the end of the minute for an end.
    fn moment(&self, text: &str, end: bool, zones: &dyn Zones) -> Option<Timestamp> {
        let zone = zones.get(if self.zone.is_empty() { UTC } else { &self.zone })?;
        let minute = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M");
        let second = || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S");
        let whole = minute.is_ok();
        let moment = zone.moments(minute.or_else(|_| second()).ok()?).0;
        let rest = match (end, whole) {
            (false, _) => 0,
            (true, true) => 59_999,
            (true, false) => 999,
        };
        Some(Timestamp::from_millis(moment.as_millis() + rest))
    }
}

#[cfg(test)]
mod tests {
    use model::window::Zone;

    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    /// Berlin is an hour ahead.
    struct World;

    struct Ahead(i64);

    impl Zone for Ahead {
        fn local(&self, at: Timestamp) -> NaiveDateTime {
            Timestamp::from_millis(at.as_millis() + self.0).datetime().naive_utc()
        }

        fn moments(&self, local: NaiveDateTime) -> (Timestamp, Timestamp) {
            let at = Timestamp::from_millis(local.and_utc().timestamp_millis() - self.0);
            (at, at)
        }
    }

    impl Zones for World {
        fn get(&self, name: &str) -> Option<Box<dyn Zone + Send + Sync>> {
            Some(Box::new(Ahead(if name == "Europe/Berlin" { 3_600_000 } else { 0 })))
        }

        fn names(&self) -> Vec<&'static str> {
            Vec::new()
        }
    }

    fn search(change: impl FnOnce(&mut Asked)) -> LogSearch {
        let mut asked = Asked::default();
        change(&mut asked);
        asked.search(Timestamp::from_millis(NOW), &World)
    }

    #[test]
    fn a_length_counts_back_from_now() {
        let hour = search(|asked| asked.last = "60".to_owned());
        assert_eq!((hour.from.as_str(), hour.until.as_str()), ("1799996400000", ""));
        assert_eq!(search(|asked| asked.last = "7".to_owned()).from, "");
    }

    #[test]
    fn times_are_read_by_the_clocks_of_the_zone() {
        let day = search(|asked| {
            asked.last = OWN.to_owned();
            asked.from = "2026-01-31T12:00".to_owned();
            asked.to = "2026-01-31T12:05".to_owned();
            asked.zone = "Europe/Berlin".to_owned();
        });
        assert_eq!(day.from, "2026-01-31T11:00:00.000Z");
        assert_eq!(day.until, "2026-01-31T11:05:59.999Z");
        let unreadable = search(|asked| {
            asked.last = OWN.to_owned();
            asked.from = "noon".to_owned();
        });
        assert_eq!(unreadable.from, "noon", "refused by the model, at its field");
    }

    #[test]
    fn a_text_with_slashes_is_an_expression_only_where_it_was_ticked() {
        let text = |ticked| {
            search(|asked| {
                asked.grep = "/api/".to_owned();
                asked.expression = ticked;
            })
        };
        assert_eq!(text(true).grep, "//api//");
        assert_eq!(text(false).grep, "/\\/api\\//");
    }

    #[test]
    fn links_keep_the_search() {
        let asked = Asked { grep: "no stock".to_owned(), field: "a=1".to_owned(), ..Asked::default() };
        assert_eq!(
            asked.link("/logs", &[("cursor", "1-2")]),
            "/logs?kept=yes&grep=no%20stock&field=a%3D1&cursor=1-2"
        );
        assert_eq!(
            asked.with_field("/logs", "user name", "x"),
            "/logs?kept=yes&grep=no%20stock&field=a%3D1%20%22user%20name%22%3Dx"
        );
    }
}
