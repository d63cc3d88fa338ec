//! What plugins cost: `cargo bench -p autobot-plugins`. The guests and the program have to be built (`cargo xtask build`, and for native
//! plugins `cargo xtask test`, which builds the libraries). Figures of a machine that does something else mean little.
//!
//! Each figure is the median of many collections of the guest `meter`, less that of an empty collection where it says so. A guest's own
//! work is in it: what 1,000 samples cost is the guest's setting of them and the host's taking of them.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a bench that fails, fails")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use autobot_capabilities::Grant;
use autobot_model::{Batch, BatchSink, Family, SeriesId, SeriesKey, SeriesRegistry, SystemClock};
use autobot_plugins::{
    InstanceSpec, Limits, PluginHost, PluginHostOptions, Reachable, TrialOptions, World, inspect, trial,
};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

const COLLECTIONS: u32 = 300;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        collections().await;
        life().await;
        memory("system").await;
        memory("meter").await;
    });
}

fn checkout(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| checkout("target"), PathBuf::from)
}

fn world() -> Arc<World> {
    Arc::new(World::new(Path::new("/"), Arc::new(SystemClock::new())))
}

/// Median time of a collection.
async fn median(native: bool, settings: Value) -> Option<Duration> {
    let (file, program) = if native {
        (target().join("guests-native/release/libmeter.so"), Some(target().join("release/autobot-host")))
    } else {
        (checkout("tests/guests/dist/meter.wasm"), None)
    };
    let Ok(bytes) = std::fs::read(&file) else {
        println!("{} is missing", file.display());
        return None;
    };
    let mut options = TrialOptions::new("meter");
    options.settings = settings;
    options.grant = Grant::unscoped();
    options.limits = Limits { calls: 1_000_000, ..Limits::default() };
    options.collections = COLLECTIONS;
    options.pause = Duration::ZERO;
    options.native = program;
    options.keep = false;
    let trial = trial(bytes.into(), options, world()).await.expect("a plugin");
    assert_eq!(trial.error, None);
    let mut durations = trial.durations;
    durations.sort();
    durations.get(durations.len() / 2).copied()
}

async fn collections() {
    println!("{:44} {:>12} {:>12}", "", "component", "native");
    let row = |name: &str, found: [Option<f64>; 2], unit: &str| {
        let figure = |one: Option<f64>| one.map_or_else(|| "-".to_owned(), |one| format!("{one:.2} {unit}"));
        println!("{name:44} {:>12} {:>12}", figure(found[0]), figure(found[1]));
    };
    let mut empty = [None; 2];
    for (at, native) in [(0, false), (1, true)] {
        empty[at] = median(native, json!({})).await;
    }
    row("an empty collection", empty.map(|one| one.map(|one| one.as_secs_f64() * 1e6)), "us");
    for (name, settings, count, unit, scale) in [
        ("1,000 samples, columns as they are", json!({ "columns": 1_000 }), 1.0, "us", 1e6),
        ("1,000 samples by the SDK's `Metrics`", json!({ "samples": 1_000 }), 1.0, "us", 1e6),
        ("a call that answers with a number", json!({ "calls": 10_000 }), 10_000.0, "ns", 1e9),
        ("a read of the processors", json!({ "reads": 200 }), 200.0, "us", 1e6),
        ("a million rounds of arithmetic", json!({ "rounds": 1_000_000 }), 1.0, "ms", 1e3),
    ] {
        let mut found = [None; 2];
        for (at, native) in [(0, false), (1, true)] {
            // Natively the bindings alone lead nowhere: a library's way is the SDK.
            if native && name.contains("as they are") {
                continue;
            }
            // A call of a native plugin is a message to another process and back: fewer of them say as much.
            let (settings, count) =
                if native && count > 1_000.0 { (json!({ "calls": 500 }), 500.0) } else { (settings.clone(), count) };
            found[at] = median(native, settings)
                .await
                .zip(empty[at])
                .map(|(with, without)| with.saturating_sub(without).as_secs_f64() * scale / count);
        }
        row(name, found, unit);
    }
}

