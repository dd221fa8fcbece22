//! How people and programs reach the console: pages, the API, event streams, files. Handlers only translate; what can be
//! done is in the services behind [`app::port`].

pub mod api;
pub mod assets;
mod docs;
mod extract;
mod headers;
mod health;
mod idempotency;
mod identity;
pub mod page_post;
mod pages;
pub mod problem;
mod request;
mod sse;
mod trouble;

use std::net::IpAddr;
use std::sync::Arc;

use app::port::Ports;
use axum::extract::FromRef;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use axum::{Router, extract::DefaultBodyLimit};
use leptos::prelude::LeptosOptions;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

use self::assets::Site;
use crate::auth::SharedAuthority;
use crate::clock::SharedClock;
use crate::live::Bus;
use crate::service::artifacts::SharedArtifacts;
use crate::service::{Hooks, Idempotency};

/// Largest JSON body: a definition and what stands around it.
const BODY_MAX: usize = 2 * model::definition::JSON_MAX;

/// Everything the handlers need; made by `boot`.
pub struct Parts {
    pub ports: Ports,
    pub authority: SharedAuthority,
    pub clock: SharedClock,
    pub bus: Arc<Bus>,
    pub artifacts: SharedArtifacts,
    pub idempotency: Idempotency,
    pub hooks: Hooks,
    pub own_metrics: metrics_exporter_prometheus::PrometheusHandle,
    pub trusted_proxy: Vec<IpAddr>,
    /// Ends open streams when the console ends.
    pub ending: CancellationToken,
}

/// The state of the router. Cheap to clone.
#[derive(Clone)]
pub struct Web(Arc<Inner>);

struct Inner {
    parts: Parts,
    site: Site,
    leptos: LeptosOptions,
}

impl Web {
    pub fn ports(&self) -> &Ports {
        &self.0.parts.ports
    }

    pub fn authority(&self) -> &SharedAuthority {
        &self.0.parts.authority
    }

    pub fn clock(&self) -> &SharedClock {
        &self.0.parts.clock
    }

    pub fn bus(&self) -> &Arc<Bus> {
        &self.0.parts.bus
    }

    pub fn artifacts(&self) -> &SharedArtifacts {
        &self.0.parts.artifacts
    }

    pub fn idempotency(&self) -> &Idempotency {
        &self.0.parts.idempotency
    }

    pub fn hooks(&self) -> &Hooks {
        &self.0.parts.hooks
    }

    pub fn own_metrics(&self) -> &metrics_exporter_prometheus::PrometheusHandle {
        &self.0.parts.own_metrics
    }

    pub fn trusted_proxy(&self) -> &[IpAddr] {
        &self.0.parts.trusted_proxy
    }

    pub fn ending(&self) -> &CancellationToken {
        &self.0.parts.ending
    }

    pub fn leptos_options(&self) -> &LeptosOptions {
        &self.0.leptos
    }

    pub fn site(&self) -> &Site {
        &self.0.site
    }
}

impl FromRef<Web> for LeptosOptions {
    fn from_ref(web: &Web) -> Self {
        web.0.leptos.clone()
    }
}

/// The whole router.
pub fn router(parts: Parts) -> Router {
    let site = Site::load();
    let leptos = LeptosOptions::builder().output_name(site.output_name()).site_pkg_dir("pkg").build();
    let web = Web(Arc::new(Inner { parts, site, leptos }));
    let (api, document) = api::router(&web);
    let compress = DefaultPredicate::new().and(NotForContentType::const_new("application/octet-stream"));
    let routes = Router::new()
        .nest("/api/v1", api)
        .merge(docs::router(document))
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/pkg/{*path}", get(assets::serve))
        .route("/favicon.svg", get(assets::icon))
        .merge(pages::router(&web))
        .layer(from_fn(request::measure))
        .with_state(web.clone());
    // From here on the last layer is the outermost.
    page_post::accept_page_posts(routes)
        .layer(from_fn_with_state(web.clone(), identity::identify))
        .layer(headers::origin_check())
        .layer(from_fn(headers::bearer_is_no_browser))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(from_fn_with_state(web.clone(), trouble::as_page))
        .layer(from_fn(headers::secure))
        .layer(CompressionLayer::new().gzip(true).br(true).compress_when(compress))
        .layer(from_fn_with_state(web, request::observe))
}
