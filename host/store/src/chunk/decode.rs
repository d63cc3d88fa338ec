//! A chunk to columns; those that nobody wants are not decoded.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use autobot_model::Timestamp;
use pco::data_types::Number;
use pco::wrapped::{FileCompressor, FileDecompressor};

use super::{
    BITS, CODING, CONSTANT, DECIMAL, EXCEPTIONS, FORMAT, HEADER, LINE, MOST_ROWS, NEAR, RAW, Rows, SAME, SPARSE, STEPS,
};
use crate::codec::{Bytes, EXPONENTS, Scale, value};

/// A directory is at most this long: 128 columns of which each changes in a quarter of the most rows.
const LONGEST_DIRECTORY: usize = 64 << 20;

/// A column may be told by another, that one by a third, and the third by itself.
const LONGEST_WAY: u8 = 4;

/// The bytes are not what was written.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a chunk is damaged")]
pub(crate) struct Damaged;

/// A chunk whose bytes are sound: times, and where its columns are.
pub(crate) struct Chunk<'a> {
    pub(crate) times: Vec<Timestamp>,
    directory: Vec<u8>,
    data: &'a [u8],
    entries: Vec<Entry>,
    /// Mantissas of the columns that others are told by, once they were decoded.
    told: RefCell<HashMap<usize, Rc<[i64]>>>,
}

struct Entry {
    key: u64,
    tag: u8,
    /// `None`: all rows.
    rows: Option<Rows>,
    scale: Scale,
    exceptions: Vec<(usize, u64)>,
    content: Content,
}

enum Content {
    Constant(f64),
    Line {
        first: i64,
        step: i64,
    },
    Same {
        entry: usize,
        first: i64,
    },
    Near {
        entry: usize,
        behind: bool,
        differences: Range<usize>,
    },
    /// Within the directory.
    Steps(Range<usize>),
    /// Within the blob.
    Packed(Range<usize>),
}

impl<'a> Chunk<'a> {
    pub(crate) fn parse(data: &'a [u8]) -> Result<Self, Damaged> {
        Self::checked(data).ok_or(Damaged)
    }

    fn checked(data: &'a [u8]) -> Option<Self> {
        let mut head = Bytes(data);
        if head.byte()? != FORMAT {
            return None;
        }
        let mut word = || Some(u32::from_le_bytes(head.take(4)?.try_into().ok()?));
        let (crc, packed, length) = (word()?, word()? as usize, word()? as usize);
        if crc32fast::hash(data.get(5..)?) != crc || length > LONGEST_DIRECTORY {
            return None;
        }
        let directory = unpack(data.get(HEADER..HEADER.checked_add(packed)?)?, length)?;
        let mut chunk =
            Self { times: Vec::new(), directory: Vec::new(), data, entries: Vec::new(), told: RefCell::default() };
        let mut bytes = Bytes(&directory);
        let rows = usize::try_from(bytes.varint()?).ok().filter(|rows| *rows <= MOST_ROWS)?;
        chunk.times.reserve_exact(rows.min(directory.len()));
        let (mut time, mut step) = (0_i64, 0_i64);
        for _ in 0..rows {
            step = step.wrapping_add(bytes.signed()?);
            time = time.wrapping_add(step);
            chunk.times.push(Timestamp(time));
        }
        let (mut key, mut payload) = (0_u64, HEADER + packed);
        while !bytes.0.is_empty() {
            key = key.wrapping_add(bytes.varint()?);
            let entry = entry(key, &mut bytes, directory.len(), &mut payload, chunk.entries.len())?;
            chunk.entries.push(entry);
        }
        chunk.directory = directory;
        (payload <= data.len()).then_some(chunk)
    }

