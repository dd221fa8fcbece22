//! What containers and the host use.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use bollard::Docker;
use bollard::models::{ContainerNetworkStats, ContainerStatsResponse};
use bollard::query_parameters::StatsOptions;
use futures::StreamExt as _;
use futures::stream;
use model::environment::{Node, NodeResources, NodeState};
use model::id::{InstanceId, ReplicaSetId};
use model::instance::{InstanceState, Network, Usage};

use super::connection::{PATIENCE, bounded};
use super::inner::Inner;
use crate::engine::EngineEvent;

const INTERVAL: Duration = Duration::from_secs(5);
/// Containers asked at one time.
const QUESTIONS: usize = 8;

/// Processor time of each container at its last sample.
pub type Known = HashMap<String, (Instant, u64)>;

/// Samples every five seconds for as long as the engine is there.
pub async fn sample_for_ever(engine: Weak<Inner>) {
    let mut known = Known::new();
    let mut ticker = tokio::time::interval(INTERVAL);
    ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticker.tick().await;
        let Some(inner) = engine.upgrade() else { return };
        if inner.is_away() {
            continue;
        }
        let Ok(client) = inner.connection.client().await else { continue };
        let running = inner.running();
        let containers = running.iter().map(|(_, _, container)| container.clone()).collect();
        let used = sample(&client, containers, &mut known).await;
        inner.take_usage(&running, &used);
    }
}

/// Usage of each container that answers.
pub async fn sample(client: &Docker, containers: Vec<String>, known: &mut Known) -> HashMap<String, Usage> {
    let asked = stream::iter(containers).map(|container| {
        let client = client.clone();
        async move {
            let options = StatsOptions { stream: false, one_shot: true };
            let answer = async {
                let mut stats = std::pin::pin!(client.stats(&container, Some(options)));
                stats.next().await.transpose()
            };
            let answer = bounded(PATIENCE, answer).await.ok().flatten()?;
            Some((container, answer, Instant::now()))
        }
    });
    let answers: Vec<_> = asked.buffer_unordered(QUESTIONS).collect().await;
    let before = std::mem::take(known);
    let mut used = HashMap::new();
    for (container, answer, at) in answers.into_iter().flatten() {
        let ticks = processor_nanoseconds(&answer);
        let mut usage = usage_of(&answer);
        if let Some((last, last_ticks)) = before.get(&container) {
            let seconds = at.duration_since(*last).as_secs_f64();
            if seconds > 0.0 {
                usage.cpu_cores = ticks.saturating_sub(*last_ticks) as f64 / 1e9 / seconds;
            }
        }
        known.insert(container.clone(), (at, ticks));
        // One that has ended in between has no figures.
        if usage.memory_bytes > 0 {
            used.insert(container, usage);
        }
    }
    used
}

fn processor_nanoseconds(stats: &ContainerStatsResponse) -> u64 {
    let usage = stats.cpu_stats.as_ref().and_then(|cpu| cpu.cpu_usage.as_ref());
    usage.and_then(|usage| usage.total_usage).unwrap_or(0)
}

/// All but the processor, which takes two samples.
fn usage_of(stats: &ContainerStatsResponse) -> Usage {
    let memory = stats.memory_stats.as_ref();
    let all = memory.and_then(|memory| memory.usage).unwrap_or(0);
    // The kernel gives back file pages that nobody has used of late when memory is short.
    let cache = memory
        .and_then(|memory| memory.stats.as_ref())
        .and_then(|stats| stats.get("total_inactive_file").or_else(|| stats.get("inactive_file")).copied());
    let processes = stats.pids_stats.as_ref().and_then(|pids| pids.current).unwrap_or(0);
    let networks = stats.networks.as_ref().map(|networks| {
        let sum =
            |bytes: fn(&ContainerNetworkStats) -> Option<u64>| networks.values().filter_map(bytes).sum();
        Network {
            received_bytes: sum(|network| network.rx_bytes),
            sent_bytes: sum(|network| network.tx_bytes),
        }
    });
    Usage {
        cpu_cores: 0.0,
        memory_bytes: all.saturating_sub(cache.unwrap_or(0)),
        threads: u32::try_from(processes).unwrap_or(u32::MAX),
        file_descriptors: 0,
        network: networks,
        health_check_seconds: None,
    }
}

impl Inner {
    fn running(&self) -> Vec<(ReplicaSetId, InstanceId, String)> {
        let state = self.lock();
        let instances =
            state.sets.iter().flat_map(|(set, known)| known.instances.iter().map(move |each| (set, each)));
        let running = instances.filter(|(_, (_, managed))| managed.view.state == InstanceState::Running);
        running
            .filter_map(|(set, (id, managed))| {
                Some((set.clone(), id.clone(), managed.hold.container.clone()?))
            })
            .collect()
    }

    fn take_usage(
        self: &Arc<Self>,
        running: &[(ReplicaSetId, InstanceId, String)],
        used: &HashMap<String, Usage>,
    ) {
        let forgotten = {
            let mut state = self.lock();
            for (set, id, container) in running {
                if let Some(managed) = state.managed(set, id)
                    && managed.view.state == InstanceState::Running
                {
                    managed.view.usage = used.get(container).copied();
                }
            }
            let sets: Vec<_> = state.sets.keys().cloned().collect();
            let now = crate::engine::now();
            sets.iter().flat_map(|set| state.prune(set, now)).collect()
        };
        self.discard(forgotten);
        self.tell(EngineEvent::Usage);
    }

    /// The host as a node. What it uses is what ours use: a daemon knows no more.
    pub fn node(&self) -> Node {
        let host = self.host();
        let (mut allocated, mut used) = (NodeResources::default(), NodeResources::default());
        let mut instances = 0;
        {
            let state = self.lock();
            let all = state.sets.values().flat_map(|set| set.instances.values());
            for managed in all.filter(|m| m.view.state.is_active() && m.view.state != InstanceState::Pending)
            {
                instances += 1;
                allocated.cpus += managed.definition.resources.cpus;
                allocated.memory_bytes += managed.definition.resources.memory_mb << 20;
                let usage = managed.view.usage.unwrap_or_default();
                used.cpus += usage.cpu_cores;
                used.memory_bytes += usage.memory_bytes;
            }
        }
        let (disk, disk_used) = self.disk(&host.data_root);
        used.disk_bytes = disk_used;
        Node {
            name: host.name,
            address: self.config.address(),
            state: NodeState::Ready,
            capacity: NodeResources { cpus: host.cpus, memory_bytes: host.memory_bytes, disk_bytes: disk },
            allocated,
            used,
            instances,
        }
    }

    /// Size and used bytes of the disk with the daemon's data, where that is this host's.
    fn disk(&self, data_root: &str) -> (u64, u64) {
        if !self.config.endpoint.is_socket() || data_root.is_empty() {
            return (0, 0);
        }
        let Ok(stat) = nix::sys::statvfs::statvfs(data_root) else { return (0, 0) };
        let block = stat.fragment_size();
        (stat.blocks() * block, stat.blocks().saturating_sub(stat.blocks_free()) * block)
    }
}
