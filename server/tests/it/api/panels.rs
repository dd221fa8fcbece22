//! Charts that people add to an app's own.

use serde_json::json;

use crate::harness::Console;

const PANELS: &str = "/environments/local/apps/shop/panels";

#[tokio::test]
async fn panels_are_kept_in_order_and_every_mistake_has_its_place() {
    let console = Console::empty().await;
    let admin = console.admin();
    admin.create("shop", 1).await;
    assert_eq!(admin.get(PANELS).await.ok().await, json!({ "panels": [] }));
    let orders = json!({ "title": "Orders", "query": "sum(rate(orders_total{app=\"{{app}}\"}[1m]))", "unit": "number", "threshold": 5.0 });
    let queue = json!({ "title": "Queue", "query": "queue_bytes", "unit": "bytes" });
    let kept = admin.put(PANELS, json!([queue, orders])).await.ok().await;
    assert_eq!(kept["panels"], json!([queue, orders]));
    assert!(kept["by"]["name"].is_string() && kept["at"].is_string(), "{kept}");
    assert_eq!(admin.get(PANELS).await.ok().await, kept);

    let bad = json!([orders, { "title": "Orders", "query": "sum(" }]);
    let refused = admin.put(PANELS, bad).await.problem(422, "invalid").await;
    assert_eq!(refused["errors"][0]["path"], "/1/title");
    let unread = admin
        .put(PANELS, json!([orders, { "title": "Odd", "query": "sum(" }]))
        .await
        .problem(422, "invalid")
        .await;
    assert_eq!(unread["errors"][0]["path"], "/1/query");
    assert_eq!(admin.get(PANELS).await.ok().await, kept, "nothing of what was refused is kept");

    let audit = admin.get("/audit?limit=5").await.ok().await;
    assert_eq!(audit["items"][0]["action"], "app.panels", "{audit}");
    assert_eq!(audit["items"][0]["actor"], kept["by"]["name"]);
    assert_eq!(admin.put(PANELS, json!([])).await.ok().await["panels"], json!([]));
}
