//! `quarterdeck deploy` and `quarterdeck release` as a CI job runs them, and the examples of the documentation.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::harness::{ADMIN_TOKEN, Console};

const BINARY: &str = env!("CARGO_BIN_EXE_quarterdeck");

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples")
}

/// A shell with the variables of a job and the binary on its path.
fn shell(console: &Console, script: &str) -> Command {
    let folder = Path::new(BINARY).parent().expect("a folder");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("sh");
    command.args(["-ec", script]).env("PATH", path).stdin(Stdio::null());
    command.env("QUARTERDECK_URL", console.running.url()).env("QUARTERDECK_TOKEN", ADMIN_TOKEN);
    for name in ["GIT_COMMIT", "GIT_BRANCH", "BUILD_URL"] {
        command.env_remove(name);
    }
    command
}

async fn run(console: &Console, script: &str) -> (i32, String, String) {
    let Output { status, stdout, stderr } = shell(console, script).output().await.expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (status.code().expect("a code"), text(stdout), text(stderr))
}

async fn with_shop(place: &str) -> Console {
    let console = Console::empty().await;
    if place != "local" {
        let body = json!({ "name": place, "engine": { "kind": "local" } });
        console.admin().post("/environments", body).await.status(StatusCode::CREATED);
        while console.admin().get(&format!("/environments/{place}")).await.ok().await["reachability"]["state"]
            != "reachable"
        {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }
    let strategy = json!({ "kind": "rolling", "progress_deadline": "3s" });
    let definition = json!({ "image": "registry.example/shop/api:1", "instances": 2, "strategy": strategy });
    let body = json!({ "name": "shop", "definition": definition });
    console.admin().post(&format!("/environments/{place}/apps"), body).await.status(StatusCode::CREATED);
    if place == "local" {
        console.admin().settled("shop").await;
    }
    console
}

async fn newest(console: &Console) -> Value {
    console.admin().get("/deployments?app=shop&limit=1").await.ok().await["items"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_waits_and_its_log_says_how_it_went() {
    let console = with_shop("local").await;
    let deploy = "quarterdeck deploy local/shop --image registry.example/shop/api:2 --reason nightly --wait";
    let (code, out, error) = run(&console, deploy).await;
    assert_eq!((code, error.as_str()), (0, ""), "{out}");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "Deployment #2 of local/shop: registry.example/shop/api:2");
    assert!(lines[1].starts_with(&console.running.url()), "{out}");
    assert!(out.contains("nightly") && out.trim_end().ends_with("Succeeded"), "{out}");
    let (code, out, _) = run(&console, deploy).await;
    assert_eq!((code, out.contains("already")), (0, true), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_tells_what_went_wrong() {
    let console = with_shop("local").await;
    console.engine.set_mode_of(2, adapters::engine::fake::Mode::Crashing);
    let deploy = "quarterdeck deploy local/shop --wait --image registry.example/shop/api";
    let (code, out, _) = run(&console, &format!("{deploy}:2")).await;
    assert_eq!((code, out.trim_end().ends_with("Rolled back")), (2, true), "{out}");
    let (code, _, error) = run(&console, &format!("{deploy}:Ü")).await;
    assert_eq!((code, error.contains("/image must be an image")), (1, true), "{error}");
    let (code, _, error) = run(&console, "quarterdeck deploy local/nothing --image a:1").await;
    assert_eq!((code, error.contains("There is no app")), (1, true), "{error}");
    let (code, _, error) = run(&console, &format!("QUARTERDECK_TOKEN= {deploy}:3")).await;
    assert_eq!((code, error.contains("QUARTERDECK_TOKEN")), (1, true), "{error}");
    let (code, _, error) = run(&console, &format!("QUARTERDECK_TOKEN=qd_wrong {deploy}:3")).await;
    assert_eq!(code, 1, "{error}");
    console.engine.set_mode_of(3, adapters::engine::fake::Mode::Starting);
    let (code, _, error) = run(&console, &format!("{deploy}:3 --timeout 1s")).await;
    assert_eq!((code, error.contains("it goes on")), (3, true), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_of_the_documentation_brings_a_version_out() {
    let console = with_shop("local").await;
    let script = examples().join("deploy.sh");
    let call = format!("'{}' local/shop registry.example/shop/api:2 'a hotfix'", script.display());
    let (code, out, error) = run(&console, &call).await;
    assert_eq!(code, 0, "{out}{error}");
    assert!(out.contains("registry.example/shop/api:2 is out on local/shop."), "{out}");
    assert_eq!(newest(&console).await["reason"], "a hotfix");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_jenkinsfile_of_the_documentation_does_what_it_says() {
    let console = with_shop("staging").await;
    let text = std::fs::read_to_string(examples().join("Jenkinsfile")).expect("the example");
    let steps: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("sh '")?.strip_suffix('\''))
        // The build itself is the job's own matter.
        .filter(|step| !step.starts_with("docker "))
        .collect();
    assert_eq!(steps.len(), 2, "{text}");
    for step in steps {
        let job = "IMAGE=registry.example/shop/api:7 BUILD_TAG=jenkins-shop-7 GIT_COMMIT=4f2a91c \
            GIT_BRANCH=main BUILD_URL=https://ci.example/job/shop/7/";
        let (code, out, error) = run(&console, &format!("export {job}; {step}")).await;
        assert_eq!(code, 0, "{step}: {out}{error}");
    }
    let deployment = newest(&console).await;
    assert_eq!(
        (&deployment["reason"], &deployment["state"]),
        (&json!("jenkins-shop-7"), &json!("succeeded"))
    );
    let release = console.admin().get("/releases?q=4f2a91c").await.ok().await["items"][0].clone();
    assert_eq!(
        (&release["tag"], &release["branch"], &release["build_url"]),
        (&json!("7"), &json!("main"), &json!("https://ci.example/job/shop/7/"))
    );
}
