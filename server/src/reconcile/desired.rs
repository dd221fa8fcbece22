//! What is wanted in one environment, as last read from the database.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use model::api::PageQuery;
use model::app::AppSummary;
use model::definition::Definition;
use model::deployment::{Deployment, DeploymentEventKind};
use model::id::{AppId, AppKey, AppName, EnvironmentName, ReplicaSetId, RevisionNumber};
use model::rollout::{Evidence, SetKey};
use model::time::Timestamp;
use model::workload::{Adoption, AdoptionState, Stops};

use super::timeline::Timeline;
use crate::store::adoptions::{self, AdoptionRow};
use crate::store::apps::{AppRow, ListedApp};
use crate::store::deployment_events::NewEvent;
use crate::store::deployments::DeploymentRow;
use crate::store::{
    AnyConnection, Store, StoreError, apps, deployment_events, deployments, replica_sets, revisions,
    verification,
};

/// One app: what is wanted of it and what is under way.
pub struct Desired {
    pub app: AppRow,
    /// The newest deployment, for the summary.
    pub last: Option<Deployment>,
    /// The newest deployment while it is active or has left something to tidy up.
    pub rollout: Option<DeploymentRow>,
    /// What checks and people have said of it.
    pub evidence: Evidence,
    pub sets: BTreeMap<SetKey, u32>,
    /// Of the active deployment.
    pub timeline: Option<Timeline>,
    /// Lines of timelines that wait for the next commit.
    pub unsaved: Vec<NewEvent>,
    /// The engine's latest refusal.
    pub trouble: Option<String>,
    /// The app takes a place that is not free yet: nothing of it may start.
    pub held_back: bool,
    /// What the open pages were told last.
    pub shown: Option<AppSummary>,
}

impl Desired {
    pub fn listed(&self) -> ListedApp {
        ListedApp { app: self.app.clone(), last: self.last.clone() }
    }

    pub fn is_active(&self) -> bool {
        self.rollout.as_ref().is_some_and(|row| row.deployment.state.is_active())
    }
}

/// What the database has of one app.
struct Stored {
    listed: ListedApp,
    active: Option<DeploymentRow>,
    sets: BTreeMap<SetKey, u32>,
    adoption: Option<AdoptionRow>,
}

/// Whether the old one has to stop before anything starts.
fn holds_back(adoption: &Adoption) -> bool {
    let stopped = matches!(adoption.state, AdoptionState::Stopped) || !adoption.state.is_open();
    adoption.stops == Stops::First && !stopped
}

/// All apps of one environment.
pub struct Environment {
    pub name: EnvironmentName,
    pub apps: BTreeMap<AppName, Desired>,
    definitions: HashMap<(AppId, RevisionNumber), Arc<Definition>>,
    /// Deployments read for the first time were under way when this console began.
    resumed: bool,
}

impl Environment {
    pub fn new(name: EnvironmentName) -> Self {
        Self { name, apps: BTreeMap::new(), definitions: HashMap::new(), resumed: false }
    }

    pub fn set_id(&self, app: &AppName, key: SetKey) -> ReplicaSetId {
        ReplicaSetId {
            environment: self.name.clone(),
            app: app.clone(),
            revision: key.revision,
            generation: key.generation,
        }
    }

    /// Reads everything.
    pub async fn load(&mut self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        let mut reader = store.read().await?;
        let listed = apps::of_environment(&mut reader, &self.name).await?;
        let mut active: HashMap<_, _> = deployments::active_in(&mut reader, &self.name)
            .await?
            .into_iter()
            .map(|row| (row.app_id, row))
            .collect();
        let mut sets: HashMap<AppId, BTreeMap<SetKey, u32>> = HashMap::new();
        for row in replica_sets::of_environment(&mut reader, &self.name).await? {
            sets.entry(row.app_id).or_default().insert(row.key, row.wanted);
        }
        let mut adoptions: HashMap<AppId, AdoptionRow> =
            adoptions::open(&mut reader).await?.into_iter().map(|row| (row.app_id, row)).collect();
        let mut known = std::mem::take(&mut self.apps);
        for listed in listed {
            let name = listed.app.name.clone();
            let before = known.remove(&name);
            let sets = sets.remove(&listed.app.id).unwrap_or_default();
            let active = active.remove(&listed.app.id);
            let adoption = adoptions.remove(&listed.app.id);
            let stored = Stored { listed, active, sets, adoption };
            let desired = Box::pin(self.assemble(&mut reader, before, stored, now)).await?;
            self.apps.insert(name, desired);
        }
        self.resumed = true;
        let living: std::collections::HashSet<AppId> = self.apps.values().map(|d| d.app.id).collect();
        self.definitions.retain(|(app, _), _| living.contains(app));
        Ok(())
    }

