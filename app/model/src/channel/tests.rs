use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::delivery::{AGE_MAX, ATTEMPTS_MAX};
use super::*;
use crate::alert::MessageKind;
use crate::deployment::{
    Actor, ActorKind, Deployment, DeploymentKind, DeploymentState, Progress, WaitingFor,
};
use crate::duration::Span;
use crate::problem::FieldError;
use crate::rollout::RolloutState;

const SECRET: &str = "a secret of both sides";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + seconds * 1_000)
}

fn hook(kind: ChannelKind) -> ChannelInput {
    ChannelInput {
        name: "ops".to_owned(),
        kind,
        enabled: true,
        url: Some(" https://hooks.example/in?k=1 ".to_owned()),
        secret: kind.signs().then(|| SECRET.to_owned()),
        ..ChannelInput::default()
    }
}

fn mail() -> ChannelInput {
    ChannelInput {
        url: None,
        secret: None,
        mail: Some(Mail {
            host: "smtp.example".to_owned(),
            username: Some("robot".to_owned()),
            from: "quarterdeck@example.com".to_owned(),
            to: vec!["ops@example.com".to_owned()],
            ..Mail::default()
        }),
        password: Some("geheim".to_owned()),
        ..hook(ChannelKind::Email)
    }
}

fn paths(errors: Vec<FieldError>) -> Vec<String> {
    errors.into_iter().map(|error| error.path).collect()
}

fn wrong(input: &ChannelInput, before: Option<&Settings>) -> Vec<String> {
    paths(input.check(before).expect_err("mistakes"))
}

