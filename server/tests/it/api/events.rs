//! Event streams.

use std::time::Duration;

use futures::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Client, Console};

const PATIENCE: Duration = Duration::from_secs(20);

/// One message of a stream.
#[derive(Debug, Default, Clone, PartialEq)]
struct Message {
    id: String,
    event: String,
    data: String,
}

struct Stream {
    body: futures::stream::BoxStream<'static, reqwest::Result<Vec<u8>>>,
    text: String,
}

impl Stream {
    async fn open(client: &Client, path: &str, last: Option<&str>) -> Self {
        let mut request = client.api(Method::GET, path);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["x-accel-buffering"], "no");
        assert!(!answer.headers().contains_key("content-encoding"));
        let body = answer.bytes_stream().map(|chunk| chunk.map(|bytes| bytes.to_vec())).boxed();
        Self { body, text: String::new() }
    }

    /// The next message; `None` when the stream ended.
    async fn next(&mut self) -> Option<Message> {
        tokio::time::timeout(PATIENCE, async {
            loop {
                while let Some(end) = self.text.find("\n\n") {
                    let block: String = self.text.drain(..end + 2).collect();
                    let mut message = Message::default();
                    for line in block.lines() {
                        match line.split_once(": ") {
                            Some(("id", id)) => id.clone_into(&mut message.id),
                            Some(("event", event)) => event.clone_into(&mut message.event),
                            Some(("data", data)) => data.clone_into(&mut message.data),
                            _ => {}
                        }
                    }
                    if !message.event.is_empty() {
                        return Some(message);
                    }
                }
                let chunk = self.body.next().await?.ok()?;
                self.text.push_str(&String::from_utf8_lossy(&chunk));
            }
        })
        .await
        .expect("a message in time")
    }

    async fn named(&mut self, event: &str) -> Message {
        loop {
            let message = self.next().await.expect("the stream goes on");
            if message.event == event {
                return message;
            }
        }
    }
}

#[tokio::test]
async fn changes_reach_an_open_stream_and_it_resumes_where_it_broke() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    let mut stream = Stream::open(&otto, "/events?topics=deployments", None).await;
    otto.create("shop", 1).await;
    let first = stream.named("deployment").await;
    let data: Value = serde_json::from_str(&first.data).expect("JSON");
    assert_eq!((&data["kind"], &data["data"]["app"]), (&json!("deployment"), &json!("shop")), "{data}");
    drop(stream);
    otto.settled("shop").await;
    otto.create("mail", 1).await;
    otto.settled("mail").await;
    let mut resumed = Stream::open(&otto, "/events?topics=deployments", Some(&first.id)).await;
    let mut ended = Vec::new();
    while ended.len() < 2 {
        let message = resumed.named("deployment").await;
        assert_ne!(message.id, first.id, "nothing comes twice");
        let data: Value = serde_json::from_str(&message.data).expect("JSON");
        if data["data"]["state"] == "succeeded" {
            ended.push(data["data"]["app"].as_str().expect("an app").to_owned());
        }
    }
    assert_eq!(ended, ["shop", "mail"]);
}

#[tokio::test]
async fn a_stream_from_too_long_ago_is_told_to_begin_anew() {
    let console = Console::empty().await;
    let vera = console.viewer().await;
    for id in ["1-1", "nonsense"] {
        let mut stream = Stream::open(&vera, "/events", Some(id)).await;
        assert_eq!(stream.next().await.map(|message| message.event).as_deref(), Some("reset"), "{id}");
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let console = Console::empty().await;
    let vera = console.viewer().await;
    let mut stream = Stream::open(&vera, "/events?topics=environments", None).await;
    let crate::harness::Credential::Session(secret) = &vera.credential else { panic!("a session") };
    console.running.ports.accounts.sign_out(secret).await.expect("signed out");
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn streams_end_when_the_console_does() {
    let console = Console::empty().await;
    let vera = console.viewer().await;
    let mut stream = Stream::open(&vera, "/events?topics=environments", None).await;
    let ((), ended) = tokio::join!(console.running.shutdown(), stream.next());
    assert_eq!(ended, None);
}

#[tokio::test]
async fn logs_are_followed() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    otto.create("shop", 1).await;
    let app = otto.settled("shop").await;
    assert_eq!(app["instances"]["healthy"], 1);
    let line = |text: &str| model::api::LogLine {
        time: model::time::Timestamp::from_millis(1_000),
        instance: model::id::InstanceId("i".to_owned()),
        revision: 1,
        stream: model::api::LogStream::Stdout,
        text: text.to_owned(),
        truncated: false,
    };
    let key = model::id::AppKey {
        environment: "local".parse().expect("a name"),
        app: "shop".parse().expect("a name"),
    };
    console.engine.push_log(key, line("before"));
    let lines = otto.get("/environments/local/apps/shop/logs").await.ok().await;
    assert_eq!(lines["items"][0]["text"], "before", "{lines}");
    let mut stream = Stream::open(&otto, "/environments/local/apps/shop/logs?follow=true", None).await;
    assert!(stream.named("line").await.data.contains("before"));
}
