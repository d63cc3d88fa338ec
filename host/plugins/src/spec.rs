//! What an operator wants to run.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use autobot_capabilities::{Capability, Grant, Targets};

use crate::Limits;

/// What an operator's configuration gives names to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reachable {
    /// Where targets are, and how to log in there.
    pub targets: Arc<Targets>,
    /// Addresses of the site's machines, by name.
    pub machines: Arc<BTreeMap<String, String>>,
}

/// One plugin instance as it should be.
#[derive(Clone, Debug)]
pub struct InstanceSpec {
    /// Its name: the value of the label `plugin`.
    pub name: String,
    /// The file that it runs.
    pub file: PathBuf,
    /// Whether the file is a shared library, to run in a process of its own; it needs a `pin`.
    pub native: bool,
    /// How often it collects; the plugin's own wish, else the host's default, when not said.
    pub interval: Option<Duration>,
    /// What it is told, as JSON.
    pub settings: serde_json::Value,
    /// What it may use.
    pub grant: Grant,
    /// What it may not use even if it is shipped with the host.
    pub refused: Vec<Capability>,
    /// What lies behind the names in its grant.
    pub reachable: Reachable,
    /// What it may use up.
    pub limits: Limits,
    /// Whether it runs.
    pub enabled: bool,
    /// The SHA-256 that its file must have, in hexadecimal.
    pub pin: Option<String>,
    /// Whether the file of this SHA-256 is shipped with the host: such a file holds the capabilities without a scope.
    pub is_shipped: fn(&str) -> bool,
}

impl InstanceSpec {
    /// What the instance may use, when its file has the SHA-256 `hash`.
    pub(crate) fn effective_grant(&self, hash: &str) -> Grant {
        let given = if (self.is_shipped)(hash) { Grant::unscoped().union(&self.grant) } else { self.grant.clone() };
        let kept = given.iter().filter(|(capability, _)| !self.refused.contains(capability));
        kept.fold(Grant::default(), |grant, (capability, scope)| grant.with_scope(capability, scope.iter().cloned()))
    }

    /// Whether it is a shipped plugin for which nothing was configured.
    pub(crate) fn is_untouched(&self, hash: Option<&str>) -> bool {
        let no_settings = self.settings.as_object().is_none_or(serde_json::Map::is_empty);
        let no_grant = self.grant.iter().next().is_none() && self.refused.is_empty();
        hash.is_some_and(self.is_shipped) && no_settings && no_grant
    }

    /// Whether a running instance of this spec need not be made anew for `other`.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        self.reachable == other.reachable
            && (
                &self.file,
                self.native,
                self.interval,
                &self.settings,
                &self.grant,
                &self.refused,
                &self.limits,
                self.enabled,
                &self.pin,
            ) == (
                &other.file,
                other.native,
                other.interval,
                &other.settings,
                &other.grant,
                &other.refused,
                &other.limits,
                other.enabled,
                &other.pin,
            )
    }
}
