//! The plugin host: makes the running instances be those that are wanted.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use autobot_capabilities::Grant;
use autobot_model::{BatchSink, Clock, SeriesRegistry, Timestamp};
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::cache::Cache;
use crate::life::Life;
use crate::status::InstanceStatus;
use crate::task::Order;
use crate::{InstanceSpec, World, cache, engine, kept};

/// A file larger than this is no plugin that anybody means to run.
const LARGEST_FILE: u64 = 64 << 20;
/// Compiling and describing take less, even on a busy machine; who asks is not kept waiting for longer.
const LONGEST_DECISION: Duration = Duration::from_secs(20);

/// What a plugin host works with.
pub struct PluginHostOptions {
    /// Where compiled plugins are kept.
    pub cache_dir: PathBuf,
    /// Where each instance's state is kept.
    pub state_dir: PathBuf,
    /// Where the versions of files are kept that ran well.
    pub kept_dir: PathBuf,
    /// This very program: it is started again, as `plugin-child`, for each native plugin.
    pub program: PathBuf,
    /// The value of the label `machine`.
    pub machine: Arc<str>,
    /// How often an instance collects that has no interval of its own.
    pub default_interval: Duration,
    /// Gives series their numbers.
    pub registry: Arc<dyn SeriesRegistry>,
    /// Takes what was measured.
    pub sink: Arc<dyn BatchSink>,
    /// The machine.
    pub world: Arc<World>,
}

/// What all instances share.
pub(crate) struct Shared {
    pub(crate) cache: Cache,
    pub(crate) state_dir: PathBuf,
    pub(crate) kept_dir: PathBuf,
    pub(crate) program: PathBuf,
    pub(crate) machine: Arc<str>,
    pub(crate) registry: Arc<dyn SeriesRegistry>,
    pub(crate) sink: Arc<dyn BatchSink>,
    pub(crate) world: Arc<World>,
    pub(crate) clock: Arc<dyn Clock>,
    default_interval_ms: AtomicU64,
    changes: watch::Sender<u64>,
}

impl Shared {
    pub(crate) fn default_interval(&self) -> Duration {
        Duration::from_millis(self.default_interval_ms.load(Ordering::Relaxed))
    }

    /// A state changed: whoever watches looks again.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }
}

struct Running {
    spec: InstanceSpec,
    /// SHA-256 of the file, or why it could not be read.
    hash: Result<String, String>,
    default_interval: Duration,
    /// All that this version, or one before it that still may run, is granted.
    held: Grant,
    settled: watch::Receiver<bool>,
    orders: watch::Sender<Order>,
    status: Arc<Mutex<InstanceStatus>>,
    done: JoinHandle<Option<Timestamp>>,
}

/// Runs plugin instances.
pub struct PluginHost {
    shared: Arc<Shared>,
    runtime: Handle,
    instances: Mutex<BTreeMap<String, Running>>,
    /// Held while files are read and instances exchanged; `instances` is held for moments only.
    applying: Mutex<()>,
    /// Instances that were removed and finish their last call.
    ending: Mutex<Vec<JoinHandle<Option<Timestamp>>>>,
}

impl PluginHost {
    /// A host without instances. Must be called within a tokio runtime, on which the instances will run.
    ///
    /// # Errors
    /// When the WebAssembly engine cannot be had on this machine.
    pub fn new(options: PluginHostOptions) -> anyhow::Result<Self> {
        engine::engine().map_err(|error| anyhow::anyhow!("{:#}", error.root_cause()))?;
        let shared = Shared {
            cache: Cache::new(options.cache_dir),
            state_dir: options.state_dir,
            kept_dir: options.kept_dir,
            program: options.program,
            machine: options.machine,
            registry: options.registry,
            sink: options.sink,
            clock: options.world.clock.clone(),
            world: options.world,
            default_interval_ms: AtomicU64::new(millis(options.default_interval)),
            changes: watch::Sender::new(0),
        };
        Ok(Self {
            shared: Arc::new(shared),
            runtime: Handle::try_current()?,
            instances: Mutex::default(),
            applying: Mutex::default(),
            ending: Mutex::default(),
        })
    }

    /// Makes the running instances be `wanted`: starts what is new, replaces what changed (file, settings, grants, limits), ends
    /// what is gone, and leaves everything else alone. A version that cannot run does not end the one before. Reads the files,
    /// so it blocks for a moment.
    pub fn apply(&self, wanted: Vec<InstanceSpec>) {
        let _one_at_a_time = self.applying.lock();
        let wanted: Vec<_> = wanted.into_iter().map(|spec| (read(&spec), spec)).collect();
        let mut instances = self.instances.lock();
        let mut before = std::mem::take(&mut *instances);
        let default_interval = self.shared.default_interval();
        for (file, spec) in wanted {
            let hash = file.as_ref().map(|bytes| cache::hash(bytes)).map_err(Clone::clone);
            let old = before.remove(&spec.name);
            let unchanged = old.as_ref().is_some_and(|old| {
                old.spec.same_as(&spec)
                    && old.hash == hash
                    && (spec.interval.is_some() || old.default_interval == default_interval)
            });
            let name = spec.name.clone();
            let running = match old {
                Some(old) if unchanged => old,
                old => self.start(spec, file, hash, old),
            };
            instances.insert(name, running);
        }
        let mut ending = self.ending.lock();
        ending.retain(|done| !done.is_finished());
        for gone in before.into_values() {
            gone.orders.send_replace(Order::Remove);
            ending.push(gone.done);
        }
        drop((instances, ending));
        self.shared.changed();
    }

