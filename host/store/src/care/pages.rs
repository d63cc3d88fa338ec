//! Rows of a database whose trees are gone, found page by page.
//!
//! A table's rows stand in leaves, and a leaf says itself that it is one; the pages above it are only needed to find it. So every page is
//! looked at, and what has the shape of a row of ours is taken for one: chunks and slots of the hot tail prove by their checksums that
//! they are. Leaves that were given up may still hold rows that were deleted: those were true once. The log is not looked at.
//!
//! The layout of pages, cells and records is that of <https://sqlite.org/fileformat2.html>, sections 1.6 and 2.1.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use crate::schema::PAGE;
use crate::tail::SLOT;

/// The first byte of a page that is a leaf of a table with integer keys.
const LEAF: u8 = 0x0d;
/// Bytes of its header, and of that of the file, which is on the first page.
const LEAF_HEADER: usize = 8;
const FILE_HEADER: usize = 100;
/// The longest row; more is damage.
const LONGEST: usize = 64 << 20;
/// Of a row that is longer than a page this much at least is on the page itself.
const LEAST: usize = (PAGE - 12) * 32 / 255 - 23;

/// Which rows are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Series,
    Chunk,
    Slot,
}

/// A row that was found.
#[derive(Debug)]
pub(super) enum Row {
    Series { id: i64, name: String, labels: String, group: Option<i64> },
    Chunk { key: i64, group: i64, data: Vec<u8> },
    Slot { data: Vec<u8> },
}

/// Hands over every row of that kind that any leaf of the file holds.
pub(super) fn each(path: &Path, kind: Kind, with: &mut dyn FnMut(Row)) -> io::Result<()> {
    let file = File::open(path)?;
    let count = file.metadata()?.len() / PAGE as u64;
    // Rows that are spread over pages are read by a file of their own, so that going over all pages stays one long read.
    let mut pages = Pages { file: File::open(path)?, count, left: count.saturating_mul(4) };
    let mut all = BufReader::with_capacity(1 << 18, file);
    let mut page = vec![0; PAGE];
    for number in 0..count {
        all.read_exact(&mut page)?;
        let start = if number == 0 { FILE_HEADER } else { 0 };
        if page.get(start) != Some(&LEAF) {
            continue;
        }
        let cells = usize::from(word(&page, start + 3).unwrap_or(0));
        for cell in 0..cells.min(PAGE / 4) {
            let row = word(&page, start + LEAF_HEADER + 2 * cell)
                .and_then(|at| page.get(usize::from(at)..))
                .and_then(|cell| row(cell, kind, &mut pages));
            row.into_iter().for_each(&mut *with);
        }
    }
    Ok(())
}

/// Pages by their number.
struct Pages {
    file: File,
    count: u64,
    /// Pages that may still be read: chains of rubble lead anywhere.
    left: u64,
}

