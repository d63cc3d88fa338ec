//! Where all mistakes of one file are gathered.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics, Level, Said, Source};

/// More than these help nobody: the first hundred are mended first.
const MOST: usize = 100;

/// The mistakes and warnings of one file, as they are found.
pub(crate) struct Report {
    source: Arc<Source>,
    found: Vec<Diagnostic>,
    left_out: usize,
}

impl Report {
    pub(crate) fn new(file: &str, text: &str) -> Self {
        Self { source: Source::new(file, text), found: Vec::new(), left_out: 0 }
    }

    pub(crate) fn error(&mut self, span: Range<usize>, said: Said) {
        self.push(span, Level::Error, said);
    }

    pub(crate) fn warn(&mut self, span: Range<usize>, said: Said) {
        self.push(span, Level::Warning, said);
    }

    fn push(&mut self, span: Range<usize>, level: Level, said: Said) {
        // An error always gets in, so that a file full of warnings is not taken for a good one.
        let room = self.found.len() < MOST || (level == Level::Error && !self.has_errors());
        if room {
            self.found.push(Diagnostic::at(&self.source, span, level, said));
        } else {
            self.left_out += 1;
        }
    }

    /// The line, from 1, that holds the byte at `offset`.
    pub(crate) fn line_of(&self, offset: usize) -> usize {
        self.source.line_of(offset) + 1
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.found.iter().any(|diagnostic| diagnostic.level == Level::Error)
    }

    pub(crate) fn finish(self) -> Diagnostics {
        let mut all = Diagnostics::from_unsorted(self.found);
        if self.left_out > 0 {
            let level = if all.has_errors() { Level::Error } else { Level::Warning };
            let end = self.source.len();
            let said = Said::new(format!("{} more were found and are not listed", self.left_out));
            all.push(Diagnostic::at(&self.source, end..end, level, said));
        }
        all
    }
}

/// `text` as a message may quote it: on one line and not too long.
pub(crate) fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(60).is_some() { format!("{shown}...") } else { shown }
}
