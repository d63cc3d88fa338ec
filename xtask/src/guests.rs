//! The guests: shipped plugins, and those that tests use. One cargo workspace, one target folder, so that `std` is
//! built at most once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::shell;
use crate::tools::{self, WasmToolchain};

const TARGET: &str = "wasm32-unknown-unknown";
/// The source of a guest in C, and how it is compiled.
const C: &str = "collector.c";
const CLANG: [&str; 8] =
    ["--target=wasm32-wasi", "-mexec-model=reactor", "-Os", "-Wall", "-Wextra", "-Werror", "-Wl,--strip-all", C];

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
    // The library's own name, where it has one.
    let names =
        |text: &str| Some(text.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))?.to_owned());
    let name = manifest.split_once("[lib]").and_then(|(_, library)| names(library)).or_else(|| names(&manifest));
    let file = format!("{}.wasm", name.context("the crate has no name")?.replace('-', "_"));
    let place = Path::new(TARGET).join("release");
    let into = folder.join("target").join(&place);
    fs::create_dir_all(&into)?;
    fs::copy(wasm_target().join(place).join(&file), into.join(&file))?;
    Ok(())
}

/// Builds the guests in Rust, and lays the shipped ones into `plugins/dist`, which the host embeds.
pub(crate) fn build() -> Result<()> {
    let folder = shell::root().join("plugins");
    let mut cargo = cargo_for_wasm(&folder)?;
    cargo.arg("--workspace");
    if !wasm_target().join(TARGET).exists() {
        shell::step("building the plugins (the first time, Rust's library for WebAssembly too)");
    }
    shell::run(&mut cargo)?;
    lay_out(&folder, &folder.join("dist"))
}

/// The guests that only tests use: in Rust and in C as WebAssembly, and in Rust as shared libraries.
pub(crate) fn build_for_tests() -> Result<()> {
    let sources = shell::root().join("tests/guests");
    lay_out(&sources, &sources.join("dist"))?;
    let mut cargo = shell::tool("cargo");
    cargo.current_dir(shell::root().join("plugins")).args(["build", "--quiet", "--release", "--workspace"]);
    shell::run(cargo.arg("--target-dir").arg(native_target()))
}

fn lay_out(sources: &Path, into: &Path) -> Result<()> {
    let built = wasm_target().join(TARGET).join("release");
    collect(sources, &built, into).with_context(|| format!("could not lay out {}", into.display()))
}

/// Where guests are built for this machine instead of WebAssembly.
pub(crate) fn native_target() -> PathBuf {
    shell::target().join("guests-native")
}

/// Compiles the guest in C that lies in `folder`.
fn c(folder: &Path, built: &Path) -> Result<PathBuf> {
    let file = built.join(folder.file_name().unwrap_or_default()).with_extension("wasm");
    let mut clang = shell::tool(tools::clang()?);
    clang.current_dir(folder).args(CLANG).arg("-o").arg(&file);
    shell::run(&mut clang)?;
    Ok(file)
}

/// Copies the guest of each folder below `sources`; a file that is already the same keeps its time, so that nothing
/// that embeds it is built again.
fn collect(sources: &Path, built: &Path, into: &Path) -> Result<()> {
    if !sources.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(into)?;
    let mut wanted = Vec::new();
    for entry in fs::read_dir(sources)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().replace('-', "_");
        let file = if entry.path().join(C).exists() {
            Some(c(&entry.path(), built)?)
        } else if entry.path().join("Cargo.toml").exists() {
            let names = [format!("{name}.wasm"), format!("autobot_plugin_{name}.wasm")];
            names.into_iter().map(|file| built.join(file)).find(|file| file.exists())
        } else {
            None
        };
        let Some(file) = file else { continue };
        let (bytes, to) = (fs::read(file)?, into.join(format!("{name}.wasm")));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_compiles_c_as_we_do() {
        let manual = fs::read_to_string(shell::root().join("docs/plugins/other-languages.md")).unwrap();
        let command = format!("\nclang {} -o c.wasm\n", CLANG.join(" "));
        assert!(manual.contains(&command), "docs/plugins/other-languages.md does not say:{command}");
    }
}
