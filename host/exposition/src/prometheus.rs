//! The grammar of Prometheus' own format, 0.0.4, read as widely as Prometheus reads it.

use crate::error::{Fault, shown};
use crate::family::Type;
use crate::line::{LineReader, Parsed, no_name, no_type, no_value};
use crate::number::number;
use crate::scan::{Scanner, piece, unescape_help};

impl LineReader {
    pub(super) fn lenient(&mut self, line: &str) -> Result<Option<Parsed>, Box<Fault>> {
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
                Some(millis.flatten().ok_or_else(|| {
                    let message = format!("`{}` is no time", shown(word));
                    Fault::new(
                        at,
                        message,
                        "this format has whole milliseconds since 1970; seconds with a fraction are OpenMetrics",
                    )
                })?)
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
            let kind = kind.ok_or_else(|| no_type(at, word, "counter, gauge, histogram, summary and untyped"))?;
            return Ok(Some(Parsed::Type { family, kind }));
        }
        Ok(Some(Parsed::Help { family, text: unescape_help(rest, at, false, &mut self.scratch) }))
    }
}
