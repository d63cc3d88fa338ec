//! The settings as the rest of the host reads them. Each field has its default; the words for people are in the
//! schema's table, of which the reference is made.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::plugin::PluginConfig;
use crate::secret::Secret;
use crate::units;

/// The whole configuration of a host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How often a plugin collects that has no interval of its own. Default 30 s; example `10s`.
    #[serde(with = "units::duration")]
    pub monitoring_interval: Duration,
    /// How often the optimiser looks for bottlenecks. Default 30 min; example `1h`.
    #[serde(with = "units::duration")]
    pub optimization_interval: Duration,
    /// The machines of the site by name, with an address each. Default: none, this machine alone.
    pub distributed_vms: BTreeMap<String, String>,
    /// Limits that rules read by name: percent, seconds, degrees Celsius. Default: all shipped ones; a file's entries
    /// are laid over them.
    pub alert_thresholds: BTreeMap<String, f64>,
    /// What the site and this machine are called.
    pub site: SiteConfig,
    /// What is reached under which name, and with which secrets. Default: none.
    pub targets: BTreeMap<String, TargetConfig>,
    /// Where the dashboard and the API answer.
    pub dashboard: DashboardConfig,
    /// Where and how long measurements are kept.
    pub store: StoreConfig,
    /// The folder in which each file is a plugin instance. Default: `plugins` in the data folder.
    pub plugin_dir: Option<PathBuf>,
    /// What is said about plugin instances by name. Default: `system` every 5 s.
    pub plugins: BTreeMap<String, PluginConfig>,
    /// Which rules are judged, and how often.
    pub rules: RulesConfig,
    /// What the host writes about itself.
    pub log: LogConfig,
}

/// What the site and this machine are called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SiteConfig {
    /// Shown in the dashboard's title. Default `AutoBot`.
    pub name: String,
    /// The name of this machine. Default: found among `distributed_vms` by its addresses, else the host name.
    pub machine: Option<String>,
}

/// Something that plugins reach by a name: one of `redis`, `http` and `cdp`, and how to log in there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TargetConfig {
    /// The URL of a Redis. Example `redis://127.0.0.1:6379`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redis: Option<String>,
    /// The URL of an HTTP service. Example `http://127.0.0.1:8001`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
    /// Where a browser answers to the DevTools protocol. Example `ws://127.0.0.1:9222`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cdp: Option<String>,
    /// The user to log in as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password to log in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// The bearer token to send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bearer: Option<Secret>,
}

/// Where the dashboard and the API answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DashboardConfig {
    /// The address to listen on. Default `127.0.0.1`; only loopback until there are users and TLS.
    pub bind: IpAddr,
    /// The port to listen on (`dashboard_port` in the file). Default 9090.
    pub port: u16,
    /// How often an open page gets new values at most. Default 1 s.
    #[serde(with = "units::duration")]
    pub live_interval: Duration,
}

/// Where and how long measurements are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// The database file. Default: `autobot.db` in the data folder.
    pub path: Option<PathBuf>,
    /// How long samples are kept. Default 30 days.
    #[serde(with = "units::duration")]
    pub retention: Duration,
    /// How large the file may grow, in bytes, before the oldest samples go. Default 4 GiB.
    #[serde(with = "units::size")]
    pub max_size: u64,
    /// How often samples are forced to the disk: what a power cut may cost. Default 10 s.
    #[serde(with = "units::duration")]
    pub sync: Duration,
}

/// Which rules are judged, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RulesConfig {
    /// Files and folders of rules. Default: none named, which means `rules` in the data folder.
    pub paths: Vec<PathBuf>,
    /// The grid on which rules are judged. Default 10 s.
    #[serde(with = "units::duration")]
    pub interval: Duration,
    /// Queries whose results are kept as series. Default: none.
    pub record: Vec<RecordConfig>,
}

/// A query whose result is kept as series of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordConfig {
    /// The name of the series.
    pub record: String,
    /// What is asked, in PromQL.
    pub expr: String,
    /// How often. Default: `rules.interval`.
    #[serde(with = "units::duration_option", skip_serializing_if = "Option::is_none")]
    pub every: Option<Duration>,
    /// Labels that the series get beside those of the result. Default: none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// What the host writes about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// For whom a line is written. Default `auto`.
    pub format: LogFormat,
    /// From which importance on lines are written. Default `info`.
    pub level: LogLevel,
}

/// For whom a log line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// People on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// People.
    Human,
    /// One JSON object a line.
    Json,
}

/// From which importance on lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Only what failed.
    Error,
    /// And what is degraded.
    Warn,
    /// And what changed.
    #[default]
    Info,
    /// And what helps to find a fault.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The word as files and log filters write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// The shipped thresholds: percent, seconds and degrees Celsius, as their names say.
pub const THRESHOLDS: [(&str, f64); 9] = [
    ("api_response_time", 5.0),
    ("availability_percent", 99.9),
    ("cpu_percent", 80.0),
    ("cpu_temperature", 80.0),
    ("db_query_time", 1.0),
    ("disk_percent", 90.0),
    ("gpu_temperature", 75.0),
    ("memory_percent", 85.0),
    ("network_latency", 0.005),
];

/// How often the system plugin collects when the file names no interval at all: often enough for a page that is alive.
pub(crate) const SYSTEM_INTERVAL: Duration = Duration::from_secs(5);

impl Config {
    /// Lays `interval` over what the file says (`serve --interval`): for all plugins without an interval of their own,
    /// and for the system plugin.
    pub fn override_interval(&mut self, interval: Duration) {
        self.monitoring_interval = interval;
        if let Some(system) = self.plugins.get_mut("system") {
            system.interval = None;
        }
    }

    /// How often the plugin instance `name` collects.
    pub fn interval_of(&self, name: &str) -> Duration {
        self.plugins.get(name).and_then(|plugin| plugin.interval).unwrap_or(self.monitoring_interval)
    }
}

impl Default for Config {
    fn default() -> Self {
        let system = PluginConfig { interval: Some(SYSTEM_INTERVAL), ..PluginConfig::default() };
        Self {
            monitoring_interval: Duration::from_secs(30),
            optimization_interval: Duration::from_secs(1800),
            distributed_vms: BTreeMap::new(),
            alert_thresholds: THRESHOLDS.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
            site: SiteConfig::default(),
            targets: BTreeMap::new(),
            dashboard: DashboardConfig::default(),
            store: StoreConfig::default(),
            plugin_dir: None,
            plugins: BTreeMap::from([("system".to_owned(), system)]),
            rules: RulesConfig::default(),
            log: LogConfig::default(),
        }
    }
}

impl Default for SiteConfig {
    fn default() -> Self {
        Self { name: "AutoBot".to_owned(), machine: None }
    }
}

impl Default for DashboardConfig {
    fn default() -> Self {
        Self { bind: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 9090, live_interval: Duration::from_secs(1) }
    }
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            path: None,
            retention: Duration::from_secs(30 * 86_400),
            max_size: 4 << 30,
            sync: Duration::from_secs(10),
        }
    }
}

impl Default for RulesConfig {
    fn default() -> Self {
        Self { paths: Vec::new(), interval: Duration::from_secs(10), record: Vec::new() }
    }
}
