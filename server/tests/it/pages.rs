//! Every page, as the router lists them, for strangers and for those who are signed in.

use leptos_axum::generate_route_list;
use model::definition::Protocol;
use model::workload::{ForeignWorkload, TakenPort};
use reqwest::Method;

use crate::harness::{Client, Console, Credential, send};

/// Pages that strangers need to become somebody.
const FOR_STRANGERS: [&str; 3] = ["/sign-in", "/sign-out", "/set-up"];
/// Pages that need what a test of their own makes: a link that was signed.
const BY_LINK: [&str; 2] = ["/approve/:token", "/approve/{token}"];
/// Pages of administration.
const FOR_ADMINS: [&str; 2] = ["/settings/users", "/settings/audit"];

fn pages() -> Vec<String> {
    let pages: Vec<String> =
        generate_route_list(app::App).iter().map(|page| page.path().to_owned()).collect();
    assert!(pages.len() > 15, "{pages:?}");
    pages
}

/// The page of something that exists.
async fn filled(console: &Console, path: &str) -> String {
    let deployments = console.admin().get("/deployments").await.ok().await;
    let id = deployments["items"][0]["id"].as_str().expect("a deployment").to_owned();
    let parts = path.split('/').map(|part| match part {
        ":environment" | "{environment}" => "local",
        ":app" | "{app}" => "shop",
        ":tab" | "{tab}" => "instances",
        ":id" | "{id}" => &id,
        ":registry" | "{registry}" => "near",
        ":channel" | "{channel}" => "ops",
        ":rule" | "{rule}" => "app-degraded",
        ":workload" | "{workload}" => "c0ffee",
        other => other,
    });
    let place = parts.collect::<Vec<_>>().join("/");
    let query = if place.ends_with("/rollback") { "?revision=1" } else { "" };
    format!("{place}{query}")
}

async fn console() -> Console {
    let console = Console::empty().await;
    // Nothing listens there.
    let registry = serde_json::json!({ "name": "near", "url": "http://127.0.0.1:9", "poll": "1h" });
    console.admin().post("/registries", registry).await.status(reqwest::StatusCode::CREATED);
    let channel = serde_json::json!({ "name": "ops", "kind": "slack", "url": "http://127.0.0.1:9" });
    console.admin().post("/channels", channel).await.status(reqwest::StatusCode::CREATED);
    console.admin().create("shop", 1).await;
    console.admin().settled("shop").await;
    console.engine.plant_foreign(ForeignWorkload {
        id: "c0ffee".to_owned(),
        name: "Old_shop.1".to_owned(),
        image: "registry.example/old-shop:1".to_owned(),
        state: "running".to_owned(),
        taken_ports: vec![TakenPort { port: 8080, protocol: Protocol::Tcp }],
        definition: serde_json::json!({
            "image": "registry.example/old-shop:1",
            "instances": 1,
            "strategy": { "kind": "recreate" },
            "ports": [{ "name": "http", "container_port": 80, "host_port": 8080 }],
        }),
        left_out: vec!["the user that it runs as".to_owned()],
        ..ForeignWorkload::default()
    });
    console
}

async fn visit(client: &Client, path: &str) -> (u16, String, String) {
    let answer = send(client.raw(Method::GET, path)).await;
    let (status, place) = (answer.0.status().as_u16(), answer.header("location").to_owned());
    (status, place, answer.text().await)
}

#[tokio::test]
async fn strangers_are_sent_to_sign_in_and_see_nothing() {
    let console = console().await;
    // With a user there is nothing to set up.
    console.viewer().await;
    for page in pages() {
        let path = filled(&console, &page).await;
        let (status, place, text) = visit(&console.anonymous(), &path).await;
        if FOR_STRANGERS.contains(&page.as_str()) {
            assert!(status < 500, "{path}: {status}");
        } else {
            assert!((300..400).contains(&status) && place.contains("/sign-in"), "{path}: {status} {place}");
        }
        assert!(!text.contains("./shop"), "{path} shows a stranger what runs");
    }
}

