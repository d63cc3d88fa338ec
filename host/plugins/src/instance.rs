//! One running guest: made, called within its limits, and thrown away when it traps.

use std::time::Duration;

use autobot_model::{Batch, Timestamp};
use wasmtime::{Store, Trap, UpdateDeadline};

use crate::Manifest;
use crate::abi::{Collector, CollectorPre, types};
use crate::engine::{Running, TICK};
use crate::guest::Guest;

/// What the engine says when a guest hands over more than it may; there is no code for it.
const OUT_OF_FUEL: &str = "fuel allocated for hostcalls";

/// A guest in its store. After a failure it must be dropped: it is never called again.
pub(crate) struct Instance {
    store: Store<Guest>,
    api: Collector,
}

/// Why a call failed, in words for people: the end of 'the plugin ...'.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) String);

/// Why a guest does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StartError {
    /// It does not like its settings: trying again is of no use.
    Settings(String),
    /// It failed.
    Failed(Failure),
}

impl From<Failure> for StartError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Instance {
    /// A new guest that told its manifest and took its settings.
    pub(crate) async fn start(
        pre: CollectorPre<Guest>,
        guest: Guest,
        settings: &str,
    ) -> Result<(Self, Manifest), StartError> {
        let (mut instance, manifest) = Self::described(pre, guest).await?;
        instance.store.data_mut().emit.begin(&manifest.families, manifest.dynamic_families);
        instance.guest().ready();
        let deadline = instance.store.data().limits.deadline;
        let taken = timed(deadline, instance.api.call_configure(&mut instance.store, settings)).await;
        match taken.map_err(|failed| failed.explain(instance.store.data(), "configure"))? {
            Ok(()) => Ok((instance, manifest)),
            Err(sentence) => Err(StartError::Settings(format!("it does not accept its settings: {sentence}"))),
        }
    }

    /// What a guest says of itself; it is not kept.
    pub(crate) async fn describe(pre: CollectorPre<Guest>, guest: Guest) -> Result<Manifest, Failure> {
        Self::described(pre, guest).await.map(|(_, manifest)| manifest)
    }

    async fn described(pre: CollectorPre<Guest>, guest: Guest) -> Result<(Self, Manifest), Failure> {
        let fuel = guest.limits.transfer_bytes;
        let mut store = Store::new(pre.engine(), guest);
        store.limiter(|guest| &mut guest.limiter);
        store.set_hostcall_fuel(fuel);
        store.set_epoch_deadline(1);
        // The deadline is always one tick away: each time it passes while the guest runs is one tick of its budget, and a
        // moment in which others run. Waiting in a call of the host costs one.
        store.epoch_deadline_callback(|mut context| {
            let guest = context.data_mut();
            guest.call.ticks += 1;
            let budget = (guest.limits.computing.as_millis() / TICK.as_millis()).max(1);
            Ok(if u128::from(guest.call.ticks) > budget { UpdateDeadline::Interrupt } else { UpdateDeadline::Yield(1) })
        });
        let deadline = store.data().limits.deadline;
        let made = pre.instantiate_async(&mut store);
        let api = match timed(deadline, made).await {
            Ok(api) => api,
            Err(failed) => return Err(failed.explain(store.data(), "start")),
        };
        let mut instance = Self { store, api };
        instance.guest().ready();
        let raw = timed(deadline, instance.api.call_describe(&mut instance.store)).await;
        let raw = raw.map_err(|failed| failed.explain(instance.store.data(), "describe"))?;
        let manifest = Manifest::check(raw).map_err(Failure)?;
        Ok((instance, manifest))
    }

    /// One collection: what was handed over, and what the guest itself said it failed at.
    pub(crate) async fn collect(&mut self, at: Timestamp) -> Result<(Vec<Batch>, Option<String>), Failure> {
        self.guest().ready();
        self.guest().collecting(at);
        let deadline = self.store.data().limits.deadline;
        let stamp = u64::try_from(at.0).unwrap_or(0);
        let said = timed(deadline, self.api.call_collect(&mut self.store, stamp)).await;
        let said = said.map_err(|failed| failed.explain(self.store.data(), "collect"))?;
        Ok(brought(self.guest(), said))
    }

    pub(crate) fn guest(&mut self) -> &mut Guest {
        self.store.data_mut()
    }
}

/// What a collection handed over, and why it may be less than it should.
pub(crate) fn brought(guest: &mut Guest, said: Result<(), types::Error>) -> (Vec<Batch>, Option<String>) {
    let said = said.err().map(sentence).or_else(|| guest.refused.take().map(|text| format!("refused: {text}")));
    (guest.emit.take(), said)
}

fn sentence(error: types::Error) -> String {
    match error {
        types::Error::NotPresent(text) => format!("not present: {text}"),
        types::Error::Denied(text) => format!("denied: {text}"),
        types::Error::Timeout(text) => format!("timed out: {text}"),
        types::Error::Unreachable(text) => format!("unreachable: {text}"),
        types::Error::Invalid(text) => format!("invalid: {text}"),
        types::Error::TooLarge(text) => format!("too large: {text}"),
        types::Error::Failed(text) => text,
    }
}

/// A call that did not come to its end.
enum Failed {
    Late(Duration),
    Error(wasmtime::Error),
}

async fn timed<T>(deadline: Duration, call: impl Future<Output = wasmtime::Result<T>>) -> Result<T, Failed> {
    let _running = Running::new();
    match tokio::time::timeout(deadline, call).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Failed::Error(error)),
        Err(_) => Err(Failed::Late(deadline)),
    }
}

impl Failed {
    fn explain(self, guest: &Guest, call: &str) -> Failure {
        let error = match self {
            Self::Late(deadline) => return Failure(format!("did not come back from `{call}` within {deadline:?}")),
            Self::Error(error) => error,
        };
        if let Some(refused) = &guest.limiter.refused {
            return Failure(format!("ran out of memory in `{call}`: {refused}"));
        }
        if guest.call.calls > guest.limits.calls {
            return Failure(format!("made more than {} calls to the host in `{call}`", guest.limits.calls));
        }
        Failure(match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => format!(
                "computed for more than {:?} in `{call}` without an end (an endless loop?)",
                guest.limits.computing
            ),
            Some(Trap::StackOverflow) => format!("recursed too deeply in `{call}`"),
            Some(Trap::MemoryOutOfBounds) => format!("reached beyond its memory in `{call}` (its stack ran over?)"),
            Some(Trap::UnreachableCodeReached) => match &guest.last_error {
                Some(said) => format!("panicked in `{call}`: {said}"),
                None => format!("panicked in `{call}`"),
            },
            Some(trap) => format!("trapped in `{call}`: {trap}"),
            None if error.root_cause().to_string().contains(OUT_OF_FUEL) => {
                format!("handed more than {} KiB to the host at once in `{call}`", guest.limits.transfer_bytes >> 10)
            }
            None => format!("failed in `{call}`: {}", error.root_cause()),
        })
    }
}
