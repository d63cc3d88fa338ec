//! The life of one instance: prepared, started, collecting on its grid, made anew after failures, ended when told to.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use autobot_model::{Batch, Timestamp};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::emit::Emit;
use crate::guest::Guest;
use crate::host::Shared;
use crate::instance::{Failure, StartError};
use crate::limits::Allowance;
use crate::prepare::Prepared;
use crate::program::Running;
use crate::schedule::Schedule;
use crate::state::State;
use crate::status::{InstanceStatus, PluginState, Said};
use crate::{InstanceSpec, Manifest, kept};

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
    pub(crate) prepared: Arc<Prepared>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) status: Arc<Mutex<InstanceStatus>>,
    pub(crate) orders: watch::Receiver<Order>,
    /// The newest time that samples of this name have.
    pub(crate) last: Option<Timestamp>,
    /// The file's bytes, until it ran well and they are kept.
    pub(crate) unproven: Option<Arc<[u8]>>,
}

impl Task {
    /// Runs until it is told to end; gives the newest time of its samples.
    pub(crate) async fn run(mut self) -> Option<Timestamp> {
        let file = self.shared.state_dir.join(format!("{}.json", self.spec.name));
        let state = Arc::new(Mutex::new(State::open(file, self.spec.limits.state_bytes)));
        let allowance = Allowance::new(self.spec.limits.new_series, self.shared.clock.monotonic());
        let allowance = Arc::new(Mutex::new(allowance));
        let mut failures = 0;
        loop {
            self.set(PluginState::Starting, None);
            let guest = guest(&self.spec, &self.prepared, &self.shared, &self.status, state.clone(), allowance.clone());
            let settings = self.spec.settings.to_string();
            let failure = match self.prepared.program.start(guest, &settings).await {
                Ok((instance, manifest)) => match self.collecting(instance, &manifest, &state, &mut failures).await {
                    Ok(()) => return self.last,
                    Err(failure) => failure,
                },
                Err(StartError::Settings(reason)) => {
                    self.fail(PluginState::Refused, reason);
                    self.wait_for_the_end().await;
                    return self.last;
                }
                Err(StartError::Failed(failure)) => failure,
            };
            failures += 1;
            if failures >= MOST_FAILURES {
                let reason = format!(
                    "it {}; that was failure {failures} in a row, so it is left alone until its file or settings change or you \
                     restart it (`autobot-host plugins restart {}`)",
                    failure.0, self.spec.name
                );
                self.fail(PluginState::Quarantined, reason);
                self.wait_for_the_end().await;
                return self.last;
            }
            let pause = pause(failures);
            let reason = format!("it {}; it is made anew in {:.0} s", failure.0, pause.as_secs_f64().ceil());
            self.fail(PluginState::BackingOff, reason);
            if tokio::time::timeout(pause, self.wait_for_the_end()).await.is_ok() {
                return self.last;
            }
        }
    }

    /// Collects until told to end (`Ok`) or until the guest fails.
    async fn collecting(
        &mut self,
        mut instance: Running,
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
                    self.keep().await;
                }
                Err(failure) => {
                    // Its series end here; those that come back with the next try begin again.
                    self.deliver(instance.end(at));
                    return Err(failure);
                }
            }
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
                tracing::warn!(plugin = %self.spec.name, "its collection brought less than it should: {said}");
                status.say(Said { time_ms: at, level: "failed", text: said.clone() });
            }
            status.reason = said;
            drop(status);
            self.shared.changed();
        }
    }

    /// The series end unless a successor goes on with them.
    fn end(&mut self, instance: Running) {
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

    /// The file ran well: it is what a rollback goes back to.
    async fn keep(&mut self) {
        let (Some(bytes), Some(hash)) = (self.unproven.take(), self.prepared.facts.hash.clone()) else { return };
        let (shared, name) = (self.shared.clone(), self.spec.name.clone());
        let kept = tokio::task::spawn_blocking(move || kept::keep(&shared.kept_dir, &name, &hash, &bytes)).await;
        if let Ok(Err(error)) = kept {
            tracing::warn!(plugin = %self.spec.name, %error, "this version of its file could not be kept for a rollback");
        }
    }

    fn fail(&self, state: PluginState, reason: String) {
        match state {
            PluginState::Quarantined => tracing::error!(plugin = %self.spec.name, "quarantined: {reason}"),
            _ => tracing::warn!(plugin = %self.spec.name, "{reason}"),
        }
        let mut status = self.status.lock();
        // At once, so that whoever sees the count sees the reason too.
        status.restarts += u64::from(!matches!(state, PluginState::Refused));
        status.say(Said { time_ms: self.shared.clock.now(), level: "failed", text: reason.clone() });
        (status.state, status.reason) = (state, Some(reason));
        drop(status);
        self.shared.changed();
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

/// A pause that doubles, a quarter more or less of it, so that what failed together does not come back together.
fn pause(failures: u32) -> Duration {
    let whole = (FIRST_PAUSE * 2_u32.saturating_pow(failures.saturating_sub(1).min(16))).min(LONGEST_PAUSE);
    let random = RandomState::new().hash_one(failures) % 1_000;
    whole.mul_f64(0.75 + random as f64 / 2_000.0)
}

/// What stands beside a guest of `spec`.
pub(crate) fn guest(
    spec: &InstanceSpec,
    prepared: &Prepared,
    shared: &Shared,
    status: &Arc<Mutex<InstanceStatus>>,
    state: Arc<Mutex<State>>,
    allowance: Arc<Mutex<Allowance>>,
) -> Guest {
    let name: Arc<str> = spec.name.as_str().into();
    let emit = Emit::new(name.clone(), shared.machine.clone(), shared.registry.clone(), allowance, &spec.limits);
    Guest::new(
        name,
        shared.world.clone(),
        prepared.grant.clone(),
        spec.reachable.clone(),
        emit,
        state,
        status.clone(),
        &spec.limits,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute_and_never_line_up() {
        for (failures, whole) in [(1, 1.0), (2, 2.0), (4, 8.0), (7, 60.0), (4_000_000_000, 60.0)] {
            let seconds: Vec<f64> = (0..50).map(|_| pause(failures).as_secs_f64()).collect();
            assert!(seconds.iter().all(|&pause| (whole * 0.75..=whole * 1.25).contains(&pause)), "{seconds:?}");
            assert!(seconds.iter().any(|&pause| pause != seconds[0]));
        }
    }
}
