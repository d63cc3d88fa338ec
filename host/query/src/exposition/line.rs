//! One line of either format after the other: the grammar. What lines must have to do with each other is in `metadata.rs` and
//! `rules.rs`.

use autobot_model::{Kind, Timestamp};

use super::Format;
use super::error::{Fault, TextError, shown};
use super::family::Type;
use super::labels::{LabelView, Piece, text};
use super::metadata::Body;
use super::number::{Moment, number, seconds, strict_number};
use super::scan::{Scanner, piece, unescape_help};

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
        /// How its values behave; [`Kind::Gauge`] for a `gaugehistogram`.
        kind: Kind,
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
    /// When it was measured, if the text says so. OpenMetrics' nanoseconds are rounded to milliseconds.
    pub time: Option<Timestamp>,
}

/// Where the parts of a sample stand in its line.
pub(super) struct Places {
    pub(super) name: Piece,
    pub(super) labels: usize,
    pub(super) value: usize,
    pub(super) time: usize,
    /// Where an exemplar stands.
    pub(super) exemplar: Option<usize>,
}

/// Reads a body line by line. It keeps no line: memory is bounded by its [`Limits`].
#[derive(Debug)]
pub struct LineReader {
    format: Format,
    limits: Limits,
    number: u64,
    pieces: Vec<(Piece, Piece)>,
    scratch: String,
    body: Body,
}

