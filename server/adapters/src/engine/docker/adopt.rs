//! From a container that somebody else made to what it would be as an app. Pure.

use bollard::models::{
    ContainerInspectResponse, HostConfig, ImageConfig, Mount, MountPoint, MountType, PortBinding,
    RestartPolicyNameEnum,
};
use model::definition::{Port, Protocol};
use model::workload::{ForeignWorkload, TakenPort};
use serde_json::json;

use super::convert::time;
use super::draft::Draft;
use super::label::{self, Labels};

/// Tasks are their service's.
const SWARM: &str = "com.docker.swarm.";
/// How the program was made; as an app it is made otherwise.
const COMPOSE: &str = "com.docker.compose.";

/// Whether it belongs to a console, whosever, or to a swarm.
pub fn is_taken(labels: &Labels) -> bool {
    labels.contains_key(label::OWNER) || labels.keys().any(|name| name.starts_with(SWARM))
}

/// `image`: what its image sets itself; the definition need not repeat it.
pub fn workload(container: ContainerInspectResponse, image: &ImageConfig) -> ForeignWorkload {
    let config = container.config.unwrap_or_default();
    let host = container.host_config.unwrap_or_default();
    let mut draft = Draft::default();
    let reference = config.image.clone().unwrap_or_default();
    if reference.starts_with("sha256:") {
        draft.leave_out("the image has no name any more, so no other host can fetch it");
    }
    draft.set("image", json!(reference));
    draft.set("instances", json!(1));
    let own = |set: &Option<Vec<String>>| set.clone().unwrap_or_default();
    if own(&config.entrypoint) != own(&image.entrypoint) || own(&config.cmd) != own(&image.cmd) {
        draft.command(&[own(&config.entrypoint), own(&config.cmd)].concat());
    }
    draft.variables(&own(&config.env), &own(&image.env));
    let labels = config.labels.clone().unwrap_or_default();
    draft.labels(&labels, &image.labels.clone().unwrap_or_default(), |name| name.starts_with(COMPOSE));
    let (ports, taken_ports) = ports(&mut draft, &host);
    draft.ports(&ports, 1);
    network(
        &mut draft,
        &host,
        container.network_settings.and_then(|settings| settings.networks).map_or(0, |all| all.len()),
    );
    draft.volumes(&mounts(&container.mounts.unwrap_or_default(), &host));
    draft.resources(cpus(&host), host.memory.unwrap_or(0));
    draft.stop(
        config.stop_signal.as_deref().filter(|set| image.stop_signal.as_deref() != Some(*set)),
        config.stop_timeout,
    );
    draft.check(config.healthcheck.as_ref().filter(|check| image.healthcheck.as_ref() != Some(*check)));
    match host.restart_policy.as_ref().and_then(|policy| policy.name) {
        Some(RestartPolicyNameEnum::ALWAYS | RestartPolicyNameEnum::UNLESS_STOPPED) => {}
        Some(RestartPolicyNameEnum::ON_FAILURE) => {
            draft.leave_out("it is started again after a failure only; an app's instance always is");
        }
        _ => draft.leave_out("it is not started again when it ends; an app's instance is"),
    }
    let differs = |set: &Option<String>, image: Option<&String>| {
        set.as_ref().filter(|set| !set.is_empty()) != image.filter(|set| !set.is_empty())
    };
    let id = container.id.unwrap_or_default();
    let named = |name: &String| !name.is_empty() && !id.starts_with(name.as_str());
    draft.leave_out_all([
        (differs(&config.user, image.user.as_ref()), "the user that it runs as"),
        (differs(&config.working_dir, image.working_dir.as_ref()), "the folder that it runs in"),
        (config.hostname.as_ref().is_some_and(named), "the name of its host"),
        (config.tty == Some(true), "its terminal"),
    ]);
    privileges(&mut draft, &host);
    let (definition, left_out) = draft.finish();
    let state = container.state.and_then(|state| state.status).map(|status| status.to_string());
    ForeignWorkload {
        id,
        name: container.name.unwrap_or_default().trim_start_matches('/').to_owned(),
        image: reference,
        state: state.unwrap_or_default(),
        created_at: container.created.as_deref().and_then(time),
        ports,
        taken_ports,
        definition,
        left_out,
        cannot_stop: goes_when_it_ends(&host).then(|| GOES.to_owned()),
    }
}

/// Why a container of which nothing is left when it ends cannot be put back.
pub const GOES: &str = "it is removed when it ends (--rm), so it could not be put back";

pub fn goes_when_it_ends(host: &HostConfig) -> bool {
    host.auto_remove == Some(true)
}

fn cpus(host: &HostConfig) -> f64 {
    match (host.nano_cpus.unwrap_or(0), host.cpu_quota.unwrap_or(0), host.cpu_period.unwrap_or(0)) {
        (nano, ..) if nano > 0 => nano as f64 / 1e9,
        // The kernel's own period.
        (_, quota, 0) if quota > 0 => quota as f64 / 1e5,
        (_, quota, period) if quota > 0 => quota as f64 / period as f64,
        _ => 0.0,
    }
}

