//! The life of one instance: prepared, started, collecting on its grid, made anew after failures, ended when told to.

use std::sync::Arc;
use std::time::Duration;

use autobot_model::{Batch, Timestamp};
use parking_lot::Mutex;
use tokio::sync::watch;
use wasmtime::component::InstancePre;

use crate::emit::Emit;
use crate::guest::Guest;
use crate::host::Shared;
use crate::instance::{Failure, Instance};
use crate::limits::Limiter;
use crate::schedule::Schedule;
use crate::state::State;
use crate::status::{CapabilityStatus, InstanceStatus, PluginState};
use crate::{InstanceSpec, Manifest, cache, componentize, engine, gate};

/// Failures in a row, without a collection between them, after which an instance is left alone.
const MOST_FAILURES: u32 = 5;
/// The pause before the first new try; it doubles with each failure.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What an instance is told from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Go on.
    Run,
    /// Finish the running call and make room: a successor goes on with the same series.
    Replace,
    /// Finish the running call; the series end.
    Remove,
}

/// One instance's task.
pub(crate) struct Task {
    pub(crate) spec: InstanceSpec,
    /// The file's bytes, or why it could not be read.
    pub(crate) file: Result<Arc<[u8]>, String>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) status: Arc<Mutex<InstanceStatus>>,
    pub(crate) orders: watch::Receiver<Order>,
    /// The newest time that samples of this name have.
    pub(crate) last: Option<Timestamp>,
}

struct Prepared {
    pre: InstancePre<Guest>,
}

impl Task {
    /// Runs until it is told to end; gives the newest time of its samples.
    pub(crate) async fn run(mut self) -> Option<Timestamp> {
        if !self.spec.enabled {
            self.set(PluginState::Disabled, None);
            self.wait_for_the_end().await;
            return self.last;
        }
        let prepared = match self.prepare().await {
            Ok(prepared) => prepared,
            Err(reason) => {
                tracing::warn!(plugin = %self.spec.name, "refused: {reason}");
                self.set(PluginState::Refused, Some(reason));
                self.wait_for_the_end().await;
                return self.last;
            }
        };
        let file = self.shared.state_dir.join(format!("{}.json", self.spec.name));
        let state = Arc::new(Mutex::new(State::open(file, self.spec.limits.state_bytes)));
        let mut failures = 0;
        loop {
            self.set(PluginState::Starting, None);
            let guest = self.guest(state.clone());
            let settings = self.spec.settings.to_string();
            let failure = match Instance::start(prepared.pre.clone(), guest, &settings).await {
                Ok((instance, manifest)) => match self.collecting(instance, &manifest, &state, &mut failures).await {
                    Ok(()) => return self.last,
                    Err(failure) => failure,
                },
                Err(failure) => failure,
            };
            failures += 1;
            self.status.lock().restarts += 1;
            if failures >= MOST_FAILURES {
                let reason = format!(
                    "it {}; that was failure {failures} in a row, so it is left alone until its file or settings change",
                    failure.0
                );
                tracing::error!(plugin = %self.spec.name, "quarantined: {reason}");
                self.set(PluginState::Quarantined, Some(reason));
                self.wait_for_the_end().await;
                return self.last;
            }
            let pause = (FIRST_PAUSE * 2_u32.pow(failures - 1)).min(LONGEST_PAUSE);
            let reason = format!("it {}; it is made anew in {} s", failure.0, pause.as_secs());
            tracing::warn!(plugin = %self.spec.name, "{reason}");
            self.set(PluginState::BackingOff, Some(reason));
            if tokio::time::timeout(pause, self.wait_for_the_end()).await.is_ok() {
                return self.last;
            }
        }
    }

    /// Collects until told to end (`Ok`) or until the guest fails.
    async fn collecting(
        &mut self,
        mut instance: Instance,
        manifest: &Manifest,
        state: &Arc<Mutex<State>>,
        failures: &mut u32,
    ) -> Result<(), Failure> {
        let interval = self.spec.interval.or(manifest.interval).unwrap_or(self.shared.default_interval());
        {
            let mut status = self.status.lock();
            status.version = Some(manifest.version.clone());
            status.description = Some(manifest.description.clone());
            status.interval_ms = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
        }
        self.set(PluginState::Running, None);
        let mut schedule = Schedule::new(interval, self.last);
        loop {
            let now = self.shared.clock.now();
            let next = schedule.next(now);
            // By the monotonic clock, and never longer than the interval: a clock that jumps holds nothing up.
            let pause = next.since(now).min(interval);
            if tokio::time::timeout(pause, self.wait_for_the_end()).await.is_ok() {
                self.end(instance);
                self.save(state).await;
                return Ok(());
            }
            let Some(at) = schedule.stamp(next) else { continue };
            self.last = schedule.last();
            let begun = self.shared.clock.monotonic();
            let collected = instance.collect(at).await;
            let took = self.shared.clock.monotonic().saturating_sub(begun);
            match collected {
                Ok((batches, said)) => {
                    *failures = 0;
                    self.note(at, took, &batches, instance.series(), said);
                    batches.into_iter().for_each(|batch| self.shared.sink.accept(Arc::new(batch)));
                    self.save(state).await;
                }
                Err(failure) => {
                    // Its series end here; those that come back with the next try begin again.
                    self.deliver(instance.end(at));
                    return Err(failure);
                }
            }
        }
    }

