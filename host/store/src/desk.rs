//! What the store's threads and its callers share: the writer's inbox, the keeper's orders, and counters.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use autobot_model::{Batch, Timestamp};
use parking_lot::{Condvar, Mutex};

use crate::catalog::GroupId;
use crate::fold::Row;

/// Batches that wait to be written; more would only be later, and they are in the window anyway.
const QUEUE: usize = 256;
/// What the keeper has made and the writer has not written yet.
const PRODUCTS: usize = 16;

/// The state that says that all is well.
const WRITING: &str = "writing";

/// What the keeper made, to be written.
pub(crate) enum Product {
    /// A chunk of the fold of that number.
    Chunk(i64, Row),
    /// All chunks of the fold were handed over: of each instance up to that moment.
    Folded(i64, Vec<(Arc<str>, Timestamp)>),
    /// The fold failed.
    Unfoldable(String),
    /// A chunk of samples from elsewhere.
    Imported(Row),
    /// One chunk instead of several; its key is that of the first.
    Merged { keys: Vec<i64>, row: Row },
    /// A day's buckets of a group, and up to where they go.
    Rolled { group: GroupId, key: i64, data: Vec<u8>, until: Timestamp },
}

/// What the writer wants of the keeper.
pub(crate) struct FoldJob {
    pub(crate) number: i64,
    pub(crate) instances: Vec<Vec<Arc<Batch>>>,
}

/// What writer, keeper and others share.
#[derive(Default)]
pub(crate) struct Desk {
    inbox: Mutex<Inbox>,
    wake: Condvar,
    room: Condvar,
    orders: Mutex<Orders>,
    ordered: Condvar,
    pub(crate) commits: AtomicU64,
    pub(crate) samples: AtomicU64,
    pub(crate) last_commit_micros: AtomicU64,
    /// Bytes handed to SQLite since the log was last moved into the database, about.
    pub(crate) unchecked: AtomicU64,
    progress: Mutex<Progress>,
    progressed: Condvar,
    /// `None` while all is well.
    pub(crate) trouble: Mutex<Option<String>>,
    /// The same of forcing what is written to the disk, and of moving the log into the database: samples are written meanwhile.
    pub(crate) unsynced: Mutex<Option<String>>,
    pub(crate) unmoved: Mutex<Option<String>>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("trouble", &*self.trouble.lock()).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Inbox {
    batches: VecDeque<Arc<Batch>>,
    products: VecDeque<Product>,
    /// Some batches were not queued: all that is in the window must be folded.
    overflown: bool,
    /// Samples of those.
    skipped: u64,
    /// Somebody wants a fold now.
    fold: bool,
    closing: bool,
}

#[derive(Default)]
struct Orders {
    fold: Option<FoldJob>,
    /// Merge and roll until there is nothing left to do.
    tidy: bool,
    closing: bool,
}

/// How far the threads came since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Folds that somebody waited for and that are whole.
    pub(crate) wanted_folds: u64,
    /// Chunks that were brought in.
    pub(crate) imports: u64,
    /// Folds and writes that failed.
    pub(crate) failures: u64,
    /// Rounds of tidying, and those that found nothing to do.
    pub(crate) rounds: u64,
    pub(crate) idle_rounds: u64,
}

/// What the writer found on its desk.
pub(crate) struct Found {
    pub(crate) batches: Vec<Arc<Batch>>,
    pub(crate) overflown: bool,
    pub(crate) skipped: u64,
    pub(crate) fold: bool,
    pub(crate) closing: bool,
}

impl Desk {
    /// [`WRITING`], or the worst that is wrong.
    pub(crate) fn state(&self) -> String {
        let mut slots = [&self.trouble, &self.unsynced, &self.unmoved].into_iter();
        slots.find_map(|slot| slot.lock().clone()).unwrap_or_else(|| WRITING.to_owned())
    }

    pub(crate) fn put(&self, batch: Arc<Batch>) {
        let mut inbox = self.inbox.lock();
        if inbox.batches.len() >= QUEUE {
            inbox.skipped += inbox.batches.drain(..).map(|batch| batch.values().len() as u64).sum::<u64>();
            inbox.overflown = true;
        }
        inbox.batches.push_back(batch);
        self.wake.notify_one();
    }

    pub(crate) fn queued(&self) -> usize {
        self.inbox.lock().batches.len()
    }

