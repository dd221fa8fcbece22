//! Lists that join what is stored and what is seen.

use adapters::engine::fake::Mode;
use app::port::{Apps, Deployments};
use model::api::{AppsQuery, DeploymentsQuery, Hit};
use model::app::AppStatus;
use model::deployment::DeploymentKind;
use model::permission::{Caller, Role};

use super::console::{Console, again, because, definition, key};

async fn names(console: &Console, query: AppsQuery) -> Vec<String> {
    let mut found = Vec::new();
    let mut query = AppsQuery { limit: Some(2), ..query };
    loop {
        let page = console.apps().list(&console.caller, &query).await.unwrap();
        assert!(page.items.len() <= 2);
        found.extend(page.items.iter().map(|app| app.name.to_string()));
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => return found,
        }
    }
}

#[tokio::test]
async fn apps_are_found_page_by_page_by_status_and_words() {
    let console = Console::start().await;
    for app in ["api", "cart", "search", "shop", "web"] {
        console.created(app, definition(app, 1)).await;
    }
    let all = names(&console, AppsQuery::default()).await;
    assert_eq!(all, ["api", "cart", "search", "shop", "web"]);
    console.engine.set_mode(Mode::Starting);
    for app in ["api", "shop", "web"] {
        let app_name = app.parse().unwrap();
        let id = console.core.sights.get(&super::console::place()).instances(&app_name)[0].id.clone();
        console.engine.crash(&id);
    }
    let degraded = AppsQuery { status: Some(AppStatus::Degraded), ..AppsQuery::default() };
    let attention = AppsQuery { attention: true, ..AppsQuery::default() };
    console
        .until("three are degraded", || {
            let sight = console.core.sights.get(&super::console::place());
            let is = |app: &&&str| {
                server::live::status(&app.parse().unwrap(), 1, false, &sight).0 == AppStatus::Degraded
            };
            ["api", "shop", "web"].iter().filter(is).count() == 3
        })
        .await;
    assert_eq!(names(&console, degraded).await, ["api", "shop", "web"]);
    assert_eq!(names(&console, attention).await, ["api", "shop", "web"]);
    let words = AppsQuery { q: Some("SHOP:CART".to_owned()), ..AppsQuery::default() };
    assert_eq!(names(&console, words).await, ["cart"]);
    let none = AppsQuery { q: Some("%".to_owned()), ..AppsQuery::default() };
    assert!(names(&console, none).await.is_empty());
    let counts = console.apps().counts(&console.caller, None).await.unwrap();
    assert_eq!((counts.all, counts.attention, counts.by_status["running"]), (5, 3, 2));
    let bad = AppsQuery { cursor: Some("nonsense".to_owned()), ..AppsQuery::default() };
    assert_eq!(console.apps().list(&console.caller, &bad).await.unwrap_err().status, 400);
}

#[tokio::test]
async fn the_palette_finds_apps_and_numbers() {
    let console = Console::start().await;
    let deployment = console.created("shop", definition("1", 1)).await;
    let hits = console.core.find(&console.caller, "sho", 10).await.unwrap();
    assert!(matches!(&hits[..], [Hit::App { key: found, .. }] if *found == key("shop")), "{hits:?}");
    let hits = console.core.find(&console.caller, "#1", 10).await.unwrap();
    assert!(
        hits.iter().any(|hit| matches!(hit, Hit::Deployment { id, .. } if *id == deployment.id)),
        "{hits:?}"
    );
}

#[tokio::test]
async fn a_viewer_sees_and_changes_nothing() {
    let console = Console::start().await;
    console.created("shop", definition("1", 1)).await;
    let viewer = Caller { role: Role::Viewer, ..console.caller.clone() };
    let apps = console.apps();
    assert_eq!(apps.list(&viewer, &AppsQuery::default()).await.unwrap().items.len(), 1);
    let key = key("shop");
    let refusals = [
        apps.restart(&viewer, &key, again("")).await.unwrap_err(),
        apps.suspend(&viewer, &key, because("")).await.unwrap_err(),
        apps.resume(&viewer, &key, because("")).await.unwrap_err(),
        apps.destroy(&viewer, &key, because("")).await.unwrap_err(),
        apps.scale(&viewer, &key, model::api::Scale::default()).await.unwrap_err(),
        apps.update(&viewer, &key, model::api::UpdateApp::default()).await.unwrap_err(),
        apps.reset_delay(&viewer, &key, because("")).await.unwrap_err(),
    ];
    for refusal in refusals {
        assert_eq!((refusal.status, refusal.params["role"].as_str()), (403, "operator"));
    }
    let query = DeploymentsQuery { kind: Some(DeploymentKind::Create), ..DeploymentsQuery::default() };
    assert_eq!(console.core.deployments().list(&viewer, &query).await.unwrap().items.len(), 1);
}
