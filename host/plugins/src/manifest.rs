//! What a plugin says of itself, checked.

use std::collections::BTreeSet;
use std::time::Duration;

use autobot_model::{Family, Kind, is_label_name, is_metric_name};
use serde::Serialize;

use crate::abi::types;

/// What a plugin says of itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Manifest {
    /// Name of the plugin.
    pub name: String,
    /// Its semantic version.
    pub version: String,
    /// What it is for.
    pub description: String,
    /// What it measures.
    pub families: Vec<Family>,
    /// Whether it may declare more while it runs.
    pub dynamic_families: bool,
    /// JSON Schema of its settings; empty when it takes none.
    pub config_schema: String,
    /// How often it wishes to be called.
    #[serde(skip)]
    pub interval: Option<Duration>,
}

impl Manifest {
    pub(crate) fn check(raw: types::Manifest) -> Result<Self, String> {
        let mut names = BTreeSet::new();
        let families = raw.families.into_iter().map(family).collect::<Result<Vec<_>, _>>()?;
        if let Some(double) = families.iter().find(|family| !names.insert(&family.name)) {
            return Err(format!("its manifest declares `{}` twice", double.name));
        }
        Ok(Self {
            name: raw.name,
            version: raw.version,
            description: raw.description,
            families,
            dynamic_families: raw.dynamic_families,
            config_schema: raw.config_schema,
            interval: (raw.interval_ms > 0).then(|| Duration::from_millis(raw.interval_ms.into())),
        })
    }
}

/// A declared family, if its names are such as Prometheus allows.
pub(crate) fn family(raw: types::Family) -> Result<Family, String> {
    if !is_metric_name(&raw.name) {
        return Err(format!("`{}` is no name of a metric", raw.name));
    }
    let kind = match raw.kind {
        types::Kind::Gauge => Kind::Gauge,
        types::Kind::Counter => Kind::Counter,
        types::Kind::Histogram => Kind::Histogram,
        types::Kind::Summary => Kind::Summary,
        types::Kind::Info => Kind::Info,
        types::Kind::Stateset => Kind::Stateset,
        types::Kind::Unknown => Kind::Unknown,
    };
    if kind == Kind::Counter && !raw.name.ends_with("_total") {
        return Err(format!("the counter `{}` does not end in `_total`", raw.name));
    }
    for label in &raw.labels {
        if !is_label_name(label) || label.starts_with("__") || label == "machine" || label == "plugin" {
            return Err(format!("`{label}` of `{}` is no name that a plugin may give to a label", raw.name));
        }
    }
    Ok(Family { name: raw.name, unit: raw.unit, kind, help: raw.help, labels: raw.labels })
}
