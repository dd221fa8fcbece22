//! Control groups, version 2 and version 1: limits over a whole process tree, and ending all of it at once.
//!
//! Every instance has a group of its own in each usable hierarchy. What is usable is found out by doing it once at the
//! start; where nothing is, the engine goes without and says so.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use model::definition::Resources;
use model::environment::Enforcement;
use serde::{Deserialize, Serialize};

/// Length of a period of the processor limit, in microseconds.
const PERIOD: u64 = 100_000;
/// Smallest quota that the kernel takes, in microseconds.
const QUOTA_MIN: u64 = 1_000;
/// Our folder in a hierarchy.
const OURS: &str = "quarterdeck";

/// Where the console itself goes when its own group must be free of processes.
const ASIDE: &str = "quarterdeck-console";

/// What this host lets us do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Host {
    hierarchies: Vec<Hierarchy>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Hierarchy {
    /// Folder that instances' groups are made in.
    parent: PathBuf,
    roles: Roles,
}

/// What a hierarchy is used for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Roles {
    version_2: bool,
    cpu: bool,
    memory: bool,
}

impl Roles {
    fn worth(self) -> u8 {
        u8::from(self.cpu) + u8::from(self.memory)
    }
}

/// The groups of one instance, with the limits to set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Groups {
    each: Vec<Group>,
    cpus: f64,
    memory_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Group {
    path: PathBuf,
    roles: Roles,
}

impl Host {
    /// Tries every mounted hierarchy.
    pub fn detect() -> Self {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let hierarchies = mounted(&mounts, &own).into_iter().filter_map(|(parents, roles)| {
            let tried = parents.into_iter().filter_map(|parent| usable(&parent.join(OURS), roles));
            // The first of the best: inside the own group, what limits the console limits its instances too.
            tried.reduce(|best, next| if next.roles.worth() > best.roles.worth() { next } else { best })
        });
        Self { hierarchies: hierarchies.collect() }
    }

    pub fn cpu(&self) -> Enforcement {
        self.enforcement(|roles| roles.cpu, Enforcement::None)
    }

    pub fn memory(&self) -> Enforcement {
        self.enforcement(|roles| roles.memory, Enforcement::ProcessLimit)
    }

    fn enforcement(&self, role: impl Fn(Roles) -> bool, otherwise: Enforcement) -> Enforcement {
        if self.hierarchies.iter().any(|h| role(h.roles)) { Enforcement::ControlGroup } else { otherwise }
    }

    /// The groups of an instance; nothing is made yet.
    pub fn groups(&self, name: &str, resources: Resources) -> Groups {
        let group = |h: &Hierarchy| Group { path: h.parent.join(name), roles: h.roles };
        Groups {
            each: self.hierarchies.iter().map(group).collect(),
            cpus: resources.cpus,
            memory_bytes: resources.memory_mb.saturating_mul(1 << 20),
        }
    }
}

/// Hierarchies by mount and own membership: folders to try, best first, and what it could be used for.
fn mounted(mounts: &str, own: &str) -> Vec<(Vec<PathBuf>, Roles)> {
    let mut found = Vec::new();
    for line in mounts.lines() {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let (Some(point), Some(kind), Some(options)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let has = |option: &str| options.split(',').any(|o| o == option);
        let roles = match kind {
            "cgroup2" => Roles { version_2: true, cpu: true, memory: true },
            "cgroup" if has("cpu") || has("memory") => {
                Roles { version_2: false, cpu: has("cpu"), memory: has("memory") }
            }
            _ => continue,
        };
        // `number:controllers:path`; version 2 has number 0 and no controllers.
        let member = own.lines().find_map(|line| {
            let mut parts = line.splitn(3, ':').skip(1);
            let (controllers, path) = (parts.next()?, parts.next()?);
            let ours = if roles.version_2 {
                controllers.is_empty()
            } else {
                controllers.split(',').any(|c| (c == "cpu" && roles.cpu) || (c == "memory" && roles.memory))
            };
            ours.then(|| path.trim_start_matches('/').to_owned())
        });
        let point = PathBuf::from(point);
        let mut parents = Vec::new();
        if let Some(member) = member.filter(|path| !path.is_empty() && !path.starts_with("..")) {
            let member = point.join(member);
            // Already moved aside by an engine opened before.
            let aside = member.file_name().is_some_and(|name| name == ASIDE);
            parents.extend(if aside { member.parent().map(Path::to_owned) } else { Some(member) });
        }
        parents.push(point);
        found.push((parents, roles));
    }
    found
}

static TRIALS: AtomicU32 = AtomicU32::new(0);

/// Makes `parent` and a group in it, sets limits and removes the group again; what worked is what it is good for.
fn usable(parent: &Path, roles: Roles) -> Option<Hierarchy> {
    make(parent).ok()?;
    let mut roles = roles;
    if roles.version_2 {
        // A hierarchy whose controllers are in use elsewhere (version 1) still ends whole trees for us.
        let above = parent.parent()?;
        for (controller, role) in [("cpu", &mut roles.cpu), ("memory", &mut roles.memory)] {
            *role = [above, parent].iter().all(|folder| enable(folder, controller));
        }
    }
    let number = TRIALS.fetch_add(1, Ordering::Relaxed);
    let trial = parent.join(format!("trial-{}-{number}", std::process::id()));
    make(&trial).ok()?;
    let group = Group { path: trial.clone(), roles };
    roles.cpu = roles.cpu && group.limit_cpu(1.0).is_ok();
    roles.memory = roles.memory && group.limit_memory(1 << 30).is_ok();
    let joinable = OpenOptions::new().write(true).open(trial.join("cgroup.procs")).is_ok();
    let removed = fs::remove_dir(&trial).is_ok();
    let useful = roles.cpu || roles.memory || roles.version_2;
    (joinable && removed && useful).then(|| Hierarchy { parent: parent.to_owned(), roles })
}

/// Lets the groups below a version 2 group have limits of this kind.
fn enable(group: &Path, controller: &str) -> bool {
    let word = format!("+{controller}");
    match put(group, "cgroup.subtree_control", &word) {
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
            leave(group).is_ok() && put(group, "cgroup.subtree_control", &word).is_ok()
        }
        other => other.is_ok(),
    }
}

