//! An app's requests, errors and latency, found among what it tells by the names that are usual for them.

use super::{Labels, NAME, of_app, of_app_with};
use crate::id::AppKey;

/// Ends of the names of counters of requests, the one that says most first.
const REQUESTS: [&str; 7] = [
    "http_server_request_duration_seconds_count",
    "http_requests_total",
    "http_server_requests_total",
    "http_request_duration_seconds_count",
    "http_server_requests_seconds_count",
    "http_server_duration_milliseconds_count",
    "requests",
];
/// Labels that hold the status of an answer.
const STATUS: [&str; 5] = ["http_response_status_code", "http_status_code", "status_code", "status", "code"];
/// Ends of the names of histograms of how long requests took, and how many of their units are a second.
const BUCKETS: [(&str, u32); 4] = [
    ("http_server_request_duration_seconds_bucket", 1),
    ("http_request_duration_seconds_bucket", 1),
    ("http_server_requests_seconds_bucket", 1),
    ("http_server_duration_milliseconds_bucket", 1_000),
];
/// Ends of the names of timers and summaries, which tell their own quantiles in seconds.
const TIMERS: [&str; 5] =
    ["request_duration_seconds", "request_seconds", "requests_seconds", "request_duration", "response_time"];
/// Percentiles that are shown.
pub const PERCENTILES: [u8; 3] = [50, 95, 99];

/// What the lines of a chart are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Split {
    /// The whole app.
    #[default]
    Whole,
    Instance,
    Revision,
}

impl Split {
    pub const ALL: [Self; 3] = [Self::Whole, Self::Instance, Self::Revision];

    /// The label by which the lines differ.
    pub const fn label(self) -> Option<&'static str> {
        match self {
            Self::Whole => None,
            Self::Instance => Some("instance"),
            Self::Revision => Some("revision"),
        }
    }

    /// As in an address; what is not known is the whole.
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|split| split.label() == Some(text)).unwrap_or_default()
    }
}

/// The series that tell of an app's traffic; nothing when it tells nothing that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    requests: Option<String>,
    /// Of `requests`, the label with the status.
    status: Option<&'static str>,
    latency: Option<Latency>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Latency {
    Buckets {
        name: String,
        of_a_second: u32,
    },
    /// Quantiles of each series by itself; they cannot be put together.
    Quantiles {
        name: String,
    },
}

impl Traffic {
    /// Looks through the series of an app. What precedes a usual name, as `shop_` does, is allowed.
    pub fn find(series: &[Labels]) -> Self {
        let requests = REQUESTS.into_iter().find_map(|end| {
            // So plain a word could be anything, unless it tells answers apart.
            shortest(series, end, |labels| end != "requests" || status(labels).is_some())
        });
        let status = requests.and_then(status);
        let buckets = BUCKETS.into_iter().find_map(|(end, of_a_second)| {
            let name = name(shortest(series, end, |labels| labels.contains_key("le"))?)?;
            Some(Latency::Buckets { name, of_a_second })
        });
        let timer = || {
            let timed = |end| shortest(series, end, |labels| labels.contains_key("quantile"));
            Some(Latency::Quantiles { name: name(TIMERS.into_iter().find_map(timed)?)? })
        };
        Self { requests: requests.and_then(name), status, latency: buckets.or_else(timer) }
    }

    pub const fn is_empty(&self) -> bool {
        self.requests.is_none() && self.latency.is_none()
    }

    /// Whether a percentile is the highest of the series' own instead of that of all requests.
    pub const fn has_highest_only(&self) -> bool {
        matches!(self.latency, Some(Latency::Quantiles { .. }))
    }

    /// Requests in a second, over `window_seconds` at each point.
    pub fn requests(&self, app: &AppKey, split: Split, window_seconds: u64) -> Option<String> {
        let chosen = of_app(self.requests.as_deref()?, app);
        Some(format!("sum{}(rate({chosen}[{window_seconds}s]))", by(&[], split)))
    }

    /// Requests in a second that were answered with a 5xx; 0 where there were others only.
    pub fn errors(&self, app: &AppKey, split: Split, window_seconds: u64) -> Option<String> {
        let failed = format!("{}=~\"5..\"", self.status?);
        let chosen = of_app_with(self.requests.as_deref()?, app, &failed);
        let all = self.requests(app, split, window_seconds)?;
        Some(format!("sum{}(rate({chosen}[{window_seconds}s])) or {all} * 0", by(&[], split)))
    }

    /// A percentile in seconds: of raw buckets, else the highest of the series. An average of percentiles would be none.
    pub fn latency(&self, app: &AppKey, percentile: u8, split: Split, window_seconds: u64) -> Option<String> {
        let share = f64::from(percentile) / 100.0;
        match self.latency.as_ref()? {
            Latency::Buckets { name, of_a_second } => {
                let chosen = of_app(name, app);
                let buckets = format!("sum{}(rate({chosen}[{window_seconds}s]))", by(&["le"], split));
                let quantile = format!("histogram_quantile({share}, {buckets})");
                Some(if *of_a_second == 1 { quantile } else { format!("{quantile} / {of_a_second}") })
            }
            Latency::Quantiles { name } => {
                let chosen = of_app_with(name, app, &format!("quantile=\"{share}\""));
                Some(format!("max{}({chosen})", by(&[], split)))
            }
        }
    }
}

