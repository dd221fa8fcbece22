//! Images: their references, and why one cannot be had.

use bollard::auth::DockerCredentials;
use model::instance::{InstanceReason, ReasonCode};

use super::connection::{Connection, is_away};
use crate::engine::{Credentials, EngineError};

/// Where an image without a registry in its name is.
const HUB: &str = "docker.io";

/// The registry's host that a reference names.
pub fn host(reference: &str) -> &str {
    match reference.split_once('/') {
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => first,
        _ => HUB,
    }
}

/// What is run of `repository:tag@sha256:…`: a tag beside a digest only says where it came from.
pub fn exact(reference: &str) -> String {
    match reference.split_once('@') {
        Some((name, digest)) => format!("{}@{digest}", without_tag(name)),
        None if without_tag(reference) == reference => format!("{reference}:latest"),
        None => reference.to_owned(),
    }
}

fn without_tag(name: &str) -> &str {
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    name[last..].find(':').map_or(name, |colon| &name[..last + colon])
}

/// What the registry of a reference wants, in a daemon's form.
pub async fn credentials(keeper: &dyn Credentials, reference: &str) -> Option<DockerCredentials> {
    let host = host(reference);
    let credential = keeper.for_host(host).await?;
    Some(DockerCredentials {
        username: Some(credential.username),
        password: Some(credential.password),
        serveraddress: Some(host.to_owned()),
        ..DockerCredentials::default()
    })
}

/// The digest that a tag names now, as the daemon learns it from the registry.
pub async fn digest(
    connection: &Connection,
    keeper: &dyn Credentials,
    reference: &str,
) -> Result<Option<String>, EngineError> {
    if let Some((_, digest)) = reference.split_once('@') {
        return Ok(Some(digest.to_owned()));
    }
    let name = exact(reference);
    let credentials = credentials(keeper, &name).await;
    let asked =
        connection.call(|client| async move { client.inspect_registry_image(&name, credentials).await });
    match asked.await {
        Ok(answer) => Ok(answer.descriptor.digest),
        Err(error) if is_away(&error) => Err(error),
        // An image of the host alone, or a registry that says nothing: the tag is all there is.
        Err(_) => Ok(None),
    }
}

/// Why an image could not be fetched, by the words of the daemon, which quotes the registry.
pub fn reason(image: &str, said: &str) -> InstanceReason {
    let low = said.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| low.contains(word));
    let (code, detail) = if has(&["no space left"]) {
        (ReasonCode::DiskFull, said.to_owned())
    } else if has(&["toomanyrequests", "too many requests", "rate limit"]) {
        (ReasonCode::ImageRefused, format!("{}: too many requests, asks to wait: {said}", host(image)))
    } else if has(&["no matching manifest", "does not match the specified platform"]) {
        (ReasonCode::WrongArchitecture, said.to_owned())
    } else if has(&["manifest unknown", "not found: manifest", "manifest for", "no such image"])
        || (has(&["not found", "name unknown"]) && !has(&["server gave", "host not found"]))
    {
        (ReasonCode::ImageMissing, image.to_owned())
    } else if has(&["unauthorized", "no basic auth", "authentication required", "denied", "forbidden"]) {
        // Registries answer so for what does not exist as well, lest they tell strangers what does.
        (ReasonCode::ImageRefused, format!("{} does not let us in, or has no {image}: {said}", host(image)))
    } else {
        (ReasonCode::ImageRefused, format!("{}: {said}", host(image)))
    };
    InstanceReason { code, detail }
}

