//! A store that somebody else has open, or nobody, to be read only: for the command line beside a running host.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use autobot_model::{
    BucketParts, Family, Matcher, ReadError, ReadLimit, SeriesBuckets, SeriesKey, SeriesReader, SeriesSamples,
    TimeRange, Timestamp,
};
use rusqlite::{Connection, OpenFlags};

use crate::catalog::Catalog;
use crate::error::StoreError;
use crate::gather::Sources;
use crate::read::Readers;
use crate::window::HotWindow;
use crate::{open, rollup, schema, tail};

/// What a database held when it was opened, and what chunks hold now.
#[derive(Debug)]
pub struct Snapshot {
    catalog: Arc<Catalog>,
    window: HotWindow,
    readers: Readers,
}

impl Snapshot {
    /// Opens the database at `path` without writing to it.
    ///
    /// # Errors
    /// A file that is not there or is no database of this program; one of an earlier schema, which `serve` would bring up to date.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let unusable = |reason: String| StoreError::Unusable { path: path.to_owned(), reason };
        if !path.is_file() {
            return Err(unusable("it is not there; has `autobot-host serve` run with this data folder?".to_owned()));
        }
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .map_err(|error| unusable(error.to_string()))?;
        connection.busy_timeout(Duration::from_secs(5))?;
        let found = schema::version(&connection).map_err(|error| unusable(error.to_string()))?;
        if found > schema::VERSION {
            return Err(StoreError::Newer { path: path.to_owned(), found, known: schema::VERSION });
        }
        if found < schema::VERSION {
            return Err(unusable(format!(
                "its schema is version {found}, and this program reads version {}; start `autobot-host serve` once, which brings it up to date",
                schema::VERSION
            )));
        }
        // The tail before the chunks: a fold meanwhile leaves samples in both, never in neither.
        let rows: Vec<Vec<u8>> =
            connection.prepare("SELECT data FROM hot")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let catalog = Arc::new(open::catalog(&connection)?);
        let window = HotWindow::new(catalog.clone(), Duration::MAX);
        for batch in tail::replay(rows).batches {
            window.push(Arc::new(batch));
        }
        Ok(Self { catalog, window, readers: Readers::open(path)? })
    }

    fn sources(&self) -> Sources<'_> {
        Sources { catalog: &self.catalog, window: &self.window, readers: &self.readers }
    }
}

impl SeriesReader for Snapshot {
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
        self.window.newest().max(self.readers.newest())
    }
}
