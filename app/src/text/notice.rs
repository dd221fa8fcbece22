//! What people are told by channels, in words: what, where, since when, by whom, why, and where to look.

use model::alert::{Labels, MessageKind, NAME_LABEL, SEVERITY_LABEL, Severity};
use model::channel::{AlertNotice, FiringAlert, Language, Letter, Link, Notice, Tone};
use model::deployment::{Deployment, DeploymentState, Outcome, WaitingFor};
use model::time::Timestamp;

use super::Locale::{self, En, Zh};
use super::alert_line::alert_line;
use super::{deployment as d, rollout, time};
use crate::paths;

/// Alerts that are told one by one.
const ALERTS_MAX: usize = 10;

texts! {
    test_title: "Quarterdeck: a test message", "Quarterdeck：测试消息";
    see_deployment: "Deployment", "部署";
    see_alert: "Alert", "告警";
    answer_gate: "Approve or reject", "批准或拒绝";
}

impl From<Language> for Locale {
    fn from(language: Language) -> Self {
        match language {
            Language::English => En,
            Language::Chinese => Zh,
        }
    }
}

/// `base`: where people reach the console, `https://quarterdeck.example`; without it there are no links.
pub fn letter(locale: Locale, channel: &str, notice: &Notice, base: Option<&str>) -> Letter {
    let link = |label: &str, path: &str| {
        base.map(|base| Link { label: label.to_owned(), url: format!("{base}{path}") })
    };
    match notice {
        Notice::Test => Letter {
            tone: Tone::Neutral,
            title: test_title(locale).to_owned(),
            lines: vec![tested(locale, channel)],
            links: Vec::new(),
        },
        Notice::Alert(alert) => Letter {
            tone: if alert.kind == MessageKind::Resolved { Tone::Good } else { Tone::Bad },
            title: alert_title(locale, alert),
            lines: alert_lines(locale, alert),
            links: alert.path.as_deref().and_then(|path| link(see_alert(locale), path)).into_iter().collect(),
        },
        Notice::Deployment(deployment) => Letter {
            tone: tone(deployment.state),
            title: ended_title(locale, deployment),
            lines: ended_lines(locale, deployment),
            links: link(see_deployment(locale), &paths::deployment(deployment.id)).into_iter().collect(),
        },
        Notice::Approval { deployment, answer } => {
            let answer = answer.as_deref().and_then(|path| link(answer_gate(locale), path));
            let whole = link(see_deployment(locale), &paths::deployment(deployment.id));
            Letter {
                tone: Tone::Asking,
                title: approval_title(locale, deployment),
                lines: approval_lines(locale, deployment),
                links: answer.into_iter().chain(whole).collect(),
            }
        }
    }
}

fn tested(locale: Locale, channel: &str) -> String {
    match locale {
        En => format!("Somebody tries the channel {channel}. It works: nothing is to be done."),
        Zh => format!("有人正在测试渠道 {channel}。收到此消息即表示可用，无需处理。"),
    }
}

const fn tone(state: DeploymentState) -> Tone {
    match state {
        DeploymentState::Succeeded => Tone::Good,
        DeploymentState::Failed | DeploymentState::RolledBack => Tone::Bad,
        _ => Tone::Neutral,
    }
}

fn field(locale: Locale, en: &str, zh: &str, value: &str) -> String {
    match locale {
        En => format!("{en}: {value}"),
        Zh => format!("{zh}：{value}"),
    }
}

/// To the minute: `2026-11-25 13:35 UTC`.
fn moment(time: Timestamp) -> String {
    let text = time.to_string();
    format!("{} {} UTC", &text[..10], &text[11..16])
}

fn ended_title(locale: Locale, deployment: &Deployment) -> String {
    let Deployment { app, environment, .. } = deployment;
    let state = d::state(locale, deployment.state);
    match locale {
        En => format!("{app} in {environment}: {state}"),
        Zh => format!("{environment} 中的 {app}：{state}"),
    }
}