#[tokio::test]
async fn every_page_is_rendered_whole_under_a_strict_policy() {
    let console = console().await;
    let anna = console.person("anna", "admin").await;
    for page in pages() {
        if FOR_STRANGERS.contains(&page.as_str()) || BY_LINK.contains(&page.as_str()) {
            continue;
        }
        let path = filled(&console, &page).await;
        let answer = send(anna.raw(Method::GET, &path)).await;
        let policy = answer.header("content-security-policy").to_owned();
        assert!(policy.contains("script-src 'self' 'nonce-"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline"), "{path}: {policy}");
        let status = answer.0.status().as_u16();
        let text = answer.text().await;
        assert_eq!(status, 200, "{path}: {text}");
        assert!(text.contains("</html>") && !text.contains(" style=\""), "{path}");
    }
}

/// What `app/src/live/region.js` asks for after a change.
async fn part(client: &Client, path: &str, regions: &str) -> (u16, String) {
    let answer = send(client.raw(Method::GET, path).header("x-regions", regions)).await;
    let status = answer.0.status().as_u16();
    (status, answer.text().await)
}

#[tokio::test]
async fn parts_of_a_page_come_without_the_rest() {
    let console = console().await;
    let deployment = filled(&console, "/deployments/:id").await;
    let anna = console.person("anna", "admin").await;
    for (path, wanted, other) in [
        ("/apps", "rows", "said"),
        ("/environments/local/apps/shop", "head", "instances"),
        ("/environments/local/apps/shop", "instances", ""),
        ("/environments/local/apps/shop/instances", "instances", ""),
        ("/environments/local/apps/shop/logs", "head", "instances"),
        ("/alerts", "alerts", ""),
        ("/alerts/rules/disk-full", "values", ""),
        (&deployment, "head", "logs"),
        (&deployment, "timeline", "logs"),
        ("/", "wrong", ""),
    ] {
        let (status, text) = part(&anna, path, wanted).await;
        let has = |region: &str| text.contains(&format!("data-live=\"{region}\""));
        assert!(status == 200 && has(wanted), "{path} {wanted}: {text}");
        assert!(other == "said" || !has(other), "{path} {wanted} has {other}");
        for rest in ["<aside", "requestIdleCallback", "rel=\"preload\""] {
            assert!(!text.contains(rest), "{path} {wanted} has {rest}");
        }
    }
    let (status, text) = part(&anna, "/apps", "rows:local/shop rows:local/gone").await;
    assert_eq!((status, text.matches("<tr").count()), (200, 1), "{text}");
    assert!(text.contains("data-key=\"local/shop\""), "{text}");
    let (status, text) = part(&anna, "/environments/local/apps/gone", "head").await;
    assert!(status == 404 && text.contains("data-refused"), "{text}");
    let (status, text) = part(&console.anonymous(), "/environments/local/apps/shop", "head").await;
    assert!((300..400).contains(&status) && !text.contains("./shop"), "{text}");
}

#[tokio::test]
async fn the_editor_answers_with_its_form_and_does_nothing_until_it_is_told() {
    let console = console().await;
    let anna = console.person("anna", "admin").await;
    let post = |body: &'static str| {
        anna.raw(Method::POST, "/apps/new")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header("x-regions", "editor")
            .body(body)
    };
    let answer = send(post("name=fresh&definition=%7B%22instances%22%3A1%7D&shown=%7B%22instances%22%3A1%7D&do=add%3A%3A%2Fports")).await;
    assert_eq!(answer.0.status().as_u16(), 200);
    let text = answer.text().await;
    assert!(
        text.contains(r#"name="text:/ports/0/name" "#) && text.contains(r#"data-focus="entry/ports/0""#),
        "{text}"
    );
    assert!(!text.contains("data-live=\"rows\"") && !text.contains("<aside"), "{text}");
    console.admin().get("/environments/local/apps/fresh").await.problem(404, "not_found").await;
}

#[tokio::test]
async fn pages_of_administration_are_refused_to_viewers() {
    let console = console().await;
    let vera = console.viewer().await;
    for path in FOR_ADMINS {
        assert_eq!(visit(&vera, path).await.0, 403, "{path}");
    }
}

#[tokio::test]
async fn an_unknown_address_is_a_page_that_says_so() {
    let console = console().await;
    let vera = console.viewer().await;
    let (status, _, text) = visit(&vera, "/nowhere").await;
    assert_eq!(status, 404);
    assert!(text.contains("</html>"), "{text}");
    assert_eq!(visit(&vera, "/deployments/01890000-0000-7000-8000-000000000000").await.0, 404);
}

#[tokio::test]
async fn no_server_function_answers_a_stranger() {
    let console = console().await;
    for (path, method) in leptos::server_fn::axum::server_fn_paths() {
        let request = console.anonymous().raw(method, path).header("accept", "application/json");
        assert!(send(request).await.0.status().as_u16() >= 400, "{path}");
    }
}

/// A form of the settings, as a browser without scripts posts it.
async fn post(console: &Console, path: &str, body: &str) -> (u16, String, String) {
    let request = console
        .admin()
        .raw(Method::POST, path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(body.to_owned());
    let answer = send(request).await;
    let location = answer.header("location").to_owned();
    (answer.0.status().as_u16(), location, answer.text().await)
}

#[tokio::test]
async fn an_environment_for_docker_is_made_and_changed_without_a_script() {
    let console = console().await;
    let (status, _, page) = post(
        &console,
        "/settings/environments",
        "name=east&engine=docker&endpoint=http%3A%2F%2Fx&tls_ca=%2Fno%2Fca",
    )
    .await;
    assert_eq!(status, 422);
    for part in ["must be unix:///path", "value=\"http://x\"", "value=\"/no/ca\"", "no readable file /no/ca"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let body =
        "name=east&engine=docker&endpoint=tcp%3A%2F%2F10.0.0.7%3A2375&host_address=10.0.0.8&protected=true";
    let (status, location, page) = post(&console, "/settings/environments", body).await;
    assert_eq!((status / 100, location.as_str()), (3, "/settings/environments/east"), "{status} {page}");
    let east = console.admin().get("/environments/east").await.ok().await;
    assert_eq!(
        east["engine"],
        serde_json::json!({ "kind": "docker", "endpoint": "tcp://10.0.0.7:2375", "host_address": "10.0.0.8" })
    );
    // The form for the windows leaves the engine as it is.
    let (status, ..) =
        post(&console, &location, "do=save-rules&windows=0&freezes=0&author_may_approve=true").await;
    assert_eq!(status, 200);
    let after = console.admin().get("/environments/east").await.ok().await;
    assert_eq!((&after["engine"], &after["protected"]), (&east["engine"], &east["protected"]));
    let (status, _, page) =
        post(&console, &location, "do=save&engine=swarm&endpoint=unix%3A%2F%2F%2Frun%2Fx.sock").await;
    assert_eq!(status, 200, "{page}");
    let swarm = console.admin().get("/environments/east").await.ok().await;
    assert_eq!(swarm["engine"], serde_json::json!({ "kind": "swarm", "endpoint": "unix:///run/x.sock" }));
}

#[tokio::test]
async fn a_registry_is_added_changed_asked_and_removed_without_a_script() {
    let console = console().await;
    let list = "/settings/registries";
    let (status, _, page) = post(&console, list, "name=Far+Away&url=ftp%3A%2F%2Fx&poll=soon").await;
    assert_eq!(status, 422);
    assert!(page.contains("value=\"Far Away\"") && page.contains("must be a duration"), "{page}");
    let typed = "name=Far+Away&url=http%3A%2F%2Fregistry.example&username=robot&password=geheim";
    let (status, _, page) = post(&console, list, typed).await;
    assert_eq!(status, 422);
    for part in ["value=\"http://registry.example\"", "value=\"robot\"", "plain http:// to another host"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let good =
        "name=far&url=http%3A%2F%2F127.0.0.1%3A7&username=robot&password=geheim&repositories=shop%2Fapi";
    let (status, location, page) = post(&console, list, good).await;
    assert_eq!((status / 100, location.as_str()), (3, "/settings/registries/far"), "{status} {page}");
    let (status, _, page) = post(&console, &location, "do=test").await;
    assert!(status == 200 && page.contains("It cannot be reached"), "{page}");
    let (status, _, page) =
        post(&console, &location, "do=save&kind=harbor&url=http%3A%2F%2F127.0.0.1%3A7&username=robot").await;
    assert!(status == 200 && page.contains("Saved.") && !page.contains("geheim"), "{page}");
    let far = console.admin().get("/registries/far").await.ok().await;
    assert_eq!((&far["kind"], &far["has_password"]), (&"harbor".into(), &true.into()));
    let (status, _, page) = post(&console, &location, "do=secret").await;
    assert!(status == 200 && page.contains("shown this once"), "{page}");
    let (status, ..) = post(&console, &location, "do=delete&confirm=near").await;
    assert_eq!(status, 422);
    let (status, place, _) = post(&console, &location, "do=delete&confirm=far").await;
    assert_eq!((status / 100, place.as_str()), (3, list));
    console.admin().get("/registries/far").await.status(reqwest::StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_node_is_drained_and_activated_without_a_script() {
    let console = console().await;
    let east = serde_json::json!({ "name": "east", "engine": { "kind": "swarm" } });
    console.admin().post("/environments", east).await.status(reqwest::StatusCode::CREATED);
    let nodes =
        || async { console.admin().get("/environments/east/nodes").await.ok().await["items"].clone() };
    let known = async {
        while nodes().await.as_array().is_none_or(Vec::is_empty) {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), known).await.expect("its node is known");
    let anna = console.person("anna", "admin").await;
    let (status, _, page) = visit(&anna, "/nodes").await;
    // `local` has the same node, and an engine that cannot.
    assert_eq!((status, page.matches("value=\"drain\"").count()), (200, 1), "{page}");
    assert!(page.contains("moves nothing"), "{page}");
    let otto = console.operator().await;
    assert!(!visit(&otto, "/nodes").await.2.contains("value=\"drain\""), "for administrators");

    let (status, _, page) = post(&console, "/nodes", "environment=east&node=fake&do=drain").await;
    assert_eq!(status, 200, "{page}");
    for part in ["fake is being drained.", "Draining", "value=\"activate\""] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert_eq!(nodes().await[0]["state"], "draining");
    let (status, _, page) = post(&console, "/nodes", "environment=east&node=fake&do=activate").await;
    assert!(status == 200 && page.contains("fake takes new instances again."), "{status} {page}");
    assert_eq!(nodes().await[0]["state"], "ready");
    let (status, _, page) = post(&console, "/nodes", "environment=east&node=gone&do=drain").await;
    assert!(status == 404 && page.contains("does not know node gone"), "{status} {page}");
}

const WORKLOADS: &str = "/nodes/local/workloads";

/// The list of what else runs, once the engine was asked in the background.
async fn list_of_workloads(client: &Client) -> String {
    let read = async {
        loop {
            let (status, text) = part(client, WORKLOADS, "workloads").await;
            assert_eq!(status, 200, "{text}");
            if !text.contains("is being asked") {
                return text;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), read).await.expect("the engine was asked")
}

#[tokio::test]
async fn what_else_runs_is_read_in_the_background_and_shown_to_operators() {
    let console = console().await;
    // What others gave their programs is nothing for everybody.
    let vera = console.viewer().await;
    let (status, _, page) = visit(&vera, WORKLOADS).await;
    assert!(status == 403 && !page.contains("Old_shop.1"), "{status} {page}");
    let otto = console.operator().await;
    console.engine.set_fault(adapters::engine::fake::Fault::Slow(std::time::Duration::from_millis(700)));
    let asked = std::time::Instant::now();
    let (status, _, page) = visit(&otto, WORKLOADS).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("is being asked what else runs") && page.contains("Look again"), "{page}");
    assert!(asked.elapsed() < std::time::Duration::from_millis(600), "the page waits for nobody");
    console.engine.set_fault(adapters::engine::fake::Fault::None);
    let list = list_of_workloads(&otto).await;
    for text in ["Old_shop.1", "at 8080", "the user that it runs as", "/nodes/local/workloads/c0ffee/adopt"] {
        assert!(list.contains(text), "{text}: {list}");
    }
}

#[tokio::test]
async fn an_operator_adopts_on_a_page_that_says_what_stops_when() {
    let console = console().await;
    let otto = console.operator().await;
    let place = format!("{WORKLOADS}/c0ffee/adopt");
    let (status, _, page) = visit(&otto, &place).await;
    assert_eq!(status, 200, "{page}");
    for part in [
        "Adopt Old_shop.1",
        "value=\"old-shop-1\"",
        "stops before the first new instance starts",
        "port 8080 (TCP) of the host",
        "the user that it runs as",
        "Take over Old_shop.1 as old-shop-1 with 1 instance",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (status, _, page) = visit(&otto, &format!("{WORKLOADS}/gone/adopt")).await;
    assert!(status == 404 && page.contains("no workload gone in local"), "{status} {page}");
    let (status, _, page) = visit(&console.viewer().await, &place).await;
    assert!(status == 403 && !page.contains("old-shop"), "{status}");

    // Without the port both can run at a time.
    let definition = "%7B%22image%22%3A%22registry.example%2Fold-shop%3A1%22%2C%22instances%22%3A1%7D";
    let body = |deed: &str| {
        format!("name=old-shop&definition={definition}&shown={definition}&reason=mine&do={deed}")
    };
    let (status, _, page) = post(&console, &place, &body("look")).await;
    assert!(status == 200 && page.contains("runs on until the new instances are healthy"), "{status} {page}");
    let (status, next, page) = post(&console, &place, &body("deploy")).await;
    assert!(status == 303 && next.starts_with("/deployments/"), "{status} {next} {page}");
    console.admin().settled("old-shop").await;
    let done = async {
        while !visit(&otto, &next).await.2.contains("Took over Old_shop.1: it is stopped and kept.") {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), done).await.expect("it says so");
    let (_, _, page) = visit(&otto, &next).await;
    assert!(page.contains("which this app takes over, is stopped and kept"), "{page}");
    let (_, _, page) = visit(&otto, "/environments/local/apps/old-shop").await;
    assert!(page.contains("Takes the place of") && page.contains("Took over Old_shop.1"), "{page}");
    let (_, _, page) = visit(&otto, &place).await;
    assert!(page.contains("Taken over by old-shop") && !page.contains("<textarea"), "{page}");
    let list = list_of_workloads(&otto).await;
    assert!(list.contains("Taken over by old-shop") && !list.contains("c0ffee/adopt"), "{list}");
}

#[tokio::test]
async fn signing_in_on_the_page_opens_a_session() {
    let console = console().await;
    console.viewer().await;
    let form = |password: &str| {
        console
            .anonymous()
            .raw(Method::POST, "/sign-in")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(format!("name=vera&password={}", password.replace(' ', "+")))
    };
    let refused = send(form("wrong password")).await;
    assert!(refused.header("set-cookie").is_empty());
    let answer = send(form(crate::harness::PASSWORD)).await;
    let cookie = answer.header("set-cookie").to_owned();
    for part in ["qd_session=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    let secret = cookie.split(['=', ';']).nth(1).expect("a secret").to_owned();
    console.client(Credential::Session(secret)).get("/apps").await.ok().await;
}