    /// Makes the instance `name` anew, whatever it does: releases it from quarantine, too. `false` when there is none.
    pub fn restart(&self, name: &str) -> bool {
        let _one_at_a_time = self.applying.lock();
        let Some(spec) = self.instances.lock().get(name).map(|running| running.spec.clone()) else { return false };
        let file = read(&spec);
        let mut instances = self.instances.lock();
        let Some(old) = instances.remove(name) else { return false };
        let hash = file.as_ref().map(|bytes| cache::hash(bytes)).map_err(Clone::clone);
        instances.insert(name.to_owned(), self.start(spec, file, hash, Some(old)));
        drop(instances);
        self.shared.changed();
        true
    }

    /// What its plugins see of the machine.
    pub fn world(&self) -> &Arc<World> {
        &self.shared.world
    }

    /// Waits until it is decided which version of `name` runs, if any, but not for long; then gives its status.
    pub async fn settled(&self, name: &str) -> Option<InstanceStatus> {
        let (mut settled, status) =
            self.instances.lock().get(name).map(|running| (running.settled.clone(), running.status.clone()))?;
        let _ = tokio::time::timeout(LONGEST_DECISION, settled.wait_for(|settled| *settled)).await;
        let now = status.lock().clone();
        Some(now)
    }

    /// The version of the file of `name` that ran well before the one that is there: its SHA-256 and bytes, to be put back.
    pub fn version_before(&self, name: &str) -> Option<(String, Vec<u8>)> {
        let current = self.instances.lock().get(name)?.hash.clone().unwrap_or_default();
        kept::before(&self.shared.kept_dir, name, &current)
    }

    /// The file that the instance `name` runs.
    pub fn file_of(&self, name: &str) -> Option<PathBuf> {
        self.instances.lock().get(name).map(|running| running.spec.file.clone())
    }

    fn start(
        &self,
        spec: InstanceSpec,
        file: Result<Arc<[u8]>, String>,
        hash: Result<String, String>,
        old: Option<Running>,
    ) -> Running {
        let default_interval = self.shared.default_interval();
        let interval = millis(spec.interval.unwrap_or(default_interval));
        let status = old.as_ref().map_or_else(
            || Arc::new(Mutex::new(InstanceStatus::new(&spec.name, spec.file.display().to_string(), interval))),
            |old| old.status.clone(),
        );
        let grant = spec.effective_grant(hash.as_deref().unwrap_or_default());
        // Less than before, or another pin: whatever runs must not run on with what it had.
        let may_go_on = old.as_ref().is_some_and(|old| {
            let pinned = |pin: &String| status.lock().hash.as_ref().is_some_and(|hash| pin.eq_ignore_ascii_case(hash));
            grant.covers(&old.held) && spec.pin.as_ref().is_none_or(pinned)
        });
        let held = match &old {
            Some(old) if may_go_on => grant.union(&old.held),
            _ => grant,
        };
        let predecessor = old.map(|old| (old.orders, old.done));
        let (orders, heard) = watch::channel(Order::Run);
        let (settled, is_settled) = watch::channel(false);
        let life = Life {
            spec: spec.clone(),
            interval,
            shared: self.shared.clone(),
            status: status.clone(),
            orders: heard,
            may_go_on,
            settled,
        };
        let done = self.runtime.spawn(life.run(file, predecessor));
        Running { spec, hash, default_interval, held, orders, status, settled: is_settled, done }
    }

    /// How often instances collect from now on that have no interval of their own. Takes effect with the next `apply`.
    pub fn set_default_interval(&self, interval: Duration) {
        self.shared.default_interval_ms.store(millis(interval), Ordering::Relaxed);
    }

    /// All instances, by name.
    pub fn status(&self) -> Vec<InstanceStatus> {
        self.instances.lock().values().map(|running| running.status.lock().clone()).collect()
    }

    /// Tells whenever the state of an instance changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// Ends all instances; each finishes the call that it is in.
    pub async fn shutdown(&self) {
        let running = std::mem::take(&mut *self.instances.lock());
        let mut done = std::mem::take(&mut *self.ending.lock());
        for (_, instance) in running {
            instance.orders.send_replace(Order::Remove);
            done.push(instance.done);
        }
        for ending in done {
            // A panic of it was told already.
            let _ = ending.await;
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn read(spec: &InstanceSpec) -> Result<Arc<[u8]>, String> {
    if !spec.enabled {
        return Ok(Arc::from([]));
    }
    let unreadable = |error: std::io::Error| format!("{} could not be read: {error}", spec.file.display());
    let size = std::fs::metadata(&spec.file).map_err(unreadable)?.len();
    if size > LARGEST_FILE {
        return Err(format!(
            "{} has {} MiB; a plugin has at most {}",
            spec.file.display(),
            size >> 20,
            LARGEST_FILE >> 20
        ));
    }
    std::fs::read(&spec.file).map(Arc::from).map_err(unreadable)
}