    /// The keys of the columns, ascending.
    pub(crate) fn keys(&self) -> impl Iterator<Item = u64> + '_ {
        self.entries.iter().map(|entry| entry.key)
    }

    /// The keys of the columns and how many values each has, ascending.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (u64, usize)> + '_ {
        let count = |entry: &Entry| entry.rows.as_ref().map_or(self.times.len(), Rows::len);
        self.entries.iter().map(move |entry| (entry.key, count(entry)))
    }

    /// Whether there is a column `key`.
    pub(crate) fn has(&self, key: u64) -> bool {
        self.entries.binary_search_by_key(&key, |entry| entry.key).is_ok()
    }

    /// The rows that the column `key` has a value in, and the values; `None` where there is no such column.
    pub(crate) fn column(&self, key: u64) -> Result<Option<(Rows, Vec<f64>)>, Damaged> {
        let Ok(at) = self.entries.binary_search_by_key(&key, |entry| entry.key) else { return Ok(None) };
        let entry = &self.entries[at];
        let rows = entry.rows.clone().unwrap_or_else(|| Rows::all(self.times.len()));
        Ok(Some((rows, self.values(entry).ok_or(Damaged)?)))
    }

    /// Appends the samples of the column `key` whose row is within `rows`, which is [`Chunk::rows_within`].
    pub(crate) fn append(
        &self,
        key: u64,
        rows: &Range<usize>,
        times: &mut Vec<Timestamp>,
        values: &mut Vec<f64>,
    ) -> Result<(), Damaged> {
        let Ok(at) = self.entries.binary_search_by_key(&key, |entry| entry.key) else { return Ok(()) };
        let entry = &self.entries[at];
        let column = self.values(entry).ok_or(Damaged)?;
        match &entry.rows {
            None => {
                times.extend_from_slice(&self.times[rows.clone()]);
                values.extend_from_slice(&column[rows.clone()]);
            }
            Some(present) => {
                for ((row, time), value) in present.iter().zip(present.times(&self.times)).zip(column) {
                    if rows.contains(&row) {
                        times.push(time);
                        values.push(value);
                    }
                }
            }
        }
        Ok(())
    }

    /// The rows from `start` to `end`, both included.
    pub(crate) fn rows_within(&self, start: Timestamp, end: Timestamp) -> Range<usize> {
        let from = self.times.partition_point(|time| *time < start);
        from..self.times.partition_point(|time| *time <= end).max(from)
    }

    fn values(&self, entry: &Entry) -> Option<Vec<f64>> {
        let count = entry.rows.as_ref().map_or(self.times.len(), Rows::len);
        let mut values = match &entry.content {
            Content::Constant(value) => vec![*value; count],
            Content::Packed(at) if entry.tag & CODING == BITS => {
                let bits: Vec<u64> = decompress(self.data.get(at.clone())?, count)?;
                bits.into_iter().map(f64::from_bits).collect()
            }
            _ => {
                let mantissas = self.mantissas(entry, count, LONGEST_WAY)?.into_iter();
                // One loop for each scale, so that none asks which one it is.
                match entry.scale {
                    Scale::Decimal(0) => mantissas.map(|mantissa| mantissa as f64).collect(),
                    Scale::Decimal(exponent) => mantissas.map(|mantissa| value(mantissa, exponent)).collect(),
                    scale => mantissas.map(|mantissa| scale.value(mantissa)).collect(),
                }
            }
        };
        for (row, bits) in &entry.exceptions {
            *values.get_mut(*row)? = f64::from_bits(*bits);
        }
        Some(values)
    }

    /// The mantissas of a column that others are told by.
    fn teller(&self, at: usize, count: usize, way: u8) -> Option<Rc<[i64]>> {
        if let Some(known) = self.told.borrow().get(&at).filter(|known| known.len() == count) {
            return Some(known.clone());
        }
        let numbers: Rc<[i64]> = self.mantissas(self.entries.get(at)?, count, way)?.into();
        self.told.borrow_mut().insert(at, numbers.clone());
        Some(numbers)
    }

    fn mantissas(&self, entry: &Entry, count: usize, way: u8) -> Option<Vec<i64>> {
        let way = way.checked_sub(1)?;
        match &entry.content {
            Content::Line { first, step } => {
                let mut next = *first;
                let mut line = Vec::with_capacity(count);
                for _ in 0..count {
                    line.push(next);
                    next = next.wrapping_add(*step);
                }
                Some(line)
            }
            Content::Same { entry, first } => {
                let other = self.teller(*entry, count, way)?;
                let shift = first.wrapping_sub(*other.first()?);
                Some(other.iter().map(|number| number.wrapping_add(shift)).collect())
            }
            Content::Near { entry, behind, differences } => {
                let other = self.teller(*entry, count, way)?;
                let mut numbers: Vec<i64> = decompress(self.data.get(differences.clone())?, count)?;
                let lag = usize::from(*behind).min(count);
                for (number, other) in numbers[lag..].iter_mut().zip(other.iter()) {
                    *number = number.wrapping_add(*other);
                }
                Some(numbers)
            }
            Content::Steps(at) => {
                let mut bytes = Bytes(self.directory.get(at.clone())?);
                let mut number = bytes.signed()?;
                let mut all = Vec::with_capacity(count);
                let mut row = 0_usize;
                while !bytes.0.is_empty() {
                    row = row.checked_add(usize::try_from(bytes.varint()?).ok()?).filter(|row| *row < count)?;
                    all.resize(row + 1, number);
                    number = number.wrapping_add(bytes.signed()?);
                }
                all.resize(count, number);
                Some(all)
            }
            Content::Packed(at) => decompress(self.data.get(at.clone())?, count),
            Content::Constant(_) => None,
        }
    }
}

