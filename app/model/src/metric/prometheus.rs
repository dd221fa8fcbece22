//! The shapes of Prometheus' HTTP API: <https://prometheus.io/docs/prometheus/latest/querying/api/>.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Point, Series};
use crate::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Success,
    Error,
}

/// An answer, good or bad. What else a server adds (statistics, infos) is passed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PrometheusAnswer))]
pub struct Answer {
    pub status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Data>,
    #[serde(default, rename = "errorType", skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PrometheusData))]
#[serde(tag = "resultType", content = "result", rename_all = "snake_case")]
pub enum Data {
    Matrix(Vec<Matrix>),
    Vector(Vec<Vector>),
    Scalar(Sample),
    String((f64, String)),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PrometheusMatrix))]
pub struct Matrix {
    #[serde(default)]
    pub metric: BTreeMap<String, String>,
    /// Absent for a series of histograms, which are not read.
    #[serde(default)]
    pub values: Vec<Sample>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PrometheusVector))]
pub struct Vector {
    #[serde(default)]
    pub metric: BTreeMap<String, String>,
    /// Absent for a histogram, which is not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Sample>,
}

/// A value at a moment: seconds as a number and the value as text, for the numbers that JSON has not.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PrometheusSample, value_type = (f64, String)))]
pub struct Sample(pub Point);

impl Serialize for Sample {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (time, value) = self.0;
        let text = if value.is_infinite() {
            if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() }
        } else {
            value.to_string()
        };
        (time as f64 / 1_000.0, text).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Sample {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (seconds, text) = <(f64, String)>::deserialize(deserializer)?;
        let value = text.parse().map_err(|_| D::Error::custom("must be a number as text"))?;
        Ok(Self((millis(seconds).ok_or_else(|| D::Error::custom("must be Unix seconds"))?, value)))
    }
}

/// Milliseconds of Unix seconds, if a calendar holds them.
fn millis(seconds: f64) -> Option<i64> {
    let millis = (seconds * 1_000.0).round();
    (millis.abs() < 8.0e15).then_some(millis as i64)
}

impl Answer {
    pub const fn success(data: Data) -> Self {
        Self {
            status: Status::Success,
            data: Some(data),
            error_type: None,
            error: None,
            warnings: Vec::new(),
        }
    }
}

impl Data {
    pub fn matrix(series: Vec<Series>) -> Self {
        Self::Matrix(series.into_iter().map(Matrix::from).collect())
    }

    /// The last value of each series.
    pub fn vector(series: Vec<Series>) -> Self {
        let last = |series: Series| {
            let value = series.points.last().copied().map(Sample)?;
            Some(Vector { metric: series.labels, value: Some(value) })
        };
        Self::Vector(series.into_iter().filter_map(last).collect())
    }

    /// As series, whatever the kind; a scalar has no labels and a text no series.
    pub fn into_series(self) -> Vec<Series> {
        match self {
            Self::Matrix(all) => all.into_iter().map(Series::from).collect(),
            Self::Vector(all) => all
                .into_iter()
                .filter_map(|each| Some(Series { labels: each.metric, points: vec![each.value?.0] }))
                .collect(),
            Self::Scalar(sample) => vec![Series { labels: BTreeMap::new(), points: vec![sample.0] }],
            Self::String(_) => Vec::new(),
        }
    }
}

impl From<Series> for Matrix {
    fn from(series: Series) -> Self {
        Self { metric: series.labels, values: series.points.into_iter().map(Sample).collect() }
    }
}

impl From<Matrix> for Series {
    fn from(series: Matrix) -> Self {
        Self { labels: series.metric, points: series.values.into_iter().map(|sample| sample.0).collect() }
    }
}

/// A moment as a parameter: Unix seconds, also with a fraction, or RFC 3339.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    match text.parse::<f64>() {
        Ok(seconds) => millis(seconds).map(Timestamp::from_millis),
        Err(_) => text.parse().ok(),
    }
}

/// A length of time as a parameter, not zero: seconds, also with a fraction, or `1h30m`, each unit once and the larger first.
pub fn parse_duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 7] = [
        ("y", 365 * 86_400_000),
        ("w", 7 * 86_400_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ];
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok().filter(|length| length.as_millis() > 0);
    }
    let (mut rest, mut millis, mut next) = (text, 0_u64, 0);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(rest.len());
        let unit = next + UNITS[next..].iter().position(|(unit, _)| *unit == &rest[..letters])?;
        rest = &rest[letters..];
        millis = millis.checked_add(number.checked_mul(UNITS[unit].1)?)?;
        next = unit + 1;
    }
    (millis > 0).then(|| Duration::from_millis(millis))
}