#[test]
fn a_channel_of_every_kind_can_be_given() {
    for kind in ChannelKind::ALL {
        assert_eq!(json!(kind), json!(kind.as_str()));
        let input = if kind == ChannelKind::Email { mail() } else { hook(kind) };
        let (settings, access) = input.check(None).unwrap();
        assert_eq!(settings.has_secret, kind.signs() || kind == ChannelKind::Email, "{kind:?}");
        let shown = format!("{input:?} {settings:?} {access:?} {}", json!(settings));
        for secret in ["k=1", SECRET, "geheim"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
    let (settings, access) = hook(ChannelKind::Slack).check(None).unwrap();
    assert_eq!(settings.address, "https://hooks.example");
    let url = "https://hooks.example/in?k=1".to_owned();
    assert_eq!(access, Some(Access::Hook { url, secret: None }));
    assert_eq!(mail().check(None).unwrap().0.address, "smtp.example:465");
    let read: ChannelInput =
        serde_json::from_value(json!({ "name": "ops", "kind": "slack", "url": "https://a.example" }))
            .unwrap();
    assert!(read.enabled && read.wants == Wants::default() && read.language == Language::English);
}

#[test]
fn every_mistake_is_named_at_once() {
    let unsigned = ChannelInput { secret: None, ..hook(ChannelKind::Webhook) };
    assert_eq!(wrong(&unsigned, None), ["/secret"]);
    let many = ChannelInput {
        name: "Ops".to_owned(),
        url: Some("hooks.example".to_owned()),
        secret: Some("x".to_owned()),
        environments: vec!["prod".to_owned(), "prod".to_owned(), "No".to_owned()],
        mail: Some(Mail::default()),
        wants: Wants { deployments: Some(Results::All), approvals: true, alerts: None },
        ..hook(ChannelKind::Alertmanager)
    };
    let expected = [
        "/name",
        "/wants/deployments",
        "/wants/approvals",
        "/environments/1",
        "/environments/2",
        "/mail",
        "/secret",
        "/url",
    ];
    assert_eq!(wrong(&many, None), expected);
    let letter = ChannelInput {
        url: Some("https://a.example".to_owned()),
        password: None,
        mail: Some(Mail {
            host: "smtp.example:25".to_owned(),
            port: Some(0),
            username: Some("robot".to_owned()),
            from: "Ops <ops@example.com>".to_owned(),
            to: vec!["ops".to_owned(), String::new()],
            ..Mail::default()
        }),
        ..mail()
    };
    let expected =
        ["/url", "/mail/host", "/mail/port", "/mail/from", "/mail/to/0", "/mail/to/1", "/password"];
    assert_eq!(wrong(&letter, None), expected);
    assert_eq!(wrong(&ChannelInput { mail: None, ..mail() }, None), ["/mail"]);
    assert_eq!(wrong(&ChannelInput { url: None, ..hook(ChannelKind::Slack) }, None), ["/url"]);
}

#[test]
fn plain_text_is_for_this_host_unless_it_is_allowed() {
    let to = |url: &str, insecure| ChannelInput {
        url: Some(url.to_owned()),
        insecure,
        ..hook(ChannelKind::Webhook)
    };
    for here in ["http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]:9/x"] {
        assert!(to(here, false).check(None).is_ok(), "{here}");
    }
    assert_eq!(wrong(&to("http://hooks.example/x", false), None), ["/url"]);
    let (settings, _) = to("http://hooks.example/x", true).check(None).unwrap();
    // The address that is kept counts too.
    let kept = ChannelInput { url: None, secret: None, ..to("", false) };
    assert_eq!(wrong(&kept, Some(&settings)), ["/url"]);
    assert!(ChannelInput { insecure: true, ..kept }.check(Some(&settings)).is_ok());
    let mut open = mail();
    open.mail.as_mut().unwrap().security = MailSecurity::None;
    assert_eq!(wrong(&open, None), ["/mail/security"]);
    assert!(ChannelInput { insecure: true, ..open.clone() }.check(None).is_ok());
    open.mail.as_mut().unwrap().host = "localhost".to_owned();
    assert!(open.check(None).is_ok());
}

#[test]
fn what_is_sealed_stays_with_what_it_was_given_for() {
    let (before, _) = hook(ChannelKind::Feishu).check(None).unwrap();
    let kept = ChannelInput { url: None, secret: None, enabled: false, ..hook(ChannelKind::Feishu) };
    let (after, access) = kept.check(Some(&before)).unwrap();
    assert_eq!((access, after), (None, Settings { enabled: false, ..before.clone() }));
    assert_eq!(wrong(&ChannelInput { kind: ChannelKind::Slack, ..kept.clone() }, Some(&before)), ["/url"]);
    assert_eq!(wrong(&ChannelInput { secret: Some(SECRET.to_owned()), ..kept }, Some(&before)), ["/url"]);

    let (before, _) = mail().check(None).unwrap();
    let kept = ChannelInput { password: None, ..mail() };
    assert_eq!(kept.check(Some(&before)).unwrap().1, None);
    for change in [
        |mail: &mut Mail| mail.host = "elsewhere.example".to_owned(),
        |mail: &mut Mail| mail.port = Some(26),
        |mail: &mut Mail| mail.security = MailSecurity::StartTls,
        |mail: &mut Mail| mail.username = Some("other".to_owned()),
    ] {
        let mut changed = kept.clone();
        change(changed.mail.as_mut().unwrap());
        assert_eq!(wrong(&changed, Some(&before)), ["/password"]);
    }
    let mut open = kept;
    open.mail.as_mut().unwrap().username = None;
    let (after, access) = open.check(Some(&before)).unwrap();
    assert_eq!((access, after.has_secret), (Some(Access::Mail { password: None }), false));
}

fn deployment(state: DeploymentState) -> Deployment {
    Deployment {
        id: crate::id::DeploymentId(uuid::Uuid::from_u128(7)),
        number: 7,
        environment: "prod".parse().unwrap(),
        app: "shop".parse().unwrap(),
        project: crate::id::ProjectName::default(),
        kind: DeploymentKind::Update,
        state,
        from_revision: Some(1),
        to_revision: Some(2),
        from_instances: None,
        to_instances: None,
        from_version: None,
        to_version: None,
        actor: Actor { kind: ActorKind::User, name: "ann".to_owned() },
        reason: "a fix".to_owned(),
        created_at: at(0),
        started_at: None,
        ended_at: None,
        outcome: None,
        progress: Progress::default(),
        waiting_for: None,
        steps: Vec::new(),
        reached: Vec::new(),
        skip: None,
    }
}

fn state(state: DeploymentState, step: u32) -> RolloutState {
    RolloutState { state, step, ..RolloutState::new(at(0)) }
}

#[test]
fn a_deployment_is_told_of_once_when_it_ends_and_once_at_each_gate() {
    use DeploymentState::{AwaitingApproval, Failed, Paused, RolledBack, Running, Succeeded, Superseded};
    let told = |before: (DeploymentState, u32), after: (DeploymentState, u32)| {
        let (before, after) = (state(before.0, before.1), state(after.0, after.1));
        of_deployment(&before, &after, &deployment(after.state)).map(|notice| json!(notice)["type"].clone())
    };
    assert_eq!(told((Running, 0), (Running, 1)), None);
    assert_eq!(told((Running, 1), (AwaitingApproval, 1)), Some(json!("approval")));
    assert_eq!(told((AwaitingApproval, 1), (AwaitingApproval, 1)), None);
    assert_eq!(told((AwaitingApproval, 1), (AwaitingApproval, 2)), Some(json!("approval")));
    assert_eq!(told((AwaitingApproval, 1), (Paused, 1)), None);
    for end in [Succeeded, Failed, RolledBack] {
        assert_eq!(told((Running, 1), (end, 1)), Some(json!("deployment")));
        assert_eq!(told((end, 1), (end, 1)), None);
    }
    assert_eq!(told((Running, 1), (Superseded, 1)), None);
    let mut routine = deployment(Succeeded);
    routine.kind = DeploymentKind::Scale;
    routine.actor.kind = ActorKind::Policy;
    let of = |deployment: &Deployment, end| of_deployment(&state(Running, 0), &state(end, 0), deployment);
    assert_eq!(of(&routine, Succeeded), None);
    assert!(of(&routine, Failed).is_some());
}

#[test]
fn a_channel_is_told_of_what_it_wants() {
    let mut input = hook(ChannelKind::Slack);
    input.wants =
        Wants { alerts: Some(Severity::Critical), deployments: Some(Results::Failed), approvals: false };
    input.environments = vec!["prod".to_owned()];
    let (settings, _) = input.check(None).unwrap();
    let alert = |severity, environment: &str| {
        Notice::Alert(AlertNotice {
            kind: MessageKind::Firing,
            severity,
            group: [("environment".to_owned(), environment.to_owned())].into(),
            firing: Vec::new(),
            resolved: Vec::new(),
            repeat: Span::from_secs(3_600),
            path: None,
        })
    };
    let ended = |state| Notice::Deployment(Box::new(deployment(state)));
    assert!(settings.wants(&alert(Severity::Critical, "prod")));
    assert!(settings.wants(&alert(Severity::Critical, "")));
    assert!(!settings.wants(&alert(Severity::Warning, "prod")));
    assert!(!settings.wants(&alert(Severity::Critical, "test")));
    assert!(settings.wants(&ended(DeploymentState::RolledBack)));
    assert!(!settings.wants(&ended(DeploymentState::Succeeded)));
    assert!(!settings.wants(&ended(DeploymentState::Aborted)));
    let mut gate = deployment(DeploymentState::AwaitingApproval);
    gate.waiting_for = Some(WaitingFor::Person);
    let gate = Notice::Approval { deployment: Box::new(gate), answer: None };
    assert!(!settings.wants(&gate));
    let mut asked = settings.clone();
    asked.wants.approvals = true;
    assert!(asked.wants(&gate));
    asked.environments = vec!["test".parse().unwrap()];
    assert!(!asked.wants(&gate));
    let off = Settings { enabled: false, ..settings };
    assert!(!off.wants(&alert(Severity::Critical, "prod")));
    let written = json!(gate);
    assert_eq!(serde_json::from_value::<Notice>(written).unwrap(), gate);
}

fn waiting() -> Delivery {
    Delivery {
        id: 1,
        notice: Notice::Test,
        state: DeliveryState::Waiting,
        attempts: 0,
        next_at: Some(at(0)),
        tries: Vec::new(),
        created_at: at(0),
        ended_at: None,
    }
}

fn refused(code: TroubleCode, now: Timestamp) -> Try {
    let trouble = ChannelTrouble { code, detail: "no".to_owned() };
    Try { at: now, took: Span::from_millis(5), answer: Answered::Refused(trouble) }
}

#[test]
fn a_message_is_tried_ever_more_seldom_and_given_up_in_the_end() {
    let mut delivery = waiting();
    let mut pauses = Vec::new();
    while let Some(next) = delivery.next_at {
        delivery.conclude(refused(TroubleCode::Busy, next), None, 0.0);
        pauses.extend(delivery.next_at.map(|again| again.since(next).as_secs()));
    }
    assert_eq!(delivery.state, DeliveryState::Failed);
    assert_eq!(pauses[..6], [2, 4, 8, 16, 32, 64]);
    assert_eq!(pauses.iter().max(), Some(&1_800));
    assert!(delivery.attempts <= ATTEMPTS_MAX && delivery.tries.len() == Delivery::TRIES_MAX);
    assert!(delivery.ended_at.unwrap() <= at(0).plus(AGE_MAX));
}

#[test]
fn what_was_given_up_on_its_way_stays_given_up() {
    let mut delivery = waiting();
    delivery.give_up(refused(TroubleCode::Crowded, at(1)));
    delivery.conclude(refused(TroubleCode::Busy, at(2)), None, 0.0);
    assert_eq!((delivery.state, delivery.next_at), (DeliveryState::Failed, None));
    // Nothing is lost by that: what arrived after all has arrived, and a person may send it once more.
    delivery.again(at(3));
    delivery.conclude(refused(TroubleCode::Busy, at(4)), None, 0.0);
    assert_eq!(delivery.state, DeliveryState::Waiting);
}

#[test]
fn what_cannot_heal_fails_at_once_and_what_asks_for_time_gets_it() {
    let mut delivery = waiting();
    delivery.conclude(refused(TroubleCode::Refused, at(3)), None, 0.5);
    assert_eq!(
        (delivery.state, delivery.ended_at, delivery.attempts),
        (DeliveryState::Failed, Some(at(3)), 1)
    );
    let mut delivery = waiting();
    let asked = Some(Duration::from_secs(90));
    delivery.conclude(refused(TroubleCode::RateLimited, at(0)), asked, 0.0);
    assert_eq!(delivery.next_at, Some(at(90)));
    let forever = Some(Duration::from_hours(400));
    delivery.conclude(refused(TroubleCode::RateLimited, at(90)), forever, 0.0);
    assert_eq!(delivery.next_at, Some(at(3_690)));
    let words = "ok".to_owned();
    let took = Try { at: at(3_690), took: Span::from_millis(5), answer: Answered::Accepted { words } };
    delivery.conclude(took, None, 0.0);
    assert_eq!((delivery.state, delivery.next_at), (DeliveryState::Delivered, None));
    assert_eq!(serde_json::from_value::<Delivery>(json!(delivery)).unwrap(), delivery);
}

#[test]
fn messages_arrive_in_order_until_one_is_refused_again_and_again() {
    let queued = |id, attempts, next: i64| Queued { id, attempts, next_at: at(next) };
    assert_eq!(next(&[], at(0)), Next::Wait(None));
    assert_eq!(next(&[queued(1, 0, 0), queued(2, 0, 0)], at(0)), Next::Send(1));
    assert_eq!(next(&[queued(1, 2, 5), queued(2, 0, 0)], at(0)), Next::Wait(Some(at(5))));
    assert_eq!(next(&[queued(1, 6, 99), queued(2, 0, 0)], at(0)), Next::Send(2));
    assert_eq!(next(&[queued(1, 6, 99), queued(2, 1, 7), queued(3, 0, 0)], at(0)), Next::Wait(Some(at(7))));
}

proptest! {
    #[test]
    fn a_delivery_ends_whatever_is_answered(codes in prop::collection::vec(0_usize..4, 0..80), jitter in 0.0_f64..1.0) {
        let mut delivery = waiting();
        let all = [TroubleCode::Busy, TroubleCode::Timeout, TroubleCode::RateLimited, TroubleCode::Unreachable];
        let mut codes = codes.into_iter().cycle();
        while let Some(now) = delivery.next_at {
            let code = all[codes.next().unwrap_or_default()];
            let asked = (code == TroubleCode::RateLimited).then(|| Duration::from_secs(45));
            delivery.conclude(refused(code, now), asked, jitter);
            prop_assert!(delivery.attempts <= ATTEMPTS_MAX && delivery.tries.len() <= Delivery::TRIES_MAX);
            prop_assert!(delivery.next_at.is_none_or(|again| again > now && again < at(0).plus(AGE_MAX)));
            prop_assert_eq!(delivery.next_at.is_none(), delivery.state == DeliveryState::Failed);
        }
    }
}
