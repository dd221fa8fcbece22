//! What is stored and what is seen, joined into what a person reads.

use model::app::{AppStatus, AppSummary, InstanceCounts, StatusReason};
use model::environment::{Capabilities, Enforcement, Environment};
use model::id::AppName;
use model::instance::Instance;
use model::time::Timestamp;

use super::Sight;
use crate::service::window;
use crate::store::apps::{AppRow, ListedApp};
use crate::store::environments::EnvironmentRow;

/// Status and reason alone: what filters and counts ask for.
pub fn status(
    app: &AppName,
    wanted: u32,
    deploying: bool,
    sight: &Sight,
) -> (AppStatus, Option<StatusReason>) {
    model::app::status(wanted, wanted == 0, deploying, sight.instances(app), &sight.engine())
}

/// An app as lists and events show it.
pub fn summary(listed: &ListedApp, sight: &Sight) -> AppSummary {
    let ListedApp { app, last } = listed;
    let active = last.as_ref().filter(|deployment| deployment.state.is_active());
    let (status, status_reason) = status(&app.name, app.wanted, active.is_some(), sight);
    let AppRow { environment, name, project, version, image, .. } = app;
    AppSummary {
        environment: environment.clone(),
        name: name.clone(),
        project: project.clone(),
        status,
        status_reason,
        revision: app.target.revision,
        image: image.clone(),
        version: version.clone(),
        newer: None,
        moved: None,
        instances: InstanceCounts::of(app.wanted, sight.instances(name)),
        deployment: active.cloned(),
        last_deployment: last.clone(),
        observed_at: sight.observed_at,
        created_at: app.created_at,
        updated_at: app.updated_at,
    }
}

/// The instances of an app with their latest usage.
pub fn instances(app: &AppName, sight: &Sight) -> Vec<Instance> {
    let mut instances = sight.instances(app).to_vec();
    for instance in &mut instances {
        if let Some(usage) = sight.usage.get(&instance.id) {
            instance.usage = Some(*usage);
        }
    }
    instances
}

/// An environment as the API shows it; before its engine was built it can do nothing.
pub fn environment(row: &EnvironmentRow, apps: u32, sight: &Sight, now: Timestamp) -> Environment {
    Environment {
        name: row.name.clone(),
        engine: row.engine.clone(),
        protected: row.protected,
        rules: row.rules.clone(),
        closed: window::closed(&row.rules, now),
        metrics: row.metrics.clone(),
        log_links: row.log_links.clone(),
        capabilities: sight.capabilities.clone().unwrap_or(Capabilities {
            images: false,
            artifacts: false,
            commands: false,
            volumes: false,
            constraints: false,
            network_modes: Vec::new(),
            udp_ports: false,
            secrets: false,
            config_sets: false,
            cpu_limit: Enforcement::None,
            memory_limit: Enforcement::None,
        }),
        reachability: sight.reachability.clone(),
        apps,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