/// What, from which version to which, by whom and why.
fn about(locale: Locale, deployment: &Deployment) -> Vec<String> {
    let number = d::deployment_number(locale, deployment.number);
    let (heading, change) = (d::heading(locale, deployment), d::change_of(locale, deployment));
    let what = match locale {
        _ if change == "–" => format!("{number}: {heading}"),
        En => format!("{number}: {heading} ({change})"),
        Zh => format!("{number}: {heading}（{change}）"),
    };
    let mut lines = vec![what];
    match (&deployment.from_version, &deployment.to_version) {
        (Some(from), Some(to)) if from != to => {
            lines.push(field(locale, "Version", "版本", &format!("{from} → {to}")));
        }
        (_, Some(to)) if !to.is_empty() => lines.push(field(locale, "Version", "版本", to)),
        _ => {}
    }
    lines.push(field(locale, "By", "操作者", &d::actor(locale, &deployment.actor)));
    if !deployment.reason.is_empty() {
        lines.push(field(locale, "Reason", "原因", &deployment.reason));
    }
    lines
}

fn ended_lines(locale: Locale, deployment: &Deployment) -> Vec<String> {
    let mut lines = about(locale, deployment);
    if let Some(outcome) = deployment.outcome.as_ref().filter(|outcome| **outcome != Outcome::Done) {
        lines.push(d::outcome(locale, outcome));
    }
    let began = deployment.started_at.unwrap_or(deployment.created_at);
    if let Some(ended) = deployment.ended_at {
        let took = time::short(locale, ended.since(began));
        lines.push(match locale {
            En => format!("Began {}, took {took}", moment(began)),
            Zh => format!("开始于 {}，用时 {took}", moment(began)),
        });
    }
    lines
}

fn approval_title(locale: Locale, deployment: &Deployment) -> String {
    let Deployment { app, environment, .. } = deployment;
    match locale {
        En => format!("{app} in {environment} waits for approval"),
        Zh => format!("{environment} 中的 {app} 等待批准"),
    }
}

fn approval_lines(locale: Locale, deployment: &Deployment) -> Vec<String> {
    let mut lines = about(locale, deployment);
    if let Some(WaitingFor::Approval { step, approvers, role, by, until, on_timeout }) =
        &deployment.waiting_for
    {
        let steps = u32::try_from(deployment.steps.len()).unwrap_or(u32::MAX);
        lines.push(rollout::step_of(locale, *step, steps));
        let role = d::role(locale, *role);
        lines.push(match locale {
            En => format!("Needed: {approvers} of the role {role} or above; agreed so far: {}", by.len()),
            Zh => format!("需 {approvers} 名{role}或更高角色同意；已同意 {} 名", by.len()),
        });
        let otherwise = rollout::on_timeout(locale, *on_timeout);
        lines.push(match locale {
            En => format!("Until {}. {otherwise}", moment(*until)),
            Zh => format!("截止 {}。{otherwise}", moment(*until)),
        });
    }
    lines
}

pub const fn severity(locale: Locale, severity: Severity) -> &'static str {
    match (locale, severity) {
        (En, Severity::Info) => "info",
        (En, Severity::Warning) => "warning",
        (En, Severity::Critical) => "critical",
        (Zh, Severity::Info) => "提示",
        (Zh, Severity::Warning) => "警告",
        (Zh, Severity::Critical) => "严重",
    }
}

/// The values of what the group has in common: "prod, shop".
fn place(labels: &Labels) -> String {
    let values = labels.iter().filter(|(name, _)| *name != NAME_LABEL && *name != SEVERITY_LABEL);
    values.map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(", ")
}

