//! A registry of one's own for the nodes of a test, with a name and a password where asked for.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bollard::Docker;
use bollard::auth::DockerCredentials;
use bollard::query_parameters::{PushImageOptions, TagImageOptions};
use futures::StreamExt as _;

use super::daemon::Hosts;

pub const USER: &str = "anna";
pub const PASSWORD: &str = "secret";
/// The password's bcrypt, as the registry wants it.
const HASH: &str = "$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a";

/// Ends with this value.
pub struct Registry {
    /// Host and port, as images are named by.
    pub host: String,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Registry {
    pub async fn start(hosts: &Hosts, locked: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = {
            let free = TcpListener::bind((hosts.gateway().as_str(), 0)).expect("binds");
            free.local_addr().expect("an address").port()
        };
        let host = format!("{}:{port}", hosts.gateway());
        let names = folder.path().join("names");
        std::fs::write(&names, format!("{USER}:{HASH}\n")).expect("written");
        let auth = if locked {
            format!("auth:\n  htpasswd:\n    realm: test\n    path: {}\n", names.display())
        } else {
            String::new()
        };
        let data = folder.path().join("data");
        let settings = format!(
            "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: {host}\n{auth}",
            data.display()
        );
        let file = folder.path().join("settings.yml");
        std::fs::write(&file, settings).expect("written");
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("docker-registry");
        let registry = Self { host, child, _folder: folder };
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(&registry.host).await.is_ok() {
                return registry;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the registry does not answer");
    }

    /// Puts an image there under a name; returns the whole reference.
    pub async fn push(&self, docker: &Docker, image: &str, name: &str, tag: &str) -> String {
        let repository = format!("{}/{name}", self.host);
        let options = TagImageOptions { repo: Some(repository.clone()), tag: Some(tag.to_owned()) };
        docker.tag_image(image, Some(options)).await.expect("tagged");
        let credentials = DockerCredentials {
            username: Some(USER.to_owned()),
            password: Some(PASSWORD.to_owned()),
            ..DockerCredentials::default()
        };
        let options = PushImageOptions { tag: Some(tag.to_owned()), ..PushImageOptions::default() };
        let mut progress = std::pin::pin!(docker.push_image(&repository, Some(options), Some(credentials)));
        while let Some(step) = progress.next().await {
            step.expect("pushed");
        }
        format!("{repository}:{tag}")
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
