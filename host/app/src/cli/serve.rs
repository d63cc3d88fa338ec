//! `serve`: reads the configuration, lays the command line over it, and becomes the host.

use std::io::IsTerminal as _;

use anyhow::{Context as _, Result, bail};
use autobot_config::Config;

use super::{Done, ServeArgs};
use crate::{data, logs, serve};

/// Threads that wait and pass on; what takes long runs on the blocking pool.
const WORKERS: usize = 2;
/// Queries, rules and file look-ups at once; more wait their turn.
const BLOCKING: usize = 16;

pub(super) fn run(args: &ServeArgs) -> Result<Done> {
    let source = autobot_config::find(args.place.config.as_deref());
    let loaded = match source.load() {
        Ok(loaded) => loaded,
        Err(mistakes) => {
            let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            eprintln!("{}\n", mistakes.render(colours));
            bail!("the configuration cannot be used; nothing was changed");
        }
    };
    let overlay = overlay(args);
    let mut config = loaded.config;
    overlay(&mut config);
    logs::start(config.log.format, config.log.level.as_str());
    for warning in &loaded.warnings {
        tracing::warn!("{}:{}:{}: {}", warning.file, warning.line, warning.column, warning.message);
    }
    let data = data::folder(args.place.data.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING)
        .thread_name("autobot")
        .enable_all()
        .build()
        .context("the runtime could not be started")?;
    runtime.block_on(serve::run(serve::Options { source, config, overlay, data }))?;
    Ok(Done::Fine)
}

/// What the command line says over any version of the configuration.
fn overlay(args: &ServeArgs) -> Box<dyn Fn(&mut Config) + Send + Sync> {
    let (port, interval, rules) = (args.port, args.interval, args.rules.clone());
    Box::new(move |config| {
        if let Some(port) = port {
            config.dashboard.port = port;
        }
        if let Some(interval) = interval {
            config.override_interval(interval);
        }
        if let Some(rules) = &rules {
            config.rules.paths = vec![rules.clone()];
        }
    })
}
