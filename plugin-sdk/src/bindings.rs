//! What wit-bindgen makes of `wit/`. Plugins use the crate's other modules, which work natively too.
#![allow(
    missing_docs,
    clippy::all,
    unreachable_pub,
    reason = "generated; whether each lint is met changes with the generator"
)]
#![allow(clippy::allow_attributes, clippy::allow_attributes_without_reason, reason = "generated")]

#[cfg(target_family = "wasm")]
wit_bindgen::generate!({
    path: "wit",
    world: "collector",
    additional_derives: [PartialEq],
    pub_export_macro: true,
    default_bindings_module: "autobot_plugin_sdk::bindings",
});

// Natively the records cross a border of another kind, and are recorded as text. A component carries nothing of that.
#[cfg(not(target_family = "wasm"))]
wit_bindgen::generate!({
    path: "wit",
    world: "collector",
    additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
    pub_export_macro: true,
    default_bindings_module: "autobot_plugin_sdk::bindings",
});
