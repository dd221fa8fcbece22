//! The pages over the app repository: an app's versions, promoting, and going past a mark or a pin.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Console, send};

const VERSIONS: &str = "/environments/local/apps/shop/versions";
const PROMOTE: &str = "/environments/local/apps/shop/promote";

fn image(tag: &str) -> String {
    format!("registry.example/shop/api:{tag}")
}

/// An app that runs `registry.example/shop/api:1` beside a version 2 that a build told of.
async fn shop(console: &Console) {
    let admin = console.admin();
    let definition = json!({ "image": image("1"), "instances": 1 });
    let body = json!({ "name": "shop", "definition": definition, "reason": "a test" });
    admin.post("/environments/local/apps", body).await.status(StatusCode::CREATED);
    admin.settled("shop").await;
    let told = json!({
        "image": image("2"), "commit": "4f2a9c1d77", "branch": "main",
        "build_url": "https://ci.example/7", "notes": "Faster basket.\nWatch the cache.",
    });
    admin.post("/releases", told).await.status(StatusCode::CREATED);
}

async fn production(console: &Console) {
    let body = json!({ "name": "production", "engine": { "kind": "local" }, "protected": true });
    console.admin().post("/environments", body).await.status(StatusCode::CREATED);
    for _ in 0..500 {
        let place = console.admin().get("/environments/production").await.ok().await;
        if place["reachability"]["state"] == "reachable" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("production is not reachable");
}

async fn release(console: &Console, tag: &str) -> String {
    let listed = console.admin().get("/releases").await.ok().await;
    let items = listed["items"].as_array().expect("items");
    let found = items.iter().find(|release| release["tag"] == tag).expect("the release");
    found["id"].as_str().expect("an id").to_owned()
}

async fn read(client: &Client, path: &str) -> String {
    let answer = send(client.raw(Method::GET, path)).await;
    answer.status(StatusCode::OK).text().await
}

/// Posts a form to a page, as a browser does.
async fn fill(client: &Client, path: &str, form: &str) -> Answer {
    let request = client
        .raw(Method::POST, path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin");
    send(request.body(form.to_owned())).await
}

#[tokio::test]
async fn the_versions_of_an_app_are_rows_with_what_is_known_of_them() {
    let console = Console::empty().await;
    shop(&console).await;
    let anna = console.person("anna", "admin").await;
    let page = read(&anna, VERSIONS).await;
    for part in [
        "Versions of registry.example/shop/api",
        "Running here",
        "4f2a9c1d<",
        "Faster basket.",
        "https://ci.example/7",
        "/edit?image=registry.example/shop/api%3A2",
        "aria-label=\"Deploy 2\"",
        "value=\"follow\"",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    assert!(!page.contains("aria-label=\"Deploy 1\""), "what runs here is not deployed again");
    assert!(!page.contains("Promote 1"), "there is only this environment");
    assert!(!page.contains("mark_bad"), "the details are closed");
    let open = read(&anna, &format!("{VERSIONS}?release={}", release(&console, "2").await)).await;
    for part in ["Watch the cache.", "value=\"mark_bad\"", "Pin shop to 2", "value=\"notes\""] {
        assert!(open.contains(part), "{part} is missing in {open}");
    }
}

#[tokio::test]
async fn a_viewer_reads_the_versions_and_changes_none() {
    let console = Console::empty().await;
    shop(&console).await;
    let vera = console.viewer().await;
    let id = release(&console, "2").await;
    let page = read(&vera, &format!("{VERSIONS}?release={id}")).await;
    assert!(page.contains("Faster basket.") && page.contains("Follows"), "{page}");
    for part in ["name=\"act\" value=\"mark_bad\"", "value=\"pin\"", "value=\"follow\"", "Deploy 2"] {
        assert!(!page.contains(part), "{part} is there for a viewer");
    }
    for form in
        [format!("act=mark_bad&release={id}&reason=x"), "act=follow&follow=branch&rule=main".to_owned()]
    {
        assert_eq!(fill(&vera, VERSIONS, &form).await.0.status().as_u16(), 403, "{form}");
    }
    assert_eq!(send(vera.raw(Method::GET, PROMOTE)).await.0.status().as_u16(), 403);
    let stranger = send(console.anonymous().raw(Method::GET, VERSIONS)).await;
    assert!(stranger.header("location").contains("/sign-in"));
}

#[tokio::test]
async fn versions_are_marked_described_pinned_and_followed_by_form() {
    let console = Console::empty().await;
    shop(&console).await;
    let otto = console.operator().await;
    let id = release(&console, "2").await;
    let here = format!("{VERSIONS}?release={id}");
    let silent = fill(&otto, &here, &format!("act=mark_bad&release={id}&reason=")).await;
    assert!(silent.status(StatusCode::UNPROCESSABLE_ENTITY).text().await.contains("reason"));
    let marked = fill(&otto, &here, &format!("act=mark_bad&release={id}&reason=leaks")).await;
    assert_eq!(marked.status(StatusCode::SEE_OTHER).header("location"), here, "the details stay open");
    fill(&otto, &here, &format!("act=notes&release={id}&notes=one%0D%0Atwo"))
        .await
        .status(StatusCode::SEE_OTHER);
    let page = read(&otto, &here).await;
    assert!(page.contains("Bad, says otto: leaks") && page.contains("value=\"mark_good\""), "{page}");
    let kept = otto.get(&format!("/releases/{id}")).await.ok().await;
    assert_eq!(kept["notes"], "one\ntwo");
    fill(&otto, &here, &format!("act=mark_good&release={id}&reason=")).await.status(StatusCode::SEE_OTHER);

    let one = release(&console, "1").await;
    fill(&otto, VERSIONS, &format!("act=pin&release={one}&reason=sale")).await.status(StatusCode::SEE_OTHER);
    let page = read(&otto, VERSIONS).await;
    assert!(page.contains("Held at") && page.contains("“sale”") && page.contains("Unpin"), "{page}");
    fill(&otto, VERSIONS, "act=unpin&reason=over").await.status(StatusCode::SEE_OTHER);
    assert!(!read(&otto, VERSIONS).await.contains("Held at"));

    let wrong = fill(&otto, VERSIONS, "act=follow&follow=semver&rule=newest").await;
    let page = wrong.status(StatusCode::UNPROCESSABLE_ENTITY).text().await;
    assert!(page.contains("must be a range of versions") && page.contains("value=\"newest\""), "{page}");
    fill(&otto, VERSIONS, "act=follow&follow=regex&rule=main-.*").await.status(StatusCode::SEE_OTHER);
    let page = read(&otto, VERSIONS).await;
    assert!(page.contains("main-.*") && page.contains("Turn off"), "{page}");
    fill(&otto, VERSIONS, "act=unfollow").await.status(StatusCode::SEE_OTHER);
    assert_eq!(otto.get("/environments/local/apps/shop/auto-deploy").await.ok().await, Value::Null);
}

#[tokio::test]
async fn a_bare_command_has_no_versions_and_says_what_to_do() {
    let console = Console::empty().await;
    console.admin().create("shop", 1).await;
    console.admin().settled("shop").await;
    let page = read(&console.operator().await, VERSIONS).await;
    assert!(page.contains("This app has no versions") && page.contains("Edit the definition"), "{page}");
}

#[tokio::test]
async fn promoting_shows_its_plan_and_does_it() {
    let console = Console::empty().await;
    shop(&console).await;
    let otto = console.operator().await;
    assert!(read(&otto, PROMOTE).await.contains("There is only this environment"));
    production(&console).await;
    let page = read(&otto, PROMOTE).await;
    assert!(
        page.contains("Promote 1 to production") && page.contains("There is no shop in production"),
        "{page}"
    );
    let nowhere = send(otto.raw(Method::GET, &format!("{PROMOTE}?to=moon"))).await;
    assert_eq!(nowhere.0.status().as_u16(), 404);
    let path = format!("{PROMOTE}?to=production");
    let done = fill(&otto, &path, "reason=ready").await.status(StatusCode::SEE_OTHER);
    assert!(done.header("location").starts_with("/deployments/"));
    let page = read(&otto, &path).await;
    assert!(page.contains("production already runs 1") && !page.contains("Promote 1 to"), "{page}");
    let plan = format!("{}/plan", path.replace("?to=production", ""));
    let shown = otto.post(&plan, json!({ "to": "production" }));
    let shown = shown.await.ok().await;
    assert_eq!((&shown["same"], &shown["creates"]), (&json!(true), &json!(false)), "{shown}");
}

#[tokio::test]
async fn what_is_bad_or_pinned_is_passed_by_a_tick_with_a_reason() {
    let console = Console::empty().await;
    shop(&console).await;
    production(&console).await;
    let otto = console.operator().await;
    let one = release(&console, "1").await;
    otto.post(&format!("/releases/{one}/bad"), json!({ "reason": "leaks" })).await.ok().await;
    let path = format!("{PROMOTE}?to=production");
    assert!(!read(&otto, &path).await.contains("override_release"));
    let refused = fill(&otto, &path, "reason=").await.status(StatusCode::CONFLICT).text().await;
    assert!(refused.contains("override_release") && refused.contains("leaks"), "{refused}");
    let silent = fill(&otto, &path, "reason=&override_release=true").await;
    assert!(silent.status(StatusCode::UNPROCESSABLE_ENTITY).text().await.contains("override_release"));
    fill(&otto, &path, "reason=must&override_release=true").await.status(StatusCode::SEE_OTHER);

    let two = json!({ "image": image("2") });
    otto.put("/environments/local/apps/shop", two).await.status(StatusCode::ACCEPTED);
    otto.settled("shop").await;
    otto.put("/environments/local/apps/shop/pin", json!({ "reason": "sale" })).await.ok().await;
    otto.post(&format!("/releases/{one}/good"), json!({})).await.ok().await;
    let back = "/environments/local/apps/shop/rollback?revision=1";
    let refused = fill(&otto, back, "reason=").await.status(StatusCode::CONFLICT).text().await;
    assert!(refused.contains("override_release"), "{refused}");
    let edit = "/environments/local/apps/shop/edit?image=registry.example/shop/api%3A1";
    let definition = json!({ "image": image("1"), "instances": 1 }).to_string();
    let form = |more: &str| format!("do=deploy&shown={definition}&definition={definition}{more}");
    let refused = fill(&otto, edit, &form("")).await.status(StatusCode::CONFLICT).text().await;
    assert!(
        refused.contains("override_release") && refused.contains("form=\"definition-editor\""),
        "{refused}"
    );
    let done = fill(&otto, edit, &form("&override_release=true&reason=must")).await;
    done.status(StatusCode::SEE_OTHER);
}