/// A record by the places of its parts, so that it borrows nothing while the reader goes on.
#[derive(Clone, Copy)]
pub(super) enum Parsed {
    Type { family: Piece, kind: Kind },
    Help { family: Piece, text: Piece },
    Unit { family: Piece, unit: Piece },
    Sample { name: Piece, value: f64, time: Option<Timestamp> },
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
        if line.len() > self.limits.line {
            let message = format!("the line has {} bytes, more than {}", line.len(), self.limits.line);
            return Err(Fault::new(self.limits.line, message, "shorten its label values or its help"));
        }
        let text = std::str::from_utf8(line).map_err(|error| {
            Fault::new(error.valid_up_to(), "a byte that is not UTF-8", "both formats are UTF-8; convert the text")
        })?;
        self.pieces.clear();
        self.scratch.clear();
        let parsed = match self.format {
            Format::OpenMetrics => self.strict(text),
            Format::Prometheus => self.lenient(text),
        };
        Ok((text, parsed?))
    }

    fn lenient(&mut self, line: &str) -> Result<Option<Parsed>, Box<Fault>> {
        let mut scan = Scanner { text: line, at: 0 };
        scan.blanks();
        match scan.peek() {
            None => return Ok(None),
            Some(b'#') => return self.lenient_metadata(scan),
            _ => {}
        }
        let mut name = self.bare_name(&mut scan)?;
        scan.blanks();
        if scan.take(b'{') {
            self.labels(&mut scan, &mut name, false)?;
        }
        let name = name.ok_or_else(|| no_name(&scan))?;
        scan.blanks();
        let (value_at, word) = (scan.at, scan.token());
        let value = number(word).ok_or_else(|| no_value(value_at, word))?;
        scan.blanks();
        let time = match scan.peek() {
            None => None,
            Some(b'#') => {
                return Err(scan.fault("the end of the line", "exemplars are of OpenMetrics; this format has none"));
            }
            Some(_) => {
                let (at, word) = (scan.at, scan.token());
                let millis = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-').then(|| word.parse().ok());
                Some(Timestamp(millis.flatten().ok_or_else(|| {
                    let message = format!("`{}` is no time", shown(word));
                    Fault::new(
                        at,
                        message,
                        "this format has whole milliseconds since 1970; seconds with a fraction are OpenMetrics",
                    )
                })?))
            }
        };
        scan.blanks();
        if scan.peek().is_some() {
            return Err(scan.fault("the end of the line", "a line holds a series, a value, and at most a time"));
        }
        Ok(Some(Parsed::Sample { name, value, time }))
    }

    /// A comment says nothing unless it begins with `HELP` or `TYPE` and has a name.
    fn lenient_metadata(&mut self, mut scan: Scanner<'_>) -> Result<Option<Parsed>, Box<Fault>> {
        scan.at += 1;
        scan.blanks();
        let word = scan.token();
        let blank = matches!(scan.peek(), Some(b' ' | b'\t'));
        if !(blank && matches!(word, "HELP" | "TYPE")) {
            return Ok(None);
        }
        scan.blanks();
        let family = if scan.peek() == Some(b'"') {
            scan.quoted(&mut self.scratch)?
        } else {
            let at = scan.at;
            let name = scan.metric_name();
            if name.is_empty() || !matches!(scan.peek(), None | Some(b' ' | b'\t')) {
                scan.at = at;
                return Err(
                    scan.fault("a metric's name", "write `# TYPE name gauge`; other comments need another first word")
                );
            }
            piece(at, at + name.len(), false)
        };
        self.name_length(family, scan.at)?;
        scan.blanks();
        let (at, rest) = (scan.at, scan.rest());
        if word == "TYPE" {
            let word = rest.trim_end_matches([' ', '\t']);
            let kind = if word == "untyped" { Some(Type::Unknown) } else { Type::of_word(word) };
            let kind = kind.ok_or_else(|| no_type(at, word, "counter, gauge, histogram, summary and untyped"))?.kind();
            return Ok(Some(Parsed::Type { family, kind }));
        }
        Ok(Some(Parsed::Help { family, text: unescape_help(rest, at, false, &mut self.scratch) }))
    }

    fn strict(&mut self, line: &str) -> Result<Option<Parsed>, Box<Fault>> {
        if self.body.ended {
            return Err(Fault::new(
                0,
                format!("`{}` stands behind `# EOF`", shown(line)),
                "nothing may; make it one text",
            ));
        }
        if line.is_empty() {
            return Err(Fault::new(0, "an empty line", "OpenMetrics has none; remove it"));
        }
        if line.starts_with('#') {
            return self.strict_metadata(line);
        }
        let mut scan = Scanner { text: line, at: 0 };
        let mut name = self.bare_name(&mut scan)?;
        let labels_at = scan.at;
        if scan.take(b'{') {
            self.labels(&mut scan, &mut name, true)?;
        }
        let name = name.ok_or_else(|| no_name(&scan))?;
        let (value_at, value) = strict_value(&mut scan)?;
        let mut places = Places { name, labels: labels_at, value: value_at, time: scan.at, exemplar: None };
        let mut time: Option<Moment> = None;
        if !scan.rest().is_empty() && !scan.rest().starts_with(" #") {
            time = Some(strict_time(&mut scan)?);
        }
        if !scan.rest().is_empty() {
            places.exemplar = Some(scan.at);
            self.exemplar(&mut scan)?;
        }
        let Self { body, scratch, pieces, .. } = self;
        let labels = LabelView { line, scratch, pieces };
        body.sample(text(line, scratch, name), labels, value, time, &places)?;
        Ok(Some(Parsed::Sample { name, value, time: time.and_then(Moment::timestamp) }))
    }

    /// `# TYPE`, `# HELP`, `# UNIT` or `# EOF`, spelt to the letter.
    fn strict_metadata(&mut self, line: &str) -> Result<Option<Parsed>, Box<Fault>> {
        const HELP: &str = "OpenMetrics knows `# TYPE name type`, `# HELP name text`, `# UNIT name unit` and `# EOF`, with single spaces";
        if line == "# EOF" {
            self.body.end()?;
            return Ok(None);
        }
        let word = line.get(2..6).filter(|word| matches!(*word, "TYPE" | "HELP" | "UNIT") && line.starts_with("# "));
        let Some(word) = word.filter(|_| line.as_bytes().get(6) == Some(&b' ')) else {
            return Err(Fault::new(0, format!("`{}` is no line of OpenMetrics", shown(line)), HELP));
        };
        let mut scan = Scanner { text: line, at: 7 };
        let family = if scan.peek() == Some(b'"') {
            scan.quoted(&mut self.scratch)?
        } else {
            piece(7, 7 + scan.metric_name().len(), false)
        };
        self.name_length(family, 7)?;
        if !scan.take(b' ') {
            return Err(scan.fault("one space and the rest of the line", HELP));
        }
        let (at, rest, name) = (scan.at, scan.rest(), text(line, &self.scratch, family));
        Ok(Some(match word {
            "TYPE" => {
                let kind = Type::of_word(rest).ok_or_else(|| no_type(at, rest, TYPES))?;
                self.body.set_type(name, kind)?;
                Parsed::Type { family, kind: kind.kind() }
            }
            "UNIT" => {
                self.body.set_unit(name, rest, at)?;
                Parsed::Unit { family, unit: piece(at, line.len(), false) }
            }
            _ => {
                strict_help(rest, at)?;
                self.body.set_help(name)?;
                Parsed::Help { family, text: unescape_help(rest, at, true, &mut self.scratch) }
            }
        }))
    }

    /// ` # {label="value"} 1.5 1.2`: checked, and then forgotten.
    fn exemplar(&mut self, scan: &mut Scanner<'_>) -> Result<(), Box<Fault>> {
        const HELP: &str = "an exemplar is ` # {label=\"value\"} VALUE [SECONDS]`";
        if !(scan.take(b' ') && scan.take(b'#') && scan.take(b' ') && scan.peek() == Some(b'{')) {
            return Err(scan.fault("an exemplar or the end of the line", HELP));
        }
        let at = scan.at;
        scan.at += 1;
        let mut no_metric = Some(piece(0, 0, false));
        // Names may be the same as those of the sample's own labels.
        let own = std::mem::take(&mut self.pieces);
        self.labels(scan, &mut no_metric, true)?;
        let long = |piece: Piece| text(scan.text, &self.scratch, piece).chars().count();
        let length: usize = self.pieces.iter().map(|(name, value)| long(*name) + long(*value)).sum();
        self.pieces = own;
        if length > 128 {
            let message = format!("the exemplar's labels have {length} characters, more than 128");
            return Err(Fault::new(
                at,
                message,
                "the specification ends at 128, names and values together; shorten them",
            ));
        }
        strict_value(scan)?;
        if !scan.rest().is_empty() {
            strict_time(scan)?;
        }
        if scan.rest().is_empty() { Ok(()) } else { Err(scan.fault("the end of the line", HELP)) }
    }

    /// A metric's name without quotes; `None` where labels begin, among which it may stand in quotes.
    fn bare_name(&self, scan: &mut Scanner<'_>) -> Result<Option<Piece>, Box<Fault>> {
        let at = scan.at;
        let name = scan.metric_name();
        if name.is_empty() {
            let open = scan.peek() == Some(b'{');
            return if open { Ok(None) } else { Err(no_name(scan)) };
        }
        let name = piece(at, at + name.len(), false);
        self.name_length(name, at)?;
        Ok(Some(name))
    }

    /// The labels behind `{`, up to and with `}`, pushed to the reader's pieces. `strict` is OpenMetrics: no white space, no comma
    /// behind the last one.
    fn labels(&mut self, scan: &mut Scanner<'_>, name: &mut Option<Piece>, strict: bool) -> Result<(), Box<Fault>> {
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

    fn name_length(&self, name: Piece, at: usize) -> Result<(), Box<Fault>> {
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

/// What OpenMetrics calls types; Prometheus' `untyped` is not among them.
const TYPES: &str = "counter, gauge, histogram, gaugehistogram, summary, info, stateset, unknown";

/// The grammar wants quotes escaped, and a backslash followed by something.
fn strict_help(text: &str, at: usize) -> Result<(), Box<Fault>> {
    let mut bytes = text.bytes().enumerate();
    while let Some((place, byte)) = bytes.next() {
        match byte {
            b'"' => return Err(Fault::new(at + place, "a quote in a help text", "write \\\" for it")),
            b'\\' if bytes.next().is_none() => {
                return Err(Fault::new(at + place, "a backslash at the end of a help text", "write \\\\ for one"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn no_name(scan: &Scanner<'_>) -> Box<Fault> {
    let help = "a line begins with a name of a-z, A-Z, 0-9, _ and :, or has one in quotes: {\"any.name\"}";
    scan.fault("a metric's name", help)
}

fn no_value(at: usize, word: &str) -> Box<Fault> {
    let message =
        if word.is_empty() { "there is no value".to_owned() } else { format!("`{}` is no number", shown(word)) };
    let help = if word.ends_with('\r') {
        "lines end in a line feed alone; remove the carriage returns"
    } else {
        "a value is like 1, 0.5, 1e9, NaN, +Inf or -Inf"
    };
    Fault::new(at, message, help)
}

fn no_type(at: usize, word: &str, words: &str) -> Box<Fault> {
    Fault::new(at, format!("`{}` is no type", shown(word)), format!("types are {words}"))
}

/// One space and a number.
fn strict_value(scan: &mut Scanner<'_>) -> Result<(usize, f64), Box<Fault>> {
    if !scan.take(b' ') {
        return Err(scan.fault("one space and a value", "a line is `name{label=\"value\"} VALUE [SECONDS]`"));
    }
    let (at, word) = (scan.at, scan.token());
    Ok((at, strict_number(word).ok_or_else(|| no_value(at, word))?))
}

/// One space and seconds.
fn strict_time(scan: &mut Scanner<'_>) -> Result<Moment, Box<Fault>> {
    if !scan.take(b' ') {
        return Err(scan.fault("one space and a time, or the end of the line", "single spaces part the fields"));
    }
    let (at, word) = (scan.at, scan.token());
    seconds(word).ok_or_else(|| {
        let message =
            if word.is_empty() { "there is no time".to_owned() } else { format!("`{}` is no time", shown(word)) };
        Fault::new(
            at,
            message,
            "times are seconds since 1970 like 1767323045.678; end the line without a space where there is none",
        )
    })
}
