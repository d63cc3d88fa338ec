//! What can be wrong with a query: its text, or what it asks for.

use std::ops::Range;

use autobot_model::ReadError;

/// A text that is no PromQL. Bytes `span` of it are to blame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}{}", help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default())]
pub struct ParseError {
    /// What is wrong.
    pub message: String,
    /// Which bytes of the text.
    pub span: Range<usize>,
    /// Line of the start, from 1.
    pub line: usize,
    /// Column of the start in characters, from 1.
    pub column: usize,
    /// What may have been meant.
    pub help: Option<String>,
}

impl ParseError {
    pub(crate) fn new(text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let before = text.get(..span.start.min(text.len())).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { message: message.into(), span, line, column, help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Why a regular expression is none, in one line: the parser's own reason without the picture around it.
pub(crate) fn regex_reason(reason: &str) -> &str {
    reason.lines().rev().find_map(|line| line.strip_prefix("error: ")).unwrap_or(reason)
}

/// What kind of failure an evaluation met; Prometheus' API has a word and a status for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The query or a parameter is wrong.
    BadData,
    /// It cannot be evaluated: too much, or series that cannot be told apart.
    Execution,
    /// It took longer than it may.
    Timeout,
    /// The storage failed.
    Internal,
}

impl ErrorKind {
    /// `errorType` of Prometheus' API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadData => "bad_data",
            Self::Execution => "execution",
            Self::Timeout => "timeout",
            Self::Internal => "internal",
        }
    }

    /// HTTP status of Prometheus' API.
    pub const fn status(self) -> u16 {
        match self {
            Self::BadData => 400,
            Self::Execution => 422,
            Self::Timeout => 503,
            Self::Internal => 500,
        }
    }
}

/// Why a query has no result. The text is for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// What happened.
    pub message: String,
}

impl QueryError {
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::BadData, message: message.into() }
    }

    pub(crate) fn execution(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Execution, message: message.into() }
    }
}

impl From<ReadError> for QueryError {
    fn from(error: ReadError) -> Self {
        let kind = match error {
            ReadError::TooMuch { .. } => ErrorKind::Execution,
            ReadError::Storage(_) => ErrorKind::Internal,
        };
        Self { kind, message: error.to_string() }
    }
}

impl From<ParseError> for QueryError {
    fn from(error: ParseError) -> Self {
        Self::bad(error.to_string())
    }
}
