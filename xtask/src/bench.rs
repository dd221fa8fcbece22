//! `bench`: builds for release, brings pm2 and `statsd` for the comparison, measures.

use crate::error::Result;
use crate::{build, node, process};

pub fn bench(parts: &[String]) -> Result<()> {
    build::site(true)?;
    let mut command = process::cargo();
    if let Some(pm2) = node::PM2.find()? {
        command.env("QUARTERDECK_PM2", pm2);
    }
    if let Some(statsd) = node::STATSD.find()? {
        command.env("QUARTERDECK_NPM_STATSD", statsd);
    }
    process::run(command.args(["bench", "--package", "server", "--bench", "console", "--"]).args(parts))
}
