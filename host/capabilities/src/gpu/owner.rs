//! The thread that calls NVML, and those who wait for it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::Snapshot;
use super::library::Library;
use crate::CapabilityError;

pub(super) type Answer = Result<Snapshot, CapabilityError>;

/// Who may wait at once. More are told that the driver is too slow for them.
const MOST_WAITING: usize = 64;

/// Begins the thread when it is first needed; again, should it ever end.
pub(super) struct Owner {
    state: Arc<Mutex<State>>,
    library: Box<dyn Fn() -> Library + Send + Sync>,
}

#[derive(Default)]
struct State {
    /// To the thread, which ends when this does.
    requests: Option<SyncSender<oneshot::Sender<Answer>>>,
    look: Option<Look>,
}

/// The look that the thread is at, or was asked for and has not begun.
struct Look {
    since: Instant,
    /// The longest that somebody waited for it in vain.
    in_vain: Duration,
}

impl Look {
    fn begin() -> Self {
        Self { since: Instant::now(), in_vain: Duration::ZERO }
    }
}

impl Owner {
    pub(super) fn new(library: impl Fn() -> Library + Send + Sync + 'static) -> Self {
        Self { state: Arc::default(), library: Box::new(library) }
    }

    pub(super) async fn ask(&self, deadline: Duration) -> Answer {
        let answer = self.request(deadline)?;
        match tokio::time::timeout(deadline, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => {
                Err(CapabilityError::Failed("the thread that asks NVML ended; the next read begins another".to_owned()))
            }
            Err(_) => {
                if let Some(look) = &mut self.state.lock().look {
                    look.in_vain = look.in_vain.max(deadline);
                }
                Err(late(deadline))
            }
        }
    }

    /// Puts a request before the thread, unless it hangs.
    fn request(&self, deadline: Duration) -> Result<oneshot::Receiver<Answer>, CapabilityError> {
        let mut state = self.state.lock();
        // By the clock too, because a future that is dropped at its deadline tells nobody that it waited in vain.
        if state.look.as_ref().is_some_and(|look| look.in_vain.max(look.since.elapsed()) >= deadline) {
            return Err(late(deadline));
        }
        let (mut reply, answer) = oneshot::channel();
        for _ in 0..2 {
            let requests = match &state.requests {
                Some(requests) => requests,
                None => {
                    let requests = self.begin()?;
                    state.requests.insert(requests)
                }
            };
            match requests.try_send(reply) {
                Ok(()) => {
                    state.look.get_or_insert_with(Look::begin);
                    return Ok(answer);
                }
                Err(TrySendError::Full(_)) => break,
                Err(TrySendError::Disconnected(unsent)) => {
                    reply = unsent;
                    *state = State::default();
                }
            }
        }
        Err(CapabilityError::Timeout(format!("{MOST_WAITING} reads of the GPUs wait already; ask less often")))
    }

    fn begin(&self) -> Result<SyncSender<oneshot::Sender<Answer>>, CapabilityError> {
        let (requests, inbox) = sync_channel(MOST_WAITING);
        let (state, library) = (self.state.clone(), (self.library)());
        let begun = std::thread::Builder::new().name("nvml".to_owned()).spawn(move || run(&inbox, &state, library));
        match begun {
            Ok(_) => Ok(requests),
            Err(error) => Err(CapabilityError::Failed(format!("no thread for NVML could be begun: {error}"))),
        }
    }
}

fn run(inbox: &Receiver<oneshot::Sender<Answer>>, state: &Mutex<State>, mut library: Library) {
    while let Ok(first) = inbox.recv() {
        // Everybody who asked before the look shares it. Those who gave up meanwhile need none.
        let mut waiting: Vec<_> = std::iter::once(first).chain(inbox.try_iter().take(MOST_WAITING)).collect();
        waiting.retain(|reply| !reply.is_closed());
        let looking = Looking::begin(state);
        if waiting.is_empty() {
            continue;
        }
        let answer = library.look();
        drop(looking);
        for reply in waiting {
            // An error is somebody who gave up.
            let _ = reply.send(answer.clone());
        }
    }
}

/// Says that the thread is at a look, for as long as it lives.
struct Looking<'a>(&'a Mutex<State>);

impl<'a> Looking<'a> {
    fn begin(state: &'a Mutex<State>) -> Self {
        state.lock().look.get_or_insert_with(Look::begin);
        Self(state)
    }
}

impl Drop for Looking<'_> {
    fn drop(&mut self) {
        self.0.lock().look = None;
    }
}

fn late(deadline: Duration) -> CapabilityError {
    let problem = "the NVIDIA driver hangs or is very slow; it will be read again as soon as it answers";
    CapabilityError::Timeout(format!("NVML has not answered within {deadline:?}: {problem}"))
}
