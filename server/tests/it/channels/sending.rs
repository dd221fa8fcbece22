//! How messages are sent, sent again, and given up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::json;
use server::clock::{Clock as _, SystemClock};

use super::{Receiver, Reply, webhook};
use crate::harness::{Ahead, Console};

#[tokio::test]
async fn a_test_is_signed_answered_at_once_and_stands_in_the_history() {
    let console = Console::empty().await;
    let refused = Reply { body: "closed\nfor today", ..Reply::status(503) };
    let receiver = Receiver::start([Reply::status(204), refused]).await;
    console.add_channel(webhook("ops", &receiver.url)).await;
    let tested = console.test_channel("ops").await;
    assert_eq!((&tested["ok"], &tested["delivery"]), (&json!(true), &json!(1)), "{tested}");
    let got = receiver.until(1).await.remove(0);
    got.verify();
    assert_eq!(got.path, "/hooks/0123456789abcdef");
    let body = got.json();
    assert_eq!((&body["type"], &body["title"]), (&json!("test"), &json!("Quarterdeck: a test message")));
    let age = SystemClock.now().as_millis() / 1_000 - got.header("webhook-timestamp").parse::<i64>().unwrap();
    assert!((0..60).contains(&age), "{age}");
    // A person presses the button again; nothing else does.
    let tested = console.test_channel("ops").await;
    assert_eq!((&tested["ok"], &tested["trouble"]["code"]), (&json!(false), &json!("busy")));
    let all = console.until_deliveries("ops", |all| all.len() == 2).await;
    assert_eq!((&all[0]["state"], &all[1]["state"]), (&json!("failed"), &json!("delivered")));
    let detail = all[0]["tries"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("503") && detail.contains("closed for today"), "{detail}");
    let channel = console.admin().get("/channels/ops").await.ok().await;
    assert_eq!((&channel["last"]["answer"], &channel["waiting"]), (&json!("refused"), &json!(0)));
}

#[tokio::test]
async fn what_fails_is_tried_again_under_the_same_id_and_in_order() {
    let console = Console::empty().await;
    let receiver = Receiver::start([Reply::status(500), Reply::status(502)]).await;
    console.add_channel(webhook("ops", &receiver.url)).await;
    for name in ["one", "two"] {
        console.admin().create(name, 1).await;
        console.admin().settled(name).await;
    }
    let all = console
        .until_deliveries("ops", |all| all.len() == 2 && all.iter().all(|each| each["state"] == "delivered"));
    let all = all.await;
    assert_eq!((&all[1]["attempts"], &all[0]["attempts"]), (&json!(3), &json!(1)), "{all:#?}");
    let got = receiver.got();
    let told: Vec<_> = got.iter().map(|each| each.json()["data"]["app"].clone()).collect();
    assert_eq!(told, ["one", "one", "one", "two"]);
    let ids: Vec<_> = got.iter().map(|each| each.header("webhook-id").to_owned()).collect();
    assert!(ids[0] == ids[1] && ids[1] == ids[2] && ids[2] != ids[3], "{ids:?}");
    got.iter().for_each(super::Got::verify);
    assert!(got[1].at - got[0].at >= Duration::from_millis(1_900), "{:?}", got[1].at - got[0].at);
    assert!(got[2].at - got[1].at >= Duration::from_millis(3_900), "{:?}", got[2].at - got[1].at);
}

#[tokio::test]
async fn what_cannot_heal_fails_at_once_until_a_person_sends_it_again() {
    let console = Console::empty().await;
    let receiver = Receiver::start([Reply { body: "no such room", ..Reply::status(400) }]).await;
    console.add_channel(webhook("ops", &receiver.url)).await;
    console.admin().create("shop", 1).await;
    let failed = console.until_ended("ops").await;
    assert_eq!((&failed["state"], &failed["attempts"]), (&json!("failed"), &json!(1)));
    assert_eq!(failed["tries"][0]["code"], "refused");
    let retry = format!("/channels/ops/deliveries/{}/retry", failed["id"]);
    console.viewer().await.post(&retry, json!({})).await.problem(403, "forbidden").await;
    console.admin().post(&retry, json!({})).await.status(StatusCode::ACCEPTED);
    let sent = console.until_ended("ops").await;
    assert_eq!((&sent["state"], &sent["attempts"]), (&json!("delivered"), &json!(2)));
    console.admin().post(&retry, json!({})).await.problem(409, "wrong_state").await;
    console
        .admin()
        .post("/channels/ops/deliveries/99/retry", json!({}))
        .await
        .problem(404, "not_found")
        .await;
}

#[tokio::test]
async fn what_is_no_news_any_more_is_given_up() {
    let clock = Arc::new(Ahead::default());
    let console = Console::at(clock.clone()).await;
    let receiver = Receiver::start((0..9).map(|_| Reply::status(500))).await;
    console.add_channel(webhook("ops", &receiver.url)).await;
    console.admin().create("shop", 1).await;
    // The first try is written down before it gets late.
    console.until_deliveries("ops", |all| all.first().is_some_and(|one| one["attempts"] == 1)).await;
    clock.by(Duration::from_hours(25));
    let failed = console.until_ended("ops").await;
    assert_eq!((&failed["state"], &failed["attempts"]), (&json!("failed"), &json!(2)), "{failed:#}");
}