fn ports(draft: &mut Draft, host: &HostConfig) -> (Vec<Port>, Vec<TakenPort>) {
    let mut ports = Vec::new();
    let mut taken = Vec::new();
    for (name, bindings) in host.port_bindings.iter().flatten() {
        let (number, protocol) = name.split_once('/').unwrap_or((name, "tcp"));
        let protocol = match protocol {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            _ => {
                draft.leave_out(format!("the port {name}"));
                continue;
            }
        };
        let Ok(container_port) = number.parse() else { continue };
        let bindings: &[PortBinding] = bindings.as_deref().unwrap_or_default();
        let everywhere = |address: &String| matches!(address.as_str(), "" | "0.0.0.0" | "::");
        for address in bindings.iter().filter_map(|binding| binding.host_ip.as_ref()) {
            if !everywhere(address) {
                draft.leave_out(format!(
                    "the port {name} is published at {address} only; an app's is at every address"
                ));
            }
        }
        let mut fixed: Vec<u16> =
            bindings.iter().filter_map(|binding| binding.host_port.as_ref()?.parse().ok()).collect();
        fixed.retain(|port| *port > 0);
        fixed.dedup();
        taken.extend(fixed.iter().map(|port| TakenPort { port: *port, protocol }));
        for other in fixed.iter().skip(1) {
            draft.leave_out(format!("the port {name} is published as {other} as well"));
        }
        ports.push(Port {
            name: format!("{}-{number}", super::program::protocol_name(protocol)),
            container_port,
            host_port: fixed.first().copied().unwrap_or(0),
            protocol,
        });
    }
    // The daemon's order is any.
    ports.sort_by(|one, other| (one.container_port, &one.name).cmp(&(other.container_port, &other.name)));
    taken.sort_by_key(|taken| (taken.port, super::program::protocol_name(taken.protocol)));
    (ports, taken)
}

fn network(draft: &mut Draft, host: &HostConfig, networks: usize) {
    let mode = host.network_mode.as_deref().unwrap_or_default();
    let network = match mode {
        "" | "default" | "bridge" => json!({"mode": "bridge"}),
        "host" => json!({"mode": "host"}),
        "none" => json!({"mode": "none"}),
        mode if mode.starts_with("container:") => {
            draft.leave_out("it shares the network of another container");
            json!({"mode": "bridge"})
        }
        name if model::id::check_name(name).is_ok() => json!({"mode": "bridge", "name": name}),
        name => {
            draft.leave_out(format!(
                "the network {name}: a definition names networks in lower-case letters, digits and hyphens"
            ));
            json!({"mode": "bridge"})
        }
    };
    draft.set("network", network);
    if networks > 1 {
        draft.leave_out("the networks beside its first");
    }
}

/// As seen from inside, and memory that is not among them.
fn mounts(points: &[MountPoint], host: &HostConfig) -> Vec<Mount> {
    let mut mounts: Vec<Mount> = points
        .iter()
        .map(|point| {
            let typ = match point.typ.as_deref() {
                Some("bind") => Some(MountType::BIND),
                Some("volume") => Some(MountType::VOLUME),
                Some("tmpfs") => Some(MountType::TMPFS),
                _ => None,
            };
            let source = if typ == Some(MountType::VOLUME) { &point.name } else { &point.source };
            Mount {
                target: point.destination.clone(),
                source: source.clone(),
                typ,
                read_only: point.rw.map(|writes| !writes),
                ..Mount::default()
            }
        })
        .collect();
    for target in host.tmpfs.iter().flatten().map(|(target, _)| target) {
        mounts.push(Mount { target: Some(target.clone()), typ: Some(MountType::TMPFS), ..Mount::default() });
    }
    mounts.sort_by(|one, other| one.target.cmp(&other.target));
    mounts
}

fn privileges(draft: &mut Draft, host: &HostConfig) {
    let any = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
    let is = |set: &Option<String>, usual: &[&str]| set.as_deref().is_some_and(|set| !usual.contains(&set));
    let logs = host.log_config.as_ref().and_then(|logs| logs.typ.clone());
    draft.leave_out_all([
        (host.privileged == Some(true), "it may do all on its host (privileged)"),
        (any(&host.cap_add), "capabilities that it has beside the usual"),
        (any(&host.cap_drop), "capabilities that were taken from it"),
        (any(&host.security_opt), "its security options"),
        (host.devices.as_ref().is_some_and(|all| !all.is_empty()), "its devices"),
        (host.device_requests.as_ref().is_some_and(|all| !all.is_empty()), "its devices (GPU)"),
        (host.readonly_rootfs == Some(true), "that it cannot write to its own files"),
        (host.init == Some(true), "the first process that collects the others (init)"),
        (any(&host.extra_hosts), "names of hosts that it was told"),
        (any(&host.dns) || any(&host.dns_search) || any(&host.dns_options), "its servers of names (DNS)"),
        (any(&host.links), "links to other containers"),
        (any(&host.volumes_from), "that it takes the volumes of another container"),
        (any(&host.group_add), "groups that it belongs to"),
        (host.ulimits.as_ref().is_some_and(|all| !all.is_empty()), "its ulimits"),
        (host.sysctls.as_ref().is_some_and(|all| !all.is_empty()), "settings of the kernel (sysctls)"),
        (host.pids_limit.is_some_and(|limit| limit > 0), "the limit of its processes"),
        (is(&host.pid_mode, &[""]), "whose processes it sees"),
        (is(&host.ipc_mode, &["", "private", "shareable"]), "whose memory it shares (IPC)"),
        (is(&host.runtime, &["", "runc"]), "the runtime that starts it"),
        (is(&logs, &["", "json-file", "local"]), "where its log goes"),
        (host.auto_remove == Some(true), "that it is removed when it ends"),
        (host.publish_all_ports == Some(true), "that all ports of its image are published"),
        (host.memory_reservation.is_some_and(|bytes| bytes > 0), "the memory that is set aside for it"),
        (is(&host.cpuset_cpus, &[""]), "the processors that it is bound to"),
    ]);
}

#[cfg(test)]
#[path = "adopt_tests.rs"]
mod tests;
