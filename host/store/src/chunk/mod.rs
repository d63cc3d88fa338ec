//! A chunk: up to 128 columns over some rows of shared times, as one blob of the database.
//!
//! `[format u8][crc32 of the rest, u32][length of the packed directory u32][length of the directory u32][directory, zstd][payloads]`,
//! integers little-endian. The directory holds the times (differences of differences), and of each column: key, coding, which rows
//! have a value, what the coding needs. A column is coded by whichever of these it allows, tried in this order:
//!
//! | coding | for | holds |
//! | --- | --- | --- |
//! | constant | one value | the value |
//! | line | decimals a fixed step apart | first and step |
//! | same | decimals with the steps of an earlier column | which one, and the first |
//! | steps | decimals that seldom change | gaps and steps |
//! | near | decimals that follow another column | which one, and the differences by pco |
//! | decimal | most of what is measured | integers `m` of `v = m / 10^e`, by pco |
//! | bits | what is no decimal | the bits, by pco |
//!
//! A decimal is taken only where it gives the value back bit for bit; the few values of a column for which it does not (NaN, the mark of a
//! series' end) stand apart as exceptions. Keys are whatever the writer numbers its columns by: series, or fields of buckets.

mod decode;
mod encode;

use autobot_model::Timestamp;

pub(crate) use decode::{Chunk, Damaged};
pub(crate) use encode::{Follows, Unwritable, Writer};

/// The version of the blob's layout.
const FORMAT: u8 = 2;
/// Bytes before the packed directory.
const HEADER: usize = 13;
/// Rows of one chunk at most; more is damage.
pub(crate) const MOST_ROWS: usize = 1 << 20;

const CONSTANT: u8 = 0;
const LINE: u8 = 1;
const SAME: u8 = 2;
const STEPS: u8 = 3;
const DECIMAL: u8 = 4;
const BITS: u8 = 5;
const NEAR: u8 = 6;
/// The low bits of a tag that name the coding.
const CODING: u8 = 0x0f;
/// Flag: runs of rows follow; the column has values in those only.
const SPARSE: u8 = 0x80;
/// Flag: exceptions follow.
const EXCEPTIONS: u8 = 0x40;
/// Instead of an exponent: the value's bits follow.
const RAW: u8 = 0xff;

/// Some rows, as ascending ranges that do not touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rows(Vec<std::ops::Range<u32>>);

impl Rows {
    pub(crate) fn all(rows: usize) -> Self {
        let mut all = Self::default();
        if rows > 0 {
            all.0.push(0..rows as u32);
        }
        all
    }

    /// Adds a row that is later than all others.
    pub(crate) fn push(&mut self, row: u32) {
        self.extend(row..row + 1);
    }

    /// Adds rows that are later than all others.
    pub(crate) fn extend(&mut self, rows: std::ops::Range<u32>) {
        match self.0.last_mut() {
            _ if rows.is_empty() => {}
            Some(last) if last.end == rows.start => last.end = rows.end,
            _ => self.0.push(rows),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|run| (run.end - run.start) as usize).sum()
    }

    /// The rows, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().flat_map(|run| run.start as usize..run.end as usize)
    }

    /// The times of the rows.
    fn times<'a>(&'a self, times: &'a [Timestamp]) -> impl Iterator<Item = Timestamp> + 'a {
        self.0.iter().flat_map(|run| times.get(run.start as usize..run.end as usize).unwrap_or_default()).copied()
    }
}

#[cfg(test)]
mod tests;
