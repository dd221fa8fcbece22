//! What instances and the host use.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, Weak};
use std::time::{Duration, Instant};

use model::environment::{Node, NodeResources, NodeState};
use model::id::InstanceId;
use model::instance::{InstanceState, Usage};
use nix::unistd::{SysconfVar, sysconf};

use super::inner::Inner;
use super::process;
use super::shim::now;
use crate::engine::EngineEvent;

const INTERVAL: Duration = Duration::from_secs(5);

/// Processor figures of the host at the last sample.
#[derive(Debug, Default)]
pub struct NodeUse {
    /// Busy and all clock ticks since the host's start.
    last: Option<(u64, u64)>,
    cpus: f64,
}

/// Processor time of an instance at its last sample.
type Known = HashMap<InstanceId, (Instant, u64)>;

/// Samples every five seconds for as long as the engine is there.
pub async fn sample_for_ever(engine: Weak<Inner>) {
    let mut known = Known::new();
    let mut ticker = tokio::time::interval(INTERVAL);
    ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticker.tick().await;
        let Some(inner) = engine.upgrade() else { return };
        let running = inner.running();
        let before = std::mem::take(&mut known);
        let work = {
            let inner = Arc::clone(&inner);
            tokio::task::spawn_blocking(move || {
                inner.sample_node();
                sample(&running, &before)
            })
        };
        let Ok((samples, seen)) = work.await else { continue };
        known = seen;
        inner.take(samples);
    }
}

impl Inner {
    fn running(&self) -> Vec<(InstanceId, i32)> {
        let state = self.lock();
        let instances = state.sets.values().flat_map(|set| set.instances.values());
        instances.filter_map(|m| Some((m.view.id.clone(), m.hold.shim?))).collect()
    }

    fn take(&self, samples: HashMap<InstanceId, Usage>) {
        let forgotten = {
            let mut state = self.lock();
            for set in state.sets.values_mut() {
                for (id, managed) in &mut set.instances {
                    if let (Some(usage), Some(_)) = (samples.get(id), managed.hold.shim) {
                        managed.view.usage = Some(*usage);
                    }
                }
            }
            let sets: Vec<_> = state.sets.keys().cloned().collect();
            sets.iter().flat_map(|set| state.prune(set, now())).collect()
        };
        super::inner::remove_holds(forgotten);
        self.tell(EngineEvent::Usage);
    }

    fn sample_node(&self) {
        let Some((busy, all)) = host_ticks() else { return };
        let mut node = self.node.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((last_busy, last_all)) = node.last.filter(|(_, last)| all > *last) {
            let share = busy.saturating_sub(last_busy) as f64 / (all - last_all) as f64;
            node.cpus = share * cores();
        }
        node.last = Some((busy, all));
    }

    /// This host as a node.
    pub fn node(&self) -> Node {
        let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let (disk, disk_used) = disk(&self.root);
        let total = memory_bytes(&memory, "MemTotal:");
        let used_cpus = self.node.lock().unwrap_or_else(PoisonError::into_inner).cpus;
        let mut allocated = NodeResources::default();
        let mut instances = 0;
        {
            let state = self.lock();
            let active = state.sets.values().flat_map(|set| set.instances.values());
            for managed in
                active.filter(|m| m.view.state.is_active() && m.view.state != InstanceState::Pending)
            {
                instances += 1;
                allocated.cpus += managed.definition.resources.cpus;
                allocated.memory_bytes += managed.definition.resources.memory_mb << 20;
            }
        }
        Node {
            name: self.config.node.clone(),
            address: self.config.address.clone(),
            state: NodeState::Ready,
            capacity: NodeResources { cpus: cores(), memory_bytes: total, disk_bytes: disk },
            allocated,
            used: NodeResources {
                cpus: used_cpus,
                memory_bytes: total.saturating_sub(memory_bytes(&memory, "MemAvailable:")),
                disk_bytes: disk_used,
            },
            instances,
        }
    }
}

/// Usage of each instance's process tree, and its processor time for the next sample.
fn sample(running: &[(InstanceId, i32)], before: &Known) -> (HashMap<InstanceId, Usage>, Known) {
    let children = process::by_parent(&process::all());
    let ticks_per_second = setting(SysconfVar::CLK_TCK, 100);
    let page = setting(SysconfVar::PAGE_SIZE, 4096);
    let mut samples = HashMap::new();
    let mut seen = Known::new();
    for (id, shim) in running {
        let tree = process::descendants(*shim, &children);
        let mut usage = Usage::default();
        // The shim has waited for what ended, so its own figures hold their time: the sum never falls.
        let mut ticks = process::stat(*shim).map_or(0, |stat| stat.ticks);
        for process in &tree {
            ticks += process.ticks;
            usage.memory_bytes += process.resident_pages * page;
            usage.threads += process.threads;
            usage.file_descriptors += descriptors(process.pid);
        }
        let time = Instant::now();
        if let Some((last, last_ticks)) = before.get(id) {
            let seconds = time.duration_since(*last).as_secs_f64();
            if seconds > 0.0 {
                let used = ticks.saturating_sub(*last_ticks) as f64 / ticks_per_second as f64;
                usage.cpu_cores = used / seconds;
            }
        }
        seen.insert(id.clone(), (time, ticks));
        if !tree.is_empty() {
            samples.insert(id.clone(), usage);
        }
    }
    (samples, seen)
}

fn descriptors(pid: i32) -> u32 {
    let count = std::fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count);
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn setting(name: SysconfVar, usual: u64) -> u64 {
    sysconf(name).ok().flatten().and_then(|value| u64::try_from(value).ok()).unwrap_or(usual)
}

fn cores() -> f64 {
    std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64)
}

/// Busy and all clock ticks of the host.
fn host_ticks() -> Option<(u64, u64)> {
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    let fields: Vec<u64> =
        text.lines().next()?.split_ascii_whitespace().skip(1).filter_map(|f| f.parse().ok()).collect();
    // user nice system idle iowait irq softirq steal; guest times are part of user and nice.
    let all: u64 = fields.iter().take(8).sum();
    let idle = fields.get(3)? + fields.get(4)?;
    Some((all - idle, all))
}

fn memory_bytes(meminfo: &str, name: &str) -> u64 {
    let value = meminfo.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes = value.and_then(|value| value.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kibibytes.unwrap_or(0) << 10
}

/// Size and used bytes of the disk below a folder.
fn disk(folder: &Path) -> (u64, u64) {
    let Ok(stat) = nix::sys::statvfs::statvfs(folder) else { return (0, 0) };
    let block = stat.fragment_size();
    (stat.blocks() * block, stat.blocks().saturating_sub(stat.blocks_free()) * block)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_memory_of_the_host() {
        assert_eq!(memory_bytes("MemTotal:       2048 kB\nMemAvailable:  1 kB\n", "MemAvailable:"), 1024);
    }
}
