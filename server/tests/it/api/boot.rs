//! Starting and what keeps a console from it: one clear sentence each.

use std::sync::Arc;

use server::boot::{self, BootError};

use crate::harness::{Console, config};

async fn refused(change: impl FnOnce(&mut server::config::Config)) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = config(folder.path());
    change(&mut config);
    match boot::start(config).await {
        Ok(_) => panic!("must not start"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_second_console_on_a_data_folder_says_so() {
    let console = Console::empty().await;
    let Err(error) = boot::start(config(console.folder.path())).await else { panic!("must not start") };
    assert!(matches!(error, BootError::Lock(_)), "{error}");
    assert!(error.to_string().contains("another quarterdeck"), "{error}");
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let console = Console::empty().await;
    let address = console.running.address;
    let error = refused(|config| config.listen = address).await;
    assert!(error.contains(&address.to_string()) && error.contains("in use"), "{error}");
}

#[tokio::test]
async fn a_short_admin_token_is_refused_and_not_repeated() {
    let error = refused(|config| config.admin_token = Some("geheim".to_owned())).await;
    assert!(error.contains("32") && !error.contains("geheim"), "{error}");
}

#[tokio::test]
async fn an_unreachable_database_is_named_without_its_password() {
    let url = "postgres://anna:geheim@127.0.0.1:1/quarterdeck";
    let error = refused(|config| config.database_url = url.to_owned()).await;
    assert!(error.contains("127.0.0.1:1") && !error.contains("geheim"), "{error}");
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let console = Console::empty().await;
    console.admin().create("shop", 1).await;
    console.admin().settled("shop").await;
    let Console { running, folder, .. } = console;
    running.shutdown().await;
    let running = boot::start_with(config(folder.path()), Arc::new(server::clock::SystemClock), None);
    let running = running.await.unwrap_or_else(|error| panic!("the console does not start again: {error}"));
    let query = model::api::AppsQuery::default();
    let caller = model::permission::Caller::policy("test");
    let apps = running.ports.apps.list(&caller, &query).await.expect("a list");
    assert_eq!(apps.items.len(), 1);
    running.shutdown().await;
}
