//! Columns to a chunk.

use std::collections::HashMap;

use autobot_model::Timestamp;
use pco::data_types::Number;
use pco::wrapped::FileCompressor;
use pco::{ChunkConfig, PagingSpec};

use super::{BITS, CONSTANT, DECIMAL, EXCEPTIONS, FORMAT, HEADER, LINE, NEAR, RAW, Rows, SAME, SPARSE, STEPS};
use crate::codec::{Scale, exponent, mantissa, put_bytes, put_signed, put_varint};

/// pco's level: 12 takes several times as long for less than a hundredth.
const LEVEL: usize = 8;
/// zstd's fastest that still finds repetitions: directories are small.
const ZSTD_LEVEL: i32 = 3;

/// What the compressor would not take.
#[derive(Debug, thiserror::Error)]
#[error("a column could not be compressed: {0}")]
pub(crate) struct Unwritable(String);

/// A chunk in the making.
#[derive(Debug)]
pub(crate) struct Writer {
    rows: usize,
    directory: Vec<u8>,
    payloads: Vec<u8>,
    columns: u32,
    last_key: u64,
    /// The first column with each sequence of steps.
    by_steps: HashMap<Vec<i64>, u32>,
    /// The column that others follow.
    lead: Option<Lead>,
}

/// A column that others follow.
#[derive(Debug)]
struct Lead {
    key: u64,
    column: u32,
    scale: Scale,
    mantissas: Vec<i64>,
}

/// That a column's values are near those of an earlier one with the same rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Follows {
    /// The earlier column's key.
    pub(crate) key: u64,
    /// Near the other one's value in the row before, not in the same.
    pub(crate) behind: bool,
}

impl Writer {
    /// A chunk of these rows, without any column yet.
    pub(crate) fn new(times: &[Timestamp]) -> Self {
        let mut directory = Vec::with_capacity(1 << 12);
        put_varint(&mut directory, times.len() as u64);
        let (mut before, mut step) = (0_i64, 0_i64);
        for time in times {
            let difference = time.0.wrapping_sub(before);
            put_signed(&mut directory, difference.wrapping_sub(step));
            (before, step) = (time.0, difference);
        }
        Self {
            rows: times.len(),
            directory,
            payloads: Vec::new(),
            columns: 0,
            last_key: 0,
            by_steps: HashMap::new(),
            lead: None,
        }
    }

    /// Adds a column: a key above that of the column before, and a value for each of `rows`. One without values is left out.
    pub(crate) fn column(&mut self, key: u64, rows: &Rows, values: &[f64]) -> Result<(), Unwritable> {
        self.add(key, rows, values, None)
    }

    /// As [`Writer::column`], and others may follow it, until the next one that leads.
    pub(crate) fn leading(&mut self, key: u64, rows: &Rows, values: &[f64]) -> Result<(), Unwritable> {
        // A constant holds no mantissas.
        let varies = values.windows(2).any(|pair| pair[0].to_bits() != pair[1].to_bits());
        self.lead = Decimals::of(values).filter(|_| varies).map(|Decimals { scale, mantissas, .. }| Lead {
            key,
            column: self.columns,
            scale,
            mantissas,
        });
        self.add(key, rows, values, None)
    }

    /// As [`Writer::column`], for values that are probably near those of the column that leads.
    pub(crate) fn following(
        &mut self,
        key: u64,
        rows: &Rows,
        values: &[f64],
        follows: Follows,
    ) -> Result<(), Unwritable> {
        self.add(key, rows, values, Some(follows))
    }

    fn add(&mut self, key: u64, rows: &Rows, values: &[f64], follows: Option<Follows>) -> Result<(), Unwritable> {
        let Some(&first) = values.first() else { return Ok(()) };
        put_varint(&mut self.directory, key.wrapping_sub(self.last_key));
        self.last_key = key;
        let sparse = if values.len() == self.rows { 0 } else { SPARSE };
        if values.iter().all(|value| value.to_bits() == first.to_bits()) {
            self.head(CONSTANT | sparse, rows);
            put_value(&mut self.directory, first);
        } else if let Some(decimals) = Decimals::of(values) {
            self.decimals(sparse, rows, decimals, follows)?;
        } else {
            self.head(BITS | sparse, rows);
            let bits: Vec<u64> = values.iter().map(|value| value.to_bits()).collect();
            let payload = compress(&bits)?;
            self.payload(&payload);
        }
        self.columns += 1;
        Ok(())
    }

