//! The way to a daemon: where it is, one client for it, and its errors in our words.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bollard::errors::Error;
use bollard::{API_DEFAULT_VERSION, Docker};
use model::environment::TlsFiles;
use tokio::sync::Mutex;
use url::Url;

use crate::engine::EngineError;

/// Longest an ordinary call may take.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// Longest until an answer begins, for calls that the daemon itself takes its time for.
const BEGIN: u64 = 120;

/// Where a daemon is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub url: String,
    pub tls: Option<TlsFiles>,
}

impl Endpoint {
    pub fn is_socket(&self) -> bool {
        self.url.starts_with("unix://")
    }

    /// The host in its URL; this one for a socket.
    pub fn host(&self) -> String {
        let host = Url::parse(&self.url).ok().and_then(|url| url.host_str().map(str::to_owned));
        host.filter(|host| !host.is_empty() && !self.is_socket()).unwrap_or_else(|| "127.0.0.1".to_owned())
    }

    /// The crate asks without a certificate when it cannot read one, and the daemon then complains of a bad one.
    async fn readable(&self) -> Result<(), EngineError> {
        let Some(files) = &self.tls else { return Ok(()) };
        for file in [&files.ca, &files.certificate, &files.key] {
            if let Err(error) = tokio::fs::read(file).await {
                return Err(EngineError::Unreachable(format!("{file} cannot be read: {error}")));
            }
        }
        Ok(())
    }

    fn client(&self) -> Result<Docker, Error> {
        let version = API_DEFAULT_VERSION;
        match (&self.tls, self.url.split_once("://")) {
            (None, Some(("unix", path))) => Docker::connect_with_unix(path, BEGIN, version),
            (None, Some(("ssh", _))) => Docker::connect_with_ssh(&self.url, BEGIN, version, None),
            (Some(files), Some(("tcp" | "https", _))) => {
                let [key, certificate, ca] =
                    [&files.key, &files.certificate, &files.ca].map(|file| PathBuf::from(file.as_str()));
                Docker::connect_with_ssl(&self.url, &key, &certificate, &ca, BEGIN, version)
            }
            (None, _) => Docker::connect_with_http(&self.url, BEGIN, version),
            (Some(_), _) => Err(Error::UnsupportedURISchemeError { uri: self.url.clone() }),
        }
    }
}

/// The client of one daemon, made at its first use.
pub struct Connection {
    pub endpoint: Endpoint,
    client: Mutex<Option<Docker>>,
}

impl Connection {
    pub fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, client: Mutex::new(None) }
    }

    /// A client that speaks a version of the API which the daemon knows.
    pub async fn client(&self) -> Result<Docker, EngineError> {
        let mut known = self.client.lock().await;
        if let Some(client) = &*known {
            return Ok(client.clone());
        }
        // Said here, since the crate only says that it cannot connect.
        if self.endpoint.is_socket()
            && let Some(path) = self.endpoint.url.strip_prefix("unix://")
            && !Path::new(path).exists()
        {
            return Err(EngineError::Unreachable(format!("there is no {path}")));
        }
        self.endpoint.readable().await?;
        let client = self.endpoint.client().map_err(|error| EngineError::Unreachable(words(&error)))?;
        let client = bounded(PATIENCE, client.negotiate_version()).await?;
        *known = Some(client.clone());
        Ok(client)
    }

    /// After a break the daemon may be another one: its version is asked again.
    pub async fn forget(&self) {
        *self.client.lock().await = None;
    }

    /// One call, bounded in time.
    pub async fn call<T, F: Future<Output = Result<T, Error>>>(
        &self,
        ask: impl FnOnce(Docker) -> F,
    ) -> Result<T, EngineError> {
        let client = self.client().await?;
        // On the heap: the crate's descriptions are large.
        bounded(PATIENCE, Box::pin(ask(client))).await
    }
}

pub async fn bounded<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, EngineError> {
    match tokio::time::timeout(limit, work).await {
        Ok(answer) => answer.map_err(|error| refusal(&error)),
        Err(_) => Err(EngineError::Timeout(limit)),
    }
}

/// A daemon's answer, or the lack of one, by what is to be done about it.
pub fn refusal(error: &Error) -> EngineError {
    match error {
        Error::DockerResponseServerError { status_code, message } => {
            let said = excerpt(message);
            match status_code {
                401 | 403 => EngineError::Unauthorized,
                404 => EngineError::NotFound(said),
                409 => EngineError::Conflict(said),
                _ => EngineError::Refused(said),
            }
        }
        Error::DockerStreamError { error } | Error::DockerContainerWaitError { error, .. } => {
            EngineError::Refused(excerpt(error))
        }
        Error::RequestTimeoutError => EngineError::Timeout(Duration::from_secs(BEGIN)),
        Error::JsonDataError { .. } | Error::JsonSerdeError { .. } | Error::APIVersionParseError {} => {
            EngineError::Protocol(excerpt(&error.to_string()))
        }
        other => EngineError::Unreachable(words(other)),
    }
}

/// The innermost cause: what stands around it only says that a request failed.
fn words(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let text = cause.to_string();
    // TLS only has alerts, which say nothing of whose certificate is meant.
    if text.contains("fatal alert") && text.contains("ertificate") {
        return format!("the daemon does not accept the console's certificate ({})", excerpt(&text));
    }
    excerpt(&text)
}

/// Daemons quote whole programs' outputs at times.
fn excerpt(text: &str) -> String {
    let text = text.trim();
    text.char_indices().nth(600).map_or_else(|| text.to_owned(), |(end, _)| format!("{} …", &text[..end]))
}

/// Whether another try later may do.
pub const fn is_away(error: &EngineError) -> bool {
    matches!(error, EngineError::Unreachable(_) | EngineError::Timeout(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_ports_are_where_the_daemon_is() {
        let host = |url: &str| Endpoint { url: url.to_owned(), tls: None }.host();
        assert_eq!(host("unix:///var/run/docker.sock"), "127.0.0.1");
        assert_eq!(host("tcp://10.0.0.7:2375"), "10.0.0.7");
        assert_eq!(host("ssh://deploy@build.example"), "build.example");
    }

    #[test]
    fn an_answer_becomes_what_to_do_about_it() {
        let answer = |status_code| {
            refusal(&Error::DockerResponseServerError { status_code, message: "words".to_owned() })
        };
        assert!(matches!(answer(404), EngineError::NotFound(_)));
        assert!(matches!(answer(409), EngineError::Conflict(words) if words == "words"));
        assert!(matches!(answer(500), EngineError::Refused(_)));
        assert!(matches!(refusal(&Error::RequestTimeoutError), EngineError::Timeout(_)));
        let gone = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        assert!(matches!(refusal(&gone.into()), EngineError::Unreachable(_)));
    }
}
