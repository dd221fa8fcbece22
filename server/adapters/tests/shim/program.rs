//! The shim as a program of its own, and small programs to run below it, for the engine's tests.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let mode = arguments.next();
    match mode.as_ref().and_then(|mode| mode.to_str()) {
        Some("shim") => adapters::engine::local::shim::main(arguments),
        Some("serve") => serve(),
        Some("hold") => hold(arguments.next().and_then(|megabytes| megabytes.to_str()?.parse().ok())),
        other => {
            eprintln!("no mode {other:?}");
            ExitCode::FAILURE
        }
    }
}

/// Answers 200 on `$PORT`, and 503 once there is a file `sick` in the working folder.
fn serve() -> ExitCode {
    let port = std::env::var("PORT").ok().and_then(|port| port.parse::<u16>().ok());
    let Some(Ok(listener)) = port.map(|port| TcpListener::bind(("127.0.0.1", port))) else {
        eprintln!("cannot listen on {port:?}");
        return ExitCode::FAILURE;
    };
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { continue };
        let mut request = [0; 1024];
        let _ = stream.read(&mut request);
        let status = if std::path::Path::new("sick").exists() { "503 Sick" } else { "200 OK" };
        let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    ExitCode::SUCCESS
}

/// Takes so many MiB, writing to them, and stays.
fn hold(megabytes: Option<usize>) -> ExitCode {
    let mut held = Vec::new();
    for _ in 0..megabytes.unwrap_or(1) {
        held.push(vec![1_u8; 1 << 20]);
    }
    println!("holds {} MiB", held.len());
    std::thread::sleep(Duration::from_hours(1));
    ExitCode::SUCCESS
}
