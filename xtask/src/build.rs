//! The order of the build: guests and dashboard first, because the host embeds both.

use std::path::PathBuf;

use anyhow::Result;

use crate::{guests, shell, web};

/// Builds everything; gives the path of the finished program.
pub(crate) fn all() -> Result<PathBuf> {
    guests::build()?;
    web::build()?;
    shell::run(shell::tool("cargo").args(["build", "--release", "--package", "autobot-host"]))?;
    Ok(shell::target().join("release/autobot-host"))
}
