//! `quarterdeck serve`

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::boot;
use crate::config::{Config, ServeOptions};

/// Longest time between the signal and the end.
const GRACE: Duration = Duration::from_secs(10);

pub fn run(options: ServeOptions) -> Result<(), String> {
    let config = Config::load(options).map_err(|error| error.to_string())?;
    crate::telemetry::start(config.log_format, &config.log);
    let runtime = super::runtime()?;
    let result = runtime.block_on(serve(config));
    // What still runs on a blocking thread must not hold the process up.
    runtime.shutdown_timeout(Duration::from_millis(200));
    result
}

async fn serve(config: Config) -> Result<(), String> {
    let asked = |error: std::io::Error| format!("signals cannot be listened for: {error}");
    let mut terminate = signal(SignalKind::terminate()).map_err(asked)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(asked)?;
    let running = tokio::select! {
        running = boot::start(config) => running.map_err(|error| error.to_string())?,
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    match &running.set_up_link {
        Some(link) => println!("Quarterdeck serves {}; set it up at {link}", running.url()),
        None => println!("Quarterdeck serves {}", running.url()),
    }
    let name = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    tracing::info!(signal = name, "ending; instances keep running");
    if tokio::time::timeout(GRACE, running.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time and were cut off");
    }
    Ok(())
}