fn alert_title(locale: Locale, alert: &AlertNotice) -> String {
    let names = alert.firing.iter().map(|firing| &firing.labels).chain(&alert.resolved);
    let mut names: Vec<&str> =
        names.filter_map(|labels| labels.get(NAME_LABEL)).map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let place = place(&alert.group);
    let mut what = names.join(", ");
    if !place.is_empty() {
        what = match locale {
            En => format!("{what} ({place})"),
            Zh => format!("{what}（{place}）"),
        };
    }
    let severity = severity(locale, alert.severity);
    match (locale, alert.kind) {
        (En, MessageKind::Firing) => format!("Alert, {severity}: {what}"),
        (Zh, MessageKind::Firing) => format!("告警（{severity}）：{what}"),
        (En, MessageKind::Reminder) => format!("Still firing, {severity}: {what}"),
        (Zh, MessageKind::Reminder) => format!("仍在告警（{severity}）：{what}"),
        (En, MessageKind::Resolved) => format!("Over: {what}"),
        (Zh, MessageKind::Resolved) => format!("已恢复：{what}"),
    }
}

/// All labels but the name and the severity: `app=shop, node=n1`.
fn written(labels: &Labels) -> String {
    let others = labels.iter().filter(|(name, _)| *name != NAME_LABEL && *name != SEVERITY_LABEL);
    others.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ")
}

fn named(labels: &Labels) -> String {
    let name = labels.get(NAME_LABEL).map_or("", String::as_str);
    let rest = written(labels);
    if rest.is_empty() { name.to_owned() } else { format!("{name} {{{rest}}}") }
}

fn alert_lines(locale: Locale, alert: &AlertNotice) -> Vec<String> {
    let firing = |firing: &FiringAlert| {
        let what = match firing.summary.as_str() {
            "" => named(&firing.labels),
            said => alert_line(locale, &firing.labels, said),
        };
        let since = moment(firing.since);
        match locale {
            En => format!("• {what} (since {since})"),
            Zh => format!("• {what}（自 {since}）"),
        }
    };
    let over = |labels: &Labels| match locale {
        En => format!("✓ over: {}", named(labels)),
        Zh => format!("✓ 已恢复：{}", named(labels)),
    };
    let mut lines: Vec<String> = alert.firing.iter().take(ALERTS_MAX).map(firing).collect();
    lines.extend(alert.resolved.iter().take(ALERTS_MAX).map(over));
    let told = alert.firing.len().min(ALERTS_MAX) + alert.resolved.len().min(ALERTS_MAX);
    let more = alert.firing.len() + alert.resolved.len() - told;
    if more > 0 {
        lines.push(match locale {
            En => format!("… and {more} more"),
            Zh => format!("……以及另外 {more} 个"),
        });
    }
    lines
}

#[cfg(test)]
mod tests {
    use model::definition::OnTimeout;
    use model::deployment::{Actor, ActorKind, DeploymentKind, Progress};
    use model::duration::Span;
    use model::permission::Role;

    use super::*;

