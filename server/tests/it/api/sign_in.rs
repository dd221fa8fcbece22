//! Set-up link, sign-in, sessions.

use model::problem::ProblemCode;
use reqwest::StatusCode;

use crate::harness::{Console, Credential, PASSWORD};

fn link(console: &Console) -> String {
    let url = console.running.set_up_link.clone().expect("a link while there is no user");
    url.split("link=").nth(1).expect("the secret").to_owned()
}

#[tokio::test]
async fn the_set_up_link_works_once() {
    let console = Console::empty().await;
    let accounts = &console.running.ports.accounts;
    assert_eq!(accounts.needs_setup().await, Ok(true));
    let wrong = accounts.set_up("not-the-link", "anna", PASSWORD).await.expect_err("refused");
    assert_eq!(wrong.code, ProblemCode::WrongCredentials);
    let weak = accounts.set_up(&link(&console), "anna", "short").await.expect_err("refused");
    assert_eq!(weak.errors[0].path, "/password");
    let anna = accounts.set_up(&link(&console), "anna", PASSWORD).await.expect("set up");
    assert_eq!(accounts.needs_setup().await, Ok(false));
    console.client(Credential::Session(anna.session)).get("/users").await.ok().await;
    assert!(accounts.set_up(&link(&console), "eve", PASSWORD).await.is_err());
}

#[tokio::test]
async fn two_at_the_set_up_link_make_one_administrator() {
    let console = Console::empty().await;
    let (accounts, link) = (&console.running.ports.accounts, link(&console));
    let (one, two) =
        tokio::join!(accounts.set_up(&link, "anna", PASSWORD), accounts.set_up(&link, "eve", PASSWORD));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let users = console.admin().get("/users").await.ok().await;
    assert_eq!(users["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_session_lasts_until_it_is_signed_out() {
    let console = Console::empty().await;
    let vera = console.viewer().await;
    vera.get("/apps").await.ok().await;
    let Credential::Session(secret) = &vera.credential else { panic!("a session") };
    console.running.ports.accounts.sign_out(secret).await.expect("signed out");
    vera.get("/apps").await.problem(401, "unauthenticated").await;
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let console = Console::empty().await;
    let vera = console.viewer().await;
    let accounts = &console.running.ports.accounts;
    let other = accounts.sign_in("vera", PASSWORD, "192.0.2.9").await.expect("signed in");
    let Credential::Session(secret) = &vera.credential else { panic!("a session") };
    let wrong = accounts.change_password(&other.caller, Some(secret), "wrong password", "another password");
    assert_eq!(wrong.await.expect_err("refused").errors[0].path, "/current");
    let changed = accounts.change_password(&other.caller, Some(secret), PASSWORD, "another password").await;
    changed.expect("changed");
    vera.get("/apps").await.ok().await;
    console
        .client(Credential::Session(other.session))
        .get("/apps")
        .await
        .problem(401, "unauthenticated")
        .await;
    assert!(accounts.sign_in("vera", PASSWORD, "192.0.2.9").await.is_err());
    accounts.sign_in("vera", "another password", "192.0.2.9").await.expect("signed in");
}

#[tokio::test]
async fn guessing_is_slowed_down_and_tells_nothing() {
    let console = Console::empty().await;
    console.viewer().await;
    let accounts = &console.running.ports.accounts;
    let unknown = accounts.sign_in("nobody", PASSWORD, "192.0.2.2").await.expect_err("refused");
    let wrong = accounts.sign_in("vera", "wrong password", "192.0.2.2").await.expect_err("refused");
    assert_eq!(unknown, wrong, "a name must not be told from a password");
    let mut last = wrong;
    for _ in 0..10 {
        last = accounts.sign_in("vera", "wrong password", "192.0.2.3").await.expect_err("refused");
    }
    assert_eq!(last.code, ProblemCode::RateLimited);
    assert!(last.params["retry_after"].parse::<u64>().is_ok_and(|seconds| seconds > 0));
    // Not even the right password helps now.
    assert!(accounts.sign_in("vera", PASSWORD, "192.0.2.4").await.is_err());
}

#[tokio::test]
async fn stored_secrets_are_hashes() {
    let console = Console::empty().await;
    let vera = console.viewer().await;
    let token = vera.post("/tokens", serde_json::json!({ "name": "ci", "role": "viewer" })).await;
    let token = token.status(StatusCode::CREATED).json().await;
    let Credential::Session(session) = &vera.credential else { panic!("a session") };
    let files = ["quarterdeck.db", "quarterdeck.db-wal"];
    for file in files {
        let bytes = std::fs::read(console.folder.path().join(file)).unwrap_or_default();
        for secret in [session.as_str(), token["secret"].as_str().expect("a secret"), PASSWORD] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{file} holds a secret");
        }
    }
}
