//! A column group: some series of one instance over some time, in one row of the database.
//!
//! `[format u8][length of the directory u32][directory, zstd][payloads]`. The directory holds the times (first, then
//! differences of differences), and of each column: series, coding, what it needs, length of its payload. Codings:
//! constant, decimal mantissas by pco, bits by pco. Values that are no decimals among those that are (a mark of the end, a NaN)
//! stand apart as exceptions; rows without a value as a bitmap. Every value reads back bit for bit.

use std::collections::BTreeMap;

use autobot_model::{SeriesId, Timestamp};
use pco::ChunkConfig;
use pco::standalone::{simple_compress, simple_decompress};

use crate::codec::{Bytes, exponent, mantissa, put_bytes, put_signed, put_varint, value};

const FORMAT: u8 = 1;
const LEVEL: usize = 8;
/// zstd's fastest that still finds repetitions: directories are small and seldom read.
const ZSTD_LEVEL: i32 = 3;
/// Rows of one group at most; more is damage.
const MOST_ROWS: usize = 1 << 20;

const CONSTANT: u8 = 0;
const DECIMAL: u8 = 1;
const BITS: u8 = 2;
/// Flag: a bitmap says which rows have a value.
const SPARSE: u8 = 0x80;

/// The columns of a group: values by row, where there is one.
#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) times: Vec<Timestamp>,
    pub(crate) columns: BTreeMap<SeriesId, Vec<Option<f64>>>,
}

/// What could not be made or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GroupError {
    #[error("a column group could not be compressed: {0}")]
    Compress(String),
    #[error("a column group is damaged")]
    Damaged,
}

impl Group {
    pub(crate) fn encode(&self) -> Result<Vec<u8>, GroupError> {
        let (mut directory, mut payloads) = (Vec::new(), Vec::new());
        put_varint(&mut directory, self.times.len() as u64);
        let (mut before, mut step) = (0_i64, 0_i64);
        for time in &self.times {
            let difference = time.0.wrapping_sub(before);
            put_signed(&mut directory, difference.wrapping_sub(step));
            (before, step) = (time.0, difference);
        }
        put_varint(&mut directory, self.columns.len() as u64);
        let mut last = 0;
        for (id, column) in &self.columns {
            put_varint(&mut directory, u64::from(id.0 - last));
            last = id.0;
            encode_column(&mut directory, &mut payloads, column)?;
        }
        let packed =
            zstd::bulk::compress(&directory, ZSTD_LEVEL).map_err(|error| GroupError::Compress(error.to_string()))?;
        let mut out = Vec::with_capacity(9 + packed.len() + payloads.len());
        out.push(FORMAT);
        out.extend_from_slice(&(packed.len() as u32).to_le_bytes());
        out.extend_from_slice(&(directory.len() as u32).to_le_bytes());
        out.extend_from_slice(&packed);
        out.extend_from_slice(&payloads);
        Ok(out)
    }

    /// The columns of the wanted series; the others are passed over.
    pub(crate) fn decode(data: &[u8], wanted: &dyn Fn(SeriesId) -> bool) -> Result<Self, GroupError> {
        Self::parse(Bytes(data), wanted).ok_or(GroupError::Damaged)
    }

    fn parse(mut data: Bytes<'_>, wanted: &dyn Fn(SeriesId) -> bool) -> Option<Self> {
        if data.byte()? != FORMAT {
            return None;
        }
        let mut word = || Some(u32::from_le_bytes(data.take(4)?.try_into().ok()?) as usize);
        let (packed, length) = (word()?, word()?);
        let directory = zstd::bulk::decompress(data.take(packed)?, length).ok()?;
        let mut directory = Bytes(&directory);
        let rows = usize::try_from(directory.varint()?).ok().filter(|rows| *rows <= MOST_ROWS)?;
        let mut group = Self { times: Vec::with_capacity(rows), columns: BTreeMap::new() };
        let (mut time, mut step) = (0_i64, 0_i64);
        for _ in 0..rows {
            step = step.wrapping_add(directory.signed()?);
            time = time.wrapping_add(step);
            group.times.push(Timestamp(time));
        }
        let columns = directory.varint()?;
        let mut id = 0_u32;
        for _ in 0..columns {
            id = id.checked_add(u32::try_from(directory.varint()?).ok()?)?;
            let keep = wanted(SeriesId(id));
            let column = decode_column(&mut directory, &mut data, rows, keep)?;
            if keep {
                group.columns.insert(SeriesId(id), column);
            }
        }
        Some(group)
    }
}

