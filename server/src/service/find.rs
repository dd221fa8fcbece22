//! What the palette finds: apps by name, project or version with what moves them, deployments by number.

use model::api::Hit;
use model::deployment::Deployment;
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
        let active: Vec<Hit> = found
            .iter()
            .filter_map(|listed| listed.last.as_ref())
            .filter(|deployment| deployment.state.is_active())
            .map(hit)
            .collect();
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
        hits.extend(active);
        if let Ok(number) = text.trim_start_matches('#').parse() {
            let left = limit.saturating_sub(u32::try_from(hits.len()).unwrap_or(limit)).max(1);
            let numbered = deployments::by_number(&mut reader, number, left).await?;
            let new: Vec<Hit> = numbered.iter().map(hit).filter(|hit| !hits.contains(hit)).collect();
            hits.extend(new);
        }
        Ok(hits)
    }
}

fn hit(deployment: &Deployment) -> Hit {
    Hit::Deployment {
        id: deployment.id,
        number: deployment.number,
        key: AppKey { environment: deployment.environment.clone(), app: deployment.app.clone() },
        what: deployment.kind,
        state: deployment.state,
        step: deployment.reached.len() as u32,
        steps: deployment.steps.len() as u32,
    }
}
