//! `plugins new`: a crate that builds and tests at once, with the SDK beside it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use rust_embed::RustEmbed;

use crate::cli::{Done, output};

/// The SDK's own sources: a plugin's crate brings them along, so that it builds wherever it is put.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../plugin-sdk"]
#[include = "Cargo.toml"]
#[include = "src/**"]
#[include = "wit/**"]
struct Sdk;

/// `NAME` stands for the crate's name, `IDENT` for the same with `_`.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/template"]
struct Template;

/// Writes a crate into a new folder.
pub(super) fn run(name: &str, into: Option<&Path>) -> Result<Done> {
    check(name)?;
    let folder = into.map_or_else(|| PathBuf::from(name), Path::to_owned);
    if folder.exists() {
        bail!("{} is there already; name another folder with --into", folder.display());
    }
    let ident = name.replace('-', "_");
    for file in Template::iter() {
        let Some(content) = Template::get(&file) else { continue };
        let text = String::from_utf8_lossy(&content.data).replace("IDENT", &ident).replace("NAME", name);
        // A file of this name would be taken for a crate of ours.
        write(&folder.join(file.replace("Cargo.toml.in", "Cargo.toml")), text.as_bytes())?;
    }
    for file in Sdk::iter() {
        let Some(content) = Sdk::get(&file) else { continue };
        let path = folder.join("sdk").join(&*file);
        if file == "Cargo.toml" {
            // Here it belongs to the new crate's workspace.
            let text = String::from_utf8_lossy(&content.data);
            let own: Vec<&str> = text.lines().filter(|line| !line.starts_with("workspace = ")).collect();
            write(&path, format!("{}\n", own.join("\n")).as_bytes())?;
        } else {
            write(&path, &content.data)?;
        }
    }
    let shown = folder.display();
    output::text(&format!(
        "{shown} is a collector. Next:\n  \
         cd {shown}\n  \
         cargo test\n  \
         cargo build --release --target wasm32-unknown-unknown\n  \
         autobot-host plugins test target/wasm32-unknown-unknown/release/{ident}.wasm\n  \
         autobot-host plugins install target/wasm32-unknown-unknown/release/{ident}.wasm --name {name}"
    ))?;
    Ok(Done::Fine)
}

/// A name becomes a crate's, a file's and a label's.
fn check(name: &str) -> Result<()> {
    let mut bytes = name.bytes();
    let fits = name.len() <= 64
        && bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if fits {
        return Ok(());
    }
    bail!("`{name}` cannot be a plugin's name: it begins with a small letter, and has small letters, digits and `-`")
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(path, bytes));
    made.with_context(|| format!("{} could not be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_crate_has_everything_and_names_itself() {
        let folder = tempfile::tempdir().unwrap();
        let crate_ = folder.path().join("my-sensor");
        run("my-sensor", Some(&crate_)).unwrap();
        let read = |name: &str| std::fs::read_to_string(crate_.join(name)).unwrap();
        assert!(read("Cargo.toml").contains("name = \"my-sensor\""));
        assert!(read("src/lib.rs").contains("my_sensor_load_per_core_ratio"));
        assert!(!read("sdk/Cargo.toml").lines().any(|line| line.starts_with("workspace")));
        for file in ["sdk/src/lib.rs", "sdk/wit/world.wit", "sdk/src/native/abi.rs", "README.md", ".cargo/config.toml"]
        {
            assert!(crate_.join(file).exists(), "{file}");
        }
        assert!(run("my-sensor", Some(&crate_)).unwrap_err().to_string().contains("is there already"));
        for name in ["", "My", "1st", "a b", "a_b", "../x"] {
            assert!(run(name, Some(&folder.path().join("other"))).is_err(), "{name}");
        }
        let code = read("src/lib.rs");
        let collector = code.split("#[cfg(test)]").next().unwrap();
        let lines = collector.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("//!"));
        assert!(lines.count() < 30, "a collector is under thirty lines");
    }
}
