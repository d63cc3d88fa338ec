//! What a process shows only to those who may look into it: bytes read and written, and the number of its open files.

use std::fs::File;

use rustix::fs::{AtFlags, Mode, OFlags, openat, statat};

use super::InputOutput;
use crate::kernel::source::{Shape, read_whole};
use crate::kernel::text::{lines, whole_number};

/// What was last seen inside of one process.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Inside {
    io: Option<InputOutput>,
    open_files: Option<u64>,
}

impl Inside {
    /// Looks at the process `id` of the folder `proc`, and gives what it read and wrote since it was last looked at. Of a process
    /// that was never seen before all counts when it `is_new`, and nothing when only this host is.
    pub(super) fn look(
        &mut self,
        proc: &File,
        id: u32,
        is_kernel: bool,
        is_new: bool,
        buffer: &mut Vec<u8>,
    ) -> Option<InputOutput> {
        if !is_kernel {
            // Since Linux 6.2 the size of the folder is the number of files; before, it was 0.
            let folder = statat(proc, format!("{id}/fd"), AtFlags::empty()).ok();
            self.open_files = folder.and_then(|folder| u64::try_from(folder.st_size).ok()).filter(|files| *files > 0);
        }
        let now = read_io(proc, id, buffer)?;
        let before = self.io.replace(now).unwrap_or(if is_new { InputOutput::default() } else { now });
        Some(InputOutput {
            read_bytes: now.read_bytes.saturating_sub(before.read_bytes),
            written_bytes: now.written_bytes.saturating_sub(before.written_bytes),
        })
    }

    /// What is said of one that is not looked at this time.
    pub(super) fn unchanged(&self) -> Option<InputOutput> {
        self.io.map(|_| InputOutput::default())
    }

    pub(super) fn open_files(&self) -> Option<u64> {
        self.open_files
    }
}

/// Opening it is allowed to everyone, reading only to some.
fn read_io(proc: &File, id: u32, buffer: &mut Vec<u8>) -> Option<InputOutput> {
    let file = openat(proc, format!("{id}/io"), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let length = read_whole(&File::from(file), Shape::Single, buffer).ok()??;
    parse_io(&buffer[..length])
}

/// `read_bytes: 12`. Nothing when the text is not whole.
fn parse_io(text: &[u8]) -> Option<InputOutput> {
    let (mut read, mut written) = (None, None);
    for mut line in lines(text) {
        let target = match line.field() {
            Some(b"read_bytes:") => &mut read,
            Some(b"write_bytes:") => &mut written,
            _ => continue,
        };
        *target = line.field().and_then(whole_number);
    }
    Some(InputOutput { read_bytes: read?, written_bytes: written? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_cut_off_or_negative_is_not_told() {
        let whole = "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\ncancelled_write_bytes: 7\n";
        assert_eq!(parse_io(whole.as_bytes()), Some(InputOutput { read_bytes: 5, written_bytes: 6 }));
        for text in ["", "read_bytes: 5\n", "read_bytes: 5\nwrite_bytes:", "read_bytes: -5\nwrite_bytes: 6\n"] {
            assert_eq!(parse_io(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_left_out(bytes: Vec<u8>) {
            let _ = parse_io(&[b"read_bytes: 1\nwrite_bytes: ", &bytes[..]].concat());
        }
    }
}