struct Sink(UnboundedSender<Instant>);

impl BatchSink for Sink {
    fn accept(&self, _batch: Arc<Batch>) {
        let _ = self.0.send(Instant::now());
    }
}

#[derive(Default)]
struct Registry(std::sync::Mutex<std::collections::HashMap<SeriesKey, SeriesId>>);

impl SeriesRegistry for Registry {
    fn register(&self, key: SeriesKey, _family: &Arc<Family>) -> SeriesId {
        let mut known = self.0.lock().unwrap();
        let next = SeriesId(u32::try_from(known.len()).unwrap());
        *known.entry(key).or_insert(next)
    }

    fn find(&self, key: &SeriesKey) -> Option<SeriesId> {
        self.0.lock().unwrap().get(key).copied()
    }

    fn resolve(&self, _id: SeriesId) -> Option<Arc<SeriesKey>> {
        None
    }
}

fn host(folder: &Path, sink: Sink) -> PluginHost {
    PluginHost::new(PluginHostOptions {
        cache_dir: folder.join("cache"),
        state_dir: folder.join("state"),
        kept_dir: folder.join("kept"),
        program: target().join("release/autobot-host"),
        machine: "here".into(),
        default_interval: Duration::from_secs(1),
        registry: Arc::new(Registry::default()),
        sink: Arc::new(sink),
        world: world(),
    })
    .unwrap()
}

fn system(name: &str) -> InstanceSpec {
    InstanceSpec {
        name: name.to_owned(),
        file: checkout("plugins/dist/system.wasm"),
        native: false,
        interval: Some(Duration::from_secs(1)),
        settings: json!({}),
        grant: Grant::unscoped(),
        refused: Vec::new(),
        reachable: Reachable::default(),
        limits: Limits::default(),
        enabled: true,
        pin: None,
        is_shipped: |_| false,
    }
}

/// From the file to its first sample, compiled anew and from the cache.
async fn life() {
    let bytes = std::fs::read(checkout("plugins/dist/system.wasm")).unwrap();
    let begun = Instant::now();
    std::thread::spawn(move || inspect(&bytes).unwrap()).join().unwrap();
    println!("\ninspected, compiled and described (system)    {:>9.2} ms", begun.elapsed().as_secs_f64() * 1e3);
    let folder = tempfile::tempdir().unwrap();
    for name in ["file to first sample, compiled anew", "file to first sample, from the cache"] {
        let (sender, mut samples) = unbounded_channel();
        let host = host(folder.path(), Sink(sender));
        let begun = Instant::now();
        host.apply(vec![system("system")]);
        let first = samples.recv().await.unwrap();
        println!("{name:44}  {:>9.2} ms", (first - begun).as_secs_f64() * 1e3);
        host.shutdown().await;
    }
}

/// What fifty instances take beside one: with what they measure, and with next to nothing.
async fn memory(plugin: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (sender, mut samples) = unbounded_channel();
    let host = host(folder.path(), Sink(sender));
    let instance = |number: usize| {
        let mut spec = system(&format!("{plugin}-{number}"));
        if plugin == "meter" {
            spec.file = checkout("tests/guests/dist/meter.wasm");
            spec.settings = json!({ "samples": 1 });
        }
        spec
    };
    host.apply(vec![instance(0)]);
    samples.recv().await.unwrap();
    let before = resident();
    host.apply((0..=50).map(instance).collect());
    for _ in 0..120 {
        samples.recv().await.unwrap();
    }
    let after = resident();
    println!("{:44}  {:>9.2} MiB", format!("fifty instances of {plugin} beside one"), (after - before) as f64 / 1024.0);
    host.shutdown().await;
}

/// Resident memory of this process, in KiB (proc_pid_status(5)).
fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
