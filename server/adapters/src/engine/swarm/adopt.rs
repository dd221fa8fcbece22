//! From a service that somebody else made to what it would be as an app. Pure.

use bollard::models::{
    EndpointPortConfigProtocolEnum, EndpointPortConfigPublishModeEnum, Service, ServiceSpec, TaskSpec,
    TaskSpecContainerSpec, TaskSpecRestartPolicyConditionEnum,
};
use model::definition::{Port, Protocol};
use model::workload::{ForeignWorkload, TakenPort};
use serde_json::{Value, json};

use crate::engine::docker::draft::Draft;
use crate::engine::docker::{label, time};

/// How the service was made; as an app it is made otherwise.
const STACK: &str = "com.docker.stack.";

/// Whether it belongs to a console, whosever.
pub fn is_taken(service: &Service) -> bool {
    let labels = service.spec.as_ref().and_then(|spec| spec.labels.as_ref());
    labels.is_some_and(|labels| labels.contains_key(label::OWNER))
}

/// `networks`: names by ids, of those that there are.
pub fn workload(service: Service, networks: &label::Labels) -> ForeignWorkload {
    let running = service.service_status.as_ref();
    let counts = running.and_then(|status| Some((status.running_tasks?, status.desired_tasks?)));
    let spec = service.spec.unwrap_or_default();
    let task = spec.task_template.clone().unwrap_or_default();
    let program = task.container_spec.clone().unwrap_or_default();
    let mut draft = Draft::default();
    let reference = program.image.clone().unwrap_or_default();
    draft.set("image", json!(reference));
    let instances = instances(&mut draft, &spec);
    words(&mut draft, &program);
    draft.variables(program.env.as_deref().unwrap_or_default(), &[]);
    let labels = spec.labels.clone().unwrap_or_default();
    draft.labels(&labels, &label::Labels::new(), |name| name.starts_with(STACK));
    let (ports, taken_ports) = ports(&mut draft, &spec);
    draft.ports(&ports, instances);
    network(&mut draft, &task, networks);
    draft.volumes(program.mounts.as_deref().unwrap_or_default());
    let limits = task.resources.as_ref().and_then(|resources| resources.limits.as_ref());
    let cpus = limits.and_then(|limits| limits.nano_cpus).unwrap_or(0) as f64 / 1e9;
    draft.resources(cpus, limits.and_then(|limits| limits.memory_bytes).unwrap_or(0));
    let grace = program.stop_grace_period.map(|nanoseconds| nanoseconds / 1_000_000_000);
    draft.stop(program.stop_signal.as_deref(), grace);
    draft.check(program.health_check.as_ref());
    constraints(&mut draft, &task);
    rest(&mut draft, &spec, &task, &program);
    let (definition, left_out) = draft.finish();
    let cannot_stop = count(&spec).is_none().then(|| UNCOUNTED.to_owned());
    ForeignWorkload {
        id: service.id.unwrap_or_default(),
        name: spec.name.unwrap_or_default(),
        image: reference,
        state: counts.map(|(running, wanted)| format!("{running} of {wanted} running")).unwrap_or_default(),
        created_at: service.created_at.as_deref().and_then(time),
        ports,
        taken_ports,
        definition,
        left_out,
        cannot_stop,
    }
}

/// Why a service that has no count cannot be stopped and kept.
pub const UNCOUNTED: &str =
    "it runs once on every node or is a job, so it has no count that could be set to 0 and back";

pub fn count(spec: &ServiceSpec) -> Option<i64> {
    let replicated = spec.mode.as_ref()?.replicated.as_ref()?;
    Some(replicated.replicas.unwrap_or(1))
}

fn instances(draft: &mut Draft, spec: &ServiceSpec) -> i64 {
    let mode = spec.mode.as_ref();
    let count = count(spec).unwrap_or(1);
    draft.set("instances", json!(count));
    if mode.is_some_and(|mode| mode.global.is_some()) {
        draft.leave_out("it runs once on every node; an app has a count");
    }
    if mode.is_some_and(|mode| mode.replicated_job.is_some() || mode.global_job.is_some()) {
        draft.leave_out("it is a job, which ends; an app's instance is started again");
    }
    count
}

/// A definition's command is what Swarm calls one: in the place of the image's entry point.
fn words(draft: &mut Draft, program: &TaskSpecContainerSpec) {
    let (command, arguments) = (program.command.as_deref(), program.args.as_deref());
    match (command.unwrap_or_default(), arguments.unwrap_or_default()) {
        ([], []) => {}
        ([], words) => draft.leave_out(format!(
            "the arguments {}: they go with the image's own program, which a definition's command replaces",
            words.join(" ")
        )),
        (command, arguments) => draft.command(&[command, arguments].concat()),
    }
}

