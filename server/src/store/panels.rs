//! Charts that people added to an app's own.

use model::deployment::Actor;
use model::id::AppId;
use model::metric::{Panel, Panels};
use model::time::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::row::{Fields, actor_kind, json};
use super::{StoreError, Transaction};

/// None where nobody ever set any.
pub async fn get(connection: &mut AnyConnection, app: AppId) -> Result<Panels, StoreError> {
    let row = sqlx::query("SELECT panels, actor_kind, actor, updated_at FROM panels WHERE app_id = $1")
        .bind(app.to_string())
        .fetch_optional(connection)
        .await?;
    let read = |row: &AnyRow| {
        Ok(Panels {
            panels: row.json("panels")?,
            by: Some(row.actor("actor_kind", "actor")?),
            at: Some(row.time("updated_at")?),
        })
    };
    row.as_ref().map_or_else(|| Ok(Panels::default()), read)
}

/// In place of those there may be.
pub async fn set(
    tx: &mut Transaction,
    app: AppId,
    panels: &[Panel],
    by: &Actor,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO panels (app_id, panels, actor_kind, actor, updated_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (app_id) DO UPDATE SET panels = $2, actor_kind = $3, actor = $4, updated_at = $5",
    )
    .bind(app.to_string())
    .bind(json(&panels)?)
    .bind(actor_kind(by.kind))
    .bind(&by.name)
    .bind(at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