fn encode_column(directory: &mut Vec<u8>, payloads: &mut Vec<u8>, column: &[Option<f64>]) -> Result<(), GroupError> {
    let present: Vec<f64> = column.iter().flatten().copied().collect();
    let sparse = if present.len() == column.len() { 0 } else { SPARSE };
    let bitmap = || {
        let mut bitmap = vec![0_u8; column.len().div_ceil(8)];
        for (row, _) in column.iter().enumerate().filter(|(_, value)| value.is_some()) {
            bitmap[row / 8] |= 1 << (row % 8);
        }
        bitmap
    };
    let first = present.first().copied().unwrap_or(0.0);
    if present.iter().all(|value| value.to_bits() == first.to_bits()) {
        directory.push(CONSTANT | sparse);
        if sparse != 0 {
            put_bytes(directory, &bitmap());
        }
        directory.extend_from_slice(&first.to_bits().to_le_bytes());
        return Ok(());
    }
    let compress = |error: pco::errors::PcoError| GroupError::Compress(error.to_string());
    let config = ChunkConfig::default().with_compression_level(LEVEL);
    let payload = match decimals(&present) {
        Some((exponent, mantissas, exceptions)) => {
            directory.push(DECIMAL | sparse);
            if sparse != 0 {
                put_bytes(directory, &bitmap());
            }
            directory.push(exponent);
            put_varint(directory, exceptions.len() as u64);
            let mut last = 0;
            for (row, bits) in exceptions {
                put_varint(directory, (row - last) as u64);
                directory.extend_from_slice(&bits.to_le_bytes());
                last = row;
            }
            simple_compress(&mantissas, &config).map_err(compress)?
        }
        None => {
            directory.push(BITS | sparse);
            if sparse != 0 {
                put_bytes(directory, &bitmap());
            }
            let bits: Vec<u64> = present.iter().map(|value| value.to_bits()).collect();
            simple_compress(&bits, &config).map_err(compress)?
        }
    };
    put_varint(directory, payload.len() as u64);
    payloads.extend_from_slice(&payload);
    Ok(())
}

type Exceptions = Vec<(usize, u64)>;

/// All values as mantissas of one exponent, and those for which there is none; `None` where these are too many.
fn decimals(values: &[f64]) -> Option<(u8, Vec<i64>, Exceptions)> {
    let common = values.iter().filter_map(|value| exponent(*value)).max()?;
    let (mut mantissas, mut exceptions) = (Vec::with_capacity(values.len()), Vec::new());
    let mut last = 0;
    for (row, value) in values.iter().enumerate() {
        match mantissa(*value, common) {
            Some(found) => last = found,
            None => exceptions.push((row, value.to_bits())),
        }
        mantissas.push(last);
    }
    (exceptions.len() * 8 <= values.len()).then_some((common, mantissas, exceptions))
}

