//! The services that are nobody's: looking at them, and stopping one that an app takes over.

use std::collections::HashMap;

use bollard::models::Service;
use bollard::query_parameters::{
    InspectServiceOptions, ListNetworksOptions, ListServicesOptions, ListTasksOptions,
};
use model::workload::{ForeignWorkload, Upkeep};

use super::{TRIES, adopt, convert, count};
use crate::engine::docker::connection::Connection;
use crate::engine::docker::label::Labels;
use crate::engine::{EngineError, Release};

pub async fn list(connection: &Connection) -> Result<Vec<ForeignWorkload>, EngineError> {
    let options = ListServicesOptions { filters: None, status: Some(true) };
    let all = connection.call(|client| async move { client.list_services(Some(options)).await }).await?;
    let networks = connection
        .call(|client| async move { client.list_networks(None::<ListNetworksOptions>).await })
        .await?;
    let networks: Labels =
        networks.into_iter().filter_map(|network| Some((network.id?, network.name?))).collect();
    let foreign = all.into_iter().filter(|service| !adopt::is_taken(service));
    Ok(foreign.map(|service| adopt::workload(service, &networks)).collect())
}

pub async fn upkeep(connection: &Connection, id: &str) -> Result<Upkeep, EngineError> {
    let service = nobodys(connection, id).await?;
    let replicas = service.spec.as_ref().and_then(adopt::count);
    replicas
        .map(|replicas| Upkeep::Service { replicas })
        .ok_or_else(|| EngineError::Refused(adopt::UNCOUNTED.to_owned()))
}

pub async fn release(connection: &Connection, id: &str) -> Result<Release, EngineError> {
    scale(connection, id, 0).await?;
    let filters = Some(HashMap::from([("service".to_owned(), vec![id.to_owned()])]));
    let options = ListTasksOptions { filters };
    let tasks = connection.call(|client| async move { client.list_tasks(Some(options)).await }).await?;
    Ok(if tasks.iter().all(convert::is_over) { Release::Stopped } else { Release::Stopping })
}

pub async fn restore(connection: &Connection, id: &str, upkeep: &Upkeep) -> Result<(), EngineError> {
    let Upkeep::Service { replicas } = upkeep else {
        return Err(EngineError::Refused(
            "what is known of it is of a container, not of a service".to_owned(),
        ));
    };
    scale(connection, id, *replicas).await
}

async fn scale(connection: &Connection, id: &str, replicas: i64) -> Result<(), EngineError> {
    for _ in 0..TRIES {
        let service = nobodys(connection, id).await?;
        let now = service.spec.as_ref().and_then(adopt::count);
        let now = now.ok_or_else(|| EngineError::Refused(adopt::UNCOUNTED.to_owned()))?;
        if now == replicas {
            return Ok(());
        }
        match Box::pin(count::set(connection, service, replicas)).await {
            Err(EngineError::Refused(said)) if said.contains("out of sequence") => {}
            other => return other,
        }
    }
    Err(EngineError::Conflict("it is being changed by somebody else as well".to_owned()))
}

/// A service that belongs to no console.
async fn nobodys(connection: &Connection, id: &str) -> Result<Service, EngineError> {
    let service = connection
        .call(|client| async move { client.inspect_service(id, None::<InspectServiceOptions>).await })
        .await?;
    if adopt::is_taken(&service) {
        let name = service.spec.and_then(|spec| spec.name).unwrap_or_default();
        return Err(EngineError::Refused(format!("{name} belongs to a console; it was left alone")));
    }
    Ok(service)
}
