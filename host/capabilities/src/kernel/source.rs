//! One file of the kernel, kept open and read anew each time.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::text::Malformed;
use crate::CapabilityError;

/// More than any file of the kernel that we read; a guard against a root that holds something else.
const LARGEST: usize = 8 << 20;
const FIRST_BUFFER: usize = 8 << 10;

/// How the kernel hands out a file's text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// All of it at once, when the buffer is large enough: a short read is the end. (`single_open` in the kernel, and sysfs.)
    /// Asking again would make the kernel write the whole text once more, to find that nothing is left.
    Single,
    /// Some records at a time: only an empty read is the end.
    Records,
}

/// A kept descriptor with its buffer. `/proc` gives fresh content at every read from the start.
pub(super) struct Source {
    path: PathBuf,
    shape: Shape,
    file: Option<File>,
    buffer: Vec<u8>,
}

impl Source {
    pub(super) fn single(path: PathBuf) -> Self {
        Self { path, shape: Shape::Single, file: None, buffer: Vec::new() }
    }

    pub(super) fn records(path: PathBuf) -> Self {
        Self { path, shape: Shape::Records, file: None, buffer: Vec::new() }
    }

    /// The file's content as of now.
    pub(super) fn read(&mut self) -> Result<&[u8], CapabilityError> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(File::open(&self.path).map_err(|error| CapabilityError::of_file(&self.path, &error))?),
        };
        match read_whole(file, self.shape, &mut self.buffer) {
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

/// The content of a file that is read too seldom to be kept open.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, CapabilityError> {
    let mut source = Source::records(path.to_owned());
    let length = source.read()?.len();
    source.buffer.truncate(length);
    Ok(source.buffer)
}

/// What a kernel does not have, or has and keeps closed (of namespaces some files are so), is no failure.
pub(super) fn optional<T>(read: Result<T, CapabilityError>) -> Result<Option<T>, CapabilityError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(CapabilityError::NotPresent(_) | CapabilityError::Denied(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads `file` from its start into `buffer`, which grows as needed and is never cleared; gives the content's length, or
/// nothing when there is more than [`LARGEST`].
pub(super) fn read_whole(file: &File, shape: Shape, buffer: &mut Vec<u8>) -> std::io::Result<Option<usize>> {
    if buffer.is_empty() {
        buffer.resize(FIRST_BUFFER, 0);
    }
    let mut length = 0;
    loop {
        match file.read_at(&mut buffer[length..], length as u64) {
            Ok(0) => return Ok(Some(length)),
            Ok(count) => length += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        if length < buffer.len() {
            if shape == Shape::Single {
                return Ok(Some(length));
            }
        } else {
            if length >= LARGEST {
                return Ok(None);
            }
            buffer.resize(length * 2, 0);
        }
    }
}