    /// The host's clock was set: what runs must not end by its deadline for that.
    pub fn clock_moved(&mut self, millis: i64, now: Timestamp) {
        for desired in self.apps.values_mut() {
            let Some(row) = desired.rollout.as_mut().filter(|row| row.deployment.state.is_active()) else {
                continue;
            };
            row.rollout_state = row.rollout_state.clock_moved(millis);
            let what = DeploymentEventKind::ClockMoved { millis };
            desired.unsaved.push(NewEvent { deployment: row.deployment.id, time: now, actor: None, what });
        }
    }

    /// Reads one app anew.
    pub async fn load_app(
        &mut self,
        store: &Store,
        name: &AppName,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut reader = store.read().await?;
        let key = AppKey { environment: self.name.clone(), app: name.clone() };
        let before = self.apps.remove(name);
        let Some(listed) = apps::get_listed(&mut reader, &key).await? else { return Ok(()) };
        let active = deployments::active_of(&mut reader, listed.app.id).await?;
        let sets = replica_sets::wanted_of_app(&mut reader, listed.app.id).await?;
        let sets = sets.into_iter().collect();
        let adoption = adoptions::get(&mut reader, listed.app.id).await?;
        let stored = Stored { listed, active, sets, adoption };
        let desired = Box::pin(self.assemble(&mut reader, before, stored, now)).await?;
        self.apps.insert(name.clone(), desired);
        Ok(())
    }

    async fn assemble(
        &self,
        reader: &mut AnyConnection,
        before: Option<Desired>,
        stored: Stored,
        now: Timestamp,
    ) -> Result<Desired, StoreError> {
        let Stored { listed, active, sets, adoption } = stored;
        let before = before.filter(|before| before.app.id == listed.app.id);
        let rollout = match (active, listed.app.last_deployment) {
            (Some(mut row), _) => {
                if !self.resumed {
                    row.rollout_state = row.rollout_state.console_restarted(&row.rollout, now);
                }
                Some(row)
            }
            (None, Some(id)) if sets.len() > 1 => deployments::get(reader, id).await?,
            (None, _) => None,
        };
        let (timeline, unsaved, trouble, shown) = match before {
            Some(d) => (d.timeline, d.unsaved, d.trouble, d.shown),
            None => (None, Vec::new(), None, None),
        };
        let timeline = match &rollout {
            Some(row) if row.deployment.state.is_active() => {
                let kept = timeline.filter(|timeline| timeline.deployment() == row.deployment.id);
                match kept {
                    Some(timeline) => Some(timeline),
                    None => Some(read_timeline(reader, &row.deployment).await?),
                }
            }
            _ => None,
        };
        let evidence = match &rollout {
            // Most deployments have neither steps nor checks.
            Some(row) if row.rollout.weighs_evidence() => {
                verification::evidence(reader, row.deployment.id).await?
            }
            _ => Evidence::default(),
        };
        let (app, last) = (listed.app, listed.last);
        let adoption = adoption.map(|row| row.adoption).filter(holds_back);
        let held_back = adoption.is_some();
        let trouble = adoption.and_then(|adoption| adoption.trouble).or(trouble);
        Ok(Desired { app, last, rollout, evidence, sets, timeline, unsaved, trouble, held_back, shown })
    }

    /// The definition of a revision; those never change.
    pub async fn definition(
        &mut self,
        store: &Store,
        app: AppId,
        revision: RevisionNumber,
    ) -> Result<Option<Arc<Definition>>, StoreError> {
        if let Some(definition) = self.definitions.get(&(app, revision)) {
            return Ok(Some(Arc::clone(definition)));
        }
        let Some(definition) =
            revisions::definition(&mut *store.read().await?, app, revision).await?.map(Arc::new)
        else {
            return Ok(None);
        };
        self.definitions.insert((app, revision), Arc::clone(&definition));
        Ok(Some(definition))
    }
}

/// What the timeline says already, so that nothing is said twice after a restart of the console.
async fn read_timeline(reader: &mut AnyConnection, deployment: &Deployment) -> Result<Timeline, StoreError> {
    let mut timeline = Timeline::new(deployment);
    let mut page = PageQuery { limit: Some(model::api::LIMIT_MAX), cursor: None };
    loop {
        let events = deployment_events::list(reader, deployment.id, &page).await?;
        for event in &events.items {
            timeline.recall(&event.what);
        }
        if events.next.is_none() {
            return Ok(timeline);
        }
        page.cursor = events.next;
    }
}