    /// Reads the imports, asks the gate, compiles. What comes out can be instantiated again and again.
    async fn prepare(&self) -> Result<Prepared, String> {
        let bytes = self.file.clone()?;
        let (spec, cache_dir) = (self.spec.clone(), self.shared.cache_dir.clone());
        let (status, shared) = (self.status.clone(), self.shared.clone());
        let work = move || -> Result<Prepared, String> {
            let hash = cache::hash(&bytes);
            status.lock().hash = Some(hash.clone());
            if let Some(pin) = spec.pin.as_ref().filter(|pin| !pin.eq_ignore_ascii_case(&hash)) {
                return Err(format!("its file has the SHA-256 {hash}, and the configuration pins {pin}"));
            }
            let failed = |error: wasmtime::Error| format!("the plugin runtime failed: {:#}", error.root_cause());
            let encoded = componentize::component(&bytes).map_err(|error| error.to_string())?;
            let engine = engine::engine().map_err(failed)?;
            let component = cache::compiled(engine, &cache_dir, &encoded)
                .map_err(|error| componentize::of_error(&error).to_string())?;
            let request = gate::request(engine, &component)?;
            let grant = spec.effective_grant(&hash);
            let asked = request.capabilities.iter().map(|one| CapabilityStatus {
                name: one.name(),
                description: one.description(),
                granted: grant.allows(*one),
                scope: grant.scope(*one).to_vec(),
            });
            status.lock().capabilities = asked.collect();
            shared.changed();
            if let Some(refusal) = gate::refusal(&spec.name, &request, &grant) {
                return Err(refusal);
            }
            let linker = gate::linker(engine, &grant).map_err(failed)?;
            let pre = linker
                .instantiate_pre(&component)
                .map_err(|error| format!("it does not fit this host: {}", error.root_cause()))?;
            Ok(Prepared { pre })
        };
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or_else(|error| Err(format!("the host failed at reading it: {error}")))
    }

    fn guest(&self, state: Arc<Mutex<State>>) -> Guest {
        let (shared, limits) = (&self.shared, &self.spec.limits);
        let name: Arc<str> = self.spec.name.as_str().into();
        Guest {
            name: name.clone(),
            kernel: shared.kernel.clone(),
            clock: shared.clock.clone(),
            emit: Emit::new(name, shared.machine.clone(), shared.registry.clone(), limits),
            state,
            limiter: Limiter::new(limits),
            limits: limits.clone(),
            ticks: 0,
            lines: 0,
            last_error: None,
        }
    }

    fn note(&self, at: Timestamp, took: Duration, batches: &[Batch], series: usize, said: Option<String>) {
        let mut status = self.status.lock();
        status.last_collect_ms = Some(at);
        status.last_duration_us = Some(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        status.durations.note(took);
        status.series = series;
        status.samples_total += batches.iter().map(|batch| batch.values().len() as u64).sum::<u64>();
        if status.reason != said {
            if let Some(said) = &said {
                tracing::warn!(plugin = %self.spec.name, "its collection failed: {said}");
            }
            status.reason = said;
            drop(status);
            self.shared.changed();
        }
    }

    /// The series end unless a successor goes on with them.
    fn end(&mut self, instance: Instance) {
        if *self.orders.borrow() == Order::Remove {
            let now = self.shared.clock.now();
            let after = self.last.map_or(now, |last| now.max(last + Duration::from_millis(1)));
            self.last = Some(after);
            self.deliver(instance.end(after));
        }
    }

    fn deliver(&self, batch: Option<Batch>) {
        if let Some(batch) = batch {
            self.shared.sink.accept(Arc::new(batch));
        }
    }

    async fn save(&self, state: &Arc<Mutex<State>>) {
        if !state.lock().is_changed() {
            return;
        }
        let state = state.clone();
        let saved = tokio::task::spawn_blocking(move || state.lock().save()).await;
        if let Ok(Err(error)) = saved {
            tracing::warn!(plugin = %self.spec.name, %error, "its state could not be saved; that is tried again after the next collection");
        }
    }

    fn set(&self, state: PluginState, reason: Option<String>) {
        let mut status = self.status.lock();
        (status.state, status.reason) = (state, reason);
        drop(status);
        self.shared.changed();
    }

    async fn wait_for_the_end(&mut self) {
        // A host that is gone has nothing more to say.
        let _ = self.orders.wait_for(|order| *order != Order::Run).await;
    }
}