fn decode_column(
    directory: &mut Bytes<'_>,
    payloads: &mut Bytes<'_>,
    rows: usize,
    keep: bool,
) -> Option<Vec<Option<f64>>> {
    let tag = directory.byte()?;
    let bitmap = if tag & SPARSE == 0 { None } else { Some(directory.bytes()?) };
    let spread = |values: &mut dyn Iterator<Item = f64>| -> Option<Vec<Option<f64>>> {
        let has = |row: usize| {
            bitmap.is_none_or(|bitmap| bitmap.get(row / 8).is_some_and(|byte| byte & (1 << (row % 8)) != 0))
        };
        let column: Vec<_> = (0..rows).map(|row| if has(row) { values.next() } else { None }).collect();
        Some(column)
    };
    match tag & !SPARSE {
        CONSTANT => {
            let value = f64::from_bits(directory.u64()?);
            if keep { spread(&mut std::iter::repeat(value)) } else { Some(Vec::new()) }
        }
        DECIMAL => {
            let exponent = directory.byte().filter(|exponent| *exponent < 10)?;
            let count = directory.varint()?;
            let mut exceptions = Vec::new();
            let mut row = 0_usize;
            for _ in 0..count {
                row = row.checked_add(usize::try_from(directory.varint()?).ok()?)?;
                exceptions.push((row, directory.u64()?));
            }
            let payload = payloads.take(usize::try_from(directory.varint()?).ok()?)?;
            if !keep {
                return Some(Vec::new());
            }
            let mantissas: Vec<i64> = simple_decompress(payload).ok()?;
            let mut values: Vec<f64> = mantissas.into_iter().map(|mantissa| value(mantissa, exponent)).collect();
            for (row, bits) in exceptions {
                *values.get_mut(row)? = f64::from_bits(bits);
            }
            spread(&mut values.into_iter())
        }
        BITS => {
            let payload = payloads.take(usize::try_from(directory.varint()?).ok()?)?;
            if !keep {
                return Some(Vec::new());
            }
            let bits: Vec<u64> = simple_decompress(payload).ok()?;
            spread(&mut bits.into_iter().map(f64::from_bits))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autobot_model::STALE;
    use proptest::prelude::*;

    fn column(rows: usize) -> impl Strategy<Value = Vec<Option<f64>>> {
        let odd = prop::sample::select(vec![STALE, f64::NAN, -0.0, f64::NEG_INFINITY, 5e-324, 1.0 / 3.0]);
        let decimal = (-1_000_000_i64..1_000_000, 0_u8..5).prop_map(|(m, e)| value(m, e));
        let any_value = prop_oneof![8 => decimal, 1 => odd, 1 => any::<u64>().prop_map(f64::from_bits)];
        let values = prop::collection::vec(prop_oneof![6 => any_value.prop_map(Some), 1 => Just(None)], rows);
        let constant = any::<u64>().prop_map(move |bits| vec![Some(f64::from_bits(bits)); rows]);
        let counter = (0_i64..1_000_000, prop::collection::vec(0_i64..500, rows)).prop_map(|(first, steps)| {
            steps
                .into_iter()
                .scan(first, |sum, step| {
                    *sum += step;
                    Some(Some(*sum as f64))
                })
                .collect()
        });
        prop_oneof![2 => values, 1 => constant, 1 => counter]
    }

    fn group() -> impl Strategy<Value = Group> {
        (1_usize..80).prop_flat_map(|rows| {
            let steps = prop::collection::vec(prop_oneof![5 => Just(1_000_i64), 1 => 1_i64..100_000], rows);
            let columns = prop::collection::btree_map((0_u32..5_000).prop_map(SeriesId), column(rows), 1..12);
            (steps, columns).prop_map(|(steps, columns)| {
                let times = steps
                    .into_iter()
                    .scan(1_700_000_000_000, |time, step| {
                        *time += step;
                        Some(Timestamp(*time))
                    })
                    .collect();
                Group { times, columns }
            })
        })
    }

    fn bits(column: &[Option<f64>]) -> Vec<Option<u64>> {
        column.iter().map(|value| value.map(f64::to_bits)).collect()
    }

    proptest! {
        #[test]
        fn a_group_reads_back_bit_for_bit(group in group(), skipped in any::<prop::sample::Index>()) {
            let data = group.encode().unwrap();
            let all = Group::decode(&data, &|_| true).unwrap();
            prop_assert_eq!(&all.times, &group.times);
            prop_assert_eq!(all.columns.len(), group.columns.len());
            for (id, column) in &group.columns {
                prop_assert_eq!(bits(&all.columns[id]), bits(column));
            }
            let ids: Vec<_> = group.columns.keys().copied().collect();
            let one = ids[skipped.index(ids.len())];
            let some = Group::decode(&data, &|id| id == one).unwrap();
            prop_assert_eq!(bits(&some.columns[&one]), bits(&group.columns[&one]));
        }

        #[test]
        fn damage_is_an_error_or_other_values_never_a_panic(group in group(), at in any::<prop::sample::Index>(), flip in 1_u8..) {
            let mut data = group.encode().unwrap();
            let place = at.index(data.len());
            data[place] ^= flip;
            let _ = Group::decode(&data, &|_| true);
            let _ = Group::decode(&data[..place], &|_| true);
        }
    }
}
