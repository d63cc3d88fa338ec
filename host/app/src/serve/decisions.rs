//! What an operator decided by command line or dashboard about plugins: kept in `DATA/grants.yaml`, under the configuration,
//! which wins.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use autobot_config::{GrantScope, PluginConfig};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

const HEAD: &str = "\
# What was decided about plugins by command line or dashboard. The host writes this file; your own words belong into
# autobot.yaml, which wins over it.
";

/// What was decided about one plugin instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Decision {
    /// SHA-256 of the file that the operator had before them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sha256: Option<String>,
    /// What was granted.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) grant: BTreeMap<String, GrantScope>,
    /// Whether it was switched off.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) disabled: bool,
}

/// All decisions, as they are in the file.
#[derive(Debug)]
pub(super) struct Decisions {
    path: PathBuf,
    /// The error: why the file cannot be read; nothing is written over it then.
    all: Mutex<Result<BTreeMap<String, Decision>, String>>,
}

impl Decisions {
    /// What the file holds; without one, nothing was decided.
    pub(super) fn open(path: PathBuf) -> Self {
        let read = match std::fs::read_to_string(&path) {
            Ok(text) if text.lines().all(|line| line.trim().is_empty() || line.starts_with('#')) => Ok(BTreeMap::new()),
            Ok(text) => serde_yaml::from_str(&text).map_err(|error| error.to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(error.to_string()),
        };
        let all = read.map_err(|error| {
            let problem =
                format!("{}: {error}; what was granted there does not count until that is mended", path.display());
            tracing::error!("{problem}");
            problem
        });
        Self { path, all: Mutex::new(all) }
    }

    /// Why the file does not count.
    pub(super) fn problem(&self) -> Option<String> {
        self.all.lock().as_ref().err().cloned()
    }

    /// `settings` of the instance `name`, with what was decided about it.
    pub(super) fn lay_under(&self, name: &str, settings: &PluginConfig) -> PluginConfig {
        let mut merged = settings.clone();
        if let Ok(all) = &*self.all.lock()
            && let Some(decision) = all.get(name)
        {
            merged.enabled &= !decision.disabled;
            for (capability, scope) in &decision.grant {
                merged.grant.entry(capability.clone()).or_insert_with(|| scope.clone());
            }
        }
        merged
    }

    /// Changes what is decided about `name`; on disk before it counts.
    pub(super) fn change(&self, name: &str, change: impl FnOnce(&mut Decision)) -> Result<()> {
        let mut all = self.all.lock();
        let mut next = all.clone().map_err(anyhow::Error::msg)?;
        let decision = next.entry(name.to_owned()).or_default();
        change(decision);
        if decision.grant.is_empty() {
            decision.sha256 = None;
        }
        if *decision == Decision::default() {
            next.remove(name);
        }
        let text = format!("{HEAD}{}", serde_yaml::to_string(&next)?);
        let beside = self.path.with_extension("part");
        let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, &self.path));
        written.with_context(|| format!("{} could not be written, so nothing was changed", self.path.display()))?;
        *all = Ok(next);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn decisions_survive_and_the_configuration_wins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grants.yaml");
        let decisions = Decisions::open(path.clone());
        decisions
            .change("reader", |decision| {
                decision.sha256 = Some("ab".repeat(32));
                decision.grant.insert("cpu".to_owned(), GrantScope::Whole);
                decision.grant.insert("files".to_owned(), GrantScope::Only(vec!["/var/log/*".to_owned()]));
            })
            .unwrap();
        decisions.change("other", |decision| decision.disabled = true).unwrap();
        expect![[r#"
            # What was decided about plugins by command line or dashboard. The host writes this file; your own words belong into
            # autobot.yaml, which wins over it.
            other:
              disabled: true
            reader:
              sha256: abababababababababababababababababababababababababababababababab
              grant:
                cpu: true
                files:
                - /var/log/*
        "#]]
        .assert_eq(&std::fs::read_to_string(&path).unwrap());

        let again = Decisions::open(path.clone());
        let mut of_file = PluginConfig::default();
        of_file.grant.insert("cpu".to_owned(), GrantScope::Refused);
        let merged = again.lay_under("reader", &of_file);
        assert_eq!(merged.grant["cpu"], GrantScope::Refused);
        assert_eq!(merged.grant["files"], GrantScope::Only(vec!["/var/log/*".to_owned()]));
        assert!(!again.lay_under("other", &PluginConfig::default()).enabled);
        again.change("other", |decision| decision.disabled = false).unwrap();
        assert!(!std::fs::read_to_string(&path).unwrap().contains("other"), "what says nothing is not kept");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told_of_and_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grants.yaml");
        std::fs::write(&path, "reader: { grants: 1 }").unwrap();
        let decisions = Decisions::open(path.clone());
        assert!(decisions.problem().unwrap().contains("unknown field"), "{:?}", decisions.problem());
        assert!(decisions.change("reader", |decision| decision.disabled = true).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "reader: { grants: 1 }");
    }
}