fn name(labels: &Labels) -> Option<String> {
    labels.get(NAME).cloned()
}

fn status(labels: &Labels) -> Option<&'static str> {
    STATUS.into_iter().find(|label| labels.contains_key(*label))
}

/// Of the series whose name is `end` or ends with it as a part of its own, the one with the shortest name.
fn shortest<'a>(series: &'a [Labels], end: &str, fits: impl Fn(&Labels) -> bool) -> Option<&'a Labels> {
    let ends = |name: &str| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'));
    let found =
        series.iter().filter(|labels| labels.get(NAME).is_some_and(|name| ends(name)) && fits(labels));
    // Of the same name, the one with a status, whatever the order.
    found.min_by_key(|labels| {
        let name = labels.get(NAME).map(String::as_str).unwrap_or_default();
        let place = status(labels).and_then(|own| STATUS.into_iter().position(|label| label == own));
        (name.len(), name, place.unwrap_or(STATUS.len()))
    })
}

fn by(labels: &[&str], split: Split) -> String {
    let labels: Vec<&str> = labels.iter().copied().chain(split.label()).collect();
    if labels.is_empty() { String::new() } else { format!(" by ({}) ", labels.join(", ")) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn series(name: &str, labels: &[&str]) -> Labels {
        let named = [(NAME.to_owned(), name.to_owned())];
        named.into_iter().chain(labels.iter().map(|label| ((*label).to_owned(), "1".to_owned()))).collect()
    }

    fn shop() -> AppKey {
        AppKey { environment: "local".parse().expect("a name"), app: "shop".parse().expect("a name") }
    }

    #[test]
    fn the_usual_names_of_prometheus_are_known() {
        let found = Traffic::find(&[
            series("http_requests_total", &["app", "code"]),
            series("http_request_duration_seconds_bucket", &["le"]),
        ]);
        assert_eq!(
            found.requests(&shop(), Split::Whole, 60).as_deref(),
            Some(r#"sum(rate(http_requests_total{environment="local",app="shop"}[60s]))"#)
        );
        let errors = found.errors(&shop(), Split::Revision, 60).expect("an expression");
        assert!(errors.starts_with(
            r#"sum by (revision) (rate(http_requests_total{environment="local",app="shop",code=~"5.."}[60s])) or sum by"#
        ));
        assert_eq!(
            found.latency(&shop(), 95, Split::Instance, 120).as_deref(),
            Some(
                r#"histogram_quantile(0.95, sum by (le, instance) (rate(http_request_duration_seconds_bucket{environment="local",app="shop"}[120s])))"#
            )
        );
    }

    #[test]
    fn open_telemetry_goes_before_and_milliseconds_become_seconds() {
        let found = Traffic::find(&[
            series("http_requests_total", &[]),
            series("http_server_request_duration_seconds_count", &["http_response_status_code"]),
        ]);
        let errors = found.errors(&shop(), Split::Whole, 60).expect("an expression");
        assert!(errors.contains("http_response_status_code=~\"5..\""), "{errors}");
        let old = Traffic::find(&[series("http_server_duration_milliseconds_bucket", &["le"])]);
        let latency = old.latency(&shop(), 50, Split::Whole, 60).expect("an expression");
        assert!(latency.starts_with("histogram_quantile(0.5, ") && latency.ends_with(" / 1000"), "{latency}");
    }

    #[test]
    fn quantiles_of_timers_are_not_averaged() {
        let found = Traffic::find(&[
            series("demo_requests", &["status", "route"]),
            series("demo_request_seconds_count", &["status"]),
            series("demo_request_seconds", &["status", "quantile"]),
        ]);
        assert!(found.has_highest_only() && !found.is_empty());
        assert_eq!(
            found.latency(&shop(), 99, Split::Revision, 60).as_deref(),
            Some(
                r#"max by (revision) (demo_request_seconds{environment="local",app="shop",quantile="0.99"})"#
            )
        );
        assert!(found.requests(&shop(), Split::Whole, 60).expect("requests").contains("demo_requests{"));
    }

    #[test]
    fn nothing_is_made_up() {
        let found = Traffic::find(&[series("orders_total", &["status"]), series("requests", &["app"])]);
        assert_eq!(found, Traffic::default());
        assert_eq!(found.requests(&shop(), Split::Whole, 60), None);
        let without_status = Traffic::find(&[series("http_requests_total", &["app"])]);
        assert_eq!(without_status.errors(&shop(), Split::Whole, 60), None);
        assert_eq!(Split::parse("revision"), Split::Revision);
        assert_eq!(Split::parse("node"), Split::Whole);
    }

    proptest! {
        #[test]
        fn the_order_of_series_does_not_matter(mut order in Just(vec![0_usize, 1, 2, 3]).prop_shuffle()) {
            let all = [
                series("http_requests_total", &["status"]),
                series("http_server_requests_total", &["code"]),
                series("http_request_duration_seconds_bucket", &["le"]),
                series("other", &[]),
            ];
            let shuffled: Vec<Labels> = order.drain(..).map(|index| all[index].clone()).collect();
            prop_assert_eq!(Traffic::find(&shuffled), Traffic::find(&all));
        }
    }
}