/// Why a container could not be made or started, by the daemon's words.
pub fn start_reason(said: &str) -> InstanceReason {
    let low = said.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| low.contains(word));
    let code = if has(&["no space left"]) {
        ReasonCode::DiskFull
    } else if has(&["port is already allocated", "address already in use"]) {
        ReasonCode::PortTaken
    } else if has(&["exec format error", "unsupported platform"]) {
        ReasonCode::WrongArchitecture
    } else if has(&["range of cpus is from", "no suitable node"]) {
        ReasonCode::NoPlace
    } else if has(&["executable file not found", "exec: \"", "no such file or directory"])
        && !has(&["permission denied", "bind source path", "mount"])
    {
        ReasonCode::CommandNotFound
    } else if has(&["permission denied"]) && has(&["exec", "starting container process"]) {
        ReasonCode::NotExecutable
    } else if has(&["too many open files"]) {
        ReasonCode::FileDescriptorsExhausted
    } else {
        ReasonCode::Engine
    };
    InstanceReason { code, detail: said.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_name_a_host_and_what_is_run() {
        for (reference, at, run) in [
            ("nginx", "docker.io", "nginx:latest"),
            ("shop/api:1.4", "docker.io", "shop/api:1.4"),
            ("localhost/x", "localhost", "localhost/x:latest"),
            ("r.example:5000/shop/api", "r.example:5000", "r.example:5000/shop/api:latest"),
            ("r.example:5000/api:1@sha256:aa", "r.example:5000", "r.example:5000/api@sha256:aa"),
            ("api@sha256:aa", "docker.io", "api@sha256:aa"),
        ] {
            assert_eq!((host(reference), exact(reference).as_str()), (at, run), "{reference}");
        }
    }

    /// The words of real daemons and registries.
    #[test]
    fn each_way_of_not_getting_an_image_has_its_reason() {
        for (said, code) in [
            (
                "manifest for r.example/api:2 not found: manifest unknown: manifest unknown",
                ReasonCode::ImageMissing,
            ),
            ("manifest unknown: manifest unknown", ReasonCode::ImageMissing),
            ("No such image: qd/none:1", ReasonCode::ImageMissing),
            ("name unknown: repository name not known to registry", ReasonCode::ImageMissing),
            (
                "pull access denied for x, repository does not exist or may require 'docker login'",
                ReasonCode::ImageRefused,
            ),
            ("unauthorized: authentication required", ReasonCode::ImageRefused),
            (
                "Get \"http://10.0.0.1:5000/v2/\": dial tcp 10.0.0.1:5000: connect: connection refused",
                ReasonCode::ImageRefused,
            ),
            (
                "Get \"https://r.example/v2/\": dial tcp: lookup r.example: no such host",
                ReasonCode::ImageRefused,
            ),
            ("toomanyrequests: You have reached your pull rate limit.", ReasonCode::ImageRefused),
            ("write /var/lib/docker/tmp/GetImageBlob1: no space left on device", ReasonCode::DiskFull),
            (
                "no matching manifest for linux/amd64 in the manifest list entries",
                ReasonCode::WrongArchitecture,
            ),
        ] {
            assert_eq!(reason("r.example/api:2", said).code, code, "{said}");
        }
    }

    #[test]
    fn each_way_of_not_starting_has_its_reason() {
        for (said, code) in [
            (
                "driver failed programming external connectivity on endpoint x: Bind for 0.0.0.0:80 failed: port is already allocated",
                ReasonCode::PortTaken,
            ),
            ("listen tcp4 0.0.0.0:80: bind: address already in use", ReasonCode::PortTaken),
            (
                "OCI runtime create failed: runc create failed: unable to start container process: exec: \"nope\": executable file not found in $PATH: unknown",
                ReasonCode::CommandNotFound,
            ),
            (
                "OCI runtime create failed: unable to start container process: exec: \"/etc/passwd\": permission denied: unknown",
                ReasonCode::NotExecutable,
            ),
            (
                "OCI runtime create failed: exec /bin/x: exec format error: unknown",
                ReasonCode::WrongArchitecture,
            ),
            ("Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available", ReasonCode::NoPlace),
            ("no suitable node (unsupported platform on 2 nodes)", ReasonCode::WrongArchitecture),
            ("no suitable node (insufficient resources on 1 node)", ReasonCode::NoPlace),
            (
                "invalid mount config for type \"bind\": bind source path does not exist: /nope",
                ReasonCode::Engine,
            ),
        ] {
            assert_eq!(start_reason(said).code, code, "{said}");
        }
    }
}
