//! Column groups as the first schema kept them, to be read once, when they become chunks.
//!
//! `[1][length of the packed directory u32][length of the directory u32][directory, zstd][payloads]`. The directory holds the times
//! (differences of differences), and of each column: series, coding (constant, decimal mantissas by pco, bits by pco), what it
//! needs, length of its payload. Rows without a value are a bitmap.

use autobot_model::{SeriesId, Timestamp};
use pco::standalone::simple_decompress;

use crate::chunk::{MOST_ROWS, Rows};
use crate::codec::{Bytes, value};

const FORMAT: u8 = 1;
const CONSTANT: u8 = 0;
const DECIMAL: u8 = 1;
const BITS: u8 = 2;
/// Flag: a bitmap says which rows have a value.
const SPARSE: u8 = 0x80;

/// The columns of a group: the rows with a value, and the values.
pub(super) struct Group {
    pub(super) times: Vec<Timestamp>,
    pub(super) columns: Vec<(SeriesId, Rows, Vec<f64>)>,
}

impl Group {
    /// `None` where the bytes are damaged.
    pub(super) fn decode(data: &[u8]) -> Option<Self> {
        let mut data = Bytes(data);
        if data.byte()? != FORMAT {
            return None;
        }
        let mut word = || Some(u32::from_le_bytes(data.take(4)?.try_into().ok()?) as usize);
        let (packed, length) = (word()?, word()?);
        let directory = zstd::bulk::decompress(data.take(packed)?, length).ok()?;
        let mut directory = Bytes(&directory);
        let rows = usize::try_from(directory.varint()?).ok().filter(|rows| *rows <= MOST_ROWS)?;
        let mut group = Self { times: Vec::new(), columns: Vec::new() };
        let (mut time, mut step) = (0_i64, 0_i64);
        for _ in 0..rows {
            step = step.wrapping_add(directory.signed()?);
            time = time.wrapping_add(step);
            group.times.push(Timestamp(time));
        }
        let mut id = 0_u32;
        for _ in 0..directory.varint()? {
            id = id.checked_add(u32::try_from(directory.varint()?).ok()?)?;
            let (rows, values) = column(&mut directory, &mut data, rows)?;
            group.columns.push((SeriesId(id), rows, values));
        }
        Some(group)
    }
}

fn column(directory: &mut Bytes<'_>, payloads: &mut Bytes<'_>, rows: usize) -> Option<(Rows, Vec<f64>)> {
    let tag = directory.byte()?;
    let present = if tag & SPARSE == 0 {
        Rows::all(rows)
    } else {
        let bitmap = directory.bytes()?;
        let mut present = Rows::default();
        let has = |row: &usize| bitmap.get(row / 8).is_some_and(|byte| byte & (1 << (row % 8)) != 0);
        (0..rows).filter(has).for_each(|row| present.push(row as u32));
        present
    };
    let values: Vec<f64> = match tag & !SPARSE {
        CONSTANT => vec![f64::from_bits(directory.u64()?); present.len()],
        DECIMAL => {
            let exponent = directory.byte().filter(|exponent| *exponent < 10)?;
            let mut exceptions = Vec::new();
            let mut row = 0_usize;
            for _ in 0..directory.varint()? {
                row = row.checked_add(usize::try_from(directory.varint()?).ok()?)?;
                exceptions.push((row, directory.u64()?));
            }
            let payload = payloads.take(usize::try_from(directory.varint()?).ok()?)?;
            let mantissas: Vec<i64> = simple_decompress(payload).ok()?;
            let mut values: Vec<f64> = mantissas.into_iter().map(|mantissa| value(mantissa, exponent)).collect();
            for (row, bits) in exceptions {
                *values.get_mut(row)? = f64::from_bits(bits);
            }
            values
        }
        BITS => {
            let payload = payloads.take(usize::try_from(directory.varint()?).ok()?)?;
            let bits: Vec<u64> = simple_decompress(payload).ok()?;
            bits.into_iter().map(f64::from_bits).collect()
        }
        _ => return None,
    };
    (values.len() == present.len()).then_some((present, values))
}
