//! Samples that come one by one, gathered by series; and lines of a bounded length.

use std::io::{self, BufRead, Read};
use std::sync::Arc;

use autobot_model::{Family, SeriesKey, Timestamp};

use super::{CHUNK, ImportError, Imported};

type Each<'f, E> = &'f mut dyn FnMut(Imported<'_>) -> Result<(), E>;

/// The series that is being read. Handed over when another one begins, and when it is [`CHUNK`] long.
pub(super) struct Gather<'f, E> {
    each: Each<'f, E>,
    series: Option<(Arc<SeriesKey>, Arc<Family>)>,
    times: Vec<Timestamp>,
    values: Vec<f64>,
    count: u64,
}

impl<'f, E> Gather<'f, E> {
    pub(super) fn new(each: Each<'f, E>) -> Self {
        Self { each, series: None, times: Vec::new(), values: Vec::new(), count: 0 }
    }

    pub(super) fn key(&self) -> Option<&SeriesKey> {
        self.series.as_ref().map(|(key, _)| &**key)
    }

    /// The samples from here on are of this series.
    pub(super) fn begin(&mut self, key: SeriesKey, family: Arc<Family>) -> Result<(), ImportError<E>> {
        self.hand_over()?;
        self.series = Some((Arc::new(key), family));
        Ok(())
    }

    pub(super) fn push(&mut self, time: Timestamp, value: f64) -> Result<(), ImportError<E>> {
        self.times.push(time);
        self.values.push(value);
        self.count = self.count.saturating_add(1);
        if self.times.len() >= CHUNK { self.hand_over() } else { Ok(()) }
    }

    fn hand_over(&mut self) -> Result<(), ImportError<E>> {
        if let Some((key, family)) = self.series.as_ref().filter(|_| !self.times.is_empty()) {
            let imported = Imported { key, family, times: &self.times, values: &self.values };
            (self.each)(imported).map_err(ImportError::Stopped)?;
        }
        self.times.clear();
        self.values.clear();
        Ok(())
    }

    /// Hands over the rest; the number of samples.
    pub(super) fn finish(mut self) -> Result<u64, ImportError<E>> {
        self.hand_over()?;
        Ok(self.count)
    }
}

/// The next line without its line feed, into `line`, cut off one byte behind `most`; false at the end.
pub(super) fn next_line(from: &mut impl BufRead, line: &mut Vec<u8>, most: usize) -> io::Result<bool> {
    line.clear();
    let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let read = from.by_ref().take(bound).read_until(b'\n', line)?;
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(read > 0)
}
