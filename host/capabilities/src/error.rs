//! Why a fact could not be had.

use std::io;
use std::path::Path;

/// Mirrors `error` of the WIT: the case is for code, the text for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CapabilityError {
    /// The machine has no such thing. Not an alert.
    #[error("not present: {0}")]
    NotPresent(String),
    /// The operator's grant does not cover it.
    #[error("denied: {0}")]
    Denied(String),
    /// It took too long.
    #[error("timed out: {0}")]
    Timeout(String),
    /// Refused, reset, unreachable.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// What the caller handed over is wrong.
    #[error("invalid: {0}")]
    Invalid(String),
    /// More than the quota of one call.
    #[error("too large: {0}")]
    TooLarge(String),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

impl CapabilityError {
    /// The error of a file that could not be opened or read.
    pub(crate) fn of_file(path: &Path, error: &io::Error) -> Self {
        let text = format!("{}: {error}", path.display());
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::Unsupported => {
                Self::NotPresent(text)
            }
            // A kernel booted with `psi=0` has the files but refuses to read them.
            _ if error.raw_os_error() == Some(rustix::io::Errno::OPNOTSUPP.raw_os_error()) => Self::NotPresent(text),
            io::ErrorKind::PermissionDenied => Self::Denied(text),
            _ => Self::Failed(text),
        }
    }
}
