//! The plugin host: makes the running instances be those that are wanted.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use autobot_capabilities::kernel::Kernel;
use autobot_model::{BatchSink, Clock, SeriesRegistry, Timestamp};
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::status::{InstanceStatus, PluginState};
use crate::task::{Order, Task};
use crate::{InstanceSpec, cache, engine};

/// A file larger than this is no plugin that anybody means to run.
const LARGEST_FILE: u64 = 64 << 20;
/// The pause after a panic of the host's own code.
const AFTER_PANIC: Duration = Duration::from_secs(5);

/// What a plugin host works with.
pub struct PluginHostOptions {
    /// Where compiled plugins are kept.
    pub cache_dir: PathBuf,
    /// Where each instance's state is kept.
    pub state_dir: PathBuf,
    /// The value of the label `machine`.
    pub machine: Arc<str>,
    /// How often an instance collects that has no interval of its own.
    pub default_interval: Duration,
    /// Gives series their numbers.
    pub registry: Arc<dyn SeriesRegistry>,
    /// Takes what was measured.
    pub sink: Arc<dyn BatchSink>,
    /// The facts.
    pub kernel: Arc<Kernel>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What all instances share.
pub(crate) struct Shared {
    pub(crate) cache_dir: PathBuf,
    pub(crate) state_dir: PathBuf,
    pub(crate) machine: Arc<str>,
    pub(crate) registry: Arc<dyn SeriesRegistry>,
    pub(crate) sink: Arc<dyn BatchSink>,
    pub(crate) kernel: Arc<Kernel>,
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
    orders: watch::Sender<Order>,
    status: Arc<Mutex<InstanceStatus>>,
    done: JoinHandle<Option<Timestamp>>,
}

/// Runs plugin instances.
pub struct PluginHost {
    shared: Arc<Shared>,
    runtime: Handle,
    instances: Mutex<BTreeMap<String, Running>>,
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
            cache_dir: options.cache_dir,
            state_dir: options.state_dir,
            machine: options.machine,
            registry: options.registry,
            sink: options.sink,
            kernel: options.kernel,
            clock: options.clock,
            default_interval_ms: AtomicU64::new(millis(options.default_interval)),
            changes: watch::Sender::new(0),
        };
        Ok(Self {
            shared: Arc::new(shared),
            runtime: Handle::try_current()?,
            instances: Mutex::default(),
            ending: Mutex::default(),
        })
    }

    /// Makes the running instances be `wanted`: starts what is new, replaces what changed (file, settings, grants, limits), ends
    /// what is gone, and leaves everything else alone. Reads the files, so it blocks for a moment.
    pub fn apply(&self, wanted: Vec<InstanceSpec>) {
        let mut instances = self.instances.lock();
        let mut before = std::mem::take(&mut *instances);
        let default_interval = self.shared.default_interval();
        for spec in wanted {
            let file = read(&spec);
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

    fn start(
        &self,
        spec: InstanceSpec,
        file: Result<Arc<[u8]>, String>,
        hash: Result<String, String>,
        old: Option<Running>,
    ) -> Running {
        let default_interval = self.shared.default_interval();
        let interval = millis(spec.interval.unwrap_or(default_interval));
        let mut first = InstanceStatus::new(&spec.name, spec.file.display().to_string(), interval);
        let predecessor = old.map(|old| {
            old.orders.send_replace(Order::Replace);
            let counted = old.status.lock();
            (first.samples_total, first.restarts, first.durations) =
                (counted.samples_total, counted.restarts, counted.durations.clone());
            drop(counted);
            old.done
        });
        let (orders, heard) = watch::channel(Order::Run);
        let status = Arc::new(Mutex::new(first));
        let (shared, shown, task_spec) = (self.shared.clone(), status.clone(), spec.clone());
        let done = self.runtime.spawn(async move {
            let mut last = match predecessor {
                // What it was doing, it may finish; a panic of it was told already.
                Some(predecessor) => predecessor.await.ok().flatten(),
                None => None,
            };
            loop {
                let task = Task {
                    spec: task_spec.clone(),
                    file: file.clone(),
                    shared: shared.clone(),
                    status: shown.clone(),
                    orders: heard.clone(),
                    last,
                };
                match tokio::spawn(task.run()).await {
                    Ok(newest) => return newest,
                    Err(error) => {
                        tracing::error!(plugin = %task_spec.name, %error, "the host failed at running a plugin; it is started again");
                        last = failed_within(&shown).max(last);
                        shared.changed();
                        tokio::time::sleep(AFTER_PANIC).await;
                    }
                }
            }
        });
        Running { spec, hash, default_interval, orders, status, done }
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

/// Notes that the host's own code failed; gives the newest time of samples that is known.
fn failed_within(status: &Mutex<InstanceStatus>) -> Option<Timestamp> {
    let mut status = status.lock();
    status.restarts += 1;
    status.state = PluginState::BackingOff;
    status.reason = Some("the host itself failed at running it; its log says why".to_owned());
    status.last_collect_ms
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
