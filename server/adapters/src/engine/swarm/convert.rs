//! From a replica set to a service, and from services, tasks and nodes to what is observed. Pure.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{
    EndpointPortConfig, EndpointPortConfigProtocolEnum, EndpointPortConfigPublishModeEnum, EndpointSpec,
    Limit, NetworkAttachmentConfig, Platform, ResourceObject, Service, ServiceSpec, ServiceSpecMode,
    ServiceSpecModeReplicated, Task, TaskSpec, TaskSpecContainerSpec, TaskSpecPlacement,
    TaskSpecPlacementPreferences, TaskSpecPlacementSpread, TaskSpecResources, TaskSpecRestartPolicy,
    TaskSpecRestartPolicyConditionEnum, TaskState,
};
use model::definition::{ConstraintOperator, Definition, NetworkMode, Protocol};
use model::id::{InstanceId, ReplicaSetId};
use model::instance::{Health, Instance, InstancePort, InstanceReason, InstanceState, ReasonCode};
use model::time::Timestamp;
use sha2::{Digest as _, Sha256};

use super::node::Places;
use crate::engine::docker::label::{Labels, Owner};
use crate::engine::docker::{image, program, runs};
use crate::engine::{Observation, ObservedReplicaSet, ReplicaSet};

/// Longest name that a service may have.
const NAME_MAX: usize = 63;
/// Ended instances shown of each set.
const ENDED_MAX: usize = 10;
/// Filled in by Swarm itself when it makes a task.
const TASK_ID: &str = "{{.Task.ID}}";

