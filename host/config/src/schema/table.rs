//! The table of the keys whose engine is there, section by section, in the order of a file.

use super::later;
use super::plugins::PLUGIN;
use super::{Key, Shape, targets};

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// An interval on which something is done: from a second to a day.
const INTERVAL: Shape = Shape::Duration { least: 1.0, most: DAY };

/// The top level.
pub(crate) static ROOT: &[Key] = &[
    Key::new(
        "monitoring_interval",
        INTERVAL,
        "How often a plugin collects that has no `interval` of its own. Ticks are aligned to the clock. When it is \
         given, it also holds for the system plugin, which otherwise collects every 5 s.",
        "10s",
    ),
    Key::new(
        "optimization_interval",
        Shape::Duration { least: 10.0, most: 7.0 * DAY },
        "How often the optimiser looks for bottlenecks.",
        "1h",
    ),
    Key::new(
        "dashboard_port",
        Shape::Integer { least: 1, most: 65_535 },
        "The port on which dashboard and API answer.",
        "9091",
    ),
    Key::new(
        "distributed_vms",
        Shape::Names { of: &Shape::Host, what: "machines" },
        "The machines of the site: a name that people use, and an IP address or host name. Empty means this machine \
         alone.",
        "{ main: 172.16.168.20, redis: 172.16.168.23 }",
    ),
    Key::new(
        "alert_thresholds",
        Shape::Thresholds,
        "Limits that rules read by name: names that end in `_percent` are percent, in `_temperature` degrees Celsius, \
         in `_time` or `_latency` seconds or durations (`5ms`). What is given is laid over the shipped ones; names of \
         your own are for rules of your own.",
        "{ cpu_percent: 90, network_latency: 10ms }",
    ),
    Key::new("site", Shape::Section(SITE), "What the site and this machine are called.", "{ name: Workshop }"),
    Key::new(
        "targets",
        targets::TARGETS,
        "What is reached over the network, and with which secrets. Plugins get the names only.",
        "{ cache: { redis: \"redis://127.0.0.1:6379\" } }",
    ),
    Key::new("dashboard", Shape::Section(DASHBOARD), "Where dashboard and API answer.", "{ live_interval: 2s }"),
    Key::new("store", Shape::Section(STORE), "Where and how long measurements are kept.", "{ retention: 90d }"),
    Key::new(
        "plugin_dir",
        Shape::Path,
        "The folder of plugins: each file in it is an instance named by its stem.",
        "/srv/autobot/plugins",
    )
    .default("`plugins` in the data folder"),
    Key::new(
        "plugins",
        Shape::Names { of: &Shape::Section(PLUGIN), what: "plugin instances" },
        "What is said about plugin instances by name: it refines the instance of that name in `plugin_dir`, or adds one.",
        "{ system: { interval: 1s } }",
    )
    .default("every file of `plugin_dir` as it is, `system` every 5 s"),
    Key::new("rules", Shape::Section(RULES), "Which rules are judged, and how often.", "{ interval: 30s }"),
    Key::new(
        "optimizer",
        Shape::Section(later::OPTIMIZER),
        "What the optimiser may do by itself.",
        "{ mode: observe }",
    )
    .later(),
    Key::new(
        "benchmarks",
        Shape::Section(later::BENCHMARKS),
        "When benchmarks run.",
        "{ schedule: { daily: \"03:30 quick\" } }",
    )
    .later(),
    Key::new(
        "fleet",
        Shape::Section(later::FLEET),
        "Where measurements are sent to.",
        "{ send_to: [\"https://hub.example/api/v1/write\"] }",
    )
    .later(),
    Key::new("log", Shape::Section(LOG), "What the host writes about itself.", "{ level: debug }"),
];

/// `site`
static SITE: &[Key] = &[
    Key::new("name", Shape::Text, "What the site is called; the dashboard's title.", "Workshop"),
    Key::new("machine", Shape::Text, "The name of this machine, one of `distributed_vms` where that is given.", "main")
        .default("the machine of `distributed_vms` that has one of this machine's addresses, else the host name"),
    Key::new(
        "services",
        later::SERVICES,
        "What runs where, and what it stands on: an alert is silenced together with its ground.",
        "{ backend: { machine: main, depends: [redis-main] } }",
    )
    .later(),
];

