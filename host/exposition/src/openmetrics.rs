//! The grammar of OpenMetrics 1.0, to the letter but for names in quotes. What lines must have to do with each other is in
//! `metadata.rs` and `rules.rs`.

use crate::error::{Fault, shown};
use crate::family::Type;
use crate::labels::{LabelView, Piece, text};
use crate::line::{LineReader, Parsed, no_name, no_type, no_value};
use crate::number::{Moment, seconds, strict_number};
use crate::scan::{Scanner, piece, unescape_help};

/// Where the parts of a sample stand in its line.
pub(super) struct Places {
    pub(super) name: Piece,
    pub(super) labels: usize,
    pub(super) value: usize,
    pub(super) time: usize,
    /// Where an exemplar stands.
    pub(super) exemplar: Option<usize>,
}

impl LineReader {
    pub(super) fn strict(&mut self, line: &str) -> Result<Option<Parsed>, Box<Fault>> {
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
        Ok(Some(Parsed::Sample { name, value, time: time.and_then(Moment::millis) }))
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
            let name = scan.metric_name();
            if name.is_empty() {
                return Err(no_name(&scan));
            }
            piece(7, 7 + name.len(), false)
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
                Parsed::Type { family, kind }
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
