//! Asking an instance how it is: HTTP, TCP or a command.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use model::definition::Probe;
use model::instance::InstancePort;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::variables;

/// Bytes of an answer's first line that are looked at.
const STATUS_LINE_MAX: usize = 512;
/// Bytes of a command's output that its answer quotes.
const QUOTE_MAX: u64 = 400;

/// What is asked.
#[derive(Debug)]
pub struct Target {
    /// Where its ports are; `None`: this host's loopback, of either family.
    pub address: Option<String>,
    pub ports: Vec<InstancePort>,
    /// The instance's variables and working folder, for commands.
    pub variables: BTreeMap<String, String>,
    pub folder: PathBuf,
}

impl Target {
    fn port(&self, name: Option<&str>) -> Result<u16, String> {
        let found = match name {
            Some(name) => self.ports.iter().find(|port| port.name == name),
            None => self.ports.first(),
        };
        found.map(|port| port.host_port).ok_or_else(|| format!("no port {}", name.unwrap_or("declared")))
    }
}

/// `Err` holds the check and its answer, such as `GET /healthz: 503`.
pub async fn ask(probe: &Probe, timeout: Duration, target: &Target) -> Result<(), String> {
    match probe {
        Probe::Http { port, path } => {
            let port = target.port(port.as_deref())?;
            let answer = bounded(timeout, get(target.address.as_deref(), port, path)).await;
            match answer {
                Ok(status) if (200..400).contains(&status) => Ok(()),
                Ok(status) => Err(format!("GET {path}: {status}")),
                Err(words) => Err(format!("GET {path}: {words}")),
            }
        }
        Probe::Tcp { port } => {
            let port = target.port(port.as_deref())?;
            bounded(timeout, connect(target.address.as_deref(), port))
                .await
                .map(drop)
                .map_err(|words| format!("port {port}: {words}"))
        }
        Probe::Command { command } => {
            let words = variables::words(command, &target.variables);
            run(&words, timeout, target).await.map_err(|answer| format!("{}: {answer}", words.join(" ")))
        }
    }
}

async fn bounded<T>(timeout: Duration, work: impl Future<Output = io::Result<T>>) -> Result<T, String> {
    match tokio::time::timeout(timeout, work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(match error.kind() {
            io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
            io::ErrorKind::ConnectionReset => "connection reset".to_owned(),
            io::ErrorKind::UnexpectedEof => "no answer".to_owned(),
            io::ErrorKind::InvalidData => "not an HTTP answer".to_owned(),
            _ => error.to_string(),
        }),
        Err(_) => Err(format!("no answer within {} ms", timeout.as_millis())),
    }
}

/// Without an address on the loopback of either family: a program may listen on one of them alone.
async fn connect(address: Option<&str>, port: u16) -> io::Result<TcpStream> {
    if let Some(address) = address {
        return TcpStream::connect((address, port)).await;
    }
    match TcpStream::connect(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            TcpStream::connect(SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), port))
                .await
                .map_err(|_| error)
        }
        other => other,
    }
}

/// The status of a GET. Written by hand: one request on one connection needs no client.
async fn get(address: Option<&str>, port: u16, path: &str) -> io::Result<u16> {
    let mut stream = connect(address, port).await?;
    let slash = if path.starts_with('/') { "" } else { "/" };
    // No line break may come out of a path.
    let path: String = path.chars().filter(|c| !c.is_control() && *c != ' ').collect();
    let host = address.unwrap_or("localhost");
    let request = format!(
        "GET {slash}{path} HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: quarterdeck\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut line = Vec::with_capacity(STATUS_LINE_MAX);
    while !line.contains(&b'\n') && line.len() < STATUS_LINE_MAX {
        if stream.read_buf(&mut line).await? == 0 {
            break;
        }
    }
    if line.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    status(&line).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn status(answer: &[u8]) -> Option<u16> {
    let rest = answer.strip_prefix(b"HTTP/1.")?;
    std::str::from_utf8(rest.get(2..5)?).ok()?.parse().ok()
}

/// Ends a command's whole group when the question is over, whatever became of it.
struct GroupGuard(Option<Pid>);

impl Drop for GroupGuard {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            let _ = killpg(group, Signal::SIGKILL);
        }
    }
}

async fn run(words: &[String], timeout: Duration, target: &Target) -> Result<(), String> {
    let (name, arguments) = words.split_first().ok_or("the command is empty")?;
    let mut child = tokio::process::Command::new(name)
        .args(arguments)
        .env_clear()
        .envs(&target.variables)
        .current_dir(&target.folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| error.to_string())?;
    let _guard = GroupGuard(child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw));
    let errors = child.stderr.take();
    let work = async {
        let mut said = Vec::new();
        if let Some(errors) = errors {
            let _ = errors.take(QUOTE_MAX).read_to_end(&mut said).await;
        }
        (child.wait().await, said)
    };
    match tokio::time::timeout(timeout, work).await {
        Ok((Ok(status), _)) if status.success() => Ok(()),
        Ok((Ok(status), said)) => {
            let said = String::from_utf8_lossy(&said);
            let said = said.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
            let how = status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"));
            Err(if said.is_empty() { how } else { format!("{how}, {said}") })
        }
        Ok((Err(error), _)) => Err(error.to_string()),
        Err(_) => Err(format!("did not end within {} ms", timeout.as_millis())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        let variables = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
        Target { address: None, ports: Vec::new(), variables, folder: PathBuf::from("/") }
    }

    fn shell(line: &str) -> Probe {
        Probe::Command { command: model::definition::Command::Shell(line.to_owned()) }
    }

    #[test]
    fn reads_the_status_of_any_http_1_answer() {
        assert_eq!(status(b"HTTP/1.1 204 No Content\r\n"), Some(204));
        assert_eq!(status(b"HTTP/1.0 503"), Some(503));
        assert_eq!(status(b"SSH-2.0-x"), None);
    }

    #[tokio::test]
    async fn a_command_answers_by_its_exit_code() {
        let target = target();
        let second = Duration::from_secs(5);
        assert_eq!(ask(&shell("exit 0"), second, &target).await, Ok(()));
        let answer = ask(&shell("echo no database >&2; exit 3"), second, &target).await;
        assert!(
            answer.as_ref().is_err_and(|words| words.ends_with("exit code 3, no database")),
            "{answer:?}"
        );
        let slow = ask(&shell("sleep 60 & wait"), Duration::from_millis(50), &target).await;
        assert!(slow.as_ref().is_err_and(|words| words.contains("did not end")), "{slow:?}");
    }
}
