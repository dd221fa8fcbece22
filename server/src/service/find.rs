//! What the palette finds: apps by name, project or version, deployments by number.

use model::api::Hit;
use model::id::AppKey;
use model::permission::{Caller, Permission};
use model::problem::Problem;

use super::Core;
use crate::live::status;
use crate::store::{apps, deployments};

impl Core {
    /// Apps first, then deployments; at most `limit`.
    pub async fn find(&self, caller: &Caller, text: &str, limit: u32) -> Result<Vec<Hit>, Problem> {
        caller.require(Permission::View)?;
        let limit = limit.clamp(1, 50);
        let text = text.trim();
        let mut reader = self.store.read().await?;
        let filter = apps::AppFilter { text: Some(text), ..Default::default() };
        let found = apps::list(&mut reader, &filter, None, limit).await?;
        let mut hits: Vec<Hit> = found
            .into_iter()
            .map(|listed| {
                let app = listed.app;
                let deploying = listed.last.is_some_and(|deployment| deployment.state.is_active());
                let sight = self.sights.get(&app.environment);
                let (status, _) = status(&app.name, app.wanted, deploying, &sight);
                Hit::App { key: app.key(), project: app.project, status, wanted: app.wanted }
            })
            .collect();
        if let Ok(number) = text.trim_start_matches('#').parse() {
            let left = limit.saturating_sub(u32::try_from(hits.len()).unwrap_or(limit)).max(1);
            let numbered = deployments::by_number(&mut reader, number, left).await?;
            hits.extend(numbered.into_iter().map(|d| Hit::Deployment {
                id: d.id,
                number: d.number,
                key: AppKey { environment: d.environment, app: d.app },
                what: d.kind,
                state: d.state,
            }));
        }
        Ok(hits)
    }
}