    fn decimals(
        &mut self,
        sparse: u8,
        rows: &Rows,
        decimals: Decimals,
        follows: Option<Follows>,
    ) -> Result<(), Unwritable> {
        let near = follows.map(|follows| self.near(&decimals, follows)).transpose()?.flatten();
        let Decimals { scale, mantissas, exceptions } = decimals;
        let flags = if exceptions.is_empty() { sparse } else { sparse | EXCEPTIONS };
        let first = mantissas.first().copied().unwrap_or(0);
        // Mantissas are below 2^53: their differences do not overflow.
        let steps: Vec<i64> = mantissas.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let step = steps.first().copied().unwrap_or(0);
        let line = steps.iter().all(|other| *other == step);
        let known = if line { None } else { self.by_steps.get(&steps).copied() };
        let changes = steps.iter().filter(|step| **step != 0).count();
        let head = |writer: &mut Self, coding: u8| {
            writer.head(coding | flags, rows);
            writer.directory.push(scale.byte());
            if flags & EXCEPTIONS != 0 {
                put_exceptions(&mut writer.directory, &exceptions);
            }
        };
        if line {
            head(self, LINE);
            put_signed(&mut self.directory, first);
            put_signed(&mut self.directory, step);
        } else if let Some(column) = known {
            head(self, SAME);
            put_varint(&mut self.directory, u64::from(self.columns - column));
            put_signed(&mut self.directory, first);
        } else {
            let packed = compress(&mantissas)?;
            let seldom = if changes * 4 < mantissas.len() { Some(seldom(first, &steps)) } else { None };
            if let Some(near) = near.filter(|near| near.packed.len() < packed.len()) {
                self.head(NEAR | flags, rows);
                self.directory.push(near.scale.byte());
                if flags & EXCEPTIONS != 0 {
                    put_exceptions(&mut self.directory, &exceptions);
                }
                put_varint(&mut self.directory, u64::from(self.columns - near.column));
                self.directory.push(u8::from(near.behind));
                self.payload(&near.packed);
                return Ok(());
            }
            // What stands in the directory is packed once more with its neighbours: worth a little more than its length says.
            match seldom.filter(|seldom| seldom.len() <= packed.len() + 8) {
                Some(seldom) => {
                    head(self, STEPS);
                    put_bytes(&mut self.directory, &seldom);
                }
                None => {
                    head(self, DECIMAL);
                    self.payload(&packed);
                }
            }
            self.by_steps.insert(steps, self.columns);
        }
        Ok(())
    }

    /// The differences to the column that leads, if it is there and they can be had.
    fn near(&self, decimals: &Decimals, follows: Follows) -> Result<Option<Near>, Unwritable> {
        let Some(lead) = self.lead.as_ref().filter(|lead| lead.key == follows.key) else { return Ok(None) };
        let shift = match (lead.scale, decimals.scale) {
            (Scale::Decimal(lead), Scale::Decimal(own)) => lead.checked_sub(own),
            (lead, own) => (lead == own).then_some(0),
        };
        let Some(shift) = shift else { return Ok(None) };
        if lead.mantissas.len() != decimals.mantissas.len() {
            return Ok(None);
        }
        let factor = 10_i64.pow(u32::from(shift));
        let mut differences = Vec::with_capacity(decimals.mantissas.len());
        for (row, own) in decimals.mantissas.iter().enumerate() {
            let at = if follows.behind { row.checked_sub(1) } else { Some(row) };
            let other = at.and_then(|at| lead.mantissas.get(at)).copied().unwrap_or(0);
            // Beyond this, the value would not be the same at the other's exponent.
            let Some(own) = own.checked_mul(factor).filter(|own| own.unsigned_abs() < 1 << 53) else { return Ok(None) };
            differences.push(own - other);
        }
        let packed = compress(&differences)?;
        Ok(Some(Near { column: lead.column, scale: lead.scale, behind: follows.behind, packed }))
    }

    fn head(&mut self, tag: u8, rows: &Rows) {
        self.directory.push(tag);
        if tag & SPARSE != 0 {
            put_varint(&mut self.directory, rows.0.len() as u64);
            let mut last = 0;
            for run in &rows.0 {
                put_varint(&mut self.directory, u64::from(run.start - last));
                put_varint(&mut self.directory, u64::from(run.end - run.start));
                last = run.end;
            }
        }
    }

    fn payload(&mut self, payload: &[u8]) {
        put_varint(&mut self.directory, payload.len() as u64);
        self.payloads.extend_from_slice(payload);
    }

