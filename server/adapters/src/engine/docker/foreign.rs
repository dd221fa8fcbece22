//! Looking at the containers that are nobody's.

use std::collections::HashMap;

use bollard::models::ImageConfig;
use bollard::query_parameters::{InspectContainerOptions, ListContainersOptions};
use model::workload::ForeignWorkload;

use super::adopt;
use super::connection::Connection;
use crate::engine::EngineError;

pub async fn list(connection: &Connection) -> Result<Vec<ForeignWorkload>, EngineError> {
    let options = ListContainersOptions { all: true, ..ListContainersOptions::default() };
    let all = connection.call(|client| async move { client.list_containers(Some(options)).await }).await?;
    let mut images: HashMap<String, ImageConfig> = HashMap::new();
    let mut found = Vec::new();
    for one in all {
        let Some(id) = one.id.filter(|_| !adopt::is_taken(&one.labels.unwrap_or_default())) else { continue };
        let answer = connection
            .call(
                |client| async move { client.inspect_container(&id, None::<InspectContainerOptions>).await },
            )
            .await;
        let container = match answer {
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

/// What an image sets; nothing where it is gone although a container still runs from it.
async fn config(connection: &Connection, image: &str) -> Result<ImageConfig, EngineError> {
    match connection.call(|client| async move { client.inspect_image(image).await }).await {
        Ok(image) => Ok(image.config.unwrap_or_default()),
        Err(EngineError::NotFound(_)) => Ok(ImageConfig::default()),
        Err(error) => Err(error),
    }
}
