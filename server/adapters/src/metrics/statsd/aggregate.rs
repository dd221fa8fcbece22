//! All that was sent, by app: packets in, samples out.

use std::collections::HashMap;

use model::id::AppKey;
use model::time::Timestamp;

use super::book::{Book, Bounds, Refusal};
use super::parse::{Line, Mistake, lines};
use crate::metrics::{Origin, Sample};

/// The tag by which a program says whose packet it is.
pub const TAG_INSTANCE: &str = "quarterdeck_instance";
/// Lines that are not kept, by app and reason.
const DROPPED: &str = "quarterdeck_statsd_dropped_total";

/// Gathers what is sent between two flushes.
#[derive(Debug, Default)]
pub struct Aggregator {
    bounds: Bounds,
    /// `None`: what belongs to no app.
    books: HashMap<Option<AppKey>, Book>,
    flush: u64,
}

/// How an app stands to its bounds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    pub series: usize,
    pub series_max: usize,
    /// Whether series were refused in the last minutes.
    pub bounded: bool,
    pub lost: Vec<Lost>,
}

/// Lines that were not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    pub why: Refusal,
    pub lines: u64,
}

impl Aggregator {
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, ..Self::default() }
    }

    /// Takes a packet. `sender` is who is known to have sent it; a tag goes before, as `find` knows it.
    pub fn packet(&mut self, packet: &[u8], sender: Option<&Origin>, find: impl Fn(&str) -> Option<Origin>) {
        for line in lines(packet) {
            match line {
                Ok(line) => match instance_of(&line).and_then(&find) {
                    Some(origin) => self.line(Some(&origin), &line),
                    None => self.line(sender, &line),
                },
                Err(mistake) => self.mistake(sender, mistake),
            }
        }
    }

    fn line(&mut self, origin: Option<&Origin>, line: &Line) {
        let (flush, bounds) = (self.flush, self.bounds);
        self.book(origin).take(origin, line, TAG_INSTANCE, flush, &bounds);
    }

    fn mistake(&mut self, origin: Option<&Origin>, mistake: Mistake) {
        let flush = self.flush;
        self.book(origin).refuse(mistake.into(), flush);
    }

    /// Counts a packet that is not taken at all.
    pub fn lose(&mut self, why: Refusal) {
        let flush = self.flush;
        self.book(None).refuse(why, flush);
    }

    fn book(&mut self, origin: Option<&Origin>) -> &mut Book {
        self.books.entry(origin.map(|origin| origin.app.clone())).or_default()
    }

    /// The samples of the interval that ends at `time`. `lives` tells whether an instance is still there.
    pub fn flush(&mut self, time: Timestamp, lives: impl Fn(&Origin) -> bool) -> Vec<Sample> {
        let mut samples = Vec::new();
        for (app, book) in &mut self.books {
            book.flush(self.flush, time, &self.bounds, &lives, &mut samples);
            for (why, lines) in &book.dropped {
                let mut labels = vec![("reason".to_owned(), why.reason().to_owned())];
                if let Some(AppKey { environment, app }) = app {
                    labels.push(("environment".to_owned(), environment.to_string()));
                    labels.push(("app".to_owned(), app.to_string()));
                }
                samples.push(Sample { metric: DROPPED.to_owned(), labels, time, value: *lines as f64 });
            }
        }
        self.flush += 1;
        let (flush, bounds) = (self.flush, self.bounds);
        self.books.retain(|_, book| !book.is_forgotten(flush, &bounds));
        samples
    }

    /// Of one app, or of what belongs to none.
    pub fn standing(&self, app: Option<&AppKey>) -> Standing {
        let Some(book) = self.books.get(&app.cloned()) else {
            return Standing { series_max: self.bounds.series, ..Standing::default() };
        };
        let recent = |at: u64| self.flush.saturating_sub(at) < self.bounds.idle_flushes;
        Standing {
            series: book.series(),
            series_max: self.bounds.series,
            bounded: book.bounded_at.is_some_and(recent),
            lost: book.dropped.iter().map(|(why, lines)| Lost { why: *why, lines: *lines }).collect(),
        }
    }
}

/// The instance that a line's tags name.
pub fn instance_of<'a>(line: &Line<'a>) -> Option<&'a str> {
    line.tags.iter().find(|(name, _)| *name == TAG_INSTANCE).map(|(_, value)| *value)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the numbers are exact ones")]
mod tests {
    use model::id::InstanceId;
    use proptest::prelude::*;

    use super::*;