/// `<environment>-<app>-r<revision>-g<generation>`; the middle of a long one gives way to a hash.
pub fn service_name(set: &ReplicaSetId) -> String {
    let end = format!("-r{}-g{}", set.revision, set.generation);
    let begin = format!("{}-{}", set.environment, set.app);
    if begin.len() + end.len() <= NAME_MAX {
        return begin + &end;
    }
    let digest = Sha256::digest(&begin);
    let hash = format!("{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3]);
    let kept = NAME_MAX - end.len() - hash.len() - 1;
    format!("{}-{hash}{end}", &begin[..kept])
}

/// `platforms`: those the image is for; none: every node may try.
pub fn service(
    owner: &Owner,
    set: &ReplicaSet,
    platforms: Vec<Platform>,
    statsd: Option<&str>,
) -> ServiceSpec {
    let definition = &set.definition;
    let mut labels = owner.labels(&set.id, &definition.labels);
    runs::write(&mut labels, definition);
    let mut variables = program::variables(definition, &set.id, TASK_ID, statsd);
    let env = variables.iter().map(|(name, value)| {
        // A value is a template to Swarm; braces of the definition's own mean themselves.
        let value = if value == TASK_ID { value.clone() } else { value.replace("{{", r#"{{"{{"}}"#) };
        format!("{name}={value}")
    });
    let env = env.collect();
    // Words are no templates.
    variables.remove("QUARTERDECK_INSTANCE");
    let amount = program::memory_bytes(definition.resources.memory_mb);
    let cpus = program::nano_cpus(definition.resources.cpus);
    ServiceSpec {
        name: Some(service_name(&set.id)),
        labels: Some(labels.clone()),
        mode: Some(ServiceSpecMode {
            replicated: Some(ServiceSpecModeReplicated { replicas: Some(i64::from(set.wanted)) }),
            ..ServiceSpecMode::default()
        }),
        task_template: Some(TaskSpec {
            container_spec: Some(TaskSpecContainerSpec {
                image: definition.image.as_deref().map(image::exact),
                labels: Some(labels),
                command: program::command(definition, &variables),
                env: Some(env),
                mounts: Some(program::mounts(&definition.volumes)),
                stop_signal: Some(program::signal_name(definition.stop.signal).to_owned()),
                stop_grace_period: Some(program::nanoseconds(definition.stop.grace)),
                health_check: program::health_config(&definition.health_checks, &variables),
                ..TaskSpecContainerSpec::default()
            }),
            // What is asked for is what is set aside: so Swarm knows what fits.
            resources: Some(TaskSpecResources {
                limits: Some(Limit { nano_cpus: Some(cpus), memory_bytes: Some(amount), pids: None }),
                reservations: Some(ResourceObject {
                    nano_cpus: Some(cpus),
                    memory_bytes: Some(amount),
                    generic_resources: None,
                }),
                ..TaskSpecResources::default()
            }),
            restart_policy: Some(TaskSpecRestartPolicy {
                condition: Some(TaskSpecRestartPolicyConditionEnum::ANY),
                delay: Some(program::nanoseconds(definition.restart.backoff)),
                max_attempts: None,
                window: None,
            }),
            placement: Some(placement(definition, platforms)),
            networks: network(definition).map(|target| {
                vec![NetworkAttachmentConfig { target: Some(target), ..NetworkAttachmentConfig::default() }]
            }),
            ..TaskSpec::default()
        }),
        endpoint_spec: Some(EndpointSpec { mode: None, ports: Some(ports(definition)) }),
        ..ServiceSpec::default()
    }
}

/// The network that tasks attach to beside the one that publishes their ports.
pub fn network(definition: &Definition) -> Option<String> {
    match definition.network.mode {
        NetworkMode::Host => Some("host".to_owned()),
        NetworkMode::Bridge | NetworkMode::Overlay | NetworkMode::None => definition.network.name.clone(),
    }
}

/// Published on the task's own node, each task with a port of its own unless the definition fixes it.
fn ports(definition: &Definition) -> Vec<EndpointPortConfig> {
    if definition.network.mode == NetworkMode::Host {
        return Vec::new();
    }
    let ports = definition.ports.iter().map(|port| EndpointPortConfig {
        name: None,
        protocol: Some(match port.protocol {
            Protocol::Tcp => EndpointPortConfigProtocolEnum::TCP,
            Protocol::Udp => EndpointPortConfigProtocolEnum::UDP,
        }),
        target_port: Some(i64::from(port.container_port)),
        published_port: (port.host_port > 0).then_some(i64::from(port.host_port)),
        publish_mode: Some(EndpointPortConfigPublishModeEnum::HOST),
    });
    ports.collect()
}

fn placement(definition: &Definition, platforms: Vec<Platform>) -> TaskSpecPlacement {
    let platforms = (!platforms.is_empty()).then_some(platforms);
    let mut placement = TaskSpecPlacement { platforms, ..TaskSpecPlacement::default() };
    let (mut constraints, mut preferences) = (Vec::new(), Vec::new());
    for constraint in &definition.constraints {
        let attribute = match constraint.attribute.as_str() {
            "node.name" => "node.hostname",
            other => other,
        };
        let value = constraint.value.as_deref().unwrap_or_default();
        match constraint.operator {
            ConstraintOperator::Is => constraints.push(format!("{attribute}=={value}")),
            ConstraintOperator::IsNot => constraints.push(format!("{attribute}!={value}")),
            ConstraintOperator::Unique => placement.max_replicas = Some(1),
            // Over nodes Swarm spreads by itself.
            ConstraintOperator::Spread if attribute == "node.hostname" => {}
            ConstraintOperator::Spread => preferences.push(TaskSpecPlacementPreferences {
                spread: Some(TaskSpecPlacementSpread { spread_descriptor: Some(attribute.to_owned()) }),
            }),
        }
    }
    placement.constraints = (!constraints.is_empty()).then_some(constraints);
    placement.preferences = (!preferences.is_empty()).then_some(preferences);
    placement
}

/// What the engine knows beside what Swarm says.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// By the questions asked from here, for each task: its health, and the last failing answer.
    pub health: HashMap<InstanceId, (Health, String)>,
    /// Tasks that were told to stop, and why.
    pub stopped: HashMap<InstanceId, InstanceReason>,
}

pub fn replicas(service: &Service) -> u32 {
    let mode = service.spec.as_ref().and_then(|spec| spec.mode.as_ref());
    let replicas = mode.and_then(|mode| mode.replicated.as_ref()).and_then(|replicated| replicated.replicas);
    replicas.and_then(|count| u32::try_from(count).ok()).unwrap_or(0)
}

pub fn set_of_service(owner: &Owner, service: &Service) -> Option<ReplicaSetId> {
    owner.set_of(service.spec.as_ref()?.labels.as_ref()?)
}

pub fn labels_of_task(task: &Task) -> Option<&Labels> {
    task.spec.as_ref()?.container_spec.as_ref()?.labels.as_ref()
}

/// It has ended and will not come back.
pub fn is_over(task: &Task) -> bool {
    let state = task.status.as_ref().and_then(|status| status.state);
    state.is_none_or(|state| {
        matches!(
            state,
            TaskState::COMPLETE
                | TaskState::SHUTDOWN
                | TaskState::FAILED
                | TaskState::REJECTED
                | TaskState::REMOVE
                | TaskState::ORPHANED
        )
    })
}

/// It has a container, and with it perhaps a log.
pub fn has_begun(task: &Task) -> bool {
    let status = task.status.as_ref().and_then(|status| status.container_status.as_ref());
    status.and_then(|status| status.container_id.as_ref()).is_some_and(|container| !container.is_empty())
}

/// Everything of ours, from one look.
pub fn observation(
    owner: &Owner,
    services: &[Service],
    tasks: &[Task],
    places: &Places,
    known: &Known,
    now: Timestamp,
) -> Observation {
    let mut sets: BTreeMap<ReplicaSetId, (u32, BTreeMap<i64, Vec<&Task>>)> = BTreeMap::new();
    for service in services {
        if let Some(set) = set_of_service(owner, service) {
            sets.insert(set, (replicas(service), BTreeMap::new()));
        }
    }
    for task in tasks {
        if let Some(set) = labels_of_task(task).and_then(|labels| owner.set_of(labels)) {
            // A service that is gone leaves its tasks behind for as long as they stop.
            let (_, slots) = sets.entry(set).or_default();
            slots.entry(task.slot.unwrap_or(0)).or_default().push(task);
        }
    }
    let sets = sets.into_iter().map(|(id, (wanted, slots))| {
        let mut instances: Vec<Instance> =
            slots.into_values().flat_map(|tasks| slot(&id, tasks, places, known, now)).collect();
        let mut ended: Vec<(Option<Timestamp>, InstanceId)> = instances
            .iter()
            .filter(|instance| !instance.state.is_active())
            .map(|instance| (instance.ended_at, instance.id.clone()))
            .collect();
        ended.sort_by(|one, other| other.cmp(one));
        let dropped: Vec<InstanceId> = ended.into_iter().skip(ENDED_MAX).map(|(_, id)| id).collect();
        instances.retain(|instance| !dropped.contains(&instance.id));
        ObservedReplicaSet { id, wanted, instances }
    });
    // A service's last tasks are history once it is gone.
    let is_there = |set: &ObservedReplicaSet| {
        services.iter().any(|service| set_of_service(owner, service).as_ref() == Some(&set.id))
            || set.instances.iter().any(|instance| instance.state.is_active())
    };
    Observation { sets: sets.filter(is_there).collect() }
}

/// The tasks of one place, one after the other.
fn slot(
    set: &ReplicaSetId,
    mut tasks: Vec<&Task>,
    places: &Places,
    known: &Known,
    now: Timestamp,
) -> Vec<Instance> {
    tasks.sort_by(|one, other| one.created_at.cmp(&other.created_at));
    let mut instances: Vec<Instance> = Vec::with_capacity(tasks.len());
    let mut ended = 0;
    for task in tasks {
        let Some(mut instance) = instance(set, task, places, known) else { continue };
        instance.restarts = ended;
        if let (Some(before), true) = (instances.last(), task.desired_state == Some(TaskState::READY)) {
            wait(&mut instance, before, task, now);
        }
        ended += u32::from(!instance.state.is_active());
        instances.push(instance);
    }
    instances
}

/// A task that Swarm keeps back until its delay is over.
fn wait(instance: &mut Instance, before: &Instance, task: &Task, now: Timestamp) {
    let policy = task.spec.as_ref().and_then(|spec| spec.restart_policy.as_ref());
    let delay = policy.and_then(|policy| policy.delay).and_then(|delay| u64::try_from(delay).ok());
    let (Some(ended), Some(delay)) = (before.ended_at, delay) else { return };
    let until = ended.plus(std::time::Duration::from_nanos(delay));
    if until <= now || !instance.state.is_active() {
        return;
    }
    instance.state = InstanceState::Pending;
    instance.delayed_until = Some(until);
    instance.reason.clone_from(&before.reason);
}

fn time(text: Option<&String>) -> Option<Timestamp> {
    crate::engine::docker::time(text?)
}

fn instance(set: &ReplicaSetId, task: &Task, places: &Places, known: &Known) -> Option<Instance> {
    let id = InstanceId(task.id.clone()?);
    let status = task.status.as_ref()?;
    let definition = runs::read(labels_of_task(task)?)?;
    let at = time(status.timestamp.as_ref());
    let said = status.err.clone().filter(|said| !said.is_empty());
    let stop_ordered = matches!(task.desired_state, Some(TaskState::SHUTDOWN | TaskState::REMOVE));
    let place = places.of(task.node_id.as_deref());
    let told = known.stopped.get(&id);
    let mut instance = Instance {
        app: set.app.clone(),
        environment: set.environment.clone(),
        revision: set.revision,
        generation: set.generation,
        state: InstanceState::Pending,
        health: Health::Unknown,
        reason: None,
        node: place.name.clone(),
        address: place.address.clone(),
        ports: instance_ports(&definition, task),
        restarts: 0,
        started_at: None,
        ended_at: None,
        exit_code: None,
        delayed_until: None,
        usage: None,
        id,
    };
    match status.state? {
        TaskState::NEW
        | TaskState::ALLOCATED
        | TaskState::PENDING
        | TaskState::ASSIGNED
        | TaskState::ACCEPTED => {
            instance.reason = said.map(|said| image::start_reason(&said));
        }
        TaskState::PREPARING => instance.state = InstanceState::Pulling,
        TaskState::READY | TaskState::STARTING => instance.state = InstanceState::Starting,
        TaskState::RUNNING => {
            instance.state = InstanceState::Running;
            instance.started_at = at;
            if let Some((health, answer)) = known.health.get(&instance.id) {
                instance.health = *health;
                if *health == Health::Unhealthy {
                    instance.reason =
                        Some(InstanceReason { code: ReasonCode::Unhealthy, detail: answer.clone() });
                }
            }
            if told.is_some() {
                instance.state = InstanceState::Stopping;
                instance.reason = told.cloned();
            }
        }
        ended => {
            end(&mut instance, ended, task, &definition);
            instance.ended_at = at;
            if let Some(reason) = told {
                instance.reason = Some(reason.clone());
            }
            return Some(instance);
        }
    }
    if place.is_down && task.node_id.is_some() {
        // Swarm goes on showing what it last heard from there.
        instance.state = InstanceState::Lost;
        instance.health = Health::Unknown;
        instance.ended_at = at;
        let detail = format!("node {} is down", place.name);
        instance.reason = Some(InstanceReason { code: ReasonCode::Engine, detail });
    } else if stop_ordered {
        instance.state = InstanceState::Stopping;
    }
    Some(instance)
}

fn end(instance: &mut Instance, state: TaskState, task: &Task, definition: &Definition) {
    let status = task.status.clone().unwrap_or_default();
    let said = status.err.unwrap_or_default();
    let code = status.container_status.as_ref().and_then(|container| container.exit_code);
    let ran = status
        .container_status
        .is_some_and(|container| container.container_id.is_some_and(|container| !container.is_empty()));
    let code = code.filter(|_| ran).and_then(|code| i32::try_from(code).ok());
    instance.exit_code = code;
    let plain = |code, detail: String| InstanceReason { code, detail };
    let (state, reason) = match state {
        TaskState::ORPHANED => (InstanceState::Lost, plain(ReasonCode::Vanished, String::new())),
        TaskState::SHUTDOWN | TaskState::REMOVE => {
            (InstanceState::Exited, plain(ReasonCode::Stopped, String::new()))
        }
        TaskState::COMPLETE => {
            (InstanceState::Exited, plain(ReasonCode::ExitCode, code.unwrap_or(0).to_string()))
        }
        TaskState::REJECTED => (InstanceState::Failed, rejected(definition, task, &said)),
        _ if said.contains("unhealthy container") => {
            (InstanceState::Failed, plain(ReasonCode::Unhealthy, said))
        }
        _ => match code.filter(|code| *code != 0 && said.contains("non-zero exit")) {
            Some(code) => {
                let memory = definition.resources.memory_mb;
                let reason = crate::engine::docker::end_reason(code, false, "", memory);
                let by_itself = reason.code == ReasonCode::ExitCode;
                (if by_itself { InstanceState::Exited } else { InstanceState::Failed }, reason)
            }
            None => (InstanceState::Failed, image::start_reason(&said)),
        },
    };
    instance.state = state;
    instance.reason = Some(reason);
}

fn rejected(definition: &Definition, task: &Task, said: &str) -> InstanceReason {
    if said.contains("No such image") || said.contains("pull") || said.contains("manifest") {
        let spec = task.spec.as_ref().and_then(|spec| spec.container_spec.as_ref());
        let named = spec.and_then(|spec| spec.image.clone()).or_else(|| definition.image.clone());
        return image::reason(&named.unwrap_or_default(), said);
    }
    image::start_reason(said)
}

fn instance_ports(definition: &Definition, task: &Task) -> Vec<InstancePort> {
    let status = task.status.as_ref().and_then(|status| status.port_status.as_ref());
    let published = status.and_then(|status| status.ports.as_deref()).unwrap_or_default();
    let ports = definition.ports.iter().map(|port| {
        let of_port = |config: &&EndpointPortConfig| {
            let protocol = match config.protocol {
                Some(EndpointPortConfigProtocolEnum::UDP) => Protocol::Udp,
                _ => Protocol::Tcp,
            };
            config.target_port == Some(i64::from(port.container_port)) && protocol == port.protocol
        };
        let found = published.iter().find(of_port).and_then(|config| config.published_port);
        InstancePort {
            name: port.name.clone(),
            container_port: port.container_port,
            host_port: match definition.network.mode {
                NetworkMode::Host => program::listens_on(port, NetworkMode::Host),
                _ => found.and_then(|found| u16::try_from(found).ok()).unwrap_or(port.host_port),
            },
            protocol: port.protocol,
        }
    });
    ports.collect()
}

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
