//! The containers that are nobody's: looking at them, and stopping one that an app takes over.

use std::collections::HashMap;

use bollard::models::{
    ContainerInspectResponse, ContainerUpdateBody, ImageConfig, RestartPolicy, RestartPolicyNameEnum,
};
use bollard::query_parameters::{
    InspectContainerOptions, ListContainersOptions, StartContainerOptions, StopContainerOptions,
};
use model::workload::{ForeignWorkload, Upkeep};

use super::adopt;
use super::connection::Connection;
use crate::engine::{EngineError, Release};

pub async fn list(connection: &Connection) -> Result<Vec<ForeignWorkload>, EngineError> {
    let options = ListContainersOptions { all: true, ..ListContainersOptions::default() };
    let all = connection.call(|client| async move { client.list_containers(Some(options)).await }).await?;
    let mut images: HashMap<String, ImageConfig> = HashMap::new();
    let mut found = Vec::new();
    for one in all {
        let Some(id) = one.id.filter(|_| !adopt::is_taken(&one.labels.unwrap_or_default())) else { continue };
        let container = match inspect(connection, &id).await {
            Ok(container) => container,
            // It went in the meantime.
            Err(EngineError::NotFound(_)) => continue,
            Err(error) => return Err(error),
        };
        let image = container.image.clone().unwrap_or_default();
        if !images.contains_key(&image) {
            let config = config(connection, &image).await?;
            images.insert(image.clone(), config);
        }
        found.push(adopt::workload(container, &images[&image]));
    }
    Ok(found)
}

pub async fn one(connection: &Connection, id: &str) -> Result<Option<ForeignWorkload>, EngineError> {
    let container = match inspect(connection, id).await {
        Ok(container) => container,
        Err(EngineError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    // A daemon also knows containers by their names, and by the beginning of an id.
    if container.id.as_deref() != Some(id) || belongs_to_somebody(&container) {
        return Ok(None);
    }
    let image = config(connection, &container.image.clone().unwrap_or_default()).await?;
    Ok(Some(adopt::workload(container, &image)))
}

pub async fn upkeep(connection: &Connection, id: &str) -> Result<Upkeep, EngineError> {
    let container = nobodys(connection, id).await?;
    if container.host_config.as_ref().is_some_and(adopt::goes_when_it_ends) {
        return Err(EngineError::Refused(adopt::GOES.to_owned()));
    }
    let policy = container.host_config.as_ref().and_then(|host| host.restart_policy.clone());
    let policy = policy.unwrap_or_default();
    Ok(Upkeep::Container {
        running: runs(&container),
        restart: policy.name.unwrap_or(RestartPolicyNameEnum::NO).to_string(),
        retries: policy.maximum_retry_count.filter(|count| *count > 0),
    })
}

pub async fn release(connection: &Connection, id: &str) -> Result<Release, EngineError> {
    let container = nobodys(connection, id).await?;
    if container.host_config.as_ref().is_some_and(adopt::goes_when_it_ends) {
        return Err(EngineError::Refused(adopt::GOES.to_owned()));
    }
    // Before the stop: else a daemon that starts in between would start it as well.
    set_policy(connection, id, RestartPolicyNameEnum::NO, None).await?;
    if !runs(&container) {
        return Ok(Release::Stopped);
    }
    let stop = connection
        .call(|client| async move { client.stop_container(id, None::<StopContainerOptions>).await })
        .await;
    match stop {
        Ok(()) => Ok(Release::Stopped),
        // It takes the time that it was given, and the daemon goes on without us.
        Err(EngineError::Timeout(_)) => Ok(Release::Stopping),
        Err(error) => Err(error),
    }
}

pub async fn restore(connection: &Connection, id: &str, upkeep: &Upkeep) -> Result<(), EngineError> {
    let Upkeep::Container { running, restart, retries } = upkeep else {
        return Err(EngineError::Refused(
            "what is known of it is of a service, not of a container".to_owned(),
        ));
    };
    let container = nobodys(connection, id).await?;
    let name = restart.parse().unwrap_or(RestartPolicyNameEnum::NO);
    set_policy(connection, id, name, *retries).await?;
    if *running && !runs(&container) {
        connection
            .call(|client| async move { client.start_container(id, None::<StartContainerOptions>).await })
            .await?;
    }
    Ok(())
}

async fn set_policy(
    connection: &Connection,
    id: &str,
    name: RestartPolicyNameEnum,
    maximum_retry_count: Option<i64>,
) -> Result<(), EngineError> {
    let policy = RestartPolicy { name: Some(name), maximum_retry_count };
    let update = ContainerUpdateBody { restart_policy: Some(policy), ..ContainerUpdateBody::default() };
    connection.call(|client| async move { client.update_container(id, update).await }).await
}

async fn inspect(connection: &Connection, id: &str) -> Result<ContainerInspectResponse, EngineError> {
    connection
        .call(|client| async move { client.inspect_container(id, None::<InspectContainerOptions>).await })
        .await
}

/// A container that belongs to no console.
async fn nobodys(connection: &Connection, id: &str) -> Result<ContainerInspectResponse, EngineError> {
    let container = inspect(connection, id).await?;
    if belongs_to_somebody(&container) {
        let name = container.name.unwrap_or_default();
        let name = name.trim_start_matches('/');
        return Err(EngineError::Refused(format!("{name} belongs to a console; it was left alone")));
    }
    Ok(container)
}

fn belongs_to_somebody(container: &ContainerInspectResponse) -> bool {
    let labels = container.config.as_ref().and_then(|config| config.labels.as_ref());
    labels.is_some_and(adopt::is_taken)
}

/// Or would in a moment.
fn runs(container: &ContainerInspectResponse) -> bool {
    let state = container.state.as_ref();
    state.is_some_and(|state| state.running == Some(true) || state.restarting == Some(true))
}

/// What an image sets; nothing where it is gone although a container still runs from it.
async fn config(connection: &Connection, image: &str) -> Result<ImageConfig, EngineError> {
    match connection.call(|client| async move { client.inspect_image(image).await }).await {
        Ok(image) => Ok(image.config.unwrap_or_default()),
        Err(EngineError::NotFound(_)) => Ok(ImageConfig::default()),
        Err(error) => Err(error),
    }
}
