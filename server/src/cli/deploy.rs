//! `quarterdeck deploy`: brings a version out and, if asked, waits for how it goes.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use app::text::{Locale, deployment as text};
use clap::Args;
use model::api::{Accepted, Page, UpdateApp};
use model::deployment::{Deployment, DeploymentEvent, DeploymentState};
use model::duration::Span;
use model::id::{AppKey, AppName, EnvironmentName};
use reqwest::Method;

use super::remote::{Remote, RemoteOptions};
use crate::clock::{Clock, SystemClock};

/// Between two looks at the deployment.
const PAUSE: Duration = Duration::from_secs(1);
/// It ended otherwise than asked for.
const NOT_OUT: u8 = 2;
/// It did not end in time; it goes on.
const STILL_RUNNING: u8 = 3;

/// Exit code: 0 it is out, 1 it was refused, 2 it failed or went back, 3 it did not end in time.
#[derive(Debug, Args)]
pub struct DeployOptions {
    /// Environment and app: production/shop
    #[arg(value_parser = app_key, value_name = "ENVIRONMENT/APP")]
    app: AppKey,
    /// Image to bring out, such as registry.example/shop/api:1.4.2
    #[arg(long, required_unless_present = "artifact", conflicts_with = "artifact")]
    image: Option<String>,
    /// Uploaded artifact to bring out: NAME/VERSION
    #[arg(long)]
    artifact: Option<String>,
    /// Why, for the history
    #[arg(long, default_value = "")]
    reason: String,
    /// Show the progress until it ends
    #[arg(long)]
    wait: bool,
    /// Longest wait
    #[arg(long, default_value = "1h", requires = "wait", value_name = "DURATION")]
    timeout: Span,
    /// Take the place of a deployment that runs
    #[arg(long = "override")]
    override_active: bool,
    /// Go out although the environment is closed; for administrators, with a reason
    #[arg(long)]
    override_window: bool,
    /// Go out although the release is marked as bad or the app is pinned, with a reason
    #[arg(long)]
    override_release: bool,
    #[command(flatten)]
    remote: RemoteOptions,
}

pub fn app_key(text: &str) -> Result<AppKey, String> {
    let wrong = || "must be ENVIRONMENT/APP, such as production/shop".to_owned();
    let (environment, app) = text.split_once('/').ok_or_else(wrong)?;
    let environment: EnvironmentName = environment.parse().map_err(|_| wrong())?;
    let app: AppName = app.parse().map_err(|_| wrong())?;
    Ok(AppKey { environment, app })
}

pub fn run(options: DeployOptions) -> Result<ExitCode, String> {
    super::runtime()?.block_on(deploy(options))
}

async fn deploy(options: DeployOptions) -> Result<ExitCode, String> {
    let remote = Remote::new(options.remote)?;
    let key = options.app;
    let version = options.image.as_ref().or(options.artifact.as_ref()).cloned().unwrap_or_default();
    let change = UpdateApp {
        image: options.image,
        artifact: options.artifact,
        reason: options.reason,
        override_active: options.override_active,
        override_window: options.override_window,
        override_release: options.override_release,
        ..UpdateApp::default()
    };
    let path = format!("/environments/{}/apps/{}", key.environment, key.app);
    let (_, accepted): (_, Accepted) = remote.send(Method::PUT, &path, &change).await?;
    let Some(deployment) = accepted.deployment else {
        println!("{key} runs {version} already; nothing to do.");
        return Ok(ExitCode::SUCCESS);
    };
    println!("Deployment #{} of {key}: {version}", deployment.number);
    println!("{}", remote.page(&format!("/deployments/{}", deployment.id)));
    if !options.wait {
        return Ok(ExitCode::SUCCESS);
    }
    follow(&remote, deployment, options.timeout).await
}

/// Prints the timeline line by line, as a log reads best, until the end.
async fn follow(remote: &Remote, begun: Deployment, limit: Span) -> Result<ExitCode, String> {
    let started = Instant::now();
    let path = format!("/deployments/{}", begun.id);
    let mut timeline = Timeline::default();
    let mut stood = String::new();
    loop {
        // Asked before the lines, so that after an end none is missing.
        let deployment: Deployment = remote.get(&path).await?;
        timeline.print(remote, &path).await?;
        let standing = text::standing(Locale::En, &deployment);
        if deployment.state.is_active() && standing != stood {
            println!("{}  … {standing}", clock(SystemClock.now()));
            stood = standing;
        }
        if !deployment.state.is_active() {
            let out = deployment.state == DeploymentState::Succeeded;
            println!("{}", text::state(Locale::En, deployment.state));
            return Ok(if out { ExitCode::SUCCESS } else { ExitCode::from(NOT_OUT) });
        }
        if started.elapsed() >= limit.duration() {
            eprintln!("quarterdeck: it did not end within {limit}; it goes on");
            return Ok(ExitCode::from(STILL_RUNNING));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The lines printed so far.
#[derive(Default)]
struct Timeline {
    cursor: Option<String>,
    /// On the page that was not full yet.
    printed: usize,
}

impl Timeline {
    async fn print(&mut self, remote: &Remote, path: &str) -> Result<(), String> {
        loop {
            let after = self.cursor.as_ref().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let page: Page<DeploymentEvent> = remote.get(&format!("{path}/events?limit=100{after}")).await?;
            for event in page.items.iter().skip(self.printed) {
                let who = event.actor.as_ref().map(|actor| format!("{} ", text::actor(Locale::En, actor)));
                println!(
                    "{}  {}{}",
                    clock(event.time),
                    who.unwrap_or_default(),
                    text::event(Locale::En, &event.what)
                );
            }
            let Some(next) = page.next else {
                self.printed = page.items.len();
                return Ok(());
            };
            (self.cursor, self.printed) = (Some(next), 0);
        }
    }
}

/// Time of day, UTC.
fn clock(time: model::time::Timestamp) -> String {
    time.datetime().format("%H:%M:%S").to_string()
}