fn ports(draft: &mut Draft, spec: &ServiceSpec) -> (Vec<Port>, Vec<TakenPort>) {
    let mut ports = Vec::new();
    let mut taken = Vec::new();
    let all = spec.endpoint_spec.as_ref().and_then(|endpoint| endpoint.ports.as_deref());
    for config in all.unwrap_or_default() {
        let (name, protocol) = match config.protocol {
            Some(EndpointPortConfigProtocolEnum::UDP) => ("udp", Protocol::Udp),
            Some(EndpointPortConfigProtocolEnum::SCTP) => {
                draft.leave_out("a port of SCTP");
                continue;
            }
            _ => ("tcp", Protocol::Tcp),
        };
        let number = |port: Option<i64>| port.and_then(|port| u16::try_from(port).ok()).unwrap_or(0);
        let container_port = number(config.target_port);
        let published = number(config.published_port);
        if published > 0 {
            taken.push(TakenPort { port: published, protocol });
        }
        let by_host = config.publish_mode == Some(EndpointPortConfigPublishModeEnum::HOST);
        if !by_host {
            draft.leave_out(format!(
                "the port {container_port}/{name} is answered by every node; an app's is published where its instances are"
            ));
        }
        // One port of every node for all: instances on one node could not share it.
        let host_port = if by_host { published } else { 0 };
        ports.push(Port { name: format!("{name}-{container_port}"), container_port, host_port, protocol });
    }
    (ports, taken)
}

fn network(draft: &mut Draft, task: &TaskSpec, networks: &label::Labels) {
    let attached: Vec<&str> = task
        .networks
        .iter()
        .flatten()
        .filter_map(|network| network.target.as_deref())
        .map(|target| networks.get(target).map_or(target, String::as_str))
        .collect();
    let network = match attached.first() {
        None => json!({"mode": "bridge"}),
        Some(&"host") => json!({"mode": "host"}),
        Some(name) if model::id::check_name(name).is_ok() => json!({"mode": "overlay", "name": name}),
        Some(name) => {
            draft.leave_out(format!(
                "the network {name}: a definition names networks in lower-case letters, digits and hyphens"
            ));
            json!({"mode": "bridge"})
        }
    };
    draft.set("network", network);
    if attached.len() > 1 {
        draft.leave_out("the networks beside its first");
    }
}

fn constraints(draft: &mut Draft, task: &TaskSpec) {
    let Some(placement) = &task.placement else { return };
    let mut kept: Vec<Value> = Vec::new();
    for text in placement.constraints.iter().flatten() {
        let parts = text.split_once("!=").map(|(name, value)| (name, "is_not", value));
        let parts = parts.or_else(|| text.split_once("==").map(|(name, value)| (name, "is", value)));
        let known = parts.and_then(|(name, operator, value)| match name.trim() {
            "node.hostname" => Some(("node.name", operator, value.trim())),
            label if label.starts_with("node.labels.") => Some((label, operator, value.trim())),
            _ => None,
        });
        match known {
            Some((attribute, operator, value)) => {
                kept.push(json!({"attribute": attribute, "operator": operator, "value": value}));
            }
            None => draft.leave_out(format!("the constraint {text}")),
        }
    }
    match placement.max_replicas {
        Some(1) => kept.push(json!({"attribute": "node.name", "operator": "unique"})),
        Some(count) if count > 1 => draft.leave_out(format!("at most {count} on one node")),
        _ => {}
    }
    for preference in placement.preferences.iter().flatten() {
        let label = preference.spread.as_ref().and_then(|spread| spread.spread_descriptor.as_deref());
        if let Some(label) = label.filter(|label| label.starts_with("node.labels.")) {
            kept.push(json!({"attribute": label, "operator": "spread"}));
        }
    }
    if !kept.is_empty() {
        draft.set("constraints", json!(kept));
    }
}

fn rest(draft: &mut Draft, spec: &ServiceSpec, task: &TaskSpec, program: &TaskSpecContainerSpec) {
    let restart = task.restart_policy.as_ref().and_then(|policy| policy.condition);
    let ends = matches!(
        restart,
        Some(TaskSpecRestartPolicyConditionEnum::NONE | TaskSpecRestartPolicyConditionEnum::ON_FAILURE)
    );
    let any = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
    let text = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    draft.leave_out_all([
        (ends, "that it is not always started again when it ends; an app's instance is"),
        (program.secrets.as_ref().is_some_and(|all| !all.is_empty()), "its secrets"),
        (program.configs.as_ref().is_some_and(|all| !all.is_empty()), "its configs"),
        (text(&program.user), "the user that it runs as"),
        (text(&program.dir), "the folder that it runs in"),
        (text(&program.hostname), "the name of its host"),
        (program.tty == Some(true), "its terminal"),
        (program.read_only == Some(true), "that it cannot write to its own files"),
        (program.init == Some(true), "the first process that collects the others (init)"),
        (any(&program.groups), "groups that it belongs to"),
        (any(&program.hosts), "names of hosts that it was told"),
        (program.dns_config.is_some(), "its servers of names (DNS)"),
        (program.privileges.is_some(), "its security options"),
        (any(&program.capability_add), "capabilities that it has beside the usual"),
        (any(&program.capability_drop), "capabilities that were taken from it"),
        (program.sysctls.as_ref().is_some_and(|all| !all.is_empty()), "settings of the kernel (sysctls)"),
        (program.ulimits.as_ref().is_some_and(|all| !all.is_empty()), "its ulimits"),
        (task.log_driver.is_some(), "where its log goes"),
        (
            spec.update_config.is_some() || spec.rollback_config.is_some(),
            "how it is updated; an app has a strategy",
        ),
    ]);
}

#[cfg(test)]
#[path = "adopt_tests.rs"]
mod tests;
