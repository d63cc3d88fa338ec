//! The guests: shipped plugins, and those that tests use. One cargo workspace, one target folder, so that `std` is
//! built at most once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use anyhow::{Context as _, Result, bail};

use crate::shell;
use crate::tools::{self, WasmToolchain};

const TARGET: &str = "wasm32-unknown-unknown";

/// A cargo that builds for WebAssembly in `folder`, with the compiler that this machine has for it.
fn cargo_for_wasm(folder: &Path) -> Result<Command> {
    let mut cargo = shell::tool("cargo");
    cargo.current_dir(folder).args(["build", "--quiet", "--release", "--target", TARGET]);
    cargo.arg("--target-dir").arg(wasm_target());
    // Flags meant for the host (a sanitizer, a native CPU) mean nothing to a guest.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("CARGO_BUILD_TARGET");
    if let WasmToolchain::Debian { linker } = tools::wasm()? {
        cargo.args(["-Zbuild-std=std,panic_abort"]);
        cargo.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1").env_remove("RUSTUP_TOOLCHAIN");
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    }
    Ok(cargo)
}

/// One folder for all guests, so that `std` is built at most once.
fn wasm_target() -> PathBuf {
    shell::target().join("guests")
}

/// Builds the plugin crate in a folder; what comes of it lies where plain cargo would have put it.
pub(crate) fn one(args: &[String]) -> Result<()> {
    let [folder] = args else { bail!("`cargo xtask guest` takes the folder of one crate") };
    let folder = std::path::absolute(folder)?;
    shell::run(&mut cargo_for_wasm(&folder)?)?;
    let manifest = fs::read_to_string(folder.join("Cargo.toml"))?;
    let name = manifest.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    let file = format!("{}.wasm", name.context("the crate has no name")?.replace('-', "_"));
    let place = Path::new(TARGET).join("release");
    let into = folder.join("target").join(&place);
    fs::create_dir_all(&into)?;
    fs::copy(wasm_target().join(place).join(&file), into.join(&file))?;
    Ok(())
}

/// Builds all guests, and lays the shipped ones into `plugins/dist`, which the host embeds, and the others into
/// `tests/guests/dist`.
pub(crate) fn build() -> Result<()> {
    let folder = shell::root().join("plugins");
    let target = wasm_target();
    let mut cargo = cargo_for_wasm(&folder)?;
    cargo.arg("--workspace");
    if !target.join(TARGET).exists() {
        shell::step("building the plugins (the first time, Rust's library for WebAssembly too)");
    }
    shell::run(&mut cargo)?;
    let built = target.join(TARGET).join("release");
    for (sources, into) in [
        (folder.clone(), folder.join("dist")),
        (shell::root().join("tests/guests"), shell::root().join("tests/guests/dist")),
    ] {
        collect(&sources, &built, &into).with_context(|| format!("could not lay out {}", into.display()))?;
    }
    Ok(())
}

/// Builds the same sources as shared libraries, for the tests of native plugins; they lie in the target folder.
pub(crate) fn build_native() -> Result<()> {
    let mut cargo = shell::tool("cargo");
    cargo.current_dir(shell::root().join("plugins")).args(["build", "--quiet", "--release", "--workspace"]);
    shell::run(cargo.arg("--target-dir").arg(native_target()))
}

/// Where guests are built for this machine instead of WebAssembly.
pub(crate) fn native_target() -> PathBuf {
    shell::target().join("guests-native")
}

/// Copies the guest of each crate below `sources`; a file that is already the same keeps its time, so that nothing
/// that embeds it is built again.
fn collect(sources: &Path, built: &Path, into: &Path) -> io::Result<()> {
    if !sources.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(into)?;
    let mut wanted = Vec::new();
    for entry in fs::read_dir(sources)? {
        let entry = entry?;
        if !entry.path().join("Cargo.toml").exists() {
            continue;
        }
        let name = entry.file_name().to_string_lossy().replace('-', "_");
        let file = [format!("{name}.wasm"), format!("autobot_plugin_{name}.wasm")]
            .into_iter()
            .find(|file| built.join(file).exists());
        let Some(file) = file else { continue };
        let (bytes, to) = (fs::read(built.join(&file))?, into.join(format!("{name}.wasm")));
        if fs::read(&to).ok().as_ref() != Some(&bytes) {
            fs::write(&to, bytes)?;
        }
        wanted.push(to);
    }
    for entry in fs::read_dir(into)? {
        let path = entry?.path();
        if !wanted.contains(&path) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// The guests' own tests, which run natively on recorded facts.
pub(crate) fn test() -> Result<()> {
    shell::step("testing the plugins");
    let mut cargo = shell::tool("cargo");
    cargo.current_dir(shell::root().join("plugins")).args([
        "nextest",
        "run",
        "--release",
        "--workspace",
        "--no-tests=pass",
    ]);
    shell::run(cargo.arg("--target-dir").arg(native_target()))
}
