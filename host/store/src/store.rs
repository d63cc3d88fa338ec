//! The store as the rest of the host sees it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use autobot_model::{
    Batch, BatchSink, BucketParts, Clock, Family, Matcher, ReadError, ReadLimit, SeriesBuckets, SeriesId, SeriesKey,
    SeriesReader, SeriesRegistry, SeriesSamples, TimeRange, Timestamp,
};
use parking_lot::Mutex;
use rusqlite::Connection;
use serde::Serialize;

use crate::catalog::Catalog;
use crate::desk::Desk;
use crate::error::StoreError;
use crate::gather::Sources;
use crate::keeper::Keeper;
use crate::open::{self, Database, Opened};
use crate::options::StoreOptions;
use crate::read::Readers;
use crate::rollup;
use crate::schema;
use crate::window::HotWindow;
use crate::writer::Writer;

/// All that was measured. Closing it is [`Store::close`]; a store that is dropped without loses at most the tick in flight.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    pub(crate) clock: SharedClock,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) window: Arc<HotWindow>,
    pub(crate) readers: Arc<Readers>,
    pub(crate) desk: Arc<Desk>,
    dropped: AtomicU64,
    threads: Mutex<Option<Threads>>,
}

/// A clock that need not say what it is.
pub(crate) struct SharedClock(Arc<dyn Clock>);

impl std::ops::Deref for SharedClock {
    type Target = dyn Clock;
    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl std::fmt::Debug for SharedClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.now())
    }
}

#[derive(Debug)]
struct Threads {
    writer: JoinHandle<()>,
    keeper: JoinHandle<()>,
}

/// How the store is.
#[derive(Clone, Debug, Serialize)]
pub struct StoreStats {
    /// `writing`, or `degraded: ` and a sentence.
    pub state: String,
    /// Series that it knows.
    pub series: usize,
    /// Bytes of the database and its log.
    pub bytes: u64,
    /// Batches that wait to be written.
    pub queue: usize,
    /// Batches that were not taken, because their time was not after that of the one before, or more than ten minutes ahead; and those that left the
    /// window while they could not be written.
    pub dropped: u64,
    /// Transactions since the start.
    pub commits: u64,
    /// Samples written since the start.
    pub samples_total: u64,
    /// Time of the last transaction.
    pub last_commit_us: u64,
    /// The moment of the newest sample.
    pub newest_ms: Option<Timestamp>,
    /// Chunks that were found damaged since the start: what they held is left out of every answer.
    pub damaged_chunks: usize,
}

impl Store {
    /// Samples that are more than this ahead of the clock are refused, as Prometheus refuses them of a target (`maxAheadTime`, `scrape/scrape.go`).
    pub(crate) const FUTURE: Duration = Duration::from_secs(600);

    /// Opens the store, or makes it; what was in the hot tail is readable at once.
    ///
    /// # Errors
    /// A file or folder that cannot be used, or one that a newer version wrote. A damaged file is no error: see [`Opened`].
    pub fn open(options: StoreOptions, clock: Arc<dyn Clock>) -> Result<(Arc<Self>, Opened), StoreError> {
        let path = options.path.clone();
        let Database { connection, catalog, replayed, folded, opened } = open::open(&path, &clock)?;
        let catalog = Arc::new(catalog);
        let window = Arc::new(HotWindow::new(catalog.clone(), options.window));
        for batch in replayed.batches {
            window.push(Arc::new(batch));
        }
        let failed = |error: rusqlite::Error| open::failed(&path, &error);
        let readers = Arc::new(Readers::open(&path).map_err(failed)?);
        let desk = Arc::new(Desk::default());
        let moves = Connection::open(&path).map_err(failed)?;
        schema::prepare(&moves).map_err(failed)?;
        let keeper = Keeper {
            connection: moves,
            readers: readers.clone(),
            wal: beside(&path, "-wal"),
            sync: options.sync,
            catalog: catalog.clone(),
            clock: clock.clone(),
            desk: desk.clone(),
        };
        let writer = Writer {
            connection,
            options,
            catalog: catalog.clone(),
            window: window.clone(),
            clock: clock.clone(),
            desk: desk.clone(),
            tail: replayed.writer,
            folded,
            begun: folded,
            broken: replayed.damaged,
            held: 0,
            folding: None,
            slots: 0,
        };
        let unusable = |error: std::io::Error| StoreError::Unusable { path: path.clone(), reason: error.to_string() };
        let spawn = |name: &str| std::thread::Builder::new().name(name.into());
        let threads = Threads {
            writer: spawn("store-writer").spawn(move || writer.run()).map_err(unusable)?,
            keeper: spawn("store-keeper").spawn(move || keeper.run()).map_err(unusable)?,
        };
        if opened.unclean {
            let (file, desk) = (path.clone(), desk.clone());
            spawn("store-check").spawn(move || open::look_over(&file, &desk)).map_err(unusable)?;
        }
        let threads = Mutex::new(Some(threads));
        let (clock, dropped) = (SharedClock(clock), AtomicU64::new(0));
        Ok((Arc::new(Self { path, clock, catalog, window, readers, desk, dropped, threads }), opened))
    }

