//! The small key-value store of each instance, kept over restarts and replacements of its file.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

/// One instance's state: in memory, written whole to one file when it changed.
#[derive(Debug)]
pub(crate) struct State {
    file: PathBuf,
    values: BTreeMap<String, Vec<u8>>,
    most: usize,
    changed: bool,
}

impl State {
    /// The state that `file` holds; empty when there is none, or none that can be read.
    pub(crate) fn open(file: PathBuf, most: usize) -> Self {
        let values = match fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::warn!(file = %file.display(), %error, "a plugin's state is damaged; it begins without");
                BTreeMap::new()
            }),
            Err(_) => BTreeMap::new(),
        };
        Self { file, values, most, changed: false }
    }

    /// A state that nobody keeps.
    pub(crate) fn in_memory(most: usize) -> Self {
        Self { file: PathBuf::new(), values: BTreeMap::new(), most, changed: false }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&[u8]> {
        self.values.get(key).map(Vec::as_slice)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &String> {
        self.values.keys()
    }

    /// Sets a value, if all of them still fit.
    pub(crate) fn set(&mut self, key: String, value: Vec<u8>) -> Result<(), String> {
        let others: usize =
            self.values.iter().filter(|(known, _)| **known != key).map(|(key, value)| key.len() + value.len()).sum();
        let wanted = others + key.len() + value.len();
        if wanted > self.most {
            return Err(format!("the state would take {wanted} bytes and may take {}", self.most));
        }
        if self.values.get(&key) != Some(&value) {
            self.values.insert(key, value);
            self.changed = true;
        }
        Ok(())
    }

    pub(crate) fn is_changed(&self) -> bool {
        self.changed
    }

    pub(crate) fn delete(&mut self, key: &str) {
        self.changed |= self.values.remove(key).is_some();
    }

    /// Writes what changed since the last time: beside, then renamed over.
    pub(crate) fn save(&mut self) -> io::Result<()> {
        if !self.changed {
            return Ok(());
        }
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        let beside = self.file.with_extension("part");
        fs::write(&beside, serde_json::to_vec(&self.values)?)?;
        fs::rename(&beside, &self.file)?;
        self.changed = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_survives_and_stays_within_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state/system.json");
        let mut state = State::open(file.clone(), 16);
        state.set("a".to_owned(), b"12345".to_vec()).unwrap();
        assert!(state.set("b".to_owned(), vec![0; 32]).is_err());
        state.set("a".to_owned(), b"1234567890".to_vec()).unwrap();
        state.save().unwrap();
        let again = State::open(file.clone(), 16);
        assert_eq!(again.get("a"), Some(&b"1234567890"[..]));
        fs::write(&file, "{").unwrap();
        assert_eq!(State::open(file, 16).keys().count(), 0);
    }
}
