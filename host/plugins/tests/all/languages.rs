//! Plugins of other languages: core modules straight from C's compiler, and components that want more of WASI than there is.

use std::time::Duration;

use autobot_capabilities::{Capability, Grant};
use autobot_model::SeriesRegistry as _;
use autobot_plugins::inspect;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::bench::{Bench, built, guest, spec};
use crate::formats;

const RUNTIME: &str = "WASI (no files, no environment, no sockets)";

#[tokio::test]
async fn a_collector_in_c_measures_and_what_it_prints_is_in_its_log() {
    let mut bench = Bench::new();
    let mut one = spec("c", guest("c"), json!({}));
    one.grant = Grant::default().with(Capability::Cpu);
    bench.host.apply(vec![one]);

    let batch = bench.batch("c").await;
    let value = |name: &str| {
        let named = |(id, value)| (&*bench.registry.resolve(id).unwrap().name == name).then_some(value);
        batch.iter().find_map(named).unwrap()
    };
    assert!((0.0..10_000.0).contains(&value("c_load")), "{batch:?}");
    let cores =
        std::fs::read_to_string("/proc/stat").unwrap().lines().filter(|line| line.starts_with("cpu")).count() - 1;
    assert_eq!(value("c_cores"), cores as f64);

    let status = bench.until("c", |status| (status.log.len() >= 3).then(|| status.clone())).await;
    assert_eq!(status.runtime, Some(RUNTIME));
    let said: Vec<String> = status.log.iter().map(|said| format!("{}: {}", said.level, said.text)).collect();
    expect![[r#"
        info: settings: {}
        warn: no file: Capabilities insufficient"#]]
    .assert_eq(&said[..2].join("\n"));
    let printed = format!("info: at {} the load is {:.2}", batch.time.0, value("c_load"));
    assert_eq!(said[2], printed);
    bench.host.shutdown().await;
}

/// What the probe wrote or is said of it, up to the first line with `until` in it; it may have gone on since.
async fn probed(settings: Value, until: &str) -> String {
    let bench = Bench::new();
    bench.host.apply(vec![spec("probe", guest("c_probe"), settings)]);
    let log = bench
        .until("probe", |status| status.log.iter().any(|said| said.text.contains(until)).then(|| status.log.clone()))
        .await;
    bench.host.shutdown().await;
    let last = log.iter().position(|said| said.text.contains(until)).unwrap();
    log.iter().take(last + 1).map(|said| format!("{}: {}\n", said.level, said.text)).collect()
}

#[tokio::test]
async fn nothing_of_the_machine_is_reached_through_c_s_library() {
    let said = probed(json!({}), "which ends later").await;
    expect![[r#"
        info: read a file: Capabilities insufficient
        info: write a file: Capabilities insufficient
        info: list a folder: Capabilities insufficient
        info: make a folder: Capabilities insufficient
        info: environment: empty
        info: input: at its end
        info: sleep: had
        info: slept: long enough
        info: year: of today
        info: random: had
        info: random: not zero
        info: a line without an end, which ends later: now
    "#]]
    .assert_eq(&said);
}

#[tokio::test]
async fn a_plugin_that_ends_itself_is_made_anew() {
    let said = probed(json!({ "exit": true }), "made anew").await;
    expect!["failed: it failed in `configure`: it ended itself (`exit`), and a plugin must not"]
        .assert_eq(said.split("; it is").next().unwrap());
}

#[test]
fn wasi_is_shown_as_a_runtime_and_asks_for_nothing() {
    let c = inspect(&std::fs::read(guest("c")).unwrap()).unwrap();
    assert_eq!((c.capabilities, c.runtime), (vec![Capability::Cpu], Some(RUNTIME)));
    assert_eq!((&*c.manifest.description, c.manifest.interval), ("Load, measured in C.", Some(Duration::from_secs(1))));
    let rust = inspect(&std::fs::read(guest("hostile")).unwrap()).unwrap();
    assert_eq!(rust.runtime, None);
}

/// A guest whose `describe` asks for a socket and for an address, and that traps unless both are denied.
fn socket_seeker() -> Vec<u8> {
    let package = formats::package().replace(
        "world collector {",
        "world collector {
           import wasi:sockets/tcp-create-socket@0.2.3;
           import wasi:sockets/instance-network@0.2.3;
           import wasi:sockets/ip-name-lookup@0.2.3;",
    ) + "
        package wasi:sockets@0.2.3 {
          interface network {
            resource network;
            enum error-code { unknown, access-denied, not-supported }
            enum ip-address-family { ipv4, ipv6 }
          }
          interface tcp {
            use network.{error-code};
            resource tcp-socket { is-listening: func() -> bool; }
          }
          interface tcp-create-socket {
            use network.{error-code, ip-address-family};
            use tcp.{tcp-socket};
            create-tcp-socket: func(family: ip-address-family) -> result<tcp-socket, error-code>;
          }
          interface instance-network { use network.{network}; instance-network: func() -> network; }
          interface ip-name-lookup {
            use network.{network, error-code};
            resource resolve-address-stream;
            resolve-addresses: func(network: borrow<network>, name: string) -> result<resolve-address-stream, error-code>;
          }
        }";
    let text = r#"(module
        (import "wasi:sockets/tcp-create-socket@0.2.3" "create-tcp-socket" (func $create (param i32 i32)))
        (import "wasi:sockets/instance-network@0.2.3" "instance-network" (func $network (result i32)))
        (import "wasi:sockets/ip-name-lookup@0.2.3" "resolve-addresses" (func $resolve (param i32 i32 i32 i32)))
        (memory (export "memory") 1)
        (data (i32.const 16) "name" "\10\00\00\00\04\00\00\00")
        (data (i32.const 32) "0.1.0")
        ;; The manifest: name, version, and nothing else.
        (data (i32.const 64) "\10\00\00\00\04\00\00\00" "\20\00\00\00\05\00\00\00")
        (func $denied
            ;; A result: its flag, then the code, which is `access-denied`.
            (if (i32.ne (i32.load8_u (i32.const 200)) (i32.const 1)) (then unreachable))
            (if (i32.ne (i32.load8_u (i32.const 204)) (i32.const 1)) (then unreachable)))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
        (func (export "describe") (result i32)
            (call $create (i32.const 0) (i32.const 200))
            (call $denied)
            (i64.store (i32.const 200) (i64.const 0))
            (call $resolve (call $network) (i32.const 16) (i32.const 4) (i32.const 200))
            (call $denied)
            (i32.const 64))
        (func (export "configure") (param i32 i32) (result i32) unreachable)
        (func (export "collect") (param i64) (result i32) unreachable))"#;
    formats::plugin(text, &package)
}

#[test]
fn a_socket_is_denied_and_not_a_trap() {
    let seeker = inspect(&socket_seeker()).unwrap();
    assert_eq!((&*seeker.manifest.name, seeker.runtime), ("name", Some(RUNTIME)));
}

fn refused(component: &str, sentence: Expect) {
    sentence.assert_eq(&inspect(&wat::parse_str(component).unwrap()).unwrap_err().to_string());
}

#[test]
fn what_there_is_not_of_wasi_is_named_when_the_file_is_looked_at() {
    refused(
        r#"(component (import "wasi:http/outgoing-handler@0.2.0" (instance (export "handle" (func)))))"#,
        expect![
            "it imports `handle` of `wasi:http/outgoing-handler@0.2.0`, which this host does not offer; of WASI a plugin has clocks, random numbers and output to the log"
        ],
    );
    refused(
        r#"(component (import "wasi:cli/stdout@0.2.3" (instance (export "read-my-mind" (func)))))"#,
        expect![
            "it imports `read-my-mind` of `wasi:cli/stdout@0.2.3`, which this host does not offer; of WASI a plugin has clocks, random numbers and output to the log"
        ],
    );
    refused(
        r#"(component (import "wasi:keyvalue/store@0.2.0" (instance (export "bucket" (type (sub resource))))))"#,
        expect![
            "it imports `bucket` of `wasi:keyvalue/store@0.2.0`, which this host does not offer; of WASI a plugin has clocks, random numbers and output to the log"
        ],
    );
    refused(
        r#"(component (import "wasi:cli/stdout@0.3.0" (instance)))"#,
        expect!["it imports `wasi:cli/stdout@0.3.0`, and of WASI this host knows version 0.2 alone; build it for that"],
    );
    // Known, but of another type.
    refused(
        r#"(component (import "wasi:clocks/monotonic-clock@0.2.0" (instance (export "now" (func (result string))))))"#,
        expect![
            "it is no plugin of this host: component imports instance `wasi:clocks/monotonic-clock@0.2.0`, but a matching implementation was not found in the linker: instance export `now` has the wrong type: type mismatch with results: expected `u64` found `string`"
        ],
    );
}

#[test]
fn a_module_that_is_no_collector_is_told_so() {
    refused(
        "(module)",
        expect![
            "this WebAssembly file is no plugin of this host: it does not export `describe`, `configure`, `collect`, as a collector does"
        ],
    );
    refused(
        r#"(module (func (export "_start")) (func (export "collect")))"#,
        expect![
            "this WebAssembly file is no plugin of this host: it does not export `describe`, `configure`, as a collector does; it is a program: link it with `-mexec-model=reactor`"
        ],
    );
    let three = r#"(func (export "describe") (result i32) unreachable) (func (export "configure") (param i32 i32) (result i32) unreachable)
        (func (export "collect") (param i64) (result i32) unreachable)"#;
    refused(
        &format!("(module {})", three.replace("i64", "i32")),
        expect![
            "this WebAssembly file is no plugin of this host: failed to classify export `collect`: failed to validate export for `collect`: type mismatch for function `collect`: expected `[I64] -> [I32]` but found `[I32] -> [I32]`"
        ],
    );
    refused(
        &format!(r#"(module (import "env" "system" (func)) {three})"#),
        expect![
            "this WebAssembly file is no plugin of this host: failed to resolve import `env::system`: module requires an import interface named `env`"
        ],
    );
    refused(
        &format!(r#"(module (import "wasi_snapshot_preview1" "fork" (func)) {three})"#),
        expect![
            "this WebAssembly file is no plugin of this host: failed to validate the imports of the adapter module `wasi_snapshot_preview1`: adapter module did not export `fork`"
        ],
    );
}

/// One bit makes two packages of one, which then need each other: it once sent the encoder round until the process ended.
#[test]
fn a_description_of_packages_that_need_each_other_is_a_sentence() {
    let mut bytes = std::fs::read(guest("hostile")).unwrap();
    let described = bytes.windows(14).position(|bytes| bytes == b"component-type").unwrap();
    let name = b"autobot:plugin/clock@";
    let at = bytes[described..].windows(name.len()).position(|bytes| bytes == name).unwrap() + described;
    bytes[at + 2] ^= 4;
    let refused = inspect(&bytes).unwrap_err().to_string();
    assert!(refused.contains("they may need each other"), "{refused}");
}

/// A copy that was cut, or in which one bit is another.
fn damaged(good: &[u8]) -> impl Strategy<Value = Vec<u8>> + use<> {
    let good = good.to_vec();
    prop_oneof![
        (0..good.len()).prop_map(|at| (at, None)),
        (0..good.len(), 0..8_u8).prop_map(|(at, bit)| (at, Some(bit))),
    ]
    .prop_map(move |(at, bit)| {
        let mut bytes = good.clone();
        match bit {
            Some(bit) => bytes[at] ^= 1 << bit,
            None => bytes.truncate(at),
        }
        bytes
    })
}

/// Each damaged copy ends as a sentence or as another plugin with another hash; a pin lets none of them run.
#[test]
fn a_damaged_copy_never_runs_as_the_one_that_was_pinned() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for (file, cases) in [(built("plugins/dist/system.wasm"), 24), (guest("c"), 48)] {
        let good = std::fs::read(&file).unwrap();
        let hash = inspect(&good).unwrap().hash;
        let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
        proptest!(config, |(bytes in damaged(&good))| {
            match inspect(&bytes) {
                Ok(other) => prop_assert_ne!(&other.hash, &hash),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
            let reason = runtime.block_on(async {
                let bench = Bench::new();
                let mut pinned = spec("pinned", bench.file("x.wasm", &bytes), json!({}));
                (pinned.pin, pinned.grant) = (Some(hash.clone()), Grant::unscoped());
                bench.host.apply(vec![pinned]);
                let status = bench.host.settled("pinned").await.unwrap();
                bench.host.shutdown().await;
                status.reason.unwrap_or_default()
            });
            prop_assert!(reason.contains("the configuration pins"), "{}", reason);
        });
    }
}
