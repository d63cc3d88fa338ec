//! The table of what may be said about a plugin instance, and the names of the capabilities.

use super::{Key, Shape};

/// One entry under `plugins`.
pub(crate) static PLUGIN: &[Key] = &[
    Key::new("plugin", Shape::Text, "The plugin of which this is an instance, so that one file can run twice.", "api")
        .default("the instance's name"),
    Key::new("file", Shape::Path, "The file to load, instead of the one in `plugin_dir`.", "/opt/site/turbine.wasm")
        .default("the file in `plugin_dir`"),
    Key::new("interval", Shape::Duration { least: 1.0, most: 86_400.0 }, "How often it collects.", "60s")
        .default("`monitoring_interval`; 5 s for `system` while that is not given"),
    Key::new("enabled", Shape::Bool, "Whether it runs.", "false"),
    Key::new(
        "grant",
        Shape::Grant,
        "Which capabilities it may use. Shipped plugins bring their own grants for facts of the kernel; capabilities \
         with a scope (targets, URL globs, path globs, machines) always need a list here.",
        "{ cpu: true, http: [\"http://127.0.0.1:8080/*\"] }",
    )
    .default("none, but for what a shipped plugin brings"),
    Key::new(
        "settings",
        Shape::Settings,
        "What the plugin is told: whatever it understands. Secrets do not belong here but to `targets`: a plugin names \
         the target, and the host connects.",
        "{ databases: 0-10 }",
    )
    .default("none"),
    Key::new(
        "limits",
        Shape::Section(LIMITS),
        "What it may use up: beyond its time, memory or calls it is restarted, the rest is refused to it.",
        "{ memory: 16MiB }",
    ),
    Key::new(
        "pin",
        Shape::Sha256,
        "The SHA-256 that its file must have; any other file is refused.",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    )
    .default("any file; what is new in it is asked for"),
    Key::new(
        "native",
        Shape::Path,
        "A native plugin: a shared library, run in a process of its own, only by its hash.",
        "plugins/libmy_sensor.so",
    )
    .default("none: plugins are WebAssembly"),
    Key::new(
        "sha256",
        Shape::Sha256,
        "The SHA-256 of the `native` file; any other file is refused.",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    )
    .default("none"),
];

/// `limits`
static LIMITS: &[Key] = &[
    Key::new("memory", Shape::Size { least: 1 << 20 }, "Memory that the plugin may hold.", "16MiB"),
    Key::new(
        "deadline",
        Shape::Duration { least: 0.01, most: 600.0 },
        "How long one collection may take, waiting for answers included.",
        "2s",
    ),
    Key::new(
        "computing",
        Shape::Duration { least: 0.01, most: 600.0 },
        "How long one collection may compute, waiting not counted; by steps of 10 ms.",
        "200ms",
    ),
    Key::new("series", Shape::Integer { least: 1, most: 1_000_000 }, "How many series it may have at once.", "500"),
    Key::new(
        "new_series",
        Shape::Integer { least: 1, most: 1_000_000 },
        "How many series that were never seen before it may begin in an hour.",
        "500",
    ),
    Key::new("samples", Shape::Integer { least: 1, most: 10_000_000 }, "Samples of one collection.", "1000"),
    Key::new("label", Shape::Size { least: 1 }, "Size of a label's value.", "256B"),
    Key::new(
        "table_elements",
        Shape::Integer { least: 1, most: 10_000_000 },
        "Elements of its tables (pointers to its functions).",
        "5000",
    ),
    Key::new("calls", Shape::Integer { least: 1, most: 100_000_000 }, "Calls to the host in one collection.", "500"),
    Key::new(
        "in_flight",
        Shape::Integer { least: 1, most: 1_000 },
        "How many requests of one call (`http`, `websocket`, `redis`, `probe`) are on their way at once.",
        "64",
    ),
    Key::new("transfer", Shape::Size { least: 1 << 10 }, "What it may hand to the host in one call.", "1MiB"),
    Key::new("response", Shape::Size { least: 1 << 10 }, "What the host answers to one of its calls.", "1MiB"),
    Key::new(
        "log_lines",
        Shape::Integer { least: 0, most: 100_000 },
        "Lines of log of one collection; the rest is left out.",
        "100",
    ),
    Key::new("log_line", Shape::Size { least: 1 }, "Size of a line of log; the rest of it is cut off.", "4KiB"),
    Key::new("state", Shape::Size { least: 0 }, "Size of what it keeps over restarts, keys and values.", "1MiB"),
];

/// One capability that can be granted.
pub(crate) struct Capability {
    /// Its name, that of the interface a plugin imports.
    pub(crate) name: &'static str,
    /// What its list holds; none when it is granted wholly, by `true`.
    pub(crate) scope: Option<Scope>,
}

/// What the list of a scoped capability holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Names of targets, or URL globs.
    TargetsOrUrls,
    /// Names of targets.
    Targets,
    /// Names of machines, or `distributed_vms` for all of them.
    Machines,
    /// Path globs.
    Paths,
}

/// All that can be granted; `emit`, `log`, `clock` and `state` need no grant.
pub(crate) static CAPABILITIES: &[Capability] = &[
    whole("cpu"),
    whole("memory"),
    whole("disk"),
    whole("net"),
    whole("process"),
    whole("kernel"),
    whole("sensors"),
    whole("cgroups"),
    whole("power-supply"),
    whole("gpu"),
    whole("npu"),
    whole("services"),
    whole("containers"),
    scoped("files", Scope::Paths),
    scoped("redis", Scope::Targets),
    scoped("http", Scope::TargetsOrUrls),
    scoped("websocket", Scope::TargetsOrUrls),
    scoped("probe", Scope::Machines),
    scoped("browser", Scope::Targets),
];

const fn whole(name: &'static str) -> Capability {
    Capability { name, scope: None }
}

const fn scoped(name: &'static str, scope: Scope) -> Capability {
    Capability { name, scope: Some(scope) }
}
