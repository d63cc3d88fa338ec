//! Frames between host and child: length, kind, payload.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

/// A frame longer than this was written by nobody of us.
const LONGEST: usize = 64 << 20;
/// Length, and one byte of kind.
pub(super) const HEAD: usize = 5;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// To the child: [`Setup`], once.
    Setup = 1,
    /// To the child: one byte that says which function of the plugin, and its arguments.
    Call = 2,
    /// To the child: what it asked for.
    Answer = 3,
    /// To the host: the library is loaded.
    Ready = 4,
    /// To the host: it is not; why, in a sentence.
    Refused = 5,
    /// To the host: a question ([`question`]).
    Ask = 6,
    /// To the host: the plugin's answer to a call.
    Done = 7,
}

/// What a child has to know before it loads anything.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Setup {
    /// Folders and files that it may read, besides the system's libraries.
    pub(super) readable: Vec<String>,
    /// Bytes of memory.
    pub(super) memory: u64,
}

/// The head of a frame.
pub(super) fn head(kind: Kind, length: usize) -> io::Result<[u8; HEAD]> {
    let length = u32::try_from(length).map_err(io::Error::other)?.to_le_bytes();
    Ok([length[0], length[1], length[2], length[3], kind as u8])
}

/// Kind and length of what follows a head.
pub(super) fn of_head(head: [u8; HEAD]) -> io::Result<(Kind, usize)> {
    let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
    let kind = match head[4] {
        1 => Kind::Setup,
        2 => Kind::Call,
        3 => Kind::Answer,
        4 => Kind::Ready,
        5 => Kind::Refused,
        6 => Kind::Ask,
        7 => Kind::Done,
        other => return Err(io::Error::other(format!("a frame of the unknown kind {other}"))),
    };
    if length > LONGEST {
        return Err(io::Error::other(format!("a frame of {length} bytes")));
    }
    Ok((kind, length))
}

/// The child's way to write a frame, of parts that are sent one after the other.
pub(super) fn write(to: &mut impl Write, kind: Kind, parts: &[&[u8]]) -> io::Result<()> {
    let mut frame = head(kind, parts.iter().map(|part| part.len()).sum())?.to_vec();
    parts.iter().for_each(|part| frame.extend_from_slice(part));
    to.write_all(&frame)
}

/// The child's way to read one.
pub(super) fn read(from: &mut impl Read, payload: &mut Vec<u8>) -> io::Result<Kind> {
    let mut head = [0; HEAD];
    from.read_exact(&mut head)?;
    let (kind, length) = of_head(head)?;
    payload.clear();
    payload.resize(length, 0);
    from.read_exact(payload)?;
    Ok(kind)
}

/// The payload of a question begins with the length of the function's name.
pub(super) fn question(payload: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = payload.split_first()?;
    let (name, asked) = rest.split_at_checked(usize::from(*length))?;
    Some((std::str::from_utf8(name).ok()?, asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut bytes = Vec::new();
        write(&mut bytes, Kind::Ask, &[&[8], b"cpu.read", &[1, 2]]).unwrap();
        let mut payload = Vec::new();
        assert_eq!(read(&mut bytes.as_slice(), &mut payload).unwrap(), Kind::Ask);
        assert_eq!(question(&payload), Some(("cpu.read", &[1, 2][..])));
        for cut in 0..bytes.len() {
            assert!(read(&mut &bytes[..cut], &mut payload).is_err());
        }
        assert_eq!(question(&[9, b'x']), None);
        assert!(read(&mut &[255, 255, 255, 255, 6][..], &mut payload).is_err(), "too long");
        assert!(read(&mut &[0, 0, 0, 0, 99][..], &mut payload).is_err(), "unknown");
    }
}