#[tokio::test]
async fn a_receiver_that_asks_for_time_gets_it() {
    let console = Console::empty().await;
    let later = Reply { headers: vec![("retry-after", "6".to_owned())], ..Reply::status(429) };
    let receiver = Receiver::start([later]).await;
    console.add_channel(webhook("ops", &receiver.url)).await;
    console.admin().create("shop", 1).await;
    let got = receiver.until(2).await;
    let pause = got[1].at - got[0].at;
    assert!(pause >= Duration::from_millis(5_900), "{pause:?}");
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let console = Console::empty().await;
    let elsewhere = Receiver::start([]).await;
    for status in [301, 302, 307, 308] {
        let leads = Reply { headers: vec![("location", elsewhere.url.clone())], ..Reply::status(status) };
        let receiver = Receiver::start([leads]).await;
        let name = format!("leads-{status}");
        console.add_channel(webhook(&name, &receiver.url)).await;
        let tested = console.test_channel(&name).await;
        assert_eq!(tested["trouble"]["code"], "redirected", "{tested}");
    }
    assert!(elsewhere.got().is_empty());
}

#[tokio::test]
async fn a_slow_receiver_holds_up_neither_another_nor_a_deployment() {
    let console = Console::empty().await;
    let slow = Reply { delay: Duration::from_secs(12), ..Reply::status(200) };
    let (slow, quick) = (Receiver::start(vec![slow; 3]).await, Receiver::start([]).await);
    console.add_channel(webhook("a-slow", &slow.url)).await;
    console.add_channel(webhook("quick", &quick.url)).await;
    let began = Instant::now();
    for name in ["one", "two", "three"] {
        console.admin().create(name, 1).await;
        console.admin().settled(name).await;
    }
    quick.until(3).await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    // One at a time.
    assert_eq!(slow.got().len(), 1);
}

#[tokio::test]
async fn a_channel_that_is_switched_off_sends_nothing_more() {
    let console = Console::empty().await;
    let receiver = Receiver::start((0..9).map(|_| Reply::status(500))).await;
    console.add_channel(webhook("ops", &receiver.url)).await;
    console.admin().create("shop", 1).await;
    receiver.until(1).await;
    let off = json!({ "name": "ops", "kind": "webhook", "enabled": false });
    console.admin().put("/channels/ops", off).await.ok().await;
    let failed = console.until_ended("ops").await;
    assert_eq!(failed["tries"].as_array().unwrap().last().unwrap()["code"], "switched_off", "{failed:#}");
    console.admin().create("other", 1).await;
    console.admin().settled("other").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(receiver.got().len(), 1);
    let all = console.until_deliveries("ops", |all| !all.is_empty()).await;
    assert_eq!(all.len(), 1);
}

#[tokio::test]
async fn a_chats_no_comes_with_a_200_and_is_a_no() {
    let console = Console::empty().await;
    let no = |body| Reply { body, ..Reply::status(200) };
    let receiver = Receiver::start([
        no(r#"{"errcode":310000,"errmsg":"sign not match"}"#),
        no(r#"{"errcode":0,"errmsg":"ok"}"#),
        no(r#"{"code":19021,"msg":"sign match fail"}"#),
        no(r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#),
    ])
    .await;
    let channel = |name, kind| json!({ "name": name, "kind": kind, "url": format!("{}/robot?token=0123456789", receiver.url) });
    let mut ding = channel("ding", "ding_talk");
    ding["secret"] = json!("SEC0123456789");
    console.add_channel(ding).await;
    console.add_channel(channel("feishu", "feishu")).await;
    console.add_channel(channel("wecom", "we_com")).await;
    let tested = console.test_channel("ding").await;
    assert_eq!(tested["trouble"]["code"], "unauthorized", "{tested}");
    assert!(tested["trouble"]["detail"].as_str().unwrap().contains("sign not match"), "{tested}");
    assert_eq!(console.test_channel("ding").await["ok"], true);
    for name in ["feishu", "wecom"] {
        assert_eq!(console.test_channel(name).await["ok"], false);
    }
    let got = receiver.got();
    assert!(got[0].path.starts_with("/robot?token=0123456789&timestamp=") && got[0].path.contains("&sign="));
    assert_eq!(got[0].json()["msgtype"], "text");
    assert_eq!(got[2].json()["msg_type"], "post");
}

#[tokio::test]
async fn what_waits_is_sent_by_the_next_console() {
    let console = Console::empty().await;
    let receiver = Receiver::start([Reply::status(500)]).await;
    console.add_channel(webhook("ops", &receiver.url)).await;
    console.admin().create("shop", 1).await;
    receiver.until(1).await;
    let Console { running, folder, engine } = console;
    running.shutdown().await;
    let running = server::boot::start(crate::harness::config(folder.path())).await;
    let running = running.unwrap_or_else(|error| panic!("the console does not start: {error}"));
    let console = Console { running, engine, folder };
    let sent = console.until_ended("ops").await;
    assert_eq!((&sent["state"], &sent["notice"]["type"]), (&json!("delivered"), &json!("deployment")));
    assert_eq!(receiver.got().len(), 2);
    console.running.shutdown().await;
}
