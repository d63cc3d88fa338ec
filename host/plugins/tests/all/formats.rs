//! Files that are no plugins of this host, and plugins that no compiler makes by itself: written as text, with the metadata
//! that a guest's toolchain adds.

use autobot_plugins::PluginState;
use proptest::prelude::*;
use serde_json::json;
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::bench::{Bench, guest, spec};

/// The whole package as one text, `types.wit` with the package's name first.
pub(crate) fn package() -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugin-sdk/wit/");
    let read = |name: &str| std::fs::read_to_string(format!("{folder}{name}")).unwrap();
    let mut files: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort_by_key(|name| name != "types.wit");
    files.iter().map(|name| read(name)).collect::<Vec<_>>().join("\n")
}

/// A core module of this text that says it is a plugin of this package.
pub(crate) fn plugin(text: &str, package: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = resolve.push_source("plugin.wit", package).unwrap();
    let world = resolve.select_world(&[package], Some("collector")).unwrap();
    let mut module = wat::parse_str(text).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    module
}

/// What every plugin exports, and `more`.
fn module(more: &str) -> String {
    format!(
        r#"(module
            {more}
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
            (func (export "describe") (result i32) unreachable)
            (func (export "configure") (param i32 i32) (result i32) unreachable)
            (func (export "collect") (param i64) (result i32) unreachable))"#
    )
}

/// What each does, its name, its bytes.
pub(crate) fn hostile_files() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let wit = package();
    let good = std::fs::read(guest("hostile")).unwrap();
    let teleport =
        wit.replace("world collector {", "interface teleport { go: func(); }\nworld collector {\n  import teleport;");
    let teleporting = module(r#"(import "autobot:plugin/teleport@0.1.0" "go" (func))"#);
    let later = wit.replace("autobot:plugin@0.1.0", "autobot:plugin@0.9.0");
    let imports_later = module(r#"(import "autobot:plugin/log@0.9.0" "log" (func (param i32 i32 i32)))"#);
    let start = |body: &str| module(&format!("(table 1 funcref) (func $start {body}) (start $start)"));
    vec![
        ("never comes back from its start", "loop-at-start", plugin(&start("(loop (br 0))"), &wit)),
        (
            "grows a table without an end",
            "table",
            plugin(&start("(loop (drop (table.grow (ref.null func) (i32.const 10000))) (br 0))"), &wit),
        ),
        ("traps when it is asked what it is", "speechless", plugin(&module(""), &wit)),
        ("imports what no host offers", "teleport", plugin(&teleporting, &teleport)),
        ("was built for a later interface", "later", plugin(&imports_later, &later)),
        ("is WebAssembly without a word of what it imports", "no-metadata", wat::parse_str("(module)").unwrap()),
        ("is no WebAssembly", "junk", b"#!/bin/sh\nexit 1\n".to_vec()),
        ("is cut off in the middle", "cut", good[..good.len() / 2].to_vec()),
        ("is empty", "empty", Vec::new()),
    ]
}

/// Every file that is no plugin ends as a sentence; none ends the host. Cut anywhere, with any bits flipped.
#[test]
fn a_damaged_file_is_refused_or_runs_within_its_bounds() {
    let good = std::fs::read(guest("hostile")).unwrap();
    let size = good.len();
    let damage =
        prop_oneof![(0..size).prop_map(|at| (at, None)), (0..size, 0..8_u8).prop_map(|(at, bit)| (at, Some(bit))),];
    let config = ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |((at, bit) in damage)| {
        let mut bytes = good.clone();
        match bit {
            Some(bit) => bytes[at] ^= 1 << bit,
            None => bytes.truncate(at),
        }
        match autobot_plugins::inspect(&bytes) {
            Ok(_) => prop_assert!(bit.is_some(), "a file that was cut off at {at} is taken for a plugin"),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    });
}

#[tokio::test]
async fn a_file_that_no_longer_is_what_was_pinned_is_not_run() {
    let bench = Bench::new();
    let mut pinned = spec("pinned", guest("hostile"), json!({}));
    pinned.pin = Some("0".repeat(64));
    bench.host.apply(vec![pinned]);
    let reason = bench
        .until("pinned", |status| (status.state == PluginState::Refused).then(|| status.reason.clone().unwrap()))
        .await;
    assert!(reason.contains("the configuration pins 0000"), "{reason}");
    bench.host.shutdown().await;
}
