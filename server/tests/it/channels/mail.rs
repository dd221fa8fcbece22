//! E-mail to a server that others wrote: `aiosmtpd` from PyPI.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use adapters::registry::contract::docker::free_port;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::harness::Console;

/// Takes messages for anybody but `nobody@`, of whoever signs in as `robot`, and writes each into a file of its own.
const SERVE: &str = r#"
import asyncio, ssl, sys
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

class Handler:
    count = 0
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 there is nobody of that name"
        if address.startswith("later@"):
            return "451 come again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"
    async def handle_DATA(self, server, session, envelope):
        Handler.count += 1
        with open(f"{Handler.count}.partial", "wb") as file:
            file.write(("X-For: " + ",".join(envelope.rcpt_tos) + "\r\n").encode() + envelope.content)
        import os
        os.rename(f"{Handler.count}.partial", f"{Handler.count}.eml")
        return "250 kept"

def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"robot" and data.password == b"geheim-geheim", handled=False)

tls = None
if len(sys.argv) > 2:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(sys.argv[2])
controller = Controller(Handler(), hostname="127.0.0.1", port=int(sys.argv[1]), tls_context=tls,
    authenticator=authenticate, auth_required=tls is None, auth_require_tls=False)
controller.start()
open("ready", "w").close()
asyncio.new_event_loop().run_forever()
"#;

struct Server {
    port: u16,
    folder: tempfile::TempDir,
    _child: Child,
}

/// `None`, with the reason printed, where there is none.
async fn start(certificate: Option<&str>) -> Option<Server> {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/mail-server");
    if !packages.join("aiosmtpd").is_dir() {
        eprintln!("skipped: aiosmtpd is not here; `cargo xtask test integration` installs it");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let mut command = Command::new("python3");
    command.args(["-c", SERVE, &port.to_string()]).env("PYTHONPATH", packages).current_dir(folder.path());
    if let Some(pem) = certificate {
        std::fs::write(folder.path().join("server.pem"), pem).unwrap();
        command.arg("server.pem");
    }
    let log = std::fs::File::create(folder.path().join("log")).unwrap();
    let child = command.stdout(Stdio::null()).stderr(log).kill_on_drop(true).spawn().unwrap();
    let server = Server { port, folder, _child: child };
    server.until("ready").await;
    Some(server)
}

impl Server {
    /// The content of a file once it is there.
    async fn until(&self, name: &str) -> String {
        for _ in 0..600 {
            if let Ok(text) = std::fs::read_to_string(self.folder.path().join(name)) {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{}", std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default());
    }

    fn channel(&self, name: &str, to: &[&str], password: &str) -> Value {
        json!({
            "name": name, "kind": "email", "password": password, "language": "zh-Hans",
            "wants": { "deployments": "all" },
            "mail": {
                "host": "localhost", "port": self.port, "security": "none", "username": "robot",
                "from": "quarterdeck@example.com", "to": to,
            },
        })
    }
}

#[tokio::test]
async fn a_result_arrives_by_mail_signed_in_and_in_the_channels_language() {
    let Some(server) = start(None).await else { return };
    let console = Console::with(|config| config.public_url = Some("https://q.example".to_owned())).await;
    let to = ["ops@example.com", "ann@example.com"];
    console.add_channel(server.channel("mail", &to, "geheim-geheim")).await;
    let tested = console.test_channel("mail").await;
    assert_eq!(tested["ok"], true, "{tested}");
    let test = server.until("1.eml").await;
    assert!(test.starts_with("X-For: ops@example.com,ann@example.com\r\n"), "{test}");
    console.admin().create("shop", 1).await;
    let told = server.until("2.eml").await;
    let read = Command::new("python3")
        .args(["-c", "import email, email.policy, sys\nm = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)\nprint(m['subject']); print(m['auto-submitted']); print(m.get_content())", "2.eml"])
        .current_dir(server.folder.path())
        .env("PYTHONIOENCODING", "utf-8")
        .output()
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&read.stdout).into_owned();
    assert!(text.starts_with("local 中的 shop：成功\nauto-generated\n"), "{text} of {told}");
    assert!(text.contains("https://q.example/deployments/"), "{text}");
    let sent = console.until_ended("mail").await;
    assert!(sent["tries"][0]["words"].as_str().unwrap().contains("kept"), "{sent}");
}

#[tokio::test]
async fn a_mail_servers_no_is_told_apart_from_its_not_yet() {
    let Some(server) = start(None).await else { return };
    let console = Console::empty().await;
    for (name, to, password, code) in [
        ("password", "ops@example.com", "wrong-wrong", "unauthorized"),
        ("nobody", "nobody@example.com", "geheim-geheim", "refused"),
        ("later", "later@example.com", "geheim-geheim", "busy"),
    ] {
        console.add_channel(server.channel(name, &[to], password)).await;
        let tested = console.test_channel(name).await;
        assert_eq!(tested["trouble"]["code"], code, "{tested}");
        assert!(!tested.to_string().contains(password), "{tested}");
    }
    let mut away = server.channel("away", &["ops@example.com"], "geheim-geheim");
    away["mail"]["port"] = json!(free_port());
    console.add_channel(away).await;
    assert_eq!(console.test_channel("away").await["trouble"]["code"], "unreachable");
}

#[tokio::test]
async fn a_mail_server_that_nobody_vouches_for_gets_no_password() {
    let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let pem = format!("{}{}", pair.cert.pem(), pair.signing_key.serialize_pem());
    let Some(server) = start(Some(&pem)).await else { return };
    let console = Console::empty().await;
    let mut channel = server.channel("tls", &["ops@example.com"], "geheim-geheim");
    channel["mail"]["security"] = json!("start_tls");
    console.add_channel(channel).await;
    let tested = console.test_channel("tls").await;
    assert_eq!(tested["trouble"]["code"], "tls", "{tested}");
    // A server that offers no TLS is not spoken to in the open.
    let Some(open) = start(None).await else { return };
    let mut channel = open.channel("open", &["ops@example.com"], "geheim-geheim");
    channel["mail"]["security"] = json!("start_tls");
    console.add_channel(channel).await;
    let tested = console.test_channel("open").await;
    assert_eq!(tested["ok"], false, "{tested}");
    assert!(!open.folder.path().join("1.eml").exists());
}