/// A version 2 group with processes cannot limit the groups below it. When this process is the only one in it, as in a
/// group that systemd delegates, it moves out of the way.
fn leave(group: &Path) -> io::Result<()> {
    let own = std::process::id().to_string();
    if fs::read_to_string(group.join("cgroup.procs"))?.trim() != own {
        return Err(io::ErrorKind::ResourceBusy.into());
    }
    let aside = group.join(ASIDE);
    make(&aside)?;
    put(&aside, "cgroup.procs", &own)
}

impl Groups {
    /// Makes the groups, sets their limits and opens what a process writes `0` to in order to join.
    pub fn create(&self) -> io::Result<Vec<File>> {
        let mut doors = Vec::new();
        for group in &self.each {
            make(&group.path)?;
            if group.roles.cpu {
                group.limit_cpu(self.cpus)?;
            }
            if group.roles.memory {
                group.limit_memory(self.memory_bytes)?;
            }
            doors.push(OpenOptions::new().write(true).open(group.path.join("cgroup.procs"))?);
        }
        Ok(doors)
    }

    /// Ends every process in the groups at once; true where the kernel did that for us.
    pub fn kill(&self) -> bool {
        self.each.iter().any(|group| group.roles.version_2 && put(&group.path, "cgroup.kill", "1").is_ok())
    }

    /// Processes in the groups.
    pub fn members(&self) -> Vec<i32> {
        let mut members: Vec<i32> = self
            .each
            .iter()
            .filter_map(|group| fs::read_to_string(group.path.join("cgroup.procs")).ok())
            .flat_map(|text| text.lines().filter_map(|line| line.parse().ok()).collect::<Vec<i32>>())
            .collect();
        members.sort_unstable();
        members.dedup();
        members
    }

    /// Whether the kernel ended a process of the groups for want of memory.
    pub fn out_of_memory(&self) -> bool {
        self.each.iter().filter(|group| group.roles.memory).any(|group| {
            let file = if group.roles.version_2 { "memory.events" } else { "memory.oom_control" };
            let text = fs::read_to_string(group.path.join(file)).unwrap_or_default();
            let kills = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
            kills.and_then(|count| count.trim().parse::<u64>().ok()).is_some_and(|count| count > 0)
        })
    }

    /// Removes the groups, which must be empty by now; what is left is removed by the next attempt.
    pub fn remove(&self) {
        for group in &self.each {
            let _ = fs::remove_dir(&group.path);
        }
    }
}

impl Group {
    fn limit_cpu(&self, cpus: f64) -> io::Result<()> {
        let quota = ((cpus * PERIOD as f64) as u64).max(QUOTA_MIN);
        if self.roles.version_2 {
            put(&self.path, "cpu.max", &format!("{quota} {PERIOD}"))
        } else {
            put(&self.path, "cpu.cfs_period_us", &PERIOD.to_string())?;
            put(&self.path, "cpu.cfs_quota_us", &quota.to_string())
        }
    }

    fn limit_memory(&self, bytes: u64) -> io::Result<()> {
        let bytes = bytes.to_string();
        if self.roles.version_2 {
            put(&self.path, "memory.max", &bytes)?;
            // No swapping around the limit, where swap is counted at all.
            let _ = put(&self.path, "memory.swap.max", "0");
        } else {
            put(&self.path, "memory.limit_in_bytes", &bytes)?;
            let _ = put(&self.path, "memory.memsw.limit_in_bytes", &bytes);
        }
        Ok(())
    }
}

fn make(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

fn put(group: &Path, file: &str, value: &str) -> io::Result<()> {
    OpenOptions::new().write(true).open(group.join(file))?.write_all(value.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_hierarchies_of_both_versions_and_the_own_place_in_them() {
        let mounts = "proc /proc proc rw 0 0\n\
            cgroup /cg/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\n\
            cgroup /cg/memory cgroup rw,memory 0 0\n\
            cgroup /cg/pids cgroup rw,pids 0 0\n\
            cgroup2 /cg/unified cgroup2 rw 0 0\n";
        let own = "4:memory:/mine/x\n1:cpu,cpuacct:/\n0::/user.slice/a\n";
        let found = mounted(mounts, own);
        let parents: Vec<Vec<PathBuf>> = found.iter().map(|(parents, _)| parents.clone()).collect();
        let expected: [&[&str]; 3] = [
            &["/cg/cpu,cpuacct"],
            &["/cg/memory/mine/x", "/cg/memory"],
            &["/cg/unified/user.slice/a", "/cg/unified"],
        ];
        let expected: Vec<Vec<PathBuf>> =
            expected.iter().map(|paths| paths.iter().map(PathBuf::from).collect()).collect();
        assert_eq!(parents, expected);
        assert!(found[0].1.cpu && !found[0].1.memory && found[2].1.version_2);
    }
}