fn entry(key: u64, bytes: &mut Bytes<'_>, directory: usize, payload: &mut usize, before: usize) -> Option<Entry> {
    let tag = bytes.byte()?;
    let rows = if tag & SPARSE == 0 { None } else { Some(runs(bytes)?) };
    let coding = tag & CODING;
    let decimal = matches!(coding, LINE | SAME | NEAR | STEPS | DECIMAL);
    let scale = if decimal { Scale::of_byte(bytes.byte()?)? } else { Scale::Decimal(0) };
    let exceptions = if tag & EXCEPTIONS == 0 { Vec::new() } else { exceptions(bytes)? };
    let content = match coding {
        CONSTANT => Content::Constant(match bytes.byte()? {
            RAW => f64::from_bits(bytes.u64()?),
            exponent if exponent < EXPONENTS => value(bytes.signed()?, exponent),
            _ => return None,
        }),
        LINE => Content::Line { first: bytes.signed()?, step: bytes.signed()? },
        SAME => Content::Same { entry: earlier(bytes, before)?, first: bytes.signed()? },
        NEAR => {
            let (entry, behind) = (earlier(bytes, before)?, bytes.byte()? != 0);
            Content::Near { entry, behind, differences: packed(bytes, payload)? }
        }
        STEPS => {
            let steps = bytes.bytes()?.len();
            let end = directory - bytes.0.len();
            Content::Steps(end - steps..end)
        }
        DECIMAL | BITS => Content::Packed(packed(bytes, payload)?),
        _ => return None,
    };
    Some(Entry { key, tag, rows, scale, exceptions, content })
}

/// A column before this one.
fn earlier(bytes: &mut Bytes<'_>, before: usize) -> Option<usize> {
    let back = usize::try_from(bytes.varint()?).ok().filter(|back| *back > 0)?;
    before.checked_sub(back)
}

/// The next payload.
fn packed(bytes: &mut Bytes<'_>, payload: &mut usize) -> Option<Range<usize>> {
    let from = *payload;
    *payload = from.checked_add(usize::try_from(bytes.varint()?).ok()?)?;
    Some(from..*payload)
}

fn runs(bytes: &mut Bytes<'_>) -> Option<Rows> {
    let mut rows = Rows::default();
    let mut last = 0_u32;
    for _ in 0..bytes.count()? {
        let start = last.checked_add(u32::try_from(bytes.varint()?).ok()?)?;
        last = start.checked_add(u32::try_from(bytes.varint()?).ok()?)?;
        rows.0.push(start..last);
    }
    (last as usize <= MOST_ROWS).then_some(rows)
}

fn exceptions(bytes: &mut Bytes<'_>) -> Option<Vec<(usize, u64)>> {
    let mut exceptions = Vec::new();
    let mut row = 0_usize;
    for _ in 0..bytes.count()? {
        row = row.checked_add(usize::try_from(bytes.varint()?).ok()?)?;
        exceptions.push((row, bytes.u64()?));
    }
    Some(exceptions)
}

/// A directory, by this thread's own decompressor: making one takes longer than using it.
fn unpack(packed: &[u8], length: usize) -> Option<Vec<u8>> {
    thread_local! {
        static DECOMPRESSOR: RefCell<Option<zstd::bulk::Decompressor<'static>>> =
            RefCell::new(zstd::bulk::Decompressor::new().ok());
    }
    DECOMPRESSOR.with_borrow_mut(|decompressor| decompressor.as_mut()?.decompress(packed, length).ok())
}

thread_local! {
    /// pco's own header is the same always; it is read once per thread.
    static DECOMPRESSOR: Option<FileDecompressor> = {
        let header = FileCompressor::default().write_header(Vec::new()).ok();
        header.and_then(|header| FileDecompressor::new(header.as_slice()).ok().map(|(decompressor, _)| decompressor))
    };
}

fn decompress<T: Number + Copy + Default>(data: &[u8], count: usize) -> Option<Vec<T>> {
    DECOMPRESSOR.with(|decompressor| {
        let (mut chunk, rest) = decompressor.as_ref()?.chunk_decompressor::<T, _>(data).ok()?;
        let mut numbers = vec![T::default(); count];
        let progress = chunk.page_decompressor(rest, count).ok()?.read(&mut numbers).ok()?;
        (progress.n_processed == count).then_some(numbers)
    })
}
