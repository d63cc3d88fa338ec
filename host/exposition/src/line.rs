//! One line of either format after the other, and what their grammars share. What each has for itself is in `prometheus.rs` and
//! `openmetrics.rs`.

use crate::Format;
use crate::error::{Fault, TextError, shown};
use crate::family::Type;
use crate::labels::{LabelView, Piece, text};
use crate::metadata::Body;
use crate::number::number;
use crate::scan::{Scanner, piece};

/// What one body may hold. Beyond a limit it is refused, with the limit in the error.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a line, its line feed aside.
    pub line: usize,
    /// Bytes of the name of a metric or a label.
    pub name: usize,
    /// Labels of a sample.
    pub labels: usize,
    /// Families and metrics of an OpenMetrics body together: to refuse what stands twice, each is remembered by eight bytes.
    pub metrics: usize,
}

impl Default for Limits {
    /// Lines of 64 KiB, names of 512 bytes, 128 labels, 1,000,000 metrics.
    fn default() -> Self {
        Self { line: 65_536, name: 512, labels: 128, metrics: 1_000_000 }
    }
}

/// What a line says.
#[derive(Clone, Copy, Debug)]
pub enum Record<'r> {
    /// `# TYPE`. A family is named as the text names it: in OpenMetrics a counter's without `_total`.
    Type {
        /// Its name.
        family: &'r str,
        /// How its values behave.
        kind: Type,
    },
    /// `# HELP`
    Help {
        /// Its name.
        family: &'r str,
        /// A sentence for people, without escapes.
        text: &'r str,
    },
    /// `# UNIT`, in OpenMetrics alone.
    Unit {
        /// Its name.
        family: &'r str,
        /// A word like `seconds`; may be empty.
        unit: &'r str,
    },
    /// A value. Its exemplar, if there is one, was checked and left out.
    Sample(Sample<'r>),
}

/// One value of one series.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'r> {
    /// Name of the series, with `_total`, `_bucket` and the like.
    pub name: &'r str,
    /// Its labels.
    pub labels: LabelView<'r>,
    /// Its value. A NaN is always `f64::NAN`: the formats know one.
    pub value: f64,
    /// When it was measured, if the text says so, in milliseconds since the Unix epoch. OpenMetrics' nanoseconds are rounded.
    pub time: Option<i64>,
}

/// Reads a body line by line. It keeps no line: memory is bounded by its [`Limits`].
#[derive(Debug)]
pub struct LineReader {
    format: Format,
    pub(super) limits: Limits,
    number: u64,
    /// Names and values of the labels of the line at hand.
    pub(super) pieces: Vec<(Piece, Piece)>,
    /// Texts of that line which had escapes, without them.
    pub(super) scratch: String,
    pub(super) body: Body,
}

/// A record by the places of its parts, so that it borrows nothing while the reader goes on.
#[derive(Clone, Copy)]
pub(super) enum Parsed {
    Type { family: Piece, kind: Type },
    Help { family: Piece, text: Piece },
    Unit { family: Piece, unit: Piece },
    Sample { name: Piece, value: f64, time: Option<i64> },
}

impl LineReader {
    /// A reader at the start of a body.
    pub fn new(format: Format, limits: Limits) -> Self {
        let body = Body::new(limits.metrics);
        Self { format, limits, number: 0, pieces: Vec::new(), scratch: String::new(), body }
    }

    /// Reads the next line, given without its line feed. `None` for an empty line, a comment, and `# EOF`.
    ///
    /// # Errors
    /// A line that is not of the format; the reader is of no use afterwards.
    pub fn line<'r>(&'r mut self, line: &'r [u8]) -> Result<Option<Record<'r>>, TextError> {
        let (line, parsed) = self.step(line)?;
        Ok(parsed.map(|parsed| self.view(line, parsed)))
    }