    /// Hands over what was made; waits while the writer is behind. Says whether it is still wanted.
    pub(crate) fn make(&self, product: Product) -> bool {
        let mut inbox = self.inbox.lock();
        self.room.wait_while(&mut inbox, |inbox| !inbox.closing && inbox.products.len() >= PRODUCTS);
        if inbox.closing {
            return false;
        }
        inbox.products.push_back(product);
        self.wake.notify_one();
        true
    }

    /// The next thing that the keeper made.
    pub(crate) fn product(&self) -> Option<Product> {
        let product = self.inbox.lock().products.pop_front();
        self.room.notify_all();
        product
    }

    /// Waits until the writer has taken all that was made.
    pub(crate) fn drained(&self) {
        let mut inbox = self.inbox.lock();
        self.room.wait_while(&mut inbox, |inbox| !inbox.closing && !inbox.products.is_empty());
    }

    /// Notes progress, for whoever waits for it.
    pub(crate) fn progress(&self, note: impl FnOnce(&mut Progress)) {
        note(&mut self.progress.lock());
        self.progressed.notify_all();
    }

    /// Waits until there is more progress than `seen`, at most for `longest`; says how far it is.
    pub(crate) fn wait_for_progress(&self, seen: Progress, longest: Duration) -> Progress {
        let mut progress = self.progress.lock();
        if *progress == seen {
            self.progressed.wait_for(&mut progress, longest);
        }
        *progress
    }

    /// Waits for something to do, at most for `longest`. Where `full` says that the tail takes no more, batches stay where they are.
    pub(crate) fn wait(&self, longest: Duration, full: bool) -> Found {
        let mut inbox = self.inbox.lock();
        let idle = inbox.products.is_empty() && !inbox.closing;
        if idle && (full || (inbox.batches.is_empty() && !inbox.fold)) {
            self.wake.wait_for(&mut inbox, longest);
        }
        if full && !inbox.closing {
            return Found { batches: Vec::new(), overflown: false, skipped: 0, fold: false, closing: false };
        }
        self.take(inbox)
    }

    /// Lets `pause` pass, whatever comes; only closing ends it.
    pub(crate) fn pause(&self, pause: Duration) -> Found {
        let mut inbox = self.inbox.lock();
        self.wake.wait_while_for(&mut inbox, |inbox| !inbox.closing, pause);
        self.take(inbox)
    }

    fn take(&self, mut inbox: parking_lot::MutexGuard<'_, Inbox>) -> Found {
        Found {
            batches: inbox.batches.drain(..).collect(),
            overflown: std::mem::take(&mut inbox.overflown),
            skipped: std::mem::take(&mut inbox.skipped),
            fold: std::mem::take(&mut inbox.fold),
            closing: inbox.closing,
        }
    }

    /// Drops what is queued: it is in the window, from which it will be taken. Says how many samples that were.
    pub(crate) fn drop_batches(&self) -> u64 {
        self.inbox.lock().batches.drain(..).map(|batch| batch.values().len() as u64).sum()
    }

    /// Asks the writer for a fold.
    pub(crate) fn want_fold(&self) {
        self.inbox.lock().fold = true;
        self.wake.notify_one();
    }

    pub(crate) fn close(&self) {
        self.inbox.lock().closing = true;
        self.wake.notify_one();
        self.room.notify_all();
    }

    pub(crate) fn order_fold(&self, job: FoldJob) {
        self.orders.lock().fold = Some(job);
        self.ordered.notify_one();
    }

    pub(crate) fn order_tidying(&self) {
        self.orders.lock().tidy = true;
        self.ordered.notify_one();
    }

    pub(crate) fn close_orders(&self) {
        self.orders.lock().closing = true;
        self.ordered.notify_one();
    }

    /// Waits for an order at most for `longest`: a fold, whether to tidy, whether to end.
    pub(crate) fn order(&self, longest: Duration) -> (Option<FoldJob>, bool, bool) {
        let mut orders = self.orders.lock();
        if orders.fold.is_none() && !orders.tidy && !orders.closing {
            self.ordered.wait_for(&mut orders, longest);
        }
        (orders.fold.take(), std::mem::take(&mut orders.tidy), orders.closing)
    }

    /// Whether a fold waits: tidying makes way for it.
    pub(crate) fn must_hurry(&self) -> bool {
        let orders = self.orders.lock();
        orders.fold.is_some() || orders.closing
    }

    pub(crate) fn note_written(&self, bytes: usize) {
        self.unchecked.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}
