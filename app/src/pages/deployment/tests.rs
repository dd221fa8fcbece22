use model::api::DeploymentCommand as C;
use model::can::Refusal;
use model::definition::{Gate, OnTimeout};
use model::deployment::{
    Actor, ActorKind, Deployment, DeploymentEvent, DeploymentEventKind, DeploymentKind, DeploymentState,
    Progress, WaitingFor,
};
use model::duration::Span;
use model::id::{DeploymentId, ProjectName};
use model::permission::{Caller, Role};
use model::rollout::Step;
use model::time::Timestamp;

use super::act::{Act, acts, will};
use super::past::Past;
use super::track::legs;
use crate::text::Locale::{En, Zh};
use crate::text::rollout::standing;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + seconds * 1_000)
}

fn actor(name: &str) -> Actor {
    Actor { kind: ActorKind::User, name: name.to_owned() }
}

fn caller(name: &str, role: Role) -> Caller {
    Caller { actor: actor(name), role, user: None }
}

/// Start 1, verify, approve by two, start the rest of 4; at step `step`.
fn staged(state: DeploymentState, step: usize) -> Deployment {
    let gate = Gate { approvers: 2, ..Gate::default() };
    Deployment {
        id: DeploymentId(uuid::Uuid::nil()),
        number: 1,
        environment: "local".parse().expect("a name"),
        app: "shop".parse().expect("a name"),
        project: ProjectName::default(),
        kind: DeploymentKind::Update,
        state,
        from_revision: Some(1),
        to_revision: Some(2),
        from_instances: Some(4),
        to_instances: Some(4),
        from_version: None,
        to_version: None,
        actor: actor("ann"),
        reason: String::new(),
        created_at: at(0),
        started_at: Some(at(1)),
        ended_at: None,
        outcome: None,
        progress: Progress {
            step: step as u32,
            steps: 4,
            wanted: 4,
            updated: 1,
            healthy: 1,
            old: 3,
            old_healthy: 3,
        },
        waiting_for: None,
        steps: vec![
            Step::Set { count: 1, beside: false },
            Step::Verify { time: Span::from_secs(60) },
            Step::Approve { gate },
            Step::Set { count: 4, beside: false },
        ],
        reached: (0..).map(|index| at(index * 10)).take(step).collect(),
        skip: None,
    }
}

fn event(id: i64, who: Option<&str>, what: DeploymentEventKind) -> DeploymentEvent {
    DeploymentEvent {
        id,
        deployment: DeploymentId(uuid::Uuid::nil()),
        time: at(id),
        actor: who.map(actor),
        what,
    }
}

fn classes(deployment: &Deployment, past: &Past) -> Vec<&'static str> {
    legs(En, deployment, past, 3).iter().map(|leg| leg.class).collect()
}

#[test]
fn the_present_step_is_alive_and_counts_down() {
    let mut deployment = staged(DeploymentState::Running, 2);
    deployment.waiting_for = Some(WaitingFor::Checks { until: at(70) });
    let legs = legs(En, &deployment, &Past::default(), 3);
    let classes: Vec<_> = legs.iter().map(|leg| leg.class).collect();
    assert_eq!(classes, ["done", "now", "", ""]);
    assert_eq!(legs[1].left.map(|left| left.0), Some(at(70)));
    let titles: Vec<_> = legs.iter().map(|leg| leg.title.as_str()).collect();
    assert_eq!(titles, ["Start 1", "Verify 1 min", "Approval", "Start the rest"]);
    let notes: Vec<_> = legs.iter().map(|leg| leg.note.as_str()).collect();
    assert_eq!(notes, ["1 of 4 new", "", "2 operators", "4 of 4 new"]);
}

#[test]
fn what_failed_is_marked_and_the_way_back_follows() {
    let past = Past::default();
    assert_eq!(classes(&staged(DeploymentState::RollingBack, 2), &past), ["done", "failed", "", "", "now"]);
    assert_eq!(classes(&staged(DeploymentState::RolledBack, 2), &past), ["done", "failed", "", "", "back"]);
    assert_eq!(classes(&staged(DeploymentState::Paused, 2), &past), ["done", "held", "", ""]);
    assert_eq!(classes(&staged(DeploymentState::Succeeded, 4), &past), ["done", "done", "done", "done"]);
}

