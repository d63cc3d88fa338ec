//! A whole body in memory, record by record.

use memchr::memchr;

use super::Format;
use super::error::TextError;
use super::line::{Limits, LineReader, Record};

/// Reads a body that is in memory. Builds nothing: records borrow from the body and from the reader.
///
/// ```
/// use autobot_query::exposition::{Format, Limits, Reader, Record};
///
/// let body = "# TYPE up gauge\nup{job=\"a\"} 1\n";
/// let mut reader = Reader::new(Format::Prometheus, body.as_bytes(), Limits::default());
/// let mut up = None;
/// while let Some(record) = reader.record()? {
///     if let Record::Sample(sample) = record {
///         up = sample.labels.get("job").map(|job| (job.to_owned(), sample.value));
///     }
/// }
/// assert_eq!(up, Some(("a".to_owned(), 1.0)));
/// # Ok::<(), autobot_query::exposition::TextError>(())
/// ```
#[derive(Debug)]
pub struct Reader<'t> {
    rest: &'t [u8],
    lines: LineReader,
}

impl<'t> Reader<'t> {
    /// At the start of `body`.
    pub fn new(format: Format, body: &'t [u8], limits: Limits) -> Self {
        Self { rest: body, lines: LineReader::new(format, limits) }
    }

    /// The next record; `None` at the end of the body.
    ///
    /// # Errors
    /// What is not of the format, with its place; the reader is of no use afterwards.
    pub fn record(&mut self) -> Result<Option<Record<'_>>, TextError> {
        loop {
            if self.rest.is_empty() {
                self.lines.finish()?;
                return Ok(None);
            }
            let (line, rest) = match memchr(b'\n', self.rest) {
                Some(end) => (&self.rest[..end], &self.rest[end + 1..]),
                None => (self.rest, &self.rest[self.rest.len()..]),
            };
            self.rest = rest;
            if let (line, Some(parsed)) = self.lines.step(line)? {
                return Ok(Some(self.lines.view(line, parsed)));
            }
        }
    }
}
