//! The life of one version of an instance: prepared while the version before goes on, then in its place. What cannot run
//! never ends what runs.

use std::sync::Arc;
use std::time::Duration;

use autobot_model::Timestamp;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::InstanceSpec;
use crate::guest::Guest;
use crate::host::Shared;
use crate::prepare::{Facts, Prepared, Refusal, prepare};
use crate::status::{InstanceStatus, PluginState, Said};
use crate::task::{Order, Task};

/// The pause after a panic of the host's own code.
const AFTER_PANIC: Duration = Duration::from_secs(5);

/// The version before: how it is told to end, and when it has, the newest time of its samples.
pub(crate) type Predecessor = (watch::Sender<Order>, JoinHandle<Option<Timestamp>>);

/// One version of an instance.
pub(crate) struct Life {
    pub(crate) spec: InstanceSpec,
    pub(crate) interval: u64,
    pub(crate) shared: Arc<Shared>,
    pub(crate) status: Arc<Mutex<InstanceStatus>>,
    pub(crate) orders: watch::Receiver<Order>,
    /// Whether the version before may run on when this one cannot: nothing was taken from it.
    pub(crate) may_go_on: bool,
    /// Becomes true once it is decided which version runs, if any.
    pub(crate) settled: watch::Sender<bool>,
}

impl Life {
    /// Lives until it is told to end; gives the newest time of its samples.
    pub(crate) async fn run(
        mut self,
        file: Result<Arc<[u8]>, String>,
        predecessor: Option<Predecessor>,
    ) -> Option<Timestamp> {
        if !self.spec.enabled {
            let last = self.take_over(predecessor, Facts::default(), Order::Remove).await;
            self.set(PluginState::Disabled, None);
            self.settled.send_replace(true);
            self.wait_for_the_end().await;
            return last;
        }
        let prepared = prepare(&self.spec, &file, &self.shared, Guest::nobody(&self.spec.limits)).await;
        match (prepared, predecessor) {
            (Ok(prepared), predecessor) => {
                let unfit = prepared.manifest.as_ref().err().map(|failure| format!("it {}", failure.0));
                if let (Some(reason), Some(before)) = (unfit, &predecessor)
                    && self.is_running()
                {
                    self.reject(&reason);
                    return self.stand_by(before.0.clone(), predecessor).await;
                }
                let last = self.take_over(predecessor, prepared.facts.clone(), Order::Replace).await;
                self.settled.send_replace(true);
                self.collect(Arc::new(prepared), file.ok(), last).await
            }
            (Err(refusal), Some(before)) if self.is_running() => {
                self.reject(&refusal.reason);
                self.stand_by(before.0.clone(), Some(before)).await
            }
            (Err(Refusal { facts, .. }), predecessor) if self.rests(&facts) => {
                let last = self.take_over(predecessor, facts, Order::Remove).await;
                let reason = format!(
                    "nothing is configured for it; docs/plugins/{}.md says what it can measure",
                    self.spec.name
                );
                self.set(PluginState::Disabled, Some(reason));
                self.settled.send_replace(true);
                self.wait_for_the_end().await;
                last
            }
            (Err(Refusal { reason, facts }), predecessor) => {
                let last = self.take_over(predecessor, facts, Order::Remove).await;
                tracing::warn!(plugin = %self.spec.name, "refused: {reason}");
                self.say(&reason);
                self.set(PluginState::Refused, Some(reason));
                self.settled.send_replace(true);
                self.wait_for_the_end().await;
                last
            }
        }
    }

    /// Whether it comes with the host and measures what the operator names, who has named nothing: that is no failure.
    fn rests(&self, facts: &Facts) -> bool {
        let wants_targets = facts.capabilities.iter().any(|one| !one.granted && one.example.is_some());
        wants_targets && self.spec.is_untouched(facts.hash.as_deref())
    }

    /// Whether the version before runs well, and may.
    fn is_running(&self) -> bool {
        self.may_go_on && self.status.lock().state == PluginState::Running
    }

    fn reject(&self, reason: &str) {
        tracing::warn!(plugin = %self.spec.name, "its new version is not run, the one before goes on: {reason}");
        self.say(reason);
        self.status.lock().successor = Some(reason.to_owned());
        self.settled.send_replace(true);
        self.shared.changed();
    }

    /// This version does not run: the one before goes on, and hears what this one is told.
    async fn stand_by(&mut self, orders: watch::Sender<Order>, before: Option<Predecessor>) -> Option<Timestamp> {
        self.wait_for_the_end().await;
        let order = *self.orders.borrow();
        self.status.lock().successor = None;
        orders.send_replace(order);
        match before {
            Some((_, done)) => done.await.ok().flatten(),
            None => None,
        }
    }

    /// Ends the version before; gives the newest time of its samples.
    async fn take_over(&mut self, before: Option<Predecessor>, facts: Facts, order: Order) -> Option<Timestamp> {
        let last = match before {
            Some((orders, done)) => {
                orders.send_replace(order);
                // A panic of it was told already.
                done.await.ok().flatten()
            }
            None => None,
        };
        let mut status = self.status.lock();
        status.succeed(self.spec.file.display().to_string(), self.interval);
        (status.hash, status.capabilities, status.unused_grants) =
            (facts.hash, facts.capabilities, facts.unused_grants);
        status.runtime = facts.runtime;
        for unused in &status.unused_grants {
            tracing::warn!(plugin = %self.spec.name, "`{unused}` is granted to it, and it does not ask for it");
        }
        drop(status);
        self.shared.changed();
        last
    }

    /// Collects until told to end; a panic of the host's own code is a pause, not the end.
    async fn collect(
        &mut self,
        prepared: Arc<Prepared>,
        mut unproven: Option<Arc<[u8]>>,
        mut last: Option<Timestamp>,
    ) -> Option<Timestamp> {
        loop {
            let task = Task {
                spec: self.spec.clone(),
                prepared: prepared.clone(),
                shared: self.shared.clone(),
                status: self.status.clone(),
                orders: self.orders.clone(),
                last,
                unproven: unproven.take(),
            };
            match tokio::spawn(task.run()).await {
                Ok(newest) => return newest,
                Err(error) => {
                    tracing::error!(plugin = %self.spec.name, %error, "the host failed at running a plugin; it is started again");
                    last = self.restarted().max(last);
                    let reason = "the host itself failed at running it; its log says why".to_owned();
                    self.set(PluginState::BackingOff, Some(reason));
                    if tokio::time::timeout(AFTER_PANIC, self.wait_for_the_end()).await.is_ok() {
                        return last;
                    }
                }
            }
        }
    }

    /// Counts it; gives the newest time of samples that is known.
    fn restarted(&self) -> Option<Timestamp> {
        let mut status = self.status.lock();
        status.restarts += 1;
        status.last_collect_ms
    }

    fn say(&self, text: &str) {
        self.status.lock().say(Said { time_ms: self.shared.clock.now(), level: "failed", text: text.to_owned() });
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
