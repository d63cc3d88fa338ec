//! What the program brings along: plugins and rules, embedded, and written out where operators edit them.
//!
//! A list of hashes (`shipped.json`) remembers what was written. An upgrade replaces a file that nobody edited, and
//! puts its new version beside an edited one as `NAME.new`. A file that the operator removed stays removed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../plugins/dist"]
struct Plugins;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../rules"]
struct Rules;

const LIST: &str = "shipped.json";

/// SHA-256 in hexadecimal.
pub(crate) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a plugin file is, byte for byte, one that this program ships.
pub(crate) fn is_shipped_plugin(hash_of_file: &str) -> bool {
    Plugins::iter().filter_map(|name| Plugins::get(&name)).any(|file| hash(&file.data) == hash_of_file)
}

/// Name and bytes of each plugin.
#[cfg(test)]
pub(crate) fn plugins() -> impl Iterator<Item = (Cow<'static, str>, Cow<'static, [u8]>)> {
    Plugins::iter().filter_map(|name| Some((name.clone(), Plugins::get(&name)?.data)))
}

fn all() -> impl Iterator<Item = (PathBuf, Cow<'static, [u8]>)> {
    let plugins =
        Plugins::iter().filter_map(|name| Some((Path::new("plugins").join(&*name), Plugins::get(&name)?.data)));
    let rules = Rules::iter().filter_map(|name| Some((Path::new("rules").join(&*name), Rules::get(&name)?.data)));
    plugins.chain(rules)
}

/// Writes out what is missing or outdated in `data`; tells what an operator should look at.
pub(crate) fn write_out(data: &Path) -> Result<Vec<String>> {
    write(data, all())
}

fn write<'a>(data: &Path, files: impl Iterator<Item = (PathBuf, Cow<'a, [u8]>)>) -> Result<Vec<String>> {
    let list = data.join(LIST);
    let mut known: BTreeMap<String, String> =
        fs::read_to_string(&list).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let before = known.clone();
    let mut notes = Vec::new();
    for (name, bytes) in files {
        let (path, key, new) = (data.join(&name), name.display().to_string(), hash(&bytes));
        let was = known.insert(key.clone(), new.clone());
        let here = fs::read(&path).ok().map(|bytes| hash(&bytes));
        let target = match (here, was) {
            (Some(here), _) if here == new => continue,
            (None, Some(_)) => continue,
            (Some(here), was) if was.as_ref() != Some(&here) => {
                if was.as_ref() == Some(&new) {
                    continue;
                }
                notes.push(format!("{} was edited; its new version is beside it as {key}.new", path.display()));
                PathBuf::from(format!("{}.new", path.display()))
            }
            _ => path,
        };
        replace(&target, &bytes).with_context(|| format!("{} could not be written", target.display()))?;
    }
    if known != before {
        let text = serde_json::to_string_pretty(&known)?;
        replace(&list, text.as_bytes()).with_context(|| format!("{} could not be written", list.display()))?;
    }
    Ok(notes)
}

/// A whole file or none: written beside, then renamed over.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    fs::write(&beside, bytes)?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upgrade_replaces_what_nobody_edited_and_respects_the_rest() {
        let data = tempfile::tempdir().unwrap();
        let ship = |version: &'static str| {
            let files =
                ["kept", "edited", "removed"].map(|name| (PathBuf::from(name), Cow::Borrowed(version.as_bytes())));
            write(data.path(), files.into_iter()).unwrap()
        };
        let read = |name: &str| fs::read_to_string(data.path().join(name)).ok();
        assert!(ship("1").is_empty());
        fs::write(data.path().join("edited"), "mine").unwrap();
        fs::remove_file(data.path().join("removed")).unwrap();
        assert!(ship("1").is_empty(), "the same version leaves everything as it is");

        let notes = ship("2");
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert_eq!(read("kept").as_deref(), Some("2"));
        assert_eq!(read("edited").as_deref(), Some("mine"));
        assert_eq!(read("edited.new").as_deref(), Some("2"));
        assert_eq!(read("removed"), None);
    }
}
