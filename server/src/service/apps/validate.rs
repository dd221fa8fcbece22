//! Whether a definition can be run here: by its own rules, by the engine, and by what it refers to.

use model::definition::{Definition, check_capabilities, check_count, parse};
use model::id::EnvironmentName;
use model::problem::{Fault, FieldError, Problem};
use model::release::Version;
use model::time::Timestamp;
use serde_json::Value;

use crate::service::Core;
use crate::store::environments::EnvironmentRow;
use crate::store::{AnyConnection, artifacts, releases};
use crate::watch::expression;

/// Reads a definition; every mistake at once. `prefix` is where it stands in the request's body.
pub fn read(value: &Value, prefix: &str) -> Result<Definition, Problem> {
    parse(value).map_err(|errors| Problem::invalid(under(prefix, errors)))
}

/// What keeps this environment from running the definition in this many instances.
pub async fn runnable(
    core: &Core,
    connection: &mut AnyConnection,
    environment: &EnvironmentRow,
    definition: &Definition,
    instances: u32,
    prefix: &str,
) -> Result<Vec<FieldError>, Problem> {
    let capabilities = core.engine(&environment.name)?.capabilities();
    let mut errors = check_capabilities(definition, environment.engine.kind(), &capabilities);
    errors.extend(check_count(definition, instances));
    if let Some(artifact) = &definition.artifact
        && artifacts::get(connection, &artifact.name, &artifact.version).await?.is_none()
    {
        errors.push(FieldError::new("/artifact", Fault::NoSuchArtifact { name: artifact.to_string() }));
    }
    Ok(under(prefix, errors))
}

/// Patterns and queries of the checks that cannot work. Asks the environment's metric source, so not within a transaction.
pub async fn expressions(
    core: &Core,
    environment: &EnvironmentName,
    definition: &Definition,
    prefix: &str,
) -> Vec<FieldError> {
    let source = core.sources.of(environment);
    let mistakes = expression::mistakes(&definition.checks, source.as_ref(), core.clock.now()).await;
    under(prefix, mistakes)
}

/// Since when what is to run existed: since a build told of it or it was uploaded, where it is not the version `before`;
/// else since `written`.
pub async fn released_at(
    connection: &mut AnyConnection,
    before: Option<&Definition>,
    definition: &Definition,
    written: Timestamp,
) -> Result<Timestamp, Problem> {
    let ran = before.and_then(Version::of);
    let new = Version::of(definition).filter(|new| !ran.is_some_and(|old| old.is_same(new)));
    let Some(new) = new else { return Ok(written) };
    let release = releases::of_version(connection, &new).await?;
    if let Some(release) = release {
        return Ok(release.created_at);
    }
    // Uploads are older than the repository of releases.
    let uploaded = match &definition.artifact {
        Some(artifact) => artifacts::get(connection, &artifact.name, &artifact.version).await?,
        None => None,
    };
    Ok(uploaded.map_or(written, |artifact| artifact.created_at))
}

fn under(prefix: &str, mut errors: Vec<FieldError>) -> Vec<FieldError> {
    for error in &mut errors {
        error.path.insert_str(0, prefix);
    }
    errors
}
