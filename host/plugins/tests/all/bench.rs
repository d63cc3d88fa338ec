//! A plugin host with a registry and a sink in memory, and the guests that the build made.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use autobot_capabilities::Grant;
use autobot_model::{Batch, BatchSink, Family, SeriesId, SeriesKey, SeriesRegistry, SystemClock};
use autobot_plugins::{InstanceSpec, InstanceStatus, Limits, PluginHost, PluginHostOptions, Reachable, World};
use parking_lot::Mutex;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

/// Nothing here takes longer, even on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

/// A host under test, and where its files are.
pub(crate) struct Bench {
    pub(crate) host: PluginHost,
    pub(crate) folder: TempDir,
    pub(crate) registry: Arc<Registry>,
    batches: UnboundedReceiver<Arc<Batch>>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let registry = Arc::new(Registry::default());
        let (sender, batches) = unbounded_channel();
        let host = PluginHost::new(PluginHostOptions {
            cache_dir: cache(),
            state_dir: folder.path().join("state"),
            kept_dir: folder.path().join("kept"),
            machine: "here".into(),
            default_interval: Duration::from_secs(1),
            registry: registry.clone(),
            sink: Arc::new(Sink(sender)),
            program: "/proc/self/exe".into(),
            world: Arc::new(World::new(Path::new("/"), Arc::new(SystemClock::new()))),
        })
        .unwrap();
        Self { host, folder, registry, batches }
    }

    /// Writes a plugin file.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// An instance `name` of the hostile guest in a mode.
    pub(crate) fn hostile(&self, name: &str, settings: Value) -> InstanceSpec {
        spec(name, guest("hostile"), settings)
    }

    pub(crate) fn status(&self, name: &str) -> InstanceStatus {
        self.host.status().into_iter().find(|status| status.name == name).expect("an instance of that name")
    }

    /// Waits until the status of an instance says what is looked for.
    pub(crate) async fn until<T>(&self, name: &str, found: impl Fn(&InstanceStatus) -> Option<T>) -> T {
        let mut changes = self.host.changes();
        let search = async {
            loop {
                if let Some(found) = found(&self.status(name)) {
                    return found;
                }
                // A collection that goes well changes no state, but the status all the same.
                let _ = timeout(Duration::from_millis(50), changes.changed()).await;
            }
        };
        timeout(PATIENCE, search).await.unwrap_or_else(|_| panic!("it never happened: {:#?}", self.status(name)))
    }

    /// The next batch of an instance.
    pub(crate) async fn batch(&mut self, name: &str) -> Arc<Batch> {
        let search = async {
            loop {
                let batch = self.batches.recv().await.expect("the host lives");
                if &*batch.instance == name {
                    return batch;
                }
            }
        };
        timeout(PATIENCE, search).await.unwrap_or_else(|_| panic!("no batch of {name}"))
    }
}

/// An instance of `file` that collects every second and is granted nothing.
pub(crate) fn spec(name: &str, file: PathBuf, settings: Value) -> InstanceSpec {
    InstanceSpec {
        name: name.to_owned(),
        file,
        native: false,
        interval: Some(Duration::from_secs(1)),
        settings,
        grant: Grant::default(),
        refused: Vec::new(),
        reachable: Reachable::default(),
        limits: Limits::default(),
        enabled: true,
        pin: None,
        is_shipped: |_| false,
    }
}

/// A guest that the build made for tests.
pub(crate) fn guest(name: &str) -> PathBuf {
    built(&format!("tests/guests/dist/{name}.wasm"))
}

/// A file of the checkout that `cargo xtask build` makes.
pub(crate) fn built(path: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    assert!(path.exists(), "{} is missing; run `cargo xtask build`", path.display());
    path
}

/// Shared by all tests: compiling is not what they are about.
fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugin-cache")
}

struct Sink(UnboundedSender<Arc<Batch>>);

impl BatchSink for Sink {
    fn accept(&self, batch: Arc<Batch>) {
        // A test that has seen enough no longer listens.
        let _ = self.0.send(batch);
    }
}

/// Series in memory.
#[derive(Default)]
pub(crate) struct Registry(Mutex<Series>);

#[derive(Default)]
struct Series {
    ids: HashMap<SeriesKey, SeriesId>,
    keys: Vec<Arc<SeriesKey>>,
}

impl Registry {
    pub(crate) fn count(&self) -> usize {
        self.0.lock().keys.len()
    }
}

impl SeriesRegistry for Registry {
    fn register(&self, key: SeriesKey, _family: &Arc<Family>) -> SeriesId {
        let mut inner = self.0.lock();
        if let Some(id) = inner.ids.get(&key) {
            return *id;
        }
        let id = SeriesId(u32::try_from(inner.keys.len()).unwrap());
        inner.keys.push(Arc::new(key.clone()));
        inner.ids.insert(key, id);
        id
    }

    fn find(&self, key: &SeriesKey) -> Option<SeriesId> {
        self.0.lock().ids.get(key).copied()
    }

    fn resolve(&self, id: SeriesId) -> Option<Arc<SeriesKey>> {
        self.0.lock().keys.get(id.0 as usize).cloned()
    }
}
