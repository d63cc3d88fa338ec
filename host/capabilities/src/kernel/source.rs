//! One file of the kernel, kept open and read anew each time.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::text::Malformed;
use crate::CapabilityError;

/// More than any file of the kernel that we read; a guard against a root that holds something else.
const LARGEST: usize = 8 << 20;
const FIRST_BUFFER: usize = 8 << 10;

/// A kept descriptor with its buffer. `/proc` gives fresh content at every read from the start.
pub(super) struct Source {
    path: PathBuf,
    file: Option<File>,
    buffer: Vec<u8>,
}

impl Source {
    pub(super) fn new(root: &Path, path: &str) -> Self {
        Self::at(root.join(path))
    }

    pub(super) fn at(path: PathBuf) -> Self {
        Self { path, file: None, buffer: Vec::new() }
    }

    /// The file's content as of now.
    pub(super) fn read(&mut self) -> Result<&[u8], CapabilityError> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(File::open(&self.path).map_err(|error| CapabilityError::of_file(&self.path, &error))?),
        };
        match read_whole(file, &mut self.buffer) {
            Ok(Some(length)) => Ok(&self.buffer[..length]),
            Ok(None) => Err(CapabilityError::TooLarge(format!("{}: more than 8 MiB", self.path.display()))),
            Err(error) => {
                // What stood behind the descriptor may be gone (a device removed); the next read opens the path again.
                self.file = None;
                Err(CapabilityError::of_file(&self.path, &error))
            }
        }
    }

    /// Reads and parses; a parser's complaint is given the file's name.
    pub(super) fn parse<T>(&mut self, parse: impl FnOnce(&[u8]) -> Result<T, Malformed>) -> Result<T, CapabilityError> {
        let parsed = parse(self.read()?);
        parsed.map_err(|malformed| malformed.in_file(&self.path))
    }
}

/// Reads `file` from its start into `buffer`, which grows as needed and is never cleared; gives the content's length, or
/// nothing when there is more than [`LARGEST`].
pub(super) fn read_whole(file: &File, buffer: &mut Vec<u8>) -> std::io::Result<Option<usize>> {
    if buffer.is_empty() {
        buffer.resize(FIRST_BUFFER, 0);
    }
    let mut length = 0;
    loop {
        match file.read_at(&mut buffer[length..], length as u64) {
            Ok(0) => return Ok(Some(length)),
            Ok(count) => length += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if length == buffer.len() {
            if length >= LARGEST {
                return Ok(None);
            }
            buffer.resize(length * 2, 0);
        }
    }
}
