//! All rules in force, and the files that they come from.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use autobot_model::Timestamp;
use serde::Serialize;

use crate::{Diagnostic, Rule};

/// Whether what a file says is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileState {
    /// It is.
    Ok,
    /// It is not: its last good version is, if it had one.
    Broken,
}

/// One file of rules.
#[derive(Clone, Debug, Serialize)]
pub struct RuleFile {
    /// As it was named.
    pub path: String,
    /// Whether its present text is in force.
    pub state: FileState,
    /// What is to be said about its present text.
    pub diagnostics: Vec<Diagnostic>,
    /// Of its last good version.
    #[serde(skip)]
    pub rules: Vec<Arc<Rule>>,
    /// Of its present text.
    #[serde(skip)]
    pub(crate) hash: u64,
}

/// The rules in force. Immutable; a reload makes a new one.
#[derive(Debug, Default)]
pub struct RuleSet {
    /// Grows by one with each load.
    pub generation: u64,
    /// The moment of the load.
    pub loaded: Timestamp,
    /// By path.
    pub files: Vec<RuleFile>,
    pub(crate) thresholds: Arc<BTreeMap<String, f64>>,
    pub(crate) windows: Arc<HashMap<String, Duration>>,
    pub(crate) fingerprint: u64,
}

impl RuleSet {
    pub(crate) fn new(
        generation: u64,
        loaded: Timestamp,
        files: Vec<RuleFile>,
        thresholds: Arc<BTreeMap<String, f64>>,
        fingerprint: u64,
    ) -> Self {
        let mut windows: HashMap<String, Duration> = HashMap::new();
        for rule in files.iter().flat_map(|file| &file.rules) {
            let window = windows.entry(rule.selection.text().to_owned()).or_default();
            *window = rule.window.max(*window);
        }
        Self { generation, loaded, files, thresholds, windows: Arc::new(windows), fingerprint }
    }

    /// Every rule in force, by file and line.
    pub fn rules(&self) -> impl Iterator<Item = &Arc<Rule>> {
        self.files.iter().flat_map(|file| &file.rules)
    }

    /// What is to be said about any file.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        self.files.iter().flat_map(|file| &file.diagnostics)
    }
}
