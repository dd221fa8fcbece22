//! The console's own figures, for `/metrics`.

use std::sync::OnceLock;
use std::time::Duration;

use http::Method;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

const REQUESTS: &str = "quarterdeck_http_requests_total";
const REQUEST_SECONDS: &str = "quarterdeck_http_request_duration_seconds";
const STREAMS: &str = "quarterdeck_event_streams";
const SAMPLES: &str = "quarterdeck_samples_total";
const SAMPLE_ERRORS: &str = "quarterdeck_sample_errors_total";
const STATSD_PACKETS: &str = "quarterdeck_statsd_packets_total";
const STATSD_LOST: &str = "quarterdeck_statsd_lost_packets_total";
const ALERTS_FIRING: &str = "quarterdeck_alerts_firing";
const SAMPLING_SECONDS: &str = "quarterdeck_sampling_duration_seconds";

const BUCKETS: [f64; 10] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0];

/// Installs the recorder for the process; later calls give the same one, since a process has only one.
pub fn install() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let builder = PrometheusBuilder::new();
            let builder = builder
                .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)
                .unwrap_or_else(|error| {
                    tracing::error!(%error, "histograms have no buckets");
                    PrometheusBuilder::new()
                });
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("somebody else records metrics; /metrics stays empty");
            }
            describe();
            handle
        })
        .clone()
}

fn describe() {
    describe_counter!(REQUESTS, "Requests answered, by method, route and status");
    describe_histogram!(
        REQUEST_SECONDS,
        Unit::Seconds,
        "Time to the first byte of an answer, by method and route"
    );
    describe_gauge!(STREAMS, "Open event streams");
    describe_counter!(SAMPLES, "Samples written to the metric source");
    describe_counter!(SAMPLE_ERRORS, "Rounds of samples that could not be written");
    describe_counter!(STATSD_PACKETS, "StatsD packets received");
    describe_counter!(STATSD_LOST, "StatsD packets that the kernel had no room for");
    describe_gauge!(ALERTS_FIRING, "Alerts that fire, silenced ones included");
    describe_histogram!(SAMPLING_SECONDS, Unit::Seconds, "Time of one round of sampling");
}

/// One answered request.
pub fn request(method: &Method, route: &str, status: u16, took: Duration) {
    // Only methods that the router knows, so that nobody can make series at will.
    let method = match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        _ => "other",
    };
    let route = route.to_owned();
    counter!(REQUESTS, "method" => method, "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    histogram!(REQUEST_SECONDS, "method" => method, "route" => route).record(took.as_secs_f64());
}

/// An open event stream, counted until it is dropped.
#[derive(Debug)]
pub struct OpenStream(());

pub fn open_stream() -> OpenStream {
    gauge!(STREAMS).increment(1.0);
    OpenStream(())
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        gauge!(STREAMS).decrement(1.0);
    }
}

/// One round of the sampler.
pub fn sampled(samples: usize, failed: bool, took: Duration) {
    if failed {
        counter!(SAMPLE_ERRORS).increment(1);
    } else {
        counter!(SAMPLES).increment(samples as u64);
    }
    histogram!(SAMPLING_SECONDS).record(took.as_secs_f64());
}

/// How many alerts fire now.
pub fn alerts_firing(alerts: u32) {
    gauge!(ALERTS_FIRING).set(f64::from(alerts));
}

/// One received StatsD packet.
pub fn statsd_packet() {
    counter!(STATSD_PACKETS).increment(1);
}

/// StatsD packets lost since the socket was opened.
pub fn statsd_lost(packets: u64) {
    counter!(STATSD_LOST).absolute(packets);
}

/// A round of samples that found no room because the source is slow.
pub fn dropped() {
    counter!(SAMPLE_ERRORS).increment(1);
}
