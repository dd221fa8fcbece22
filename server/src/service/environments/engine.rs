//! Whether an engine's settings can be used, before they are kept.

use app::port::Answer;
use model::environment::{EngineSettings, TlsFiles};
use model::problem::{Fault, FieldError, Problem};
use url::Url;

/// Names every setting that cannot be used.
pub async fn check(settings: &EngineSettings) -> Answer<()> {
    let mut errors = Vec::new();
    let (endpoint, tls, host_address) = match settings {
        EngineSettings::Local {} => return Ok(()),
        EngineSettings::Docker { endpoint, tls, host_address } => (endpoint, tls, host_address.as_deref()),
        EngineSettings::Swarm { endpoint, tls } => (endpoint, tls, None),
    };
    if !is_endpoint(endpoint) {
        errors.push(FieldError::new("/engine/endpoint", Fault::NotEndpoint));
    }
    if let Some(files) = tls {
        if !endpoint.starts_with("tcp://") {
            errors.push(FieldError::new("/engine/tls", Fault::TlsWithoutTcp));
        }
        errors.extend(missing(files).await);
    }
    if host_address.is_some_and(|host| !is_host(host)) {
        errors.push(FieldError::new("/engine/host_address", Fault::NotHost));
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

fn is_endpoint(text: &str) -> bool {
    if let Some(path) = text.strip_prefix("unix://") {
        return path.starts_with('/') && path.len() > 1;
    }
    let Ok(url) = Url::parse(text) else { return false };
    let bare = url.password().is_none()
        && matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.host_str().is_some_and(|host| !host.is_empty());
    match url.scheme() {
        "tcp" => bare && url.port().is_some() && url.username().is_empty(),
        // The client hands the host to `ssh` as it is: a port is for ssh's own settings.
        "ssh" => bare && url.port().is_none(),
        _ => false,
    }
}

fn is_host(text: &str) -> bool {
    // Addresses of IPv6 are written without brackets.
    text.parse::<std::net::IpAddr>().is_ok() || url::Host::parse(text).is_ok()
}

async fn missing(files: &TlsFiles) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (name, path) in [("ca", &files.ca), ("certificate", &files.certificate), ("key", &files.key)] {
        let at = format!("/engine/tls/{name}");
        if path.is_empty() {
            errors.push(FieldError::new(at, Fault::Required));
        } else if tokio::fs::File::open(path).await.is_err() {
            errors.push(FieldError::new(at, Fault::NoSuchFile { file: path.clone() }));
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_says_where_and_holds_no_password() {
        for good in
            ["unix:///var/run/docker.sock", "tcp://10.0.0.7:2376", "tcp://[::1]:2375", "ssh://deploy@build"]
        {
            assert!(is_endpoint(good), "{good}");
        }
        for bad in [
            "",
            "unix://",
            "unix://docker.sock",
            "tcp://host",
            "http://host:1",
            "ssh://deploy:secret@build",
            "ssh://deploy@build:2222",
            "tcp://host:1/x",
            "/var/run/docker.sock",
        ] {
            assert!(!is_endpoint(bad), "{bad}");
        }
    }

    #[tokio::test]
    async fn every_setting_that_cannot_be_used_is_named() {
        let files =
            TlsFiles { ca: String::new(), certificate: "/no/such".to_owned(), key: "/dev/null".to_owned() };
        let settings = EngineSettings::Docker {
            endpoint: "unix:///var/run/docker.sock".to_owned(),
            tls: Some(files),
            host_address: Some("two words".to_owned()),
        };
        let problem = check(&settings).await.expect_err("refused");
        let paths: Vec<&str> = problem.errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(
            paths,
            ["/engine/tls", "/engine/tls/ca", "/engine/tls/certificate", "/engine/host_address"]
        );
    }
}