impl Pages {
    /// The bytes of a row from its page `number` on, until it has `length`.
    fn chain(&mut self, mut number: u32, bytes: &mut Vec<u8>, length: usize) -> Option<()> {
        let mut page = vec![0; PAGE];
        while bytes.len() < length {
            self.left = self.left.checked_sub(1)?;
            let place = u64::from(number).checked_sub(1).filter(|place| *place < self.count)?;
            self.file.seek(SeekFrom::Start(place.checked_mul(PAGE as u64)?)).ok()?;
            self.file.read_exact(&mut page).ok()?;
            let (next, content) = page.split_at(4);
            let take = content.len().min(length - bytes.len());
            bytes.extend_from_slice(content.get(..take)?);
            number = u32::from_be_bytes(next.try_into().ok()?);
        }
        Some(())
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

/// SQLite's own variable-length integer: seven bits a byte, the highest first; a ninth byte has eight.
fn varint(bytes: &mut &[u8]) -> Option<i64> {
    let mut number = 0_u64;
    for at in 0..9 {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        if at == 8 {
            number = number << 8 | u64::from(*first);
            break;
        }
        number = number << 7 | u64::from(first & 0x7f);
        if first & 0x80 == 0 {
            break;
        }
    }
    Some(number as i64)
}

fn row(mut cell: &[u8], kind: Kind, pages: &mut Pages) -> Option<Row> {
    let length = usize::try_from(varint(&mut cell)?).ok().filter(|length| (2..=LONGEST).contains(length))?;
    let key = varint(&mut cell)?;
    let most = PAGE - 35;
    let local = if length <= most {
        length
    } else {
        let fitting = LEAST + (length - LEAST) % (PAGE - 4);
        if fitting <= most { fitting } else { LEAST }
    };
    let mut bytes = cell.get(..local)?.to_vec();
    // Before the rest is fetched, it must look like what is wanted.
    let types = types(&bytes)?;
    if !fits(kind, &types) {
        return None;
    }
    if local < length {
        let next = u32::from_be_bytes(cell.get(local..local + 4)?.try_into().ok()?);
        pages.chain(next, &mut bytes, length)?;
    }
    take_apart(key, kind, &types, &bytes)
}

/// The types of a record's columns, as its header says.
fn types(record: &[u8]) -> Option<Vec<i64>> {
    let mut rest = record;
    let header = usize::try_from(varint(&mut rest)?).ok().filter(|header| *header <= 64)?;
    let begun = record.len() - rest.len();
    let mut rest = record.get(begun..header)?;
    let mut types = Vec::new();
    while !rest.is_empty() {
        types.push(varint(&mut rest)?);
    }
    Some(types)
}

fn fits(kind: Kind, types: &[i64]) -> bool {
    let whole = |of: &i64| matches!(of, 1..=6 | 8 | 9);
    let text = |of: &i64| *of >= 13 && of % 2 == 1;
    let blob = |of: &i64| *of >= 12 && of % 2 == 0;
    match (kind, types) {
        (Kind::Series, [0, name, labels, group, seen]) => {
            text(name) && text(labels) && (*group == 0 || whole(group)) && whole(seen)
        }
        (Kind::Chunk, [0, group, first, last, rows, data]) => {
            [group, first, last, rows].into_iter().all(whole) && blob(data)
        }
        (Kind::Slot, [0, data]) => blob(data) && (data - 12) / 2 == SLOT as i64,
        _ => false,
    }
}

fn take_apart(key: i64, kind: Kind, types: &[i64], record: &[u8]) -> Option<Row> {
    let header = usize::try_from(varint(&mut &*record)?).ok()?;
    let mut rest = record.get(header..)?;
    let mut fields = Vec::new();
    for of in types {
        let length = match of {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(*of).ok()?,
            5 => 6,
            6 => 8,
            _ => usize::try_from((of - 12) / 2).ok()?,
        };
        let (field, after) = rest.split_at_checked(length)?;
        fields.push(field);
        rest = after;
    }
    let number = |at: usize| -> Option<i64> {
        let (of, field) = (types.get(at)?, fields.get(at)?);
        match of {
            8 => Some(0),
            9 => Some(1),
            _ => {
                let sign = if field.first()? & 0x80 == 0 { 0 } else { -1 };
                Some(field.iter().fold(sign, |number: i64, byte| number << 8 | i64::from(*byte)))
            }
        }
    };
    let text = |at: usize| std::str::from_utf8(fields.get(at)?).ok().map(str::to_owned);
    Some(match kind {
        Kind::Series => Row::Series { id: key, name: text(1)?, labels: text(2)?, group: number(3) },
        Kind::Chunk => Row::Chunk { key, group: number(1)?, data: fields.get(5)?.to_vec() },
        Kind::Slot => Row::Slot { data: fields.get(1)?.to_vec() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn variable_length_integers_are_sqlites() {
        for (bytes, wanted) in [
            (&[0x7f_u8][..], Some(0x7f)),
            (&[0x81, 0x00], Some(0x80)),
            (&[0xff; 9], Some(-1)),
            (&[0x81], None),
            (&[], None),
        ] {
            assert_eq!(varint(&mut &*bytes), wanted, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn rubble_gives_rows_or_nothing_but_no_panic(mut rubble in prop::collection::vec(any::<u8>(), PAGE * 3)) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("rubble");
            for start in [FILE_HEADER, PAGE, 2 * PAGE] {
                rubble[start] = LEAF;
            }
            std::fs::write(&path, rubble).unwrap();
            for kind in [Kind::Series, Kind::Chunk, Kind::Slot] {
                each(&path, kind, &mut |_| {}).unwrap();
            }
        }
    }
}
