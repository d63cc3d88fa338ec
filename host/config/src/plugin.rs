//! What the file says about one plugin instance: which file, how often, what it may do, what it is told.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::units;

/// One plugin instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PluginConfig {
    /// The plugin of which this is an instance. Default: the instance's own name; example `api`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// The file to load instead of one in `plugin_dir`. Example `/opt/site/turbine.wasm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// A shared library to run in a process of its own, instead of a WebAssembly file. Example `plugins/libmy_sensor.so`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub native: Option<PathBuf>,
    /// The SHA-256 of the `native` file, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// How often it collects. Default: `monitoring_interval`.
    #[serde(with = "units::duration_option", skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
    /// Whether it runs. Default true.
    pub enabled: bool,
    /// Which capabilities it may use, by name. Default: what a shipped plugin brings.
    pub grant: BTreeMap<String, GrantScope>,
    /// What it is told: any YAML, handed over as JSON. No secrets.
    pub settings: Value,
    /// What it may use up.
    pub limits: PluginLimits,
    /// The SHA-256 that its file must have, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
}

impl PluginConfig {
    /// The stem of the file in the plugins folder that the instance `name` runs.
    pub fn plugin_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.plugin.as_deref().unwrap_or(name)
    }
}

impl Default for PluginConfig {
    fn default() -> Self {
        Self {
            plugin: None,
            file: None,
            native: None,
            sha256: None,
            interval: None,
            enabled: true,
            grant: BTreeMap::new(),
            settings: Value::Object(serde_json::Map::new()),
            limits: PluginLimits::default(),
            pin: None,
        }
    }
}

/// What one plugin instance may use up. Beyond time, memory or calls it is restarted; the rest is refused to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PluginLimits {
    /// Memory in bytes. Default 64 MiB.
    #[serde(with = "units::size")]
    pub memory: u64,
    /// Wall time of one collection, waiting included. Default 10 s.
    #[serde(with = "units::duration")]
    pub deadline: Duration,
    /// Time of one collection that it may compute for. Default 1 s.
    #[serde(with = "units::duration")]
    pub computing: Duration,
    /// Series that it may have at once. Default 10 000.
    pub series: u32,
    /// Series never seen before, an hour. Default 10 000.
    pub new_series: u32,
    /// Samples of one collection. Default 20 000.
    pub samples: u32,
    /// Bytes of a label's value. Default 1 KiB.
    #[serde(with = "units::size")]
    pub label: u64,
    /// Elements of its function tables. Default 20 000.
    pub table_elements: u32,
    /// Calls to the host in one collection. Default 10 000.
    pub calls: u32,
    /// Requests of one call that are on their way at once. Default 16.
    pub in_flight: u32,
    /// Bytes that it may hand to the host in one call. Default 8 MiB.
    #[serde(with = "units::size")]
    pub transfer: u64,
    /// Bytes that the host hands to it as the answer to one call. Default 8 MiB.
    #[serde(with = "units::size")]
    pub response: u64,
    /// Lines of log of one collection. Default 20.
    pub log_lines: u32,
    /// Bytes of a line of log. Default 1 KiB.
    #[serde(with = "units::size")]
    pub log_line: u64,
    /// Bytes of its kept state, keys and values. Default 64 KiB.
    #[serde(with = "units::size")]
    pub state: u64,
}

impl Default for PluginLimits {
    fn default() -> Self {
        Self {
            memory: 64 << 20,
            deadline: Duration::from_secs(10),
            computing: Duration::from_secs(1),
            series: 10_000,
            new_series: 10_000,
            samples: 20_000,
            label: 1 << 10,
            table_elements: 20_000,
            calls: 10_000,
            in_flight: 16,
            transfer: 8 << 20,
            response: 8 << 20,
            log_lines: 20,
            log_line: 1 << 10,
            state: 64 << 10,
        }
    }
}

/// How far one capability is granted: `true`, `false`, or a list of targets, globs or names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantScope {
    /// Not at all, even when the plugin is shipped with it.
    Refused,
    /// Wholly: for capabilities without a scope.
    Whole,
    /// For these targets, URL globs, path globs or machines.
    Only(Vec<String>),
}

impl Serialize for GrantScope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Refused => serializer.serialize_bool(false),
            Self::Whole => serializer.serialize_bool(true),
            Self::Only(scopes) => scopes.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for GrantScope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(GrantVisitor)
    }
}

struct GrantVisitor;

impl<'de> Visitor<'de> for GrantVisitor {
    type Value = GrantScope;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`true`, `false` or a list")
    }

    fn visit_bool<E>(self, whole: bool) -> Result<GrantScope, E> {
        Ok(if whole { GrantScope::Whole } else { GrantScope::Refused })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<GrantScope, A::Error> {
        let mut scopes = Vec::new();
        while let Some(item) = items.next_element::<String>()? {
            scopes.push(item);
        }
        if scopes.is_empty() {
            Err(A::Error::custom("an empty list grants nothing"))
        } else {
            Ok(GrantScope::Only(scopes))
        }
    }
}