#[test]
fn skipped_steps_and_approvals_are_read_from_the_timeline() {
    let reached =
        |number| DeploymentEventKind::StepReached { number, step: Step::Set { count: 1, beside: false } };
    let events = [
        event(1, None, reached(1)),
        event(2, None, reached(2)),
        event(3, Some("ann"), DeploymentEventKind::StepSkipped { number: 2, reason: String::new() }),
        event(4, None, reached(3)),
        event(5, Some("bob"), DeploymentEventKind::Approved { number: 3, reason: "fine".to_owned() }),
        event(6, Some("cyd"), DeploymentEventKind::Approved { number: 3, reason: String::new() }),
        event(7, None, reached(4)),
    ];
    let past = Past::read(En, &events);
    let legs = legs(En, &staged(DeploymentState::Running, 4), &past, 0);
    assert_eq!(legs.iter().map(|leg| leg.class).collect::<Vec<_>>(), ["done", "left", "done", "now"]);
    assert_eq!((legs[1].note.as_str(), legs[2].note.as_str()), ("skipped", "bob, cyd"));
    assert_eq!(legs[3].note, "1 of 4 healthy");
    let promoted =
        [event(1, None, reached(2)), event(2, None, DeploymentEventKind::Promoted { reason: String::new() })];
    let past = Past::read(En, &promoted);
    assert_eq!(classes(&staged(DeploymentState::Succeeded, 4), &past), ["done", "left", "left", "done"]);
}

#[test]
fn the_buttons_follow_the_step() {
    let operator = caller("bob", Role::Operator);
    let commands = |acts: &[Act]| acts.iter().map(|act| act.command).collect::<Vec<_>>();
    let starting = acts(&staged(DeploymentState::Running, 1), &operator, false);
    assert_eq!(commands(&starting.head), [C::Pause, C::Rollback]);
    assert_eq!(commands(&starting.more), [C::Promote, C::Abort]);
    let verifying = acts(&staged(DeploymentState::Running, 2), &operator, false);
    assert_eq!(commands(&verifying.head), [C::Pause, C::Skip, C::Rollback]);
    assert!(verifying.gate.is_empty());
    let paused = acts(&staged(DeploymentState::Paused, 2), &operator, false);
    assert_eq!(commands(&paused.head), [C::Continue, C::Skip, C::Rollback]);
    assert_eq!(acts(&staged(DeploymentState::RolledBack, 2), &operator, false), super::act::Acts::default());
}

#[test]
fn a_gate_is_passed_by_those_who_could_open_it() {
    let deployment = staged(DeploymentState::Running, 2);
    let promote = |name, role, own| acts(&deployment, &caller(name, role), own).more[0].refused;
    assert_eq!(promote("ann", Role::Admin, true), Some(Refusal::OwnDeployment));
    assert_eq!(promote("bob", Role::Operator, false), Some(Refusal::NeedsRole(Role::Admin)));
    assert_eq!(promote("bob", Role::Admin, false), None);
    // The step it is at is no gate.
    assert_eq!(acts(&deployment, &caller("ann", Role::Operator), true).head[1].refused, None);
}

#[test]
fn the_gate_says_why_it_cannot_be_opened() {
    let mut deployment = staged(DeploymentState::AwaitingApproval, 3);
    deployment.waiting_for = Some(WaitingFor::Approval {
        step: 3,
        approvers: 2,
        role: Role::Operator,
        by: vec!["cyd".to_owned()],
        until: at(3_600),
        on_timeout: OnTimeout::Reject,
    });
    let gate = |name, role, own| {
        acts(&deployment, &caller(name, role), own).gate.iter().map(|act| act.refused).collect::<Vec<_>>()
    };
    assert_eq!(gate("bob", Role::Operator, false), [None, None]);
    assert_eq!(gate("ann", Role::Operator, true), [Some(Refusal::OwnDeployment), None]);
    assert_eq!(gate("cyd", Role::Operator, false), [Some(Refusal::HasApproved), None]);
    let viewer = Some(Refusal::NeedsRole(Role::Operator));
    assert_eq!(gate("vic", Role::Viewer, false), [viewer, viewer]);
}

#[test]
fn buttons_say_what_they_will_do() {
    let deployment = staged(DeploymentState::Running, 2);
    assert_eq!(will(En, C::Pause, &deployment), "keep 1 new and 3 old");
    assert_eq!(will(En, C::Skip, &deployment), "then: approval");
    assert_eq!(will(En, C::Promote, &deployment), "start 3 more, stop 3 old, ask nothing");
    assert_eq!(will(En, C::Rollback, &deployment), "start 1 old, stop 1 new");
    assert_eq!(will(Zh, C::Skip, &deployment), "接着：批准");
}

#[test]
fn a_list_says_the_step_and_what_is_left_of_it() {
    let mut deployment = staged(DeploymentState::Running, 2);
    deployment.waiting_for = Some(WaitingFor::Checks { until: at(70) });
    let said = |locale, deployment: &Deployment| standing(locale, deployment, at(30)).unwrap_or_default();
    assert_eq!(said(En, &deployment), "Step 2 of 4: verify 1 min, 40 s left");
    assert_eq!(said(Zh, &deployment), "第 2/4 步：验证 1 分钟，剩余 40 秒");
    assert_eq!(said(En, &staged(DeploymentState::Running, 1)), "Step 1 of 4: 1 of 1 healthy");
    assert_eq!(said(En, &staged(DeploymentState::Succeeded, 4)), "");
}
