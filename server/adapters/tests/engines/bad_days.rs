//! Everything that goes wrong with programs: each has a reason that says so.

use adapters::engine::contract::{Bench as _, until};
use model::instance::{Instance, InstanceState, ReasonCode};
use serde_json::{Value, json};

use crate::bench::{Local, eventually, is_alive, processes_with, steady};

async fn ends_with(definition: Value) -> (Instance, ReasonCode, String) {
    let bench = Local::new().await;
    bench.run(definition, 1).await;
    let ended = bench.end().await;
    let reason = ended.reason.clone().expect("a reason");
    (ended, reason.code, reason.detail)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_not_there_or_cannot_be_executed() {
    let (ended, code, detail) = ends_with(json!({"command": ["no-such-program", "x"]})).await;
    assert_eq!((code, detail.as_str()), (ReasonCode::CommandNotFound, "no-such-program"));
    assert_eq!((ended.state, ended.started_at), (InstanceState::Failed, None));
    let (_, code, detail) = ends_with(json!({"command": "no-such-program x"})).await;
    assert_eq!((code, detail.as_str()), (ReasonCode::CommandNotFound, "no-such-program x"));
    let file = tempfile::NamedTempFile::new().expect("a file");
    let path = file.path().to_string_lossy().into_owned();
    let (_, code, detail) = ends_with(json!({"command": [path]})).await;
    assert_eq!((code, detail), (ReasonCode::NotExecutable, path));
    let (_, code, _) = ends_with(json!({"command": ["/etc"]})).await;
    assert_eq!(code, ReasonCode::NotExecutable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_ends_at_once_backs_off_and_says_how_it_ended() {
    let bench = Local::new().await;
    bench.run(json!({"command": "exit 7", "restart": {"backoff": "50ms", "factor": 1.0}}), 1).await;
    let third = bench.first("thrice", |i| i.restarts >= 3 && i.ended_at.is_some()).await;
    assert_eq!((third.state, third.exit_code), (InstanceState::Exited, Some(7)));
    assert_eq!(third.reason.map(|r| r.to_string()).as_deref(), Some("exited with code: 7"));
    let (ended, code, detail) = ends_with(json!({"command": "kill -SEGV $$"})).await;
    assert_eq!((code, detail.as_str()), (ReasonCode::Signal, "SIGSEGV"));
    assert_eq!((ended.state, ended.exit_code), (InstanceState::Failed, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_named() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("binds");
    let port = listener.local_addr().expect("an address").port();
    let mut definition = steady();
    definition["ports"][0]["host_port"] = json!(port);
    definition["restart"] = json!({"backoff": "20ms"});
    let bench = Local::new().await;
    bench.run(definition, 1).await;
    let ended = bench.end().await;
    let reason = ended.reason.expect("a reason");
    assert_eq!((reason.code, reason.detail), (ReasonCode::PortTaken, port.to_string()));
    drop(listener);
    let ready = bench.ready().await;
    assert_eq!(ready.ports[0].host_port, port, "once it is free, it runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_ignores_its_signal_is_killed_after_its_grace() {
    let bench = Local::new().await;
    let id = bench
        .run(json!({"command": "trap '' TERM; while :; do sleep 0.05; done", "stop": {"grace": "200ms"}}), 1)
        .await;
    let first = bench.ready().await;
    let program = bench.program_pid(&first);
    bench.engine().remove(&id).await.expect("removed");
    let stopping = bench.engine().observe().await.expect("observed");
    assert_eq!(stopping.sets[0].instances[0].state, InstanceState::Stopping);
    until(&*bench.engine(), &id, "gone", |set| set.is_none()).await;
    assert!(!is_alive(program));
    assert_eq!(bench.record(&first, "exit.json")["signal"], json!(9));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_with_its_own_signal_and_goodbye_ends_in_peace() {
    let bench = Local::new().await;
    let line = "trap 'echo goodbye; exit 0' INT; echo hello; while :; do sleep 0.05; done";
    let id = bench.run(json!({"command": line, "stop": {"signal": "SIGINT"}}), 1).await;
    let first = bench.ready().await;
    bench.engine().remove(&id).await.expect("removed");
    until(&*bench.engine(), &id, "gone", |set| set.is_none()).await;
    assert_eq!(bench.record(&first, "exit.json")["code"], json!(0));
    let log = std::fs::read_to_string(bench.instance_folder(&first).join("log/00000001.log")).expect("a log");
    assert!(log.contains("goodbye"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_forks_away_or_leaves_its_session_is_ended_with_it() {
    let bench = Local::new().await;
    // Daemonises: the first process ends, the second has a session of its own and ignores SIGTERM.
    let marker = format!("86400.{}", std::process::id());
    let line =
        format!("setsid sh -c \"trap '' TERM; sleep {marker} & wait; sleep {marker}\" & sleep 0.2; exit 0");
    bench
        .run(json!({"command": line, "stop": {"grace": "100ms"}, "restart": {"backoff": "1h", "max_delay": "1h"}}), 1)
        .await;
    let ended = bench.end().await;
    assert_eq!(ended.exit_code, Some(0));
    assert_eq!(processes_with(&marker), [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unhealthy_instance_is_replaced_and_the_answer_kept() {
    let bench = Local::new().await;
    let mut definition = steady();
    definition["health_checks"][0]["interval"] = json!("50ms");
    definition["health_checks"][0]["grace"] = json!("0s");
    definition["restart"] = json!({"backoff": "10ms"});
    bench.run(definition, 1).await;
    let first = bench.ready().await;
    std::fs::write(bench.instance_folder(&first).join("work/sick"), "").expect("writes");
    let (old, _) = bench.replaced(&first).await;
    assert_eq!(
        old.reason.as_ref().map(ToString::to_string).as_deref(),
        Some("failed its health check: GET /healthz: 503")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_by_tcp_and_command_turn_an_instance_healthy() {
    let bench = Local::new().await;
    let mut definition = steady();
    definition["health_checks"] = json!([
        {"kind": "tcp", "port": "http"},
        {"kind": "command", "command": "test \"$QUARTERDECK_APP\" = shop && test -n \"$PORT_HTTP\""},
    ]);
    bench.run(definition, 1).await;
    bench.ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_knows_what_it_is() {
    let bench = Local::new().await;
    let mut definition = steady();
    definition["command"] =
        json!(["sh", "-c", "env; echo args $0 $1; exec sleep 1000", "${PORT}", "$PORT_ADMIN_UI"]);
    definition["ports"] = json!([{"name": "http"}, {"name": "admin-ui"}]);
    definition["health_checks"] = json!([]);
    definition["env"] = json!({"COLOUR": "blue", "PORT": "shadowed"});
    bench.run(definition, 1).await;
    let instance = bench.ready().await;
    let (http, admin) = (instance.ports[0].host_port, instance.ports[1].host_port);
    let log =
        std::fs::read_to_string(bench.instance_folder(&instance).join("log/00000001.log")).expect("a log");
    for line in [
        format!("PORT={http}"),
        format!("PORT_HTTP={http}"),
        format!("PORT_ADMIN_UI={admin}"),
        format!("args {http} {admin}"),
        "COLOUR=blue".to_owned(),
        "QUARTERDECK_APP=shop".to_owned(),
        "QUARTERDECK_ENVIRONMENT=test".to_owned(),
        "QUARTERDECK_REVISION=1".to_owned(),
        format!("QUARTERDECK_INSTANCE={}", instance.id),
        "QUARTERDECK_STATSD=127.0.0.1:8125".to_owned(),
    ] {
        assert!(log.lines().any(|found| found.ends_with(&format!(" o {line}"))), "{line} in {log}");
    }
    assert!(!log.contains("CARGO"), "nothing of the console's own environment: {log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_come_up_together() {
    let bench = Local::new().await;
    let id = bench.run(steady(), 20).await;
    adapters::engine::contract::until_ready(&*bench.engine(), &id, 20).await;
    let folder = bench.folder.path().to_string_lossy().into_owned();
    assert_eq!(processes_with(&folder).len(), 20);
    bench.engine().remove(&id).await.expect("removed");
    until(&*bench.engine(), &id, "gone", |set| set.is_none()).await;
    eventually("no shim is left", || processes_with(&folder).is_empty()).await;
}

/// A small disk over the engine's folder; unmounted when dropped.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(folder: std::path::PathBuf) -> Option<Self> {
        let status = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs"])
            .arg(&folder)
            .stderr(std::process::Stdio::null())
            .status();
        status.is_ok_and(|status| status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named_and_loses_no_exit_code() {
    let mut bench = Local::new().await;
    bench.close();
    let folder = bench.folder.path().join("engine/test");
    let Some(_disk) = SmallDisk::mount(folder.clone()) else {
        println!("skipped: a file system can be mounted by root only");
        return;
    };
    bench.reopen().await;
    let line = "trap 'exit 42' TERM; echo up; while :; do sleep 0.02; done";
    let id = bench.run(json!({"command": line}), 1).await;
    let first = bench.ready().await;
    // Fills what is left to the last byte.
    let filler = std::process::Command::new("dd")
        .args(["if=/dev/zero", "bs=512", "status=none"])
        .arg(format!("of={}", folder.join("filler").display()))
        .stderr(std::process::Stdio::null())
        .status();
    assert!(filler.is_ok_and(|status| !status.success()), "dd ran into the end of the disk");
    bench.run(json!({"command": line}), 2).await;
    let ended = bench.first("an end", |i| i.ended_at.is_some()).await;
    assert_eq!(ended.reason.as_ref().map(|reason| reason.code), Some(ReasonCode::DiskFull), "{ended:?}");
    bench.engine().remove(&id).await.expect("removed");
    until(&*bench.engine(), &id, "gone", |set| set.is_none()).await;
    assert_eq!(bench.record(&first, "exit.json")["code"], json!(42), "its room was set aside");
    bench.close();
}
