//! The place of an app's own figures.

use super::checks::{path, port};
use crate::definition::metrics::{default_metrics_interval, default_metrics_path};
use crate::definition::{MetricsEndpoint, Port};
use crate::duration::Span;
use crate::input::Node;

const INTERVAL_MIN: Span = Span::from_secs(5);
const INTERVAL_MAX: Span = Span::from_secs(3_600);

pub(super) fn read(node: &Node, ports: &[Port]) -> Option<MetricsEndpoint> {
    node.value?;
    node.object(&["port", "path", "interval"]);
    Some(MetricsEndpoint {
        port: port(&node.field("port"), ports),
        path: path(&node.field("path")).unwrap_or_else(default_metrics_path),
        interval: node
            .field("interval")
            .duration(INTERVAL_MIN, INTERVAL_MAX)
            .unwrap_or_else(default_metrics_interval),
    })
}
