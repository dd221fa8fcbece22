//! The port [`Site`]: things about the console itself.

use std::path::{Path, PathBuf};

use app::port::{Answer, Site};
use async_trait::async_trait;
use model::api::{About, Hit, PageQuery};
use model::environment::{Capabilities, EngineKind};
use model::permission::{Caller, Permission};
use model::template::{Template, TemplateKey};
use model::time::Timestamp;
use model::window::Zones;
use serde_json::{Value, json};

use crate::service::Core;
use crate::service::window::Tables;
use crate::store::{artifacts, environments};

/// What is said about the console.
pub struct SiteService {
    core: Core,
    data_dir: PathBuf,
    started_at: Timestamp,
}

impl SiteService {
    pub fn new(core: Core, data_dir: PathBuf) -> Self {
        let started_at = core.clock.now();
        Self { core, data_dir, started_at }
    }

    /// What the embedded engines can do on this host; `None` until one was asked.
    async fn here(&self) -> Answer<Option<Capabilities>> {
        let rows = environments::list(&mut *self.core.store.read().await?).await?;
        let local = rows.iter().find(|row| row.engine.kind() == EngineKind::Local);
        Ok(local.and_then(|row| self.core.sights.get(&row.name).capabilities.clone()))
    }
}

#[async_trait]
impl Site for SiteService {
    fn now(&self) -> Timestamp {
        self.core.clock.now()
    }

    fn zones(&self) -> &dyn Zones {
        &Tables
    }

    async fn ready(&self) -> Answer<()> {
        Ok(self.core.store.ping().await?)
    }

    async fn about(&self, caller: &Caller) -> Answer<About> {
        caller.require(Permission::View)?;
        let here = self.here().await?;
        Ok(About {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            database: self.core.store.name().to_owned(),
            data_dir: self.data_dir.display().to_string(),
            started_at: self.started_at,
            cpu_limit: here.as_ref().map(|here| here.cpu_limit),
            memory_limit: here.as_ref().map(|here| here.memory_limit),
        })
    }

    async fn find(&self, caller: &Caller, text: &str, limit: u32) -> Answer<Vec<Hit>> {
        self.core.find(caller, text, limit).await
    }

    async fn templates(&self, caller: &Caller) -> Answer<Vec<Template>> {
        caller.require(Permission::View)?;
        let newest = PageQuery { limit: Some(1), cursor: None };
        let uploaded = artifacts::list(&mut *self.core.store.read().await?, &newest).await?;
        let artifact = uploaded.items.first().map(|artifact| artifact.reference().to_string());
        Ok(templates(std::env::current_exe().ok().as_deref(), artifact.as_deref(), &on_path))
    }

    fn live_position(&self) -> String {
        self.core.bus.position().to_string()
    }
}

/// The gallery, of what would run on this host. `artifact`: one that was uploaded.
fn templates(
    executable: Option<&Path>,
    artifact: Option<&str>,
    on_path: &dyn Fn(&str) -> bool,
) -> Vec<Template> {
    let http = json!([{ "name": "http" }]);
    let check = |path: &str| json!([{ "kind": "http", "port": "http", "path": path, "interval": "5s", "grace": "10s" }]);
    let template =
        |key, name: &str, definition: Value| Template { key, suggested_name: name.to_owned(), definition };
    let mut gallery = Vec::new();
    if let Some(executable) = executable {
        let definition = json!({
            "command": [executable.to_string_lossy(), "demo"],
            "instances": 2,
            "resources": { "cpus": 0.25, "memory_mb": 128 },
            "ports": http,
            "health_checks": check("/healthz"),
            // The first deployment goes without; the first update shows what they are for: try DEMO_BROKEN=true.
            "strategy": { "kind": "staged", "steps": [{ "set": 1 }, { "verify": "10s" }, { "set": "100%" }] },
            "checks": [{
                "name": "work", "kind": "http", "path": "/work?ms=1", "expect": { "status": [200] },
                "interval": "1s", "failure_limit": 2
            }],
        });
        gallery.push(template(TemplateKey::Demo, "demo", definition));
    }
    if on_path("python3") {
        let definition = json!({
            "command": ["python3", "-m", "http.server", "$PORT"],
            "instances": 2,
            "resources": { "cpus": 0.25, "memory_mb": 256 },
            "ports": http,
            "health_checks": check("/"),
        });
        gallery.push(template(TemplateKey::Python, "files", definition));
    }
    if on_path("node") {
        let program = "require('http').createServer((request, answer) => answer.end('Hello from ' + \
                       process.env.QUARTERDECK_INSTANCE + '\\n')).listen(process.env.PORT)";
        let definition = json!({
            "command": ["node", "-e", program],
            "instances": 2,
            "resources": { "cpus": 0.25, "memory_mb": 2_048 },
            "ports": http,
            "health_checks": check("/"),
        });
        gallery.push(template(TemplateKey::Node, "hello", definition));
    }
    if on_path("sh") {
        let definition = json!({
            "command": "while true; do echo \"$(date) $QUARTERDECK_INSTANCE is at work\"; sleep 5; done",
            "instances": 1,
            "resources": { "cpus": 0.1, "memory_mb": 64 },
        });
        gallery.push(template(TemplateKey::Shell, "worker", definition));
    }
    if let Some(artifact) = artifact {
        let definition = json!({
            "artifact": artifact,
            "command": ["./run"],
            "instances": 1,
            "resources": { "cpus": 0.25, "memory_mb": 256 },
            "ports": http,
        });
        gallery.push(template(TemplateKey::Artifact, "artifact", definition));
    }
    gallery
}

/// Whether a program of this name can be run.
fn on_path(program: &str) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| {
        std::fs::metadata(folder.join(program))
            .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_there_is_offered_and_all_of_it_is_valid() {
        let executable = Path::new("/opt/quarterdeck");
        let all = templates(Some(executable), Some("shop/1.0"), &|_| true);
        let keys: Vec<TemplateKey> = all.iter().map(|template| template.key).collect();
        let expected = [
            TemplateKey::Demo,
            TemplateKey::Python,
            TemplateKey::Node,
            TemplateKey::Shell,
            TemplateKey::Artifact,
        ];
        assert_eq!(keys, expected);
        for template in &all {
            let parsed = model::definition::parse(&template.definition);
            assert!(parsed.is_ok(), "{:?}: {parsed:?}", template.key);
            assert!(model::id::check_name(&template.suggested_name).is_ok());
        }
        let none = templates(None, None, &|_| false);
        assert_eq!(none, Vec::new());
    }
}
