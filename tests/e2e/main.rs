//! End-to-end tests: the real `autobot-host`, its real plugins, real files, sockets and signals.
//!
//! `AUTOBOT_HOST` names the program (`cargo xtask test` sets it), else the one in the target folder is taken.
#![expect(clippy::disallowed_methods, reason = "tests run the program and ask the clock")]
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod accelerators;
mod api;
mod author;
mod bad_input;
mod benchmark;
mod capabilities;
mod command_line;
mod dashboard;
mod documents;
mod exporter;
mod exporters;
mod hardware;
mod harness;
mod history;
mod interfaces;
mod kill;
mod live;
mod namespace;
mod native;
mod ollama;
mod plugin_control;
mod plugins;
mod redis;
mod rules;
mod services;
mod store;
