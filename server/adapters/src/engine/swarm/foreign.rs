//! Looking at the services that are nobody's.

use bollard::query_parameters::{ListNetworksOptions, ListServicesOptions};
use model::workload::ForeignWorkload;

use super::adopt;
use crate::engine::EngineError;
use crate::engine::docker::connection::Connection;
use crate::engine::docker::label::Labels;

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