    fn origin(app: &str, instance: &str) -> Origin {
        let app = AppKey { environment: "local".parse().expect("a name"), app: app.parse().expect("a name") };
        Origin { app, revision: 3, instance: InstanceId(instance.to_owned()) }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn value(samples: &[Sample], name: &str, time: i64) -> Option<f64> {
        samples.iter().find(|s| s.metric == name && s.time == at(time)).map(|sample| sample.value)
    }

    #[test]
    fn counters_rise_from_zero_and_keep_what_they_have() {
        let mut all = Aggregator::default();
        let shop = origin("shop", "a");
        all.packet(b"shop.requests:2|c\nshop.requests:1|c|@0.5", Some(&shop), |_| None);
        let samples = all.flush(at(100), |_| true);
        assert_eq!(value(&samples, "shop_requests", 90), Some(0.0));
        assert_eq!(value(&samples, "shop_requests", 100), Some(4.0));
        assert_eq!(samples[0].labels, shop.labels());
        all.packet(b"shop.requests:1|c", Some(&shop), |_| None);
        assert_eq!(value(&all.flush(at(110), |_| true), "shop_requests", 110), Some(5.0));
        assert_eq!(value(&all.flush(at(120), |_| true), "shop_requests", 120), Some(5.0));
        assert!(all.flush(at(130), |_| false).len() == 1, "told once more, then forgotten");
        assert!(all.flush(at(140), |_| false).is_empty());
    }

    #[test]
    fn a_tag_says_whose_line_it_is_and_is_no_label() {
        let mut all = Aggregator::default();
        let find = |id: &str| (id == "b").then(|| origin("mail", "b"));
        all.packet(b"x:1|g|#quarterdeck_instance:b,app:z,env:p\nx:2|g|#quarterdeck_instance:c", None, find);
        let samples = all.flush(at(10), |_| true);
        let mail = samples.iter().find(|sample| sample.value == 1.0).expect("a sample");
        let mut expected = origin("mail", "b").labels();
        expected.push(("env".to_owned(), "p".to_owned()));
        expected.push(("exported_app".to_owned(), "z".to_owned()));
        assert_eq!(mail.labels, expected);
        let nobody = samples.iter().find(|sample| sample.value == 2.0).expect("a sample");
        assert!(nobody.labels.is_empty());
    }

    #[test]
    fn an_app_has_its_bound_and_the_others_do_not_notice() {
        let mut all = Aggregator::new(Bounds { series: 10, ..Bounds::default() });
        let (shop, mail) = (origin("shop", "a"), origin("mail", "b"));
        for user in 0..50 {
            all.packet(format!("logins:1|c|#user:{user}").as_bytes(), Some(&shop), |_| None);
        }
        all.packet(b"sent:1|c", Some(&mail), |_| None);
        all.packet(b"sent:1|g\nsent:-1|c\nnonsense", Some(&mail), |_| None);
        let standing = all.standing(Some(&shop.app));
        assert_eq!((standing.series, standing.series_max, standing.bounded), (10, 10, true));
        assert_eq!(standing.lost, [Lost { why: Refusal::TooManySeries, lines: 40 }]);
        let standing = all.standing(Some(&mail.app));
        let lost: Vec<Refusal> = standing.lost.iter().map(|lost| lost.why).collect();
        assert_eq!(
            (lost, standing.bounded),
            (vec![Refusal::Malformed, Refusal::OtherKind, Refusal::Falling], false)
        );
        let samples = all.flush(at(10), |_| true);
        assert_eq!(value(&samples, "sent", 10), Some(1.0));
        let dropped = samples.iter().find(|s| s.metric == DROPPED && s.value == 40.0).expect("told");
        assert!(dropped.labels.contains(&("app".to_owned(), "shop".to_owned())));
    }

    #[test]
    fn idle_series_make_room() {
        let bounds = Bounds { series: 5, idle_flushes: 2, ..Bounds::default() };
        let mut all = Aggregator::new(bounds);
        let shop = origin("shop", "a");
        all.packet(b"t:1|ms", Some(&shop), |_| None);
        all.packet(b"c:1|c", Some(&shop), |_| None);
        assert!(all.standing(Some(&shop.app)).bounded);
        for round in 0..3 {
            all.flush(at(round * 10), |_| true);
        }
        assert_eq!(all.standing(Some(&shop.app)).series, 0);
        all.packet(b"t:1|c", Some(&shop), |_| None);
        assert_eq!(all.standing(Some(&shop.app)).series, 1);
    }

    proptest! {
        #[test]
        fn nothing_that_is_sent_breaks_it(packets in prop::collection::vec("[a-c]{1,2}:[0-9.+-]{1,4}\\|(c|g|ms|s|h)(\\|#[ab]:[xy])?\n?", 0..80)) {
            let mut all = Aggregator::new(Bounds { series: 12, idle_flushes: 2, ..Bounds::default() });
            let shop = origin("shop", "a");
            for (round, packet) in (0_i64..).zip(&packets) {
                all.packet(packet.as_bytes(), (round % 3 > 0).then_some(&shop), |_| None);
                if round % 7 == 0 {
                    let samples = all.flush(at(round), |_| round % 2 == 0);
                    prop_assert!(samples.iter().all(|sample| sample.value.is_finite()));
                }
                prop_assert!(all.standing(Some(&shop.app)).series <= 12);
            }
        }
    }
}
