//! Series of samples: what is asked in PromQL, and the answer.

mod complete;
mod panel;
mod prometheus;
mod query;
mod source;
#[cfg(test)]
mod tests;
mod traffic;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::complete::{Catalog, Completion, complete};
pub use self::panel::{PANELS_MAX, Panel, Panels, TITLE_MAX, Unit, mistakes};
pub use self::prometheus::{Answer, Data, Matrix, Sample, Status, Vector, parse_duration, parse_time};
pub use self::query::{fill, fill_by, of_app, of_app_with, placeholders};
pub use self::source::{Authentication, Language, Remote, SourceKind, SourceSettings, SourceTest};
pub use self::traffic::{PERCENTILES, Split, Traffic};
use crate::duration::Span;
use crate::id::{AppKey, InstanceId, RevisionNumber};
use crate::time::Timestamp;

/// Longest expression, in bytes.
pub const QUERY_MAX: usize = 8_192;
/// Label with a series' name.
pub const NAME: &str = "__name__";
/// CPU cores used by one instance's process tree.
pub const CPU: &str = "quarterdeck_instance_cpu_cores";
/// Resident bytes of one instance's process tree.
pub const MEMORY: &str = "quarterdeck_instance_memory_bytes";
/// Threads of one instance's process tree.
pub const THREADS: &str = "quarterdeck_instance_threads";
/// Open file descriptors of one instance's process tree.
pub const FILE_DESCRIPTORS: &str = "quarterdeck_instance_file_descriptors";
/// Bytes that one instance received since its start.
pub const NETWORK_RECEIVED: &str = "quarterdeck_instance_network_received_bytes_total";
/// Bytes that one instance sent since its start.
pub const NETWORK_SENT: &str = "quarterdeck_instance_network_sent_bytes_total";
/// Seconds that the latest health checks of one instance took to be answered: the longest of them.
pub const HEALTH_CHECK: &str = "quarterdeck_instance_health_check_seconds";
/// Starts after the first of one place.
pub const RESTARTS: &str = "quarterdeck_instance_restarts_total";
// Labels of all of them: `environment`, `app`, `revision`, `instance`.

/// Instances that an app is to have.
pub const APP_WANTED: &str = "quarterdeck_app_wanted_instances";
/// Instances of an app that serve.
pub const APP_READY: &str = "quarterdeck_app_ready_instances";
/// Instances of an app that wait for their next start after a crash.
pub const APP_DELAYED: &str = "quarterdeck_app_delayed_instances";
/// 1 while an app is not as it should be and no deployment is under way. With the label `node` as well where that is down
/// and all that is lost was on it.
pub const APP_DEGRADED: &str = "quarterdeck_app_degraded";
/// 1 when the last deployment of an app failed or was rolled back.
pub const APP_DEPLOYMENT_FAILED: &str = "quarterdeck_app_deployment_failed";
// Labels of these: `environment`, `app`.

/// 1 while an engine answers. Label `environment`.
pub const ENGINE_UP: &str = "quarterdeck_engine_up";
/// 0 while a node is down. Labels `environment`, `node`.
pub const NODE_UP: &str = "quarterdeck_node_up";
/// Free share of the disk with the console's data, from 0 to 1.
pub const DISK_FREE: &str = "quarterdeck_disk_free_ratio";
/// Seconds until a certificate that an engine is spoken to with ends. Labels `environment`, `file`.
pub const CERTIFICATE_REMAINING: &str = "quarterdeck_certificate_remaining_seconds";

/// The window and resolution of a range query; `step_ms` is at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Range {
    pub start: Timestamp,
    pub end: Timestamp,
    pub step_ms: u64,
}

/// What the console keeps of the measurements that an app sends by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = MetricIntake))]
pub struct Intake {
    pub series: usize,
    pub series_max: usize,
    /// Whether new series were refused in the last minutes, since there are as many as there may be.
    pub bounded: bool,
    /// Lines that were not kept since the app was last silent, by reason.
    pub dropped: BTreeMap<String, u64>,
}

/// The labels of a series, its name as `__name__`.
pub type Labels = BTreeMap<String, String>;

/// An instance that tells its own figures, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScrapeTarget {
    pub app: AppKey,
    pub revision: RevisionNumber,
    pub instance: InstanceId,
    /// Host and port.
    pub address: String,
    pub path: String,
    pub interval: Span,
}

/// Milliseconds since 1970, and the value then.
pub type Point = (i64, f64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Series {
    pub labels: BTreeMap<String, String>,
    /// Ascending; a missing step is a gap.
    pub points: Vec<(i64, f64)>,
}
