//! The bindings of `plugin-sdk/wit`, generated. Alone in its module, because it seldom changes and is slow to compile.
#![expect(unreachable_pub, reason = "the WIT documents what is generated of it")]

wasmtime::component::bindgen!({
    path: "../../plugin-sdk/wit",
    world: "collector",
    // What waits for something outside of this process; the rest answers at once.
    imports: {
        "autobot:plugin/browser": async,
        "autobot:plugin/cgroups": async,
        "autobot:plugin/containers": async,
        "autobot:plugin/disk": async,
        "autobot:plugin/files": async,
        "autobot:plugin/gpu": async,
        "autobot:plugin/http": async,
        "autobot:plugin/net": async,
        "autobot:plugin/npu": async,
        "autobot:plugin/power-supply": async,
        "autobot:plugin/probe": async,
        "autobot:plugin/process": async,
        "autobot:plugin/redis": async,
        "autobot:plugin/sensors": async,
        "autobot:plugin/services": async,
        "autobot:plugin/websocket": async,
    },
    exports: { default: async },
    // Facts are recorded as text, and cross the border to native plugins as bytes.
    additional_derives: [serde::Serialize, serde::Deserialize],
});

pub use autobot::plugin::{
    browser, cgroups, clock, containers, cpu, disk, emit, files, gpu, http, kernel, log, memory, net, npu,
    power_supply, probe, process, redis, sensors, services, state, types, websocket,
};

/// The package whose interfaces a plugin imports, and the version that this host speaks.
pub const PACKAGE: &str = "autobot:plugin";
pub const VERSION: &str = "0.1.0";
