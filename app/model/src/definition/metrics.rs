//! Where an app's own figures are to be had.

use serde::{Deserialize, Serialize};

use crate::duration::Span;

/// A port and path of every instance that answer in Prometheus' text format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MetricsEndpoint {
    /// Name of a port of the definition; absent: the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
    #[serde(default = "default_metrics_path")]
    pub path: String,
    /// Between two questions.
    #[serde(default = "default_metrics_interval")]
    pub interval: Span,
}

pub(super) fn default_metrics_path() -> String {
    "/metrics".to_owned()
}

pub(super) const fn default_metrics_interval() -> Span {
    Span::from_secs(15)
}
