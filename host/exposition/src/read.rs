//! A whole body in memory, record by record.

use memchr::{memchr, memrchr};

use crate::Format;
use crate::error::TextError;
use crate::line::{Limits, LineReader, Record};

/// Reads a body that is in memory. Builds nothing: records borrow from the body and from the reader.
///
/// ```
/// use autobot_exposition::{Format, Limits, Reader, Record};
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
/// # Ok::<(), autobot_exposition::TextError>(())
/// ```
#[derive(Debug)]
pub struct Reader<'t> {
    /// Whole lines that are known to be UTF-8: mostly the body, which is looked at once.
    text: &'t str,
    /// What comes behind them, from the line on that is not.
    rest: &'t [u8],
    lines: LineReader,
}

impl<'t> Reader<'t> {
    /// At the start of `body`.
    pub fn new(format: Format, body: &'t [u8], limits: Limits) -> Self {
        let valid = std::str::from_utf8(body).map_or_else(|error| error.valid_up_to(), str::len);
        let cut = if valid == body.len() { valid } else { memrchr(b'\n', &body[..valid]).map_or(0, |end| end + 1) };
        let (text, rest) = body.split_at(cut);
        // The first look was at more than this, so the second finds nothing.
        Self { text: std::str::from_utf8(text).unwrap_or_default(), rest, lines: LineReader::new(format, limits) }
    }

    /// The next record; `None` at the end of the body.
    ///
    /// # Errors
    /// What is not of the format, with its place; the reader is of no use afterwards.
    pub fn record(&mut self) -> Result<Option<Record<'_>>, TextError> {
        while !self.text.is_empty() {
            let end = memchr(b'\n', self.text.as_bytes()).unwrap_or(self.text.len());
            let (line, rest) = self.text.split_at(end);
            self.text = rest.get(1..).unwrap_or_default();
            if let Some(parsed) = self.lines.step_text(line)? {
                return Ok(Some(self.lines.view(line, parsed)));
            }
        }
        while !self.rest.is_empty() {
            let end = memchr(b'\n', self.rest).unwrap_or(self.rest.len());
            let (line, rest) = self.rest.split_at(end);
            self.rest = rest.get(1..).unwrap_or_default();
            if let (line, Some(parsed)) = self.lines.step(line)? {
                return Ok(Some(self.lines.view(line, parsed)));
            }
        }
        self.lines.finish()?;
        Ok(None)
    }
}
