//! Rows to store.

use model::definition::{Definition, Strategy, parse};
use model::deployment::{
    Actor, ActorKind, Deployment, DeploymentKind, DeploymentState, Outcome, Progress, WaitingFor,
};
use model::environment::EngineSettings;
use model::id::{AppId, DeploymentId};
use model::revision::Revision;
use model::rollout::{Rollout, RolloutState, SetKey};
use model::time::Timestamp;
use serde_json::json;
use server::store::apps::{self, AppRow};
use server::store::deployments::{self, DeploymentRow};
use server::store::environments::{self, EnvironmentRow};
use server::store::{Store, Transaction};
use uuid::Uuid;

pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_750_000_000_000 + millis)
}

/// A UUIDv7 of the moment `at(millis)`; `extra` tells those of one moment apart.
pub fn id(millis: i64, extra: u64) -> Uuid {
    let time = u64::try_from(at(millis).as_millis()).unwrap();
    Uuid::from_u64_pair((time << 16) | 0x7000, 0x8000_0000_0000_0000 | extra)
}

pub fn actor(name: &str) -> Actor {
    Actor { kind: ActorKind::User, name: name.to_owned() }
}

pub fn definition(version: &str) -> Definition {
    parse(&json!({ "image": format!("shop:{version}"), "env": { "GREETING": "grüß Gott — 您好" } })).unwrap()
}

pub fn environment(name: &str) -> EnvironmentRow {
    EnvironmentRow {
        name: name.parse().unwrap(),
        engine: EngineSettings::Local {},
        protected: true,
        rules: model::environment::ReleaseRules { author_may_approve: true, ..Default::default() },
        metrics: model::metric::SourceSettings::default(),
        metrics_secret: None,
        log_links: vec![model::log::LogLink {
            name: "Kibana — 日志".to_owned(),
            url: "https://kibana.example/?q={{app}}".to_owned(),
        }],
        created_at: at(0),
        updated_at: at(1),
    }
}

pub fn app(environment: &str, name: &str, project: &str) -> AppRow {
    let extra =
        name.bytes().chain(environment.bytes()).fold(7, |sum, b| sum * 31 + u64::from(b)) & 0xffff_ffff;
    AppRow {
        id: AppId(id(0, extra)),
        environment: environment.parse().unwrap(),
        name: name.parse().unwrap(),
        project: project.parse().unwrap(),
        version: format!("registry.example/{name}:1_0%"),
        image: Some(format!("registry.example/{name}:1_0%")),
        target: SetKey { revision: 1, generation: 0 },
        wanted: 3,
        resume_wanted: 3,
        stable: None,
        stable_wanted: 0,
        last_revision: 1,
        last_generation: 0,
        last_number: 0,
        last_deployment: None,
        created_at: at(0),
        updated_at: at(0),
    }
}

pub fn revision(number: u32) -> Revision {
    Revision {
        revision: number,
        definition: definition(&number.to_string()),
        hash: format!("{number:064x}"),
        author: actor("ada"),
        reason: format!("because {number}"),
        created_at: at(i64::from(number)),
    }
}

pub fn deployment(app: &AppRow, number: u32, millis: i64, kind: DeploymentKind) -> DeploymentRow {
    let strategy = Strategy::default();
    let state = RolloutState {
        state: DeploymentState::Running,
        progress: Progress { step: 1, steps: 2, wanted: 3, updated: 1, healthy: 1, old: 2, old_healthy: 2 },
        waiting_for: Some(WaitingFor::Healthy { until: at(millis + 1000) }),
        outcome: Some(Outcome::Done),
        ..RolloutState::new(at(millis))
    };
    DeploymentRow {
        deployment: Deployment {
            id: DeploymentId(id(millis, u64::from(number))),
            number,
            environment: app.environment.clone(),
            app: app.name.clone(),
            project: app.project.clone(),
            kind,
            state: state.state,
            from_revision: Some(1),
            to_revision: Some(2),
            from_instances: None,
            to_instances: Some(3),
            from_version: Some("shop:1".to_owned()),
            to_version: None,
            actor: actor("ada"),
            reason: "it's \"time\"".to_owned(),
            created_at: at(millis),
            started_at: Some(at(millis + 1)),
            ended_at: None,
            outcome: state.outcome.clone(),
            progress: state.progress,
            waiting_for: state.waiting_for.clone(),
            steps: Vec::new(),
            reached: Vec::new(),
            skip: None,
        },
        app_id: app.id,
        person: Some("token:ada".to_owned()),
        released_at: Some(at(1)),
        rollout: Rollout {
            target: SetKey { revision: 2, generation: 0 },
            previous: Some(SetKey { revision: 1, generation: 0 }),
            wanted: 3,
            previous_wanted: 3,
            strategy: strategy.kind,
            progress_deadline: strategy.progress_deadline,
            on_failure: strategy.on_failure,
            destroy: false,
            steps: Vec::new(),
            checks: Vec::new(),
            skip: None,
        },
        rollout_state: state,
        command: None,
        row_version: 1,
    }
}

/// Ends a deployment in the store.
pub async fn end(tx: &mut Transaction, row: &DeploymentRow, state: DeploymentState) {
    let mut row = row.clone();
    let ended = RolloutState { state, waiting_for: None, ..row.rollout_state.clone() };
    row.set_state(ended, at(9_000_000));
    assert!(deployments::update(tx, &row).await.unwrap());
}

/// Environment `local` with the app `shop`.
pub async fn shop(store: &Store) -> AppRow {
    let mut tx = store.begin().await.unwrap();
    environments::insert(&mut tx, &environment("local")).await.unwrap();
    let app = app("local", "shop", "team");
    apps::insert(&mut tx, &app).await.unwrap();
    tx.commit().await.unwrap();
    app
}
