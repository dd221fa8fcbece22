//! A definition in the making, from what somebody else runs; what it cannot say is noted. Pure.

use std::collections::BTreeMap;

use bollard::models::{HealthConfig, Mount, MountType};
use model::definition::{Port, Signal, VolumeKind};
use model::id::check_name;
use serde_json::{Map, Value, json};

use super::label::Labels;
use super::program;

/// Read by the console as its own.
const RESERVED: &str = "QUARTERDECK_";
const SIGNALS: [Signal; 7] =
    [Signal::Term, Signal::Int, Signal::Quit, Signal::Hup, Signal::Usr1, Signal::Usr2, Signal::Kill];

#[derive(Debug, Default)]
pub struct Draft {
    definition: Map<String, Value>,
    left_out: Vec<String>,
}

impl Draft {
    pub fn set(&mut self, name: &str, value: Value) {
        self.definition.insert(name.to_owned(), value);
    }

    pub fn leave_out(&mut self, words: impl Into<String>) {
        self.left_out.push(words.into());
    }

    /// Notes each setting that is there.
    pub fn leave_out_all<'a>(&mut self, settings: impl IntoIterator<Item = (bool, &'a str)>) {
        for (_, name) in settings.into_iter().filter(|(is_set, _)| *is_set) {
            self.leave_out(name);
        }
    }

    pub fn finish(self) -> (Value, Vec<String>) {
        (Value::Object(self.definition), self.left_out)
    }

    pub fn command(&mut self, words: &[String]) {
        match words {
            [] => {}
            [shell, flag, line] if shell == "sh" && flag == "-c" => self.set("command", json!(line)),
            words => {
                if words.iter().any(|word| word.contains('$')) {
                    self.leave_out(
                        "the command has a $, and a definition's variables are put in for their names",
                    );
                }
                self.set("command", json!(words));
            }
        }
    }

    /// `image`: what the image sets itself.
    pub fn variables(&mut self, env: &[String], image: &[String]) {
        let mut kept = BTreeMap::new();
        for pair in env.iter().filter(|pair| !image.contains(pair)) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let begins_well = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
            let is_name = begins_well && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if !is_name || name == "PORT" || name.starts_with("PORT_") || name.starts_with(RESERVED) {
                self.leave_out(format!("the variable {name}: the name is not one for a definition"));
            } else {
                kept.insert(name, value);
            }
        }
        if !kept.is_empty() {
            self.set("env", json!(kept));
        }
    }

    pub fn labels<'a>(&mut self, labels: &'a Labels, image: &Labels, skips: impl Fn(&str) -> bool) {
        let mut kept: BTreeMap<&'a str, &'a str> = BTreeMap::new();
        // The daemon's order is any.
        let sorted: BTreeMap<&String, &String> = labels.iter().collect();
        for (name, value) in sorted.into_iter().filter(|(name, value)| image.get(*name) != Some(*value)) {
            let bytes = name.as_bytes();
            let end = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
            let inner = bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(b));
            let is_key = end(bytes.first()) && end(bytes.last()) && inner && bytes.len() <= 63;
            if skips(name) || !is_key || value.len() > 1024 || value.contains('\n') {
                self.leave_out(format!("the label {name}"));
            } else {
                kept.insert(name, value);
            }
        }
        if !kept.is_empty() {
            self.set("labels", json!(kept));
        }
    }

    pub fn volumes(&mut self, mounts: &[Mount]) {
        let mut kept = Vec::new();
        for (index, mount) in mounts.iter().enumerate() {
            let target = mount.target.as_deref().unwrap_or_default();
            let source = mount.source.as_deref().unwrap_or_default();
            let (kind, name) = match mount.typ {
                Some(MountType::BIND) => (VolumeKind::Host, source.to_owned()),
                Some(MountType::TMPFS) => (VolumeKind::Tmpfs, format!("tmpfs-{}", index + 1)),
                Some(MountType::VOLUME) if check_name(source).is_ok() => {
                    (VolumeKind::Named, source.to_owned())
                }
                Some(MountType::VOLUME) => {
                    self.leave_out(format!(
                        "the volume {source} at {target}: a definition names volumes in lower-case letters, digits and hyphens"
                    ));
                    continue;
                }
                _ => {
                    self.leave_out(format!("what is mounted at {target}"));
                    continue;
                }
            };
            let tmpfs = mount.tmpfs_options.as_ref();
            if tmpfs.is_some_and(|options| options.size_bytes.is_some_and(|size| size > 0)) {
                self.leave_out(format!("the size of the memory at {target}"));
            }
            let read_only = mount.read_only == Some(true);
            kept.push(json!({"name": name, "kind": kind, "mount": target, "read_only": read_only}));
        }
        if !kept.is_empty() {
            self.set("volumes", json!(kept));
        }
    }

    /// A fixed port of a host allows one instance at a time.
    pub fn ports(&mut self, ports: &[Port], instances: i64) {
        if ports.is_empty() {
            return;
        }
        let mut kept = ports.to_vec();
        let is_fixed = |port: &&mut Port| port.host_port > 0;
        if instances == 1 {
            if kept.iter_mut().any(|port| is_fixed(&port)) {
                self.set("strategy", json!({"kind": "recreate"}));
            }
        } else {
            for port in kept.iter_mut().filter(is_fixed) {
                self.left_out.push(format!(
                    "the fixed port {}: with several instances each gets a free one",
                    port.host_port
                ));
                port.host_port = 0;
            }
        }
        self.set("ports", json!(kept));
    }

    /// What has no limit gets the definition's own.
    pub fn resources(&mut self, cpus: f64, memory_bytes: i64) {
        let mut resources = Map::new();
        if cpus > 0.0 {
            resources.insert("cpus".to_owned(), json!(cpus));
        } else {
            self.leave_out("it has no limit of CPU; the definition sets 0.5 cores");
        }
        match u64::try_from(memory_bytes) {
            Ok(bytes) if bytes > 0 => {
                resources.insert("memory_mb".to_owned(), json!(bytes.div_ceil(1 << 20).max(4)));
            }
            _ => self.leave_out("it has no limit of memory; the definition sets 256 MiB"),
        }
        if !resources.is_empty() {
            self.set("resources", resources.into());
        }
    }

    pub fn stop(&mut self, signal: Option<&str>, grace_seconds: Option<i64>) {
        let mut stop = Map::new();
        if let Some(signal) = signal.filter(|signal| !signal.is_empty()) {
            let bare = signal.trim_start_matches("SIG");
            let known = SIGNALS.into_iter().find(|known| program::signal_name(*known)[3..] == *bare);
            match known {
                Some(known) => {
                    stop.insert("signal".to_owned(), json!(known));
                }
                None => self.leave_out(format!("the stop signal {signal}; the definition sets SIGTERM")),
            }
        }
        if let Some(seconds) = grace_seconds.filter(|seconds| *seconds >= 0) {
            stop.insert("grace".to_owned(), json!(format!("{seconds}s")));
        }
        if !stop.is_empty() {
            self.set("stop", stop.into());
        }
    }

    /// Of a check of its own; the image's goes with the image.
    pub fn check(&mut self, check: Option<&HealthConfig>) {
        let Some(check) = check else { return };
        let test = check.test.as_deref().unwrap_or_default();
        let command = match test {
            [kind, line] if kind == "CMD-SHELL" => json!(line),
            [kind, words @ ..] if kind == "CMD" && !words.is_empty() => json!(words),
            [kind] if kind == "NONE" => {
                self.leave_out("the image's check is turned off");
                return;
            }
            _ => return,
        };
        let mut kept = json!({"kind": "command", "command": command});
        let times = [("interval", check.interval), ("timeout", check.timeout), ("grace", check.start_period)];
        for (name, nanoseconds) in times {
            if let Some(nanoseconds) = nanoseconds.filter(|nanoseconds| *nanoseconds > 0) {
                kept[name] = json!(format!("{}ms", nanoseconds / 1_000_000));
            }
        }
        if let Some(retries) = check.retries.filter(|retries| *retries > 0) {
            kept["max_failures"] = json!(retries);
        }
        self.set("health_checks", json!([kept]));
    }
}
