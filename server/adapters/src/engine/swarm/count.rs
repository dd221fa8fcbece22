//! How many tasks a service has.

use bollard::Docker;
use bollard::models::Service;
use bollard::query_parameters::UpdateServiceOptions;

use crate::engine::EngineError;
use crate::engine::docker::connection::Connection;

/// Changes the count of a service, and nothing else of it. Refused where somebody else changed it since.
pub async fn set(connection: &Connection, service: Service, wanted: i64) -> Result<(), EngineError> {
    let (Some(id), Some(mut spec)) = (service.id, service.spec) else {
        return Err(EngineError::Protocol("a service without an id".to_owned()));
    };
    let version = service.version.and_then(|version| version.index).unwrap_or_default();
    let replicated = spec.mode.as_mut().and_then(|mode| mode.replicated.as_mut());
    let replicated =
        replicated.ok_or_else(|| EngineError::Protocol("a service without a count".to_owned()))?;
    replicated.replicas = Some(wanted);
    let options = UpdateServiceOptions {
        version: i32::try_from(version).unwrap_or(i32::MAX),
        // What it was made with stays good for new tasks.
        registry_auth_from: "spec".to_owned(),
        rollback: None,
    };
    let call = |client: Docker| async move { client.update_service(&id, spec, options, None).await };
    connection.call(call).await.map(drop)
}
