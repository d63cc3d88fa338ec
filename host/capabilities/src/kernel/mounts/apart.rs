//! Threads that ask file systems which may never answer.
//!
//! A thread that waits for a server which is away cannot be ended: it stays until the server is back. So a mount that has not
//! answered is not asked again until it has, and the threads are few.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::Space;

/// How long one call waits for all of them together.
const DEADLINE: Duration = Duration::from_millis(500);
/// Threads at most. When as many mounts hang at once, no other is asked either.
const MOST_THREADS: usize = 16;
/// Threads that share the mounts which do answer.
const FREE_THREADS: usize = 4;

/// Why there are no numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// It is not there any more, or not to be looked at (FUSE lets nobody in but its owner).
    Gone,
    /// In words.
    Problem(String),
}

impl From<io::Error> for Asked {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::PermissionDenied => Self::Gone,
            _ => Self::Problem(error.to_string()),
        }
    }
}

type Ask = dyn Fn(&Path) -> io::Result<Space> + Send + Sync;
type Answer = (PathBuf, io::Result<Space>);

pub(super) struct Apart {
    ask: Arc<Ask>,
    deadline: Duration,
    jobs: Sender<PathBuf>,
    /// The other end, which the threads share.
    queue: Arc<Mutex<Receiver<PathBuf>>>,
    results: Sender<Answer>,
    answers: Receiver<Answer>,
    /// Asked, and not answered yet.
    waiting: HashSet<PathBuf>,
    threads: usize,
}

impl Apart {
    pub(super) fn new(ask: impl Fn(&Path) -> io::Result<Space> + Send + Sync + 'static) -> Self {
        Self::within(DEADLINE, ask)
    }

    pub(super) fn within(deadline: Duration, ask: impl Fn(&Path) -> io::Result<Space> + Send + Sync + 'static) -> Self {
        let (jobs, queue) = channel();
        let (results, answers) = channel();
        let queue = Arc::new(Mutex::new(queue));
        Self { ask: Arc::new(ask), deadline, jobs, queue, results, answers, waiting: HashSet::new(), threads: 0 }
    }

    /// What each of `paths` says, in their order.
    pub(super) fn ask(&mut self, paths: &[PathBuf]) -> Vec<Result<Space, Asked>> {
        let mut found: HashMap<PathBuf, io::Result<Space>> = HashMap::new();
        // Those that have answered since the last call may be asked again.
        while let Ok((path, _)) = self.answers.try_recv() {
            self.waiting.remove(&path);
        }
        let stuck = self.waiting.len();
        let mut left = 0;
        for path in paths {
            if !self.waiting.contains(path) && stuck < MOST_THREADS && self.jobs.send(path.clone()).is_ok() {
                self.waiting.insert(path.clone());
                left += 1;
            }
        }
        self.grow(stuck.saturating_add(left.min(FREE_THREADS)));
        let until = Instant::now() + self.deadline;
        while left > 0 {
            match self.answers.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok((path, answer)) => {
                    self.waiting.remove(&path);
                    // One that was stuck before may answer now, too.
                    left -= usize::from(found.insert(path, answer).is_none());
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        let silent = || Asked::Problem("it does not answer".to_owned());
        paths.iter().map(|path| found.remove(path).map_or_else(|| Err(silent()), |answer| Ok(answer?))).collect()
    }

    /// Brings the threads up to `wanted`. Each ends when this is dropped, or when the mount that holds it lets go after that.
    fn grow(&mut self, wanted: usize) {
        while self.threads < wanted.min(MOST_THREADS) {
            let (queue, ask, results) = (self.queue.clone(), self.ask.clone(), self.results.clone());
            let work = move || {
                loop {
                    let next = queue.lock().recv();
                    let Ok(path) = next else { return };
                    let answer = ask(&path);
                    if results.send((path, answer)).is_err() {
                        return;
                    }
                }
            };
            // Without one more thread the others have to do.
            if std::thread::Builder::new().name("mounts".to_owned()).spawn(work).is_err() {
                return;
            }
            self.threads += 1;
        }
    }
}
