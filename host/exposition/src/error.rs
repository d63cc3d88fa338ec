//! Why a text is refused: where, what stands there, and what to do.

use std::fmt;

/// A text that is not of its format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    /// Line, from 1.
    pub line: u64,
    /// Column in characters, from 1. In CSV, the number of the field.
    pub column: usize,
    /// What is wrong, with the value.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, message, help } = self;
        write!(f, "{line}:{column}: {message} ({help})")
    }
}

impl std::error::Error for TextError {}

/// A fault within one line, before its number is known.
#[derive(Debug)]
pub(super) struct Fault {
    /// Byte of the line.
    pub(super) at: usize,
    pub(super) message: String,
    pub(super) help: String,
}

impl Fault {
    /// Boxed, so that the common way out of a parser stays small.
    pub(super) fn new(at: usize, message: impl Into<String>, help: impl Into<String>) -> Box<Self> {
        Box::new(Self { at, message: message.into(), help: help.into() })
    }

    pub(super) fn in_line(self, number: u64, line: &[u8]) -> TextError {
        let before = line.get(..self.at.min(line.len())).unwrap_or_default();
        let column = String::from_utf8_lossy(before).chars().count().saturating_add(1);
        TextError { line: number, column, message: self.message, help: self.help }
    }
}

/// A value as an error shows it: 60 characters at most, control characters made visible.
pub fn shown(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(60) {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    if text.chars().nth(60).is_some() {
        out.push_str("...");
    }
    out
}
