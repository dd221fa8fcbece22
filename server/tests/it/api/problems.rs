//! Every error has the same shape, whoever made it.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::harness::{Console, send};

#[tokio::test]
async fn unknown_addresses_methods_kinds_and_sizes_are_problems() {
    let console = Console::empty().await;
    let admin = console.admin();
    admin.get("/nowhere").await.problem(404, "not_found").await;
    let answer = admin.delete("/apps").await;
    assert!(answer.header("allow").contains("GET"));
    answer.problem(405, "malformed").await;
    let form =
        admin.api(Method::POST, "/environments/local/apps/x/scale").header("content-type", "text/plain");
    send(form.body("instances=2")).await.problem(415, "malformed").await;
    let large = vec![b' '; 3 * 1_024 * 1_024];
    let large = admin.api(Method::POST, "/environments/local/apps/x/scale").body(large);
    send(large.header("content-type", "application/json")).await.problem(413, "too_large").await;
}

#[tokio::test]
async fn bodies_say_what_is_wrong_with_them_and_where() {
    let console = Console::empty().await;
    let admin = console.admin();
    let path = "/environments/local/apps/x/scale";
    let broken =
        admin.api(Method::POST, path).header("content-type", "application/json").body("{\"instances\":");
    let problem = send(broken).await.problem(400, "malformed").await;
    assert_eq!(problem["errors"][0]["code"], "not_json", "{problem}");
    let problem = admin.post(path, json!({ "instances": -1 })).await.problem(422, "invalid").await;
    assert_eq!(problem["errors"][0]["path"], "/instances", "{problem}");
    let problem = admin.post("/users", json!({ "name": "x" })).await.problem(422, "invalid").await;
    assert_eq!(problem["errors"][0]["path"], "/password", "{problem}");
}

#[tokio::test]
async fn paths_and_queries_are_read_into_their_types() {
    let console = Console::empty().await;
    let admin = console.admin();
    admin.get("/environments/Not_A_Name").await.problem(400, "malformed").await;
    admin.get("/deployments/17").await.problem(400, "malformed").await;
    admin.get("/apps?status=sleepy").await.problem(400, "malformed").await;
    admin.get("/apps?cursor=nonsense").await.problem(400, "malformed").await;
    // Forms send what is not chosen as nothing.
    admin.get("/apps?environment=&project=&q=").await.ok().await;
    admin.get("/events?topics=weather").await.problem(400, "malformed").await;
    // Where Prometheus' own clients ask, errors have Prometheus' shape.
    let answer = admin.get("/query_range?query=x&start=1&end=2&step=0").await;
    assert_eq!(answer.0.status(), StatusCode::BAD_REQUEST);
    let answer = answer.json().await;
    assert_eq!((&answer["status"], &answer["errorType"]), (&json!("error"), &json!("bad_data")), "{answer}");
}

#[tokio::test]
async fn all_faults_of_a_definition_come_at_once() {
    let console = Console::empty().await;
    let definition = json!({ "command": ["x"], "resources": { "cpus": 0, "memory_mb": 1 }, "colour": "red" });
    let body = json!({ "name": "shop", "definition": definition });
    let problem = console.admin().post("/environments/local/apps", body).await.problem(422, "invalid").await;
    let errors = problem["errors"].as_array().expect("errors");
    assert!(errors.len() >= 3, "{problem}");
}
