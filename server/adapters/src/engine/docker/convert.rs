//! From a replica set to a container, and from a container to an instance. Pure.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, ContainerInspectResponse, ContainerState, ContainerStateStatusEnum,
    HealthStatusEnum, HostConfig, NetworkSettings, PortBinding, RestartPolicy, RestartPolicyNameEnum,
};
use chrono::DateTime;
use model::definition::{Definition, NetworkMode, Port};
use model::id::{InstanceId, ReplicaSetId};
use model::instance::{Health, InstancePort, InstanceReason, ReasonCode};
use model::time::Timestamp;

use super::label::{self, Labels, Owner};
use super::{image, program, runs};

const PLACE: &str = "quarterdeck.place";
const RESTARTS: &str = "quarterdeck.restarts";
const ENDS: &str = "quarterdeck.ends";

/// One container to be made.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    pub owner: &'a Owner,
    pub set: &'a ReplicaSetId,
    pub id: &'a InstanceId,
    pub definition: &'a Definition,
    pub place: u32,
    pub restarts: u32,
    pub ends: u32,
    pub statsd: Option<&'a str>,
}

pub fn container(plan: &Plan<'_>) -> ContainerCreateBody {
    let Plan { definition, set, id, .. } = plan;
    let variables = program::variables(definition, set, &id.0, plan.statsd);
    let mut labels = plan.owner.labels(set, &definition.labels);
    label::name_instance(&mut labels, id);
    for (name, value) in [(PLACE, plan.place), (RESTARTS, plan.restarts), (ENDS, plan.ends)] {
        labels.insert(name.to_owned(), value.to_string());
    }
    runs::write(&mut labels, definition);
    let published = definition.network.mode == NetworkMode::Bridge;
    let names: Vec<String> =
        if published { definition.ports.iter().map(port_name).collect() } else { Vec::new() };
    let bindings = definition.ports.iter().zip(&names).map(|(port, name)| {
        let host_port = if port.host_port == 0 { String::new() } else { port.host_port.to_string() };
        (name.clone(), Some(vec![PortBinding { host_ip: None, host_port: Some(host_port) }]))
    });
    let memory = program::memory_bytes(definition.resources.memory_mb);
    ContainerCreateBody {
        image: definition.image.as_deref().map(image::exact),
        entrypoint: program::command(definition, &variables),
        healthcheck: program::health_config(&definition.health_checks, &variables),
        env: Some(variables.iter().map(|(name, value)| format!("{name}={value}")).collect()),
        stop_signal: Some(program::signal_name(definition.stop.signal).to_owned()),
        stop_timeout: i64::try_from(definition.stop.grace.duration().as_secs()).ok(),
        exposed_ports: Some(names.clone()),
        labels: Some(labels),
        host_config: Some(HostConfig {
            nano_cpus: Some(program::nano_cpus(definition.resources.cpus)),
            memory: Some(memory),
            // The same: nothing beyond it on a disk.
            memory_swap: Some(memory),
            network_mode: Some(network_mode(definition)),
            port_bindings: Some(bindings.collect()),
            mounts: Some(program::mounts(&definition.volumes)),
            restart_policy: Some(restart_policy(false)),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

fn network_mode(definition: &Definition) -> String {
    match (definition.network.mode, &definition.network.name) {
        (NetworkMode::Host, _) => "host".to_owned(),
        (NetworkMode::None, _) => "none".to_owned(),
        (NetworkMode::Bridge | NetworkMode::Overlay, Some(name)) => name.clone(),
        (NetworkMode::Bridge | NetworkMode::Overlay, None) => "bridge".to_owned(),
    }
}

fn port_name(port: &Port) -> String {
    format!("{}/{}", port.container_port, program::protocol_name(port.protocol))
}

/// The daemon starts a proven instance again by itself: after a crash, a restart of its own, a start of the host.
pub fn restart_policy(proven: bool) -> RestartPolicy {
    let name = if proven { RestartPolicyNameEnum::UNLESS_STOPPED } else { RestartPolicyNameEnum::NO };
    RestartPolicy { name: Some(name), maximum_retry_count: None }
}

/// A container of ours as its daemon describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub container: String,
    pub set: ReplicaSetId,
    pub id: InstanceId,
    pub place: u32,
    /// Starts in its place before this container's.
    pub restarts: u32,
    pub ends: u32,
    /// As much of its definition as is known from the container itself.
    pub definition: Definition,
    pub life: Life,
    pub started_at: Option<Timestamp>,
    /// Starts by the daemon itself since the container was made.
    pub restarted: u32,
    pub ports: Vec<InstancePort>,
    /// By the daemon's own check; `None` without one.
    pub health: Option<Health>,
    /// What that check said last.
    pub answer: String,
    /// Whether the daemon would start it again.
    pub proven: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Life {
    Created,
    Running,
    /// The daemon waits to start it again.
    Restarting,
    Ended {
        at: Option<Timestamp>,
        exit_code: i32,
        out_of_memory: bool,
        error: String,
    },
}

/// `None`: not ours.
pub fn seen(owner: &Owner, answer: ContainerInspectResponse) -> Option<Seen> {
    let labels = answer.config.and_then(|config| config.labels)?;
    let set = owner.set_of(&labels)?;
    let id = label::instance_of(&labels)?;
    let definition = runs::read(&labels)?;
    let state = answer.state.unwrap_or_default();
    let started_at = state.started_at.as_deref().and_then(time);
    let policy = answer.host_config.and_then(|host| host.restart_policy).and_then(|policy| policy.name);
    let (health, said) = health(&state);
    Some(Seen {
        container: answer.id?,
        id,
        place: number(&labels, PLACE),
        restarts: number(&labels, RESTARTS),
        ends: number(&labels, ENDS),
        life: life(&state),
        started_at,
        restarted: answer.restart_count.and_then(|count| u32::try_from(count).ok()).unwrap_or(0),
        ports: ports(&definition, answer.network_settings.as_ref()),
        health,
        answer: said,
        proven: policy == Some(RestartPolicyNameEnum::UNLESS_STOPPED),
        set,
        definition,
    })
}

fn number(labels: &Labels, name: &str) -> u32 {
    labels.get(name).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// A daemon's time; the year 1 is its "never".
pub fn time(text: &str) -> Option<Timestamp> {
    let time = DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis();
    (time > 0).then(|| Timestamp::from_millis(time))
}

fn life(state: &ContainerState) -> Life {
    match state.status {
        Some(ContainerStateStatusEnum::RUNNING | ContainerStateStatusEnum::PAUSED) => Life::Running,
        Some(ContainerStateStatusEnum::RESTARTING) => Life::Restarting,
        Some(ContainerStateStatusEnum::CREATED) => Life::Created,
        _ => Life::Ended {
            at: state.finished_at.as_deref().and_then(time),
            exit_code: state.exit_code.and_then(|code| i32::try_from(code).ok()).unwrap_or(-1),
            out_of_memory: state.oom_killed == Some(true),
            error: state.error.clone().unwrap_or_default(),
        },
    }
}

fn health(state: &ContainerState) -> (Option<Health>, String) {
    let Some(health) = &state.health else { return (None, String::new()) };
    let last = health.log.as_ref().and_then(|log| log.last());
    let answer = last.map(|last| {
        let said = last.output.as_deref().unwrap_or_default();
        let said = said.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
        let code = format!("exit code {}", last.exit_code.unwrap_or(-1));
        if said.is_empty() { code } else { format!("{code}, {said}") }
    });
    let health = match health.status {
        Some(HealthStatusEnum::HEALTHY) => Some(Health::Healthy),
        Some(HealthStatusEnum::UNHEALTHY) => Some(Health::Unhealthy),
        Some(HealthStatusEnum::STARTING) => Some(Health::Unknown),
        _ => None,
    };
    (health, answer.unwrap_or_default())
}

fn ports(definition: &Definition, network: Option<&NetworkSettings>) -> Vec<InstancePort> {
    let none = HashMap::new();
    let bound = network.and_then(|network| network.ports.as_ref()).unwrap_or(&none);
    let ports = definition.ports.iter().map(|port| {
        let published = || {
            let bindings = bound.get(&port_name(port))?.as_ref()?;
            bindings.iter().find_map(|binding| binding.host_port.as_deref()?.parse::<u16>().ok())
        };
        InstancePort {
            name: port.name.clone(),
            container_port: port.container_port,
            host_port: match definition.network.mode {
                NetworkMode::Host => program::listens_on(port, NetworkMode::Host),
                NetworkMode::None => 0,
                NetworkMode::Bridge | NetworkMode::Overlay => published().unwrap_or(port.host_port),
            },
            protocol: port.protocol,
        }
    });
    ports.collect()
}

/// Why a container ended that nobody told to.
pub fn end_reason(exit_code: i32, out_of_memory: bool, error: &str, memory_mb: u64) -> InstanceReason {
    let reason = |code, detail| InstanceReason { code, detail };
    if out_of_memory {
        return reason(ReasonCode::OutOfMemory, format!("{memory_mb} MiB"));
    }
    if !error.is_empty() {
        return image::start_reason(error);
    }
    // A shell and the daemon say so of a program that a signal ended.
    match exit_code.checked_sub(128).and_then(signal) {
        Some(name) => reason(ReasonCode::Signal, name),
        None => reason(ReasonCode::ExitCode, exit_code.to_string()),
    }
}

fn signal(number: i32) -> Option<String> {
    let known = nix::sys::signal::Signal::try_from(number).ok()?;
    Some(known.as_str().to_owned())
}

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
