//! `quarterdeck release`: tells the console of a new version, as the last step of a build.

use clap::Args;
use http::StatusCode;
use model::release::{NewRelease, Release};
use reqwest::Method;

use super::remote::{Remote, RemoteOptions};

/// The defaults are the variables that Jenkins sets.
#[derive(Debug, Args)]
pub struct ReleaseOptions {
    /// Image with its tag or digest
    #[arg(long, required_unless_present = "artifact", conflicts_with = "artifact")]
    image: Option<String>,
    /// Uploaded artifact: NAME/VERSION
    #[arg(long)]
    artifact: Option<String>,
    /// Commit it was built from
    #[arg(long, env = "GIT_COMMIT", default_value = "")]
    commit: String,
    /// Branch of the commit
    #[arg(long, env = "GIT_BRANCH", default_value = "")]
    branch: String,
    /// Address of the build
    #[arg(long, env = "BUILD_URL", default_value = "", value_name = "URL")]
    build_url: String,
    /// What is new
    #[arg(long, default_value = "")]
    notes: String,
    #[command(flatten)]
    remote: RemoteOptions,
}

pub fn run(options: ReleaseOptions) -> Result<(), String> {
    super::runtime()?.block_on(async {
        let remote = Remote::new(options.remote)?;
        let told = NewRelease {
            image: options.image,
            artifact: options.artifact,
            commit: options.commit,
            branch: options.branch,
            build_url: options.build_url,
            notes: options.notes,
        };
        let (status, release): (_, Release) = remote.send(Method::POST, "/releases", &told).await?;
        let word = if status == StatusCode::CREATED { "added" } else { "known; brought up to date" };
        println!("Release {}: {word}.", release.reference);
        Ok(())
    })
}