    /// The newest minutes alone: reading them touches no disk.
    pub fn window(&self) -> Arc<HotWindow> {
        self.window.clone()
    }

    /// How the store is.
    pub fn stats(&self) -> StoreStats {
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |data| data.len());
        StoreStats {
            state: self.desk.state(),
            series: self.catalog.len(),
            bytes: size(&self.path) + size(&beside(&self.path, "-wal")),
            queue: self.desk.queued(),
            dropped: self.dropped.load(Ordering::Relaxed) + self.window.lost(),
            commits: self.desk.commits.load(Ordering::Relaxed),
            samples_total: self.desk.samples.load(Ordering::Relaxed),
            last_commit_us: self.desk.last_commit_micros.load(Ordering::Relaxed),
            newest_ms: self.window.newest(),
            damaged_chunks: self.readers.damaged(),
        }
    }

    /// Folds all that is not in chunks, merges small chunks and fills buckets, until there is nothing left to do. Blocks; gives up where the
    /// store cannot be written, and says why.
    ///
    /// # Errors
    /// The sentence of [`StoreStats::state`].
    pub fn settle(&self) -> Result<(), String> {
        const LOOK: Duration = Duration::from_millis(100);
        let mut seen = self.desk.wait_for_progress(Default::default(), Duration::ZERO);
        let (folds, failures) = (seen.wanted_folds, seen.failures);
        self.desk.want_fold();
        let failed = || Err(self.stats().state);
        while seen.wanted_folds == folds {
            seen = self.desk.wait_for_progress(seen, LOOK);
            if seen.failures > failures {
                return failed();
            }
        }
        // One idle round may have begun before the fold was there.
        let idle = seen.idle_rounds;
        while seen.idle_rounds < idle + 2 {
            self.desk.order_tidying();
            seen = self.desk.wait_for_progress(seen, LOOK);
            if seen.failures > failures {
                return failed();
            }
        }
        Ok(())
    }

    pub(crate) fn sources(&self) -> Sources<'_> {
        Sources { catalog: &self.catalog, window: &self.window, readers: &self.readers }
    }

    /// Writes what is queued, and ends the writer. Blocks until that is done.
    pub fn close(&self) {
        let Some(threads) = self.threads.lock().take() else { return };
        // The keeper first: its connection must not keep the log from being moved at last.
        self.desk.close_orders();
        self.desk.close();
        if threads.keeper.join().is_err() {
            tracing::error!("the store's keeper panicked");
        }
        if threads.writer.join().is_err() {
            tracing::error!("the store's writer panicked; what it had not written is lost");
        }
    }
}

impl BatchSink for Store {
    fn accept(&self, batch: Arc<Batch>) {
        if batch.time <= self.clock.now() + Self::FUTURE && self.window.push(batch.clone()) {
            self.desk.put(batch);
        } else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl SeriesRegistry for Store {
    fn register(&self, key: SeriesKey, family: &Arc<Family>) -> SeriesId {
        self.catalog.register(key, family)
    }

    fn find(&self, key: &SeriesKey) -> Option<SeriesId> {
        self.catalog.find(key)
    }

    fn resolve(&self, id: SeriesId) -> Option<Arc<SeriesKey>> {
        self.catalog.resolve(id)
    }
}

impl SeriesReader for Store {
    fn read(&self, matchers: &[Matcher], range: TimeRange, limit: ReadLimit) -> Result<Vec<SeriesSamples>, ReadError> {
        let mut found = Vec::new();
        self.visit(matchers, range, limit, &mut |series| found.push(series))?;
        found.sort_by_key(|series| series.id);
        Ok(found)
    }

    fn visit(
        &self,
        matchers: &[Matcher],
        range: TimeRange,
        limit: ReadLimit,
        each: &mut dyn FnMut(SeriesSamples),
    ) -> Result<(), ReadError> {
        let selected = self.catalog.select(matchers);
        self.sources().samples(&selected, range, limit, each)
    }

    fn bucket_width(&self) -> Option<Duration> {
        Some(rollup::WIDTH)
    }

    fn visit_buckets(
        &self,
        matchers: &[Matcher],
        range: TimeRange,
        parts: BucketParts,
        limit: ReadLimit,
        each: &mut dyn FnMut(SeriesBuckets),
    ) -> Result<(), ReadError> {
        let selected = self.catalog.select(matchers);
        self.sources().buckets(&selected, range, parts, limit, each)
    }

    fn losses(&self, range: TimeRange) -> Vec<String> {
        self.readers.losses(range)
    }

    fn series(&self, matchers: &[Matcher], _range: TimeRange) -> Result<Vec<Arc<SeriesKey>>, ReadError> {
        Ok(self.catalog.select(matchers).into_values().collect())
    }

    fn families(&self) -> Vec<Arc<Family>> {
        self.catalog.families()
    }

    fn newest(&self) -> Option<Timestamp> {
        self.window.newest().or_else(|| self.readers.newest())
    }
}

/// The file of that ending beside the database.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
