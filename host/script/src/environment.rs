//! What rule files are checked against.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use autobot_model::{Family, Timestamp};

/// What the host knows while it loads rules.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `alert_thresholds` of the configuration: what `threshold("cpu_percent")` gives.
    pub thresholds: Arc<BTreeMap<String, f64>>,
    /// Families of metrics that exist. Empty: nothing is known yet, and no name is doubted.
    pub families: Vec<Arc<Family>>,
    /// The moment of loading.
    pub now: Timestamp,
}

impl Environment {
    /// The family of a metric; the parts of a histogram belong to it.
    pub(crate) fn family(&self, name: &str) -> Option<&Family> {
        let find = |name: &str| self.families.iter().find(|family| family.name == name).map(|family| &**family);
        let part = |suffix| name.strip_suffix(suffix).and_then(find);
        find(name).or_else(|| part("_bucket")).or_else(|| part("_sum")).or_else(|| part("_count"))
    }

    /// A number that changes when a check could come to another result.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (name, value) in self.thresholds.iter() {
            (name, value.to_bits()).hash(&mut hasher);
        }
        let mut names: Vec<_> = self.families.iter().map(|family| (&family.name, &family.labels)).collect();
        names.sort_unstable();
        names.hash(&mut hasher);
        hasher.finish()
    }
}
