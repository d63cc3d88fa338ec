//! The dashboard: npm's packages and the bundle, each only when its input changed.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context as _, Result};

use crate::{shell, tools};

fn folder() -> PathBuf {
    shell::root().join("host/dashboard/web")
}

fn npm() -> std::process::Command {
    let mut npm = shell::tool("npm");
    npm.current_dir(folder());
    npm
}

/// Installs the packages of the lock file, if `node_modules` is not already theirs.
pub(crate) fn packages() -> Result<()> {
    let stamp = folder().join("node_modules/.lock-stamp");
    let wanted = digest(&[folder().join("package-lock.json")])?;
    if fs::read_to_string(&stamp).ok().as_deref() == Some(&wanted) {
        return Ok(());
    }
    tools::node()?;
    shell::step("installing the dashboard's packages");
    shell::run(npm().args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))?;
    fs::write(&stamp, wanted).with_context(|| format!("could not write {}", stamp.display()))
}

/// Builds the dashboard into `host/dashboard/dist`, if what is there is not already of these sources.
pub(crate) fn build() -> Result<()> {
    let stamp = shell::target().join("dashboard.stamp");
    let wanted = digest(&[folder()])?;
    let built = shell::root().join("host/dashboard/dist/index.html").exists();
    if built && fs::read_to_string(&stamp).ok().as_deref() == Some(&wanted) {
        return Ok(());
    }
    packages()?;
    shell::step("building the dashboard");
    shell::run(npm().args(["run", "--silent", "build"]))?;
    fs::write(&stamp, wanted).with_context(|| format!("could not write {}", stamp.display()))
}

/// The front end's own tests.
pub(crate) fn test() -> Result<()> {
    packages()?;
    shell::step("testing the dashboard");
    shell::run(npm().args(["test", "--silent"]))
}

/// A hash over names and contents of files and folders, without what npm and the build put beside them.
fn digest(paths: &[PathBuf]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        hash_tree(path, &mut hasher).with_context(|| format!("could not read {}", path.display()))?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn hash_tree(path: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    if path.is_dir() {
        let mut names: Vec<_> = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
        names.sort();
        for name in names.into_iter().filter(|name| name != "node_modules" && name != "dist") {
            name.hash(hasher);
            hash_tree(&path.join(name), hasher)?;
        }
    } else {
        fs::read(path)?.hash(hasher);
    }
    Ok(())
}
