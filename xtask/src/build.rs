//! The order of the build: guests and dashboard first, because the host embeds both.

use std::path::PathBuf;

use anyhow::Result;

use crate::{guests, shell, web};

/// Builds everything; gives the path of the finished program.
pub(crate) fn all() -> Result<PathBuf> {
    guests::build()?;
    web::build()?;
    // The whole workspace, as the tests build it: another choice of features would build wasmtime a second time.
    shell::run(shell::tool("cargo").args(["build", "--release", "--workspace", "--bins"]))?;
    Ok(shell::target().join("release/autobot-host"))
}