    /// The blob.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, Unwritable> {
        let packed =
            zstd::bulk::compress(&self.directory, ZSTD_LEVEL).map_err(|error| Unwritable(error.to_string()))?;
        let mut out = Vec::with_capacity(HEADER + packed.len() + self.payloads.len());
        out.push(FORMAT);
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&(packed.len() as u32).to_le_bytes());
        out.extend_from_slice(&(self.directory.len() as u32).to_le_bytes());
        out.extend_from_slice(&packed);
        out.append(&mut self.payloads);
        let crc = crc32fast::hash(&out[5..]);
        out[1..5].copy_from_slice(&crc.to_le_bytes());
        Ok(out)
    }
}

/// A column as differences to another.
struct Near {
    column: u32,
    scale: Scale,
    behind: bool,
    packed: Vec<u8>,
}

/// Values as mantissas of one scale, and those for which there is none.
struct Decimals {
    scale: Scale,
    mantissas: Vec<i64>,
    exceptions: Vec<(usize, u64)>,
}

impl Decimals {
    /// `None` where exceptions would be more than an eighth.
    fn of(values: &[f64]) -> Option<Self> {
        let odd = || Scale::ODD.into_iter().find_map(|scale| Self::by(scale, values));
        decimal(values).and_then(|scale| Self::by(scale, values)).or_else(odd)
    }

    fn by(scale: Scale, values: &[f64]) -> Option<Self> {
        let (mut mantissas, mut exceptions) = (Vec::with_capacity(values.len()), Vec::new());
        let mut last = values.iter().find_map(|value| scale.mantissa(*value))?;
        for (row, value) in values.iter().enumerate() {
            match scale.mantissa(*value) {
                Some(found) => last = found,
                None => exceptions.push((row, value.to_bits())),
            }
            if exceptions.len() * 8 > values.len() {
                return None;
            }
            mantissas.push(last);
        }
        Some(Self { scale, mantissas, exceptions })
    }
}

/// The decimals that most of the values are.
fn decimal(values: &[f64]) -> Option<Scale> {
    let mut common: Option<u8> = None;
    let mut odd = 0;
    for value in values {
        // Most values fit the exponent of those before.
        if common.is_some_and(|common| mantissa(*value, common).is_some()) {
            continue;
        }
        match exponent(*value) {
            Some(found) => common = common.max(Some(found)),
            None => odd += 1,
        }
        if odd * 8 > values.len() {
            return None;
        }
    }
    common.map(Scale::Decimal)
}

fn put_value(out: &mut Vec<u8>, value: f64) {
    match exponent(value).and_then(|exponent| Some((exponent, mantissa(value, exponent)?))) {
        Some((exponent, mantissa)) => {
            out.push(exponent);
            put_signed(out, mantissa);
        }
        None => {
            out.push(RAW);
            out.extend_from_slice(&value.to_bits().to_le_bytes());
        }
    }
}

fn put_exceptions(out: &mut Vec<u8>, exceptions: &[(usize, u64)]) {
    put_varint(out, exceptions.len() as u64);
    let mut last = 0;
    for (row, bits) in exceptions {
        put_varint(out, (row - last) as u64);
        out.extend_from_slice(&bits.to_le_bytes());
        last = *row;
    }
}

/// First value, then for each change how many rows after the one before it comes, and by how much.
fn seldom(first: i64, steps: &[i64]) -> Vec<u8> {
    let mut out = Vec::new();
    put_signed(&mut out, first);
    let mut last = 0;
    for (row, step) in steps.iter().enumerate().filter(|(_, step)| **step != 0) {
        put_varint(&mut out, (row - last) as u64);
        put_signed(&mut out, *step);
        last = row;
    }
    out
}

/// pco without the headers of its own file format: count and type are known here.
fn compress<T: Number>(numbers: &[T]) -> Result<Vec<u8>, Unwritable> {
    let failed = |error: pco::errors::PcoError| Unwritable(error.to_string());
    let config =
        ChunkConfig::default().with_compression_level(LEVEL).with_paging_spec(PagingSpec::Exact(vec![numbers.len()]));
    let mut compressor = FileCompressor::default().chunk_compressor(numbers, &config).map_err(failed)?;
    let mut out = compressor.write_meta(Vec::new()).map_err(failed)?;
    out = compressor.write_page(0, out).map_err(failed)?;
    Ok(out)
}
