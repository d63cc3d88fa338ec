//! Why an import ended early.

use std::io;

use crate::exposition::TextError;

/// `E` is what the receiver of the samples may fail with.
#[derive(Debug, thiserror::Error)]
pub enum ImportError<E> {
    /// The text is not of the format.
    #[error("{0}")]
    Text(TextError),
    /// The stream failed.
    #[error("the stream could not be read: {0}")]
    Io(#[from] io::Error),
    /// The receiver of the samples failed.
    #[error("{0}")]
    Stopped(E),
}

impl<E> From<TextError> for ImportError<E> {
    fn from(error: TextError) -> Self {
        Self::Text(error)
    }
}