    const BASE: Option<&str> = Some("https://q.example");

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + seconds * 1_000)
    }

    fn deployment() -> Deployment {
        Deployment {
            id: "01890000-0000-7000-8000-000000000000".parse().unwrap(),
            number: 7,
            environment: "prod".parse().unwrap(),
            app: "shop".parse().unwrap(),
            project: model::id::ProjectName::default(),
            kind: DeploymentKind::Update,
            state: DeploymentState::RolledBack,
            from_revision: Some(1),
            to_revision: Some(2),
            from_instances: None,
            to_instances: None,
            from_version: Some("1.4.2".to_owned()),
            to_version: Some("1.5.0".to_owned()),
            actor: Actor { kind: ActorKind::User, name: "ann".to_owned() },
            reason: "a fix".to_owned(),
            created_at: at(0),
            started_at: Some(at(0)),
            ended_at: Some(at(125)),
            outcome: Some(Outcome::CheckFailed {
                check: "errors".to_owned(),
                step: Some(1),
                background: false,
                failed: 3,
                measured: 5,
                detail: "0.5".to_owned(),
            }),
            progress: Progress::default(),
            waiting_for: None,
            steps: Vec::new(),
            reached: Vec::new(),
            skip: None,
        }
    }

    #[test]
    fn a_result_says_what_where_who_why_and_how_it_went() {
        let told = letter(En, "ops", &Notice::Deployment(Box::new(deployment())), BASE);
        assert_eq!(told.title, format!("shop in prod: {}", d::state(En, DeploymentState::RolledBack)));
        assert_eq!(told.tone, Tone::Bad);
        let text = told.text();
        for part in [
            "shop to revision 2 (revision 1 → 2)",
            "Version: 1.4.2 → 1.5.0",
            "By: ann",
            "Reason: a fix",
            "errors",
            "Began 2023-11-14 22:13 UTC, took 2 min",
            "Deployment: https://q.example/deployments/01890000-0000-7000-8000-000000000000",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let chinese = letter(Zh, "ops", &Notice::Deployment(Box::new(deployment())), None);
        assert!(chinese.title.starts_with("prod 中的 shop："), "{}", chinese.title);
        assert!(chinese.links.is_empty() && chinese.text().contains("操作者：ann"));
    }

    #[test]
    fn a_gate_says_who_is_needed_until_when_and_where_to_answer() {
        let waits = WaitingFor::Approval {
            step: 2,
            approvers: 2,
            role: Role::Operator,
            by: vec!["ann".to_owned()],
            until: at(3_600),
            on_timeout: OnTimeout::Reject,
        };
        let deployment = Deployment {
            state: DeploymentState::AwaitingApproval,
            waiting_for: Some(waits),
            outcome: None,
            ended_at: None,
            ..deployment()
        };
        let answer = Some("/approve/a.b".to_owned());
        let told = letter(En, "ops", &Notice::Approval { deployment: Box::new(deployment), answer }, BASE);
        assert_eq!((told.title.as_str(), told.tone), ("shop in prod waits for approval", Tone::Asking));
        let text = told.text();
        for part in [
            "agreed so far: 1",
            "Until 2023-11-14 23:13 UTC",
            "https://q.example/approve/a.b",
            "/deployments/",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn alerts_are_named_and_only_some_are_told_one_by_one() {
        let labels = |app: usize| -> Labels {
            [
                ("alertname", "down".to_owned()),
                ("app", format!("shop-{app}")),
                ("severity", "critical".to_owned()),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into()
        };
        let firing = |app| FiringAlert {
            labels: labels(app),
            since: at(0),
            value: Some(1.0),
            summary: if app == 0 { "shop-0 is down".to_owned() } else { String::new() },
        };
        let mut alert = AlertNotice {
            kind: MessageKind::Firing,
            severity: Severity::Critical,
            group: [("environment".to_owned(), "prod".to_owned()), ("node".to_owned(), "n1".to_owned())]
                .into(),
            firing: (0..12).map(firing).collect(),
            resolved: vec![labels(99)],
            repeat: Span::from_secs(3_600),
            path: Some("/alerts".to_owned()),
        };
        let told = letter(En, "ops", &Notice::Alert(alert.clone()), BASE);
        assert_eq!(told.title, "Alert, critical: down (prod, n1)");
        assert_eq!(told.lines[0], "• shop-0 is down (since 2023-11-14 22:13 UTC)");
        assert_eq!(told.lines[1], "• down {app=shop-1} (since 2023-11-14 22:13 UTC)");
        assert_eq!(told.lines[10..], ["✓ over: down {app=shop-99}", "… and 2 more"]);
        assert_eq!(told.links[0].url, "https://q.example/alerts");
        alert.kind = MessageKind::Resolved;
        alert.firing.clear();
        let told = letter(Zh, "ops", &Notice::Alert(alert), BASE);
        assert_eq!((told.title.as_str(), told.tone), ("已恢复：down（prod, n1）", Tone::Good));
    }
}
