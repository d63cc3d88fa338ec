//! The store as the rest of the host sees it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use autobot_model::{
    Batch, BatchSink, Clock, Family, Matcher, ReadError, ReadLimit, SeriesId, SeriesKey, SeriesReader, SeriesRegistry,
    SeriesSamples, TimeRange, Timestamp,
};
use parking_lot::Mutex;
use serde::Serialize;

use crate::catalog::Catalog;
use crate::error::StoreError;
use crate::open::{self, Database, Opened};
use crate::options::StoreOptions;
use crate::read::{GroupReader, join};
use crate::tail::TailWriter;
use crate::window::HotWindow;
use crate::writer::{Desk, WRITING, Writer};

/// All that was measured. Closing it is [`Store::close`]; a store that is dropped without loses at most the tick in flight.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    catalog: Arc<Catalog>,
    window: Arc<HotWindow>,
    groups: GroupReader,
    desk: Arc<Desk>,
    dropped: AtomicU64,
    thread: Mutex<Option<JoinHandle<()>>>,
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
    /// Batches that were not taken because their time was not after that of the one before.
    pub dropped: u64,
    /// Transactions since the start.
    pub commits: u64,
    /// Samples written since the start.
    pub samples_total: u64,
    /// Time of the last transaction.
    pub last_commit_us: u64,
    /// The moment of the newest sample.
    pub newest_ms: Option<Timestamp>,
}

impl Store {
    /// Opens the store, or makes it; what was in the hot tail is readable at once.
    ///
    /// # Errors
    /// A file or folder that cannot be used, or one that a newer version wrote. A damaged file is no error: see [`Opened`].
    pub fn open(options: StoreOptions, clock: Arc<dyn Clock>) -> Result<(Arc<Self>, Opened), StoreError> {
        let path = options.path.clone();
        let Database { connection, catalog, replayed, opened } = open::open(&path, &clock)?;
        let catalog = Arc::new(catalog);
        let window = Arc::new(HotWindow::new(catalog.clone(), options.window));
        let must_fold = replayed.damaged || !replayed.batches.is_empty();
        for batch in replayed.batches {
            window.push(Arc::new(batch));
        }
        let groups = GroupReader::open(&path)?;
        let desk = Arc::new(Desk::default());
        let mut wal = path.clone().into_os_string();
        wal.push("-wal");
        let writer = Writer {
            connection,
            wal: wal.into(),
            options,
            catalog: catalog.clone(),
            window: window.clone(),
            clock,
            desk: desk.clone(),
            tail: TailWriter::new(replayed.generation),
            must_fold,
        };
        let unusable = |error: std::io::Error| StoreError::Unusable { path: path.clone(), reason: error.to_string() };
        let thread =
            std::thread::Builder::new().name("store-writer".into()).spawn(move || writer.run()).map_err(unusable)?;
        let store =
            Self { path, catalog, window, groups, desk, dropped: AtomicU64::new(0), thread: Mutex::new(Some(thread)) };
        Ok((Arc::new(store), opened))
    }

    /// The newest minutes alone: reading them touches no disk.
    pub fn window(&self) -> Arc<HotWindow> {
        self.window.clone()
    }

    /// How the store is.
    pub fn stats(&self) -> StoreStats {
        let mut wal = self.path.clone().into_os_string();
        wal.push("-wal");
        let size = |path: &std::ffi::OsStr| std::fs::metadata(path).map_or(0, |data| data.len());
        StoreStats {
            state: self.desk.trouble.lock().clone().unwrap_or_else(|| WRITING.to_owned()),
            series: self.catalog.len(),
            bytes: size(self.path.as_os_str()) + size(&wal),
            queue: self.desk.queued(),
            dropped: self.dropped.load(Ordering::Relaxed),
            commits: self.desk.commits.load(Ordering::Relaxed),
            samples_total: self.desk.samples.load(Ordering::Relaxed),
            last_commit_us: self.desk.last_commit_micros.load(Ordering::Relaxed),
            newest_ms: self.window.newest(),
        }
    }

    /// Writes what is queued, and ends the writer. Blocks until that is done.
    pub fn close(&self) {
        self.desk.close();
        let panicked = self.thread.lock().take().is_some_and(|thread| thread.join().is_err());
        if panicked {
            tracing::error!("the store's writer panicked; what it had not written is lost");
        }
    }
}

impl BatchSink for Store {
    fn accept(&self, batch: Arc<Batch>) {
        if self.window.push(batch.clone()) {
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
        let selected = self.catalog.select(matchers);
        if selected.is_empty() {
            return Ok(Vec::new());
        }
        // The window first: a fold between the two reads moves samples from the window to the groups. Read in the other order,
        // they would be in neither; in this one they may be in both, and `join` takes them once.
        let new = self.window.collect(&selected, range, limit)?;
        join(self.groups.read(&selected, range, limit)?, new, limit)
    }

    fn series(&self, matchers: &[Matcher], _range: TimeRange) -> Result<Vec<Arc<SeriesKey>>, ReadError> {
        Ok(self.catalog.select(matchers).into_values().collect())
    }

    fn families(&self) -> Vec<Arc<Family>> {
        self.catalog.families()
    }

    fn newest(&self) -> Option<Timestamp> {
        self.window.newest().or_else(|| self.groups.newest())
    }
}
