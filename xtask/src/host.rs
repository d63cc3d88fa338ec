//! `cargo xtask run`: the built host, on this checkout's own configuration and rules.

use std::os::unix::process::CommandExt as _;

use anyhow::{Result, anyhow};

use crate::{build, shell};

/// Builds and then becomes the host, so that signals and the exit code are its own.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let program = build::all()?;
    let root = shell::root();
    let mut host = shell::tool(&program);
    host.arg("serve");
    if !args.iter().any(|arg| arg.starts_with("--config")) {
        host.arg("--config").arg(root.join("config/autobot.yaml"));
    }
    if !args.iter().any(|arg| arg.starts_with("--data")) {
        host.arg("--data").arg(root.join("data"));
    }
    Err(anyhow!(host.args(args).exec()).context(format!("could not start {}", program.display())))
}
