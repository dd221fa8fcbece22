//! `quarterdeck stop-instances`

use crate::boot;
use crate::config::{Config, DataOptions, ServeOptions};

pub fn run(data: DataOptions) -> Result<(), String> {
    let config = Config::load(ServeOptions { data, ..ServeOptions::default() });
    let config = config.map_err(|error| error.to_string())?;
    let stopped = super::runtime()?.block_on(boot::stop_instances(&config));
    match stopped.map_err(|error| error.to_string())? {
        0 => println!("No instance was running."),
        1 => println!("1 instance stopped."),
        count => println!("{count} instances stopped."),
    }
    Ok(())
}
