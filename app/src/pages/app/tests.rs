//! The head of an app without a browser: what the server sends is whole.

use leptos::prelude::*;
use model::app::{AppStatus, AppSummary, InstanceCounts, StatusReason};
use model::deployment::{Actor, ActorKind};
use model::id::AppKey;
use model::instance::{InstanceReason, ReasonCode};
use model::permission::{Caller, Role};
use model::time::Timestamp;

use super::head::{Head, head};
use crate::text::Locale;

fn summary(status: AppStatus, status_reason: Option<StatusReason>) -> AppSummary {
    AppSummary {
        environment: "local".parse().expect("a name"),
        name: "shop".parse().expect("a name"),
        project: "store".parse().expect("a name"),
        status,
        status_reason,
        revision: 3,
        image: None,
        version: "./shop --fast".to_owned(),
        instances: InstanceCounts { wanted: 4, running: 3, healthy: 3, unhealthy: 0, starting: 0 },
        deployment: None,
        last_deployment: None,
        observed_at: None,
        newer: None,
        moved: None,
        created_at: Timestamp::from_millis(0),
        updated_at: Timestamp::from_millis(0),
    }
}

fn render(locale: Locale, role: Role, app: AppSummary, back_to: Option<u32>) -> String {
    let actor = Actor { kind: ActorKind::User, name: "lin.wei".to_owned() };
    let key = AppKey { environment: app.environment.clone(), app: app.name.clone() };
    head(&Head {
        locale,
        key: &key,
        app: &app,
        caller: &Caller { actor, role, user: None },
        now: Timestamp::from_millis(1_000),
        back_to,
        protected: false,
        closed: false,
    })
    .to_html()
}

#[test]
fn everything_works_as_forms_and_links() {
    let html = render(Locale::En, Role::Operator, summary(AppStatus::Running, None), Some(2));
    for part in [
        r#"name="act" value="scale""#,
        r#"name="act" value="restart""#,
        r#"name="act" value="suspend""#,
        r#"name="act" value="destroy""#,
        r#"name="by" value="-1""#,
        r#"href="/environments/local/apps/shop/edit""#,
        r#"href="/environments/local/apps/shop/rollback?revision=2""#,
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
    assert!(!html.contains("aria-disabled"), "{html}");
}

#[test]
fn enter_in_the_field_sets_the_count() {
    let html = render(Locale::En, Role::Operator, summary(AppStatus::Running, None), None);
    let first = html.find("<button").map(|at| &html[at..]).unwrap_or_default();
    let first = first.split('>').next().unwrap_or_default();
    assert!(first.contains(r#"name="set""#), "Enter presses {first}");
}

#[test]
fn a_viewer_sees_why_nothing_can_be_pressed() {
    let html = render(Locale::En, Role::Viewer, summary(AppStatus::Running, None), Some(2));
    assert!(!html.contains(r#"value="destroy""#), "{html}");
    assert!(!html.contains("/edit\""), "{html}");
    assert!(html.matches("aria-disabled").count() >= 4, "{html}");
    assert!(html.contains("operator"), "the role that may is named: {html}");
}

#[test]
fn a_delayed_app_says_until_when_and_can_be_started() {
    let cause = InstanceReason { code: ReasonCode::ExitCode, detail: "137".to_owned() };
    let reason = StatusReason::DelayedUntil { until: Timestamp::from_millis(66_000), cause: Some(cause) };
    let html = render(Locale::En, Role::Operator, summary(AppStatus::Delayed, Some(reason.clone())), None);
    assert!(html.contains("137") && html.contains("1:05"), "{html}");
    assert!(html.contains(r#"value="reset_delay""#), "{html}");
    let chinese = render(Locale::Zh, Role::Viewer, summary(AppStatus::Delayed, Some(reason)), None);
    assert!(chinese.contains("后重试"), "{chinese}");
    assert!(!chinese.contains("reset_delay"), "{chinese}");
}
