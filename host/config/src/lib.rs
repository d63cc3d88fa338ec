//! Configuration: YAML to settings, with every mistake reported at its place.
//!
//! The text is parsed once into a tree with spans (`tree`); the schema (`schema`, a table) is walked over it (`check`)
//! and collects all mistakes at once; serde takes what passed into [`Config`]. The reference in `docs/reference` and
//! `check-config --explain` are made of the same table. It opens its file and nothing else; it starts nothing and
//! keeps nothing: what a change of the file means for a running host is [`diff`]'s answer, acting on it is the host's.

mod check;
mod config;
mod diagnostic;
mod diff;
mod explain;
mod import;
mod load;
mod mask;
mod plugin;
mod reference;
mod report;
mod schema;
mod secret;
mod tree;
mod units;
mod yaml;

pub use config::{
    Config, DashboardConfig, LogConfig, LogFormat, LogLevel, RecordConfig, RulesConfig, SiteConfig, StoreConfig,
    THRESHOLDS, TargetConfig,
};
pub use diagnostic::{Diagnostic, Diagnostics, Level};
pub use diff::{Change, Changes, Section, diff};
pub use explain::explain;
pub use import::from_original;
pub use load::{DEFAULT_TEXT, Loaded, PLACES, Source, find, load, parse};
pub use plugin::{GrantScope, PluginConfig, PluginLimits};
pub use reference::reference;
pub use secret::{MachineSecrets, Revealed, Secret, SecretSource};
pub use units::{format_duration, format_size, parse_duration, parse_size};
