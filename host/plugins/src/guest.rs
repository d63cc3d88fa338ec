//! What the host keeps beside one running guest: everything that its calls reach.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use autobot_capabilities::files::Files;
use autobot_capabilities::{Capability, Grant};
use autobot_model::{Family, SeriesId, SeriesKey, SeriesRegistry, SystemClock, Timestamp};
use parking_lot::Mutex;

use crate::emit::Emit;
use crate::facts::Facts;
use crate::limits::{Allowance, Limiter};
use crate::reach::{Made, Reach};
use crate::state::State;
use crate::status::{InstanceStatus, Said};
use crate::wasi;
use crate::world::World;
use crate::{Limits, Reachable};

/// Denials of one instance that are told of one by one; the rest is counted.
const MOST_DENIALS: usize = 64;

/// The data of a guest's store.
pub(crate) struct Guest {
    pub(crate) name: Arc<str>,
    pub(crate) world: Arc<World>,
    /// What lies behind the names in its grant, and its ways there.
    pub(crate) reachable: Reachable,
    reach: Reach,
    pub(crate) grant: Grant,
    /// The granted capabilities, a bit each, because every call asks.
    granted: u32,
    /// Made of the grant when they are first asked for.
    pub(crate) files: Option<Files>,
    /// Where its questions are answered.
    pub(crate) facts: Facts,
    pub(crate) emit: Emit,
    pub(crate) state: Arc<Mutex<State>>,
    pub(crate) limiter: Limiter,
    pub(crate) limits: Limits,
    /// Where the operator reads of it.
    pub(crate) status: Arc<Mutex<InstanceStatus>>,
    /// Budgets and events of the running call.
    pub(crate) call: Call,
    /// Calls of each capability since the instance was made, by `Capability as usize`.
    pub(crate) asked: [u64; Capability::ALL.len()],
    /// What it was refused to take over in the running call, the first of it.
    pub(crate) refused: Option<String>,
    /// The last line that it wrote as an error: a panic says there what happened.
    pub(crate) last_error: Option<String>,
    /// Denials that were logged.
    told: BTreeSet<String>,
    /// What it holds of the runtime of other languages.
    pub(crate) wasi: wasi::Held,
}

/// What the running call has used up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Call {
    /// Epochs.
    pub(crate) ticks: u64,
    /// Calls to the host.
    pub(crate) calls: u32,
    /// Lines of log.
    pub(crate) lines: u32,
}

impl Guest {
    #[expect(clippy::too_many_arguments, reason = "everything that a guest's calls reach, named once")]
    pub(crate) fn new(
        name: Arc<str>,
        world: Arc<World>,
        grant: Grant,
        reachable: Reachable,
        emit: Emit,
        state: Arc<Mutex<State>>,
        status: Arc<Mutex<InstanceStatus>>,
        limits: &Limits,
    ) -> Self {
        let granted = Capability::ALL.into_iter().filter(|one| grant.allows(*one)).fold(0, |all, one| all | bit(one));
        Self {
            name,
            world,
            grant,
            reachable,
            reach: Reach::default(),
            granted,
            files: None,
            facts: Facts::Live,
            emit,
            state,
            limiter: Limiter::new(limits),
            limits: limits.clone(),
            status,
            call: Call::default(),
            asked: [0; Capability::ALL.len()],
            refused: None,
            last_error: None,
            told: BTreeSet::new(),
            wasi: wasi::Held::default(),
        }
    }

    /// A guest of which nothing is wanted but what it says of itself.
    pub(crate) fn nobody(limits: &Limits) -> Self {
        let world = Arc::new(World::new(Path::new("/nonexistent"), Arc::new(SystemClock::new())));
        let allowance = Arc::new(Mutex::new(Allowance::new(0, Duration::ZERO)));
        let emit = Emit::new("".into(), "".into(), Arc::new(NoSeries), allowance, limits);
        let state = Arc::new(Mutex::new(State::in_memory(0)));
        let status = Arc::new(Mutex::new(InstanceStatus::new("", String::new(), 0)));
        Self::new("described".into(), world, Grant::default(), Reachable::default(), emit, state, status, limits)
    }

    /// A new call begins: its budgets are whole.
    pub(crate) fn ready(&mut self) {
        (self.call, self.refused) = (Call::default(), None);
    }

    /// A collection of `at` begins.
    pub(crate) fn collecting(&mut self, at: Timestamp) {
        self.facts.begin();
        self.emit.collecting(at);
    }

    /// A call of an interface that every plugin has. Every call of the host comes through here or [`Self::of`].
    pub(crate) fn called(&mut self) -> &mut Self {
        self.call.calls = self.call.calls.saturating_add(1);
        if self.call.calls > self.limits.calls {
            // No function of the host can end a guest; the next epoch does.
            self.call.ticks = u64::from(u32::MAX);
        }
        self
    }

    /// Whether `capability` is granted. What was refused in so many words is linked, and answers that it is denied.
    pub(crate) fn may(&self, capability: Capability) -> bool {
        self.granted & bit(capability) != 0
    }

    /// A call of `capability`.
    pub(crate) fn of(&mut self, capability: Capability) -> &mut Self {
        self.asked[capability as usize] += 1;
        self.called()
    }

    /// One of its clients.
    pub(crate) fn client<T>(&mut self, get: impl FnOnce(&mut Reach, &Made<'_>) -> T) -> T {
        let made =
            Made { dialer: &self.world.dialer, grant: &self.grant, reachable: &self.reachable, limits: &self.limits };
        get(&mut self.reach, &made)
    }

    /// Counts a call that the grant does not cover; logs it when it is the first of its kind.
    pub(crate) fn deny(&mut self, capability: Capability, what: &str) -> String {
        self.denied(format!("`{capability}` is not granted for `{what}`"))
    }

    /// The same, when what was denied is said already.
    pub(crate) fn denied(&mut self, sentence: String) -> String {
        self.status.lock().denied_total += 1;
        if self.told.len() < MOST_DENIALS && self.told.insert(sentence.clone()) {
            tracing::warn!(plugin = %self.name, "denied: {sentence}");
            self.say("denied", sentence.clone());
        }
        sentence
    }

    /// Keeps a line for the operator.
    pub(crate) fn say(&self, level: &'static str, text: String) {
        self.status.lock().say(Said { time_ms: self.world.clock.now(), level, text });
    }
}

const fn bit(capability: Capability) -> u32 {
    1 << capability as u32
}

/// Nothing is registered while a file is looked at.
struct NoSeries;

impl SeriesRegistry for NoSeries {
    fn register(&self, _key: SeriesKey, _family: &Arc<Family>) -> SeriesId {
        SeriesId(0)
    }

    fn find(&self, _key: &SeriesKey) -> Option<SeriesId> {
        None
    }

    fn resolve(&self, _id: SeriesId) -> Option<Arc<SeriesKey>> {
        None
    }
}
