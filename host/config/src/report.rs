//! Where all mistakes of one file are gathered.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Diagnostics, Level, Said, Source};
use crate::mask;

/// More than these help nobody: the first hundred are mended first.
const MOST: usize = 100;

/// The mistakes and warnings of one file, as they are found. They are drawn at the end, when it is known which parts of
/// the text are secrets.
pub(crate) struct Report {
    file: String,
    text: String,
    /// Byte offset of the start of each line.
    lines: Vec<usize>,
    found: Vec<(Range<usize>, Level, Said)>,
    hidden: Vec<Range<usize>>,
    has_errors: bool,
    left_out: usize,
}

impl Report {
    pub(crate) fn new(file: &str, text: &str) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self {
            file: file.to_owned(),
            text: text.to_owned(),
            lines: std::iter::once(0).chain(starts).collect(),
            found: Vec::new(),
            hidden: Vec::new(),
            has_errors: false,
            left_out: 0,
        }
    }

    pub(crate) fn error(&mut self, span: Range<usize>, said: Said) {
        self.push(span, Level::Error, said);
    }

    pub(crate) fn warn(&mut self, span: Range<usize>, said: Said) {
        self.push(span, Level::Warning, said);
    }

    fn push(&mut self, span: Range<usize>, level: Level, said: Said) {
        // An error always gets in, so that a file full of warnings is not taken for a good one.
        if self.found.len() < MOST || (level == Level::Error && !self.has_errors) {
            self.has_errors |= level == Level::Error;
            self.found.push((span, level, said));
        } else {
            self.left_out += 1;
        }
    }

    /// The bytes of `span` are a secret: no source line shows them.
    pub(crate) fn hide(&mut self, span: Range<usize>) {
        self.hidden.push(span);
    }

    /// Whether more mistakes would only be counted, so that their causes need not be looked for.
    pub(crate) fn is_full(&self) -> bool {
        self.found.len() >= MOST
    }

    /// The line, from 1, that holds the byte at `offset`.
    pub(crate) fn line_of(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset)
    }

    pub(crate) fn finish(self) -> Diagnostics {
        if self.found.is_empty() {
            return Diagnostics::default();
        }
        let end = self.text.len();
        let masked = mask::secrets(&mask::spans(&self.text, self.hidden));
        let source = Source::new(self.file, masked, self.lines);
        let place = |(span, level, said)| Diagnostic::at(&source, span, level, said);
        let mut all = Diagnostics::from_unsorted(self.found.into_iter().map(place).collect());
        if self.left_out > 0 {
            let level = if self.has_errors { Level::Error } else { Level::Warning };
            let said = Said::new(format!("{} more were found and are not listed", self.left_out));
            all.push(Diagnostic::at(&source, end..end, level, said));
        }
        all
    }
}

/// `text` as a message may quote it: on one line, not too long, and without what turns the writing round.
pub(crate) fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(60).map(|c| if c.is_control() || is_turning(c) { ' ' } else { c }).collect();
    if text.chars().nth(60).is_some() { format!("{shown}...") } else { shown }
}

/// Whether it changes the direction of the text behind it.
const fn is_turning(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