    /// Reads the next line; what it says is to be had by [`LineReader::view`] until the next step.
    pub(super) fn step<'l>(&mut self, line: &'l [u8]) -> Result<(&'l str, Option<Parsed>), TextError> {
        self.number = self.number.saturating_add(1);
        self.read(line).map_err(|fault| fault.in_line(self.number, line))
    }

    /// The same for a line that is known to be UTF-8.
    pub(super) fn step_text(&mut self, line: &str) -> Result<Option<Parsed>, TextError> {
        self.number = self.number.saturating_add(1);
        let parsed = self.line_length(line.len()).and_then(|()| self.read_text(line));
        parsed.map_err(|fault| fault.in_line(self.number, line.as_bytes()))
    }

    pub(super) fn view<'r>(&'r self, line: &'r str, parsed: Parsed) -> Record<'r> {
        let text = |piece| text(line, &self.scratch, piece);
        match parsed {
            Parsed::Type { family, kind } => Record::Type { family: text(family), kind },
            Parsed::Help { family, text: help } => Record::Help { family: text(family), text: text(help) },
            Parsed::Unit { family, unit } => Record::Unit { family: text(family), unit: text(unit) },
            Parsed::Sample { name, value, time } => {
                Record::Sample(Sample { name: text(name), labels: self.label_view(line), value, time })
            }
        }
    }

    fn label_view<'r>(&'r self, line: &'r str) -> LabelView<'r> {
        LabelView { line, scratch: &self.scratch, pieces: &self.pieces }
    }

    /// Ends the body.
    ///
    /// # Errors
    /// An OpenMetrics body without its `# EOF`.
    pub fn finish(&mut self) -> Result<(), TextError> {
        if self.format == Format::OpenMetrics && !self.body.ended {
            return Err(TextError {
                line: self.number.saturating_add(1),
                column: 1,
                message: "the text ends without `# EOF`".to_owned(),
                help: "it was cut off on its way, or it is not OpenMetrics: fetch it again".to_owned(),
            });
        }
        Ok(())
    }

    fn read<'l>(&mut self, line: &'l [u8]) -> Result<(&'l str, Option<Parsed>), Box<Fault>> {
        // Before the text is looked at, so that no long line is.
        self.line_length(line.len())?;
        let text = std::str::from_utf8(line).map_err(|error| {
            Fault::new(error.valid_up_to(), "a byte that is not UTF-8", "both formats are UTF-8; convert the text")
        })?;
        Ok((text, self.read_text(text)?))
    }

    fn line_length(&self, length: usize) -> Result<(), Box<Fault>> {
        if length > self.limits.line {
            let message = format!("the line has more than {} bytes", self.limits.line);
            return Err(Fault::new(self.limits.line, message, "shorten its label values or its help"));
        }
        Ok(())
    }

    fn read_text(&mut self, text: &str) -> Result<Option<Parsed>, Box<Fault>> {
        self.pieces.clear();
        self.scratch.clear();
        match self.format {
            Format::OpenMetrics => self.strict(text),
            Format::Prometheus => self.lenient(text),
        }
    }

    /// A metric's name without quotes; `None` where labels begin, among which it may stand in quotes.
    pub(super) fn bare_name(&self, scan: &mut Scanner<'_>) -> Result<Option<Piece>, Box<Fault>> {
        let at = scan.at;
        let name = scan.metric_name();
        if name.is_empty() {
            let open = scan.peek() == Some(b'{');
            return if open { Ok(None) } else { Err(no_name(scan)) };
        }
        // What goes on as a name of another kind would is a name that wants quotes, and not a value without a space before it.
        if matches!(scan.peek(), Some(b'.' | b'-' | b'/') | Some(0x80..)) && !self.is_value(scan) {
            return Err(scan.fault("the end of the name", NAMES));
        }
        let name = piece(at, at + name.len(), false);
        self.name_length(name, at)?;
        Ok(Some(name))
    }

    /// Prometheus takes `a-1` for the value -1 of `a`.
    fn is_value(&self, scan: &Scanner<'_>) -> bool {
        let word = scan.rest().split([' ', '\t']).next().unwrap_or_default();
        self.format == Format::Prometheus && number(word).is_some()
    }

    /// The labels behind `{`, up to and with `}`, pushed to the reader's pieces. `strict` is OpenMetrics: no white space, no comma
    /// behind the last one.
    pub(super) fn labels(
        &mut self,
        scan: &mut Scanner<'_>,
        name: &mut Option<Piece>,
        strict: bool,
    ) -> Result<(), Box<Fault>> {
        const HELP: &str = "labels are `{name=\"value\",other=\"value\"}`";
        let mut after_comma = false;
        loop {
            if !strict {
                scan.blanks();
            }
            if !(strict && after_comma) && scan.take(b'}') {
                return Ok(());
            }
            let at = scan.at;
            let quoted = scan.peek() == Some(b'"');
            let label = if quoted {
                scan.quoted(&mut self.scratch)?
            } else {
                let label = scan.label_name();
                if label.is_empty() {
                    return Err(scan.fault("the name of a label", HELP));
                }
                piece(at, at + label.len(), false)
            };
            self.name_length(label, at)?;
            if !strict {
                scan.blanks();
            }
            if quoted && name.is_none() && matches!(scan.peek(), Some(b',' | b'}')) {
                *name = Some(label);
            } else {
                self.value(scan, label, at, strict)?;
            }
            if !strict {
                scan.blanks();
            }
            after_comma = scan.take(b',');
            if !after_comma && scan.peek() != Some(b'}') {
                return Err(scan.fault("a comma or `}`", HELP));
            }
        }
    }

    /// `="value"` of the label `label`, which stands at `at`.
    fn value(&mut self, scan: &mut Scanner<'_>, label: Piece, at: usize, strict: bool) -> Result<(), Box<Fault>> {
        if !scan.take(b'=') {
            return Err(scan.fault("`=`", "a label is `name=\"value\"`"));
        }
        if !strict {
            scan.blanks();
        }
        if scan.peek() != Some(b'"') {
            return Err(scan.fault("a text in double quotes", "a label is `name=\"value\"`"));
        }
        let value = scan.quoted(&mut self.scratch)?;
        let line = scan.text;
        let name = text(line, &self.scratch, label);
        if self.pieces.iter().any(|(known, _)| text(line, &self.scratch, *known) == name) {
            return Err(Fault::new(at, format!("the label `{}` stands twice", shown(name)), "remove one of them"));
        }
        if self.pieces.len() >= self.limits.labels {
            let message = format!("more than {} labels", self.limits.labels);
            return Err(Fault::new(at, message, "leave out labels that tell nothing apart"));
        }
        self.pieces.push((label, value));
        Ok(())
    }

    pub(super) fn name_length(&self, name: Piece, at: usize) -> Result<(), Box<Fault>> {
        let length = name.end.saturating_sub(name.start) as usize;
        if length == 0 {
            return Err(Fault::new(at, "a name of no characters", "give it a name"));
        }
        if length > self.limits.name {
            let message = format!("a name of {length} bytes, more than {}", self.limits.name);
            return Err(Fault::new(at, message, "shorten it"));
        }
        Ok(())
    }
}

const NAMES: &str =
    "names are of a-z, A-Z, 0-9, _ and :, and begin with no digit; others stand in quotes: {\"any.name\"}";

pub(super) fn no_name(scan: &Scanner<'_>) -> Box<Fault> {
    scan.fault("a metric's name", NAMES)
}

pub(super) fn no_value(at: usize, word: &str) -> Box<Fault> {
    let message =
        if word.is_empty() { "there is no value".to_owned() } else { format!("`{}` is no number", shown(word)) };
    let help = if word.ends_with('\r') {
        "lines end in a line feed alone; remove the carriage returns"
    } else {
        "a value is like 1, 0.5, 1e9, NaN, +Inf or -Inf"
    };
    Fault::new(at, message, help)
}

pub(super) fn no_type(at: usize, word: &str, words: &str) -> Box<Fault> {
    Fault::new(at, format!("`{}` is no type", shown(word)), format!("types are {words}"))
}