/// `dashboard`
static DASHBOARD: &[Key] = &[
    Key::new(
        "bind",
        Shape::Bind,
        "The address to listen on. Only loopback addresses: users and TLS are not there yet.",
        "\"::1\"",
    ),
    Key::new(
        "live_interval",
        Shape::Duration { least: 0.1, most: 3600.0 },
        "How often an open page gets new values at most.",
        "5s",
    ),
    Key::new(
        "tls",
        Shape::Section(later::TLS),
        "Certificate and key for listening beyond this machine.",
        "{ certificate: \"${file:/etc/autobot/tls.crt}\", key: \"${file:/etc/autobot/tls.key}\" }",
    )
    .later(),
];

/// `store`
static STORE: &[Key] = &[
    Key::new("path", Shape::Path, "The database file.", "/var/lib/autobot/autobot.db")
        .default("`autobot.db` in the data folder"),
    Key::new("retention", Shape::Duration { least: 3600.0, most: 36_500.0 * DAY }, "How long samples are kept.", "90d"),
    Key::new(
        "max_size",
        Shape::Size { least: 16 << 20 },
        "How large the file may grow; then the oldest samples go, whatever `retention` says.",
        "512MiB",
    ),
    Key::new(
        "sync",
        Shape::Duration { least: 0.1, most: 3600.0 },
        "How often samples are forced to the disk: as much may be lost in a power cut. A crash of the host loses nothing.",
        "1s",
    ),
    Key::new(
        "read_from",
        Shape::Url(&["http", "https"]),
        "A PromQL engine that holds the site's history, to read from instead of the own file.",
        "http://172.16.168.24:8428",
    )
    .later(),
];

/// `rules.record`
static RECORD: &[Key] = &[
    Key::new("record", Shape::Text, "The name of the series.", "\"machine:cpu:avg\"").default("none: it must be said"),
    Key::new("expr", Shape::Text, "What is asked, in PromQL.", "\"avg by (machine) (system_cpu_utilization_ratio)\"")
        .default("none: it must be said"),
    Key::new("every", INTERVAL, "How often.", "30s").default("`rules.interval`"),
    Key::new(
        "labels",
        Shape::Names { of: &Shape::Text, what: "labels" },
        "Labels that the series get beside those of the result.",
        "{ team: platform }",
    )
    .default("none"),
];

/// `rules`
static RULES: &[Key] = &[
    Key::new("paths", Shape::List(&Shape::Path), "Files and folders of rules.", "[rules/alerts, /etc/autobot/rules]")
        .default("`rules` in the data folder"),
    Key::new("interval", INTERVAL, "The grid on which rules are judged; a rule may say `every:` for itself.", "30s"),
    Key::new(
        "record",
        Shape::List(&Shape::Section(RECORD)),
        "Queries whose results are kept as series, so that what is asked often, or over a long time, costs nothing. One after the other: a query may ask for what one above it recorded.",
        "[{ record: \"machine:cpu:avg\", expr: \"avg by (machine) (system_cpu_utilization_ratio)\" }]",
    )
    .default("none"),
    Key::new(
        "notify",
        later::NOTIFY,
        "Whom to tell, by name, and how.",
        "{ on-call: { ntfy: \"https://ntfy.example/autobot\" } }",
    )
    .later(),
    Key::new(
        "escalate",
        later::ESCALATE,
        "Who is told at once, and who when nobody answers, by severity.",
        "{ critical: [{ to: on-call }, { after: 10m, to: everyone }] }",
    )
    .later(),
];

/// `log`
static LOG: &[Key] = &[
    Key::new(
        "format",
        Shape::Word(&["auto", "human", "json"]),
        "`human` lines, one `json` object a line, or `auto`: human on a terminal, JSON otherwise.",
        "json",
    ),
    Key::new(
        "level",
        Shape::Word(&["error", "warn", "info", "debug", "trace"]),
        "From which importance on lines are written.",
        "debug",
    ),
];
