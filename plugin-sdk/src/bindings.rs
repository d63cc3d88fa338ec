//! What wit-bindgen makes of `wit/`. Plugins use the crate's other modules, which work natively too.
#![allow(
    missing_docs,
    clippy::all,
    unreachable_pub,
    reason = "generated; whether each lint is met changes with the generator"
)]
#![allow(clippy::allow_attributes, clippy::allow_attributes_without_reason, reason = "generated")]

wit_bindgen::generate!({
    path: "wit",
    world: "collector",
    additional_derives: [PartialEq],
    pub_export_macro: true,
    default_bindings_module: "autobot_plugin_sdk::bindings",
});
