//! The bindings of `plugin-sdk/wit`, generated. Alone in its module, because it seldom changes and is slow to compile.
#![expect(unreachable_pub, reason = "the WIT documents what is generated of it")]

wasmtime::component::bindgen!({
    path: "../../plugin-sdk/wit",
    world: "collector",
    imports: { "autobot:plugin/files": async },
    exports: { default: async },
    // Facts are recorded as text, and cross the border to native plugins as bytes.
    additional_derives: [serde::Serialize, serde::Deserialize],
});

pub use autobot::plugin::{clock, cpu, disk, emit, files, kernel, log, memory, net, process, state, types};

/// The package whose interfaces a plugin imports, and the version that this host speaks.
pub const PACKAGE: &str = "autobot:plugin";
pub const VERSION: &str = "0.1.0";
