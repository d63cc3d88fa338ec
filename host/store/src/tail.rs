//! The hot tail: what is not folded yet, as a log of deltas in rows of one page each, overwritten in place.
//!
//! A row (slot) is `[generation u32][sequence u32][used u16][crc u32][bytes]`, always of the same length, so that SQLite rewrites
//! one page and allocates none. The bytes of the slots of one generation, in the order of their sequence, are one stream of
//! records, each `[length][record]`; a record that does not fit goes on in the next slot. A fold begins a new generation, whose
//! slots overwrite the old ones; what belongs to another generation than the newest does not count.
//!
//! A record is one batch: `[instance][time][same layout? | series][changed columns: gap, value]`. A value is a decimal's difference to the value
//! before, or the bits.

use std::collections::HashMap;
use std::sync::Arc;

use autobot_model::{Batch, Layout, SeriesId, Timestamp};

use crate::codec::{Bytes, EXPONENTS, exponent, mantissa, put_bytes, put_signed, put_varint, value};
use crate::schema::PAGE;

/// A row's data: what fits into a page beside SQLite's own bytes (header of the page, cell pointer, header of the record).
pub(crate) const SLOT: usize = PAGE - 42;
const HEADER: usize = 14;
const ROOM: usize = SLOT - HEADER;
/// Instead of an exponent: the bits follow.
const BITS: u8 = 0xff;

/// What encoder and decoder both remember of an instance.
#[derive(Debug, Default)]
struct Instance {
    number: u64,
    /// Batches in this generation.
    ticks: usize,
    time: Timestamp,
    layout: Option<Arc<Layout>>,
    values: HashMap<SeriesId, f64>,
}

/// The writing end of one generation.
#[derive(Debug, Default)]
pub(crate) struct TailWriter {
    generation: u32,
    /// The slot that is being filled, and its bytes so far.
    sequence: u32,
    filled: Vec<u8>,
    instances: HashMap<Arc<str>, Instance>,
    samples: usize,
}

/// A row to be written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) number: u32,
    pub(crate) data: Vec<u8>,
}

impl TailWriter {
    pub(crate) fn new(generation: u32) -> Self {
        Self { generation, sequence: 0, filled: Vec::new(), instances: HashMap::new(), samples: 0 }
    }

    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }

    /// The last row that it wrote.
    pub(crate) fn sequence(&self) -> u32 {
        self.sequence
    }

    /// Samples logged in this generation.
    pub(crate) fn samples(&self) -> usize {
        self.samples
    }

    /// Batches of the instance that has most, logged in this generation.
    pub(crate) fn ticks(&self) -> usize {
        self.instances.values().map(|instance| instance.ticks).max().unwrap_or(0)
    }

    /// Appends batches; gives the rows that changed. Without batches, the one row that begins the generation.
    pub(crate) fn append(&mut self, batches: &[Arc<Batch>]) -> Vec<Slot> {
        let (mut slots, mut unwritten) = (Vec::new(), batches.is_empty());
        for batch in batches {
            let record = self.record(batch);
            self.samples += batch.values().len();
            let mut stream = Vec::with_capacity(record.len() + 5);
            put_bytes(&mut stream, &record);
            // A tick that fits into one row is not spread over two: each row that is touched is a page to be written.
            if stream.len() > self.room() && (stream.len() <= ROOM || self.room() == 0) {
                self.next(&mut slots, unwritten);
            }
            let mut rest = stream.as_slice();
            while !rest.is_empty() {
                let (now, later) = rest.split_at(self.room().min(rest.len()));
                self.filled.extend_from_slice(now);
                (rest, unwritten) = (later, true);
                if self.room() == 0 {
                    self.next(&mut slots, true);
                    unwritten = false;
                }
            }
        }
        if unwritten {
            slots.push(self.slot());
        }
        slots
    }

    fn room(&self) -> usize {
        ROOM - self.filled.len()
    }

    /// Goes on in the next slot.
    fn next(&mut self, slots: &mut Vec<Slot>, unwritten: bool) {
        if unwritten {
            slots.push(self.slot());
        }
        self.sequence += 1;
        self.filled.clear();
    }

    fn slot(&self) -> Slot {
        let mut data = vec![0; SLOT];
        data[HEADER..HEADER + self.filled.len()].copy_from_slice(&self.filled);
        data[..4].copy_from_slice(&self.generation.to_le_bytes());
        data[4..8].copy_from_slice(&self.sequence.to_le_bytes());
        data[8..10].copy_from_slice(&(self.filled.len() as u16).to_le_bytes());
        let crc = crc(&data[..10], &self.filled);
        data[10..14].copy_from_slice(&crc.to_le_bytes());
        Slot { number: self.sequence, data }
    }

    fn record(&mut self, batch: &Batch) -> Vec<u8> {
        let number = self.instances.len() as u64;
        let mut out = Vec::with_capacity(64 + batch.values().len() * 2);
        let known = self.instances.contains_key(&batch.instance);
        let state =
            self.instances.entry(batch.instance.clone()).or_insert_with(|| Instance { number, ..Instance::default() });
        put_varint(&mut out, state.number);
        state.ticks += 1;
        if !known {
            put_bytes(&mut out, batch.instance.as_bytes());
        }
        put_signed(&mut out, batch.time.0.wrapping_sub(state.time.0));
        state.time = batch.time;
        let same = state
            .layout
            .as_ref()
            .is_some_and(|layout| Arc::ptr_eq(layout, batch.layout()) || layout.ids() == batch.layout().ids());
        if same {
            out.push(1);
        } else {
            out.push(0);
            put_varint(&mut out, batch.layout().ids().len() as u64);
            let mut before = 0;
            for id in batch.layout().ids() {
                put_signed(&mut out, i64::from(id.0) - before);
                before = i64::from(id.0);
            }
            state.layout = Some(batch.layout().clone());
        }
        let mut last = 0;
        for (column, (id, new)) in batch.iter().enumerate() {
            let old = state.values.get(&id).copied().unwrap_or(0.0);
            if old.to_bits() == new.to_bits() {
                continue;
            }
            put_varint(&mut out, (column - last) as u64);
            last = column;
            put_value(&mut out, old, new);
            state.values.insert(id, new);
        }
        out
    }
}

fn put_value(out: &mut Vec<u8>, old: f64, new: f64) {
    match exponent(new) {
        Some(exponent) => {
            out.push(exponent);
            let before = mantissa(old, exponent).unwrap_or(0);
            // Mantissas are below 2^53, so their difference does not overflow.
            put_signed(out, mantissa(new, exponent).unwrap_or(0) - before);
        }
        None => {
            out.push(BITS);
            out.extend_from_slice(&new.to_bits().to_le_bytes());
        }
    }
}

/// What a tail held.
#[derive(Debug, Default)]
pub(crate) struct Replayed {
    pub(crate) batches: Vec<Batch>,
    /// The writing end as it was; of a damaged tail, one that must not be written to.
    pub(crate) writer: TailWriter,
    /// Whether slots of the newest generation were damaged; what follows them is lost.
    pub(crate) damaged: bool,
}

/// Reads all rows of the tail, in any order.
pub(crate) fn replay(rows: impl IntoIterator<Item = Vec<u8>>) -> Replayed {
    let mut slots: Vec<(u32, u32, Vec<u8>)> = Vec::new();
    let mut damaged = false;
    for data in rows {
        match slot(&data) {
            Some(slot) => slots.push(slot),
            None => damaged = true,
        }
    }
    let Some(generation) = slots.iter().map(|(generation, ..)| *generation).max() else {
        return Replayed { damaged, ..Replayed::default() };
    };
    slots.retain(|(of, ..)| *of == generation);
    slots.sort_unstable_by_key(|(_, sequence, _)| *sequence);
    let mut stream = Vec::new();
    let mut writer = TailWriter::new(generation);
    for (wanted, (_, sequence, bytes)) in slots.into_iter().enumerate() {
        if sequence as usize != wanted {
            damaged = true;
            break;
        }
        stream.extend_from_slice(&bytes);
        (writer.sequence, writer.filled) = (sequence, bytes);
    }
    let mut batches = Vec::new();
    let mut bytes = Bytes(&stream);
    let mut instances: Vec<(Arc<str>, Instance)> = Vec::new();
    while !bytes.0.is_empty() {
        match bytes.bytes().and_then(|record| decode(Bytes(record), &mut instances)) {
            Some(batch) => {
                writer.samples += batch.values().len();
                batches.push(batch);
            }
            None => {
                damaged = true;
                break;
            }
        }
    }
    writer.instances = instances.into_iter().collect();
    Replayed { batches, writer, damaged }
}

fn crc(head: &[u8], bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(head);
    hasher.update(bytes);
    hasher.finalize()
}

/// The generation that a row belongs to and its place in it; `None` where its bytes are not what was written.
pub(crate) fn place(data: &[u8]) -> Option<(u32, u32)> {
    slot(data).map(|(generation, sequence, _)| (generation, sequence))
}

/// How many bytes of a row are in use.
pub(crate) fn used(data: &[u8]) -> usize {
    slot(data).map_or(0, |(_, _, bytes)| bytes.len())
}

fn slot(data: &[u8]) -> Option<(u32, u32, Vec<u8>)> {
    let word = |at: usize| Some(u32::from_le_bytes(data.get(at..at + 4)?.try_into().ok()?));
    let used = usize::from(u16::from_le_bytes(data.get(8..10)?.try_into().ok()?));
    let bytes = data.get(HEADER..HEADER + used)?;
    (crc(data.get(..10)?, bytes) == word(10)?).then_some((word(0)?, word(4)?, bytes.to_vec()))
}

fn decode(mut bytes: Bytes<'_>, instances: &mut Vec<(Arc<str>, Instance)>) -> Option<Batch> {
    let number = usize::try_from(bytes.varint()?).ok()?;
    if number == instances.len() {
        let state = Instance { number: number as u64, ..Instance::default() };
        instances.push((std::str::from_utf8(bytes.bytes()?).ok()?.into(), state));
    }
    let (name, state) = instances.get_mut(number)?;
    state.time = Timestamp(state.time.0.wrapping_add(bytes.signed()?));
    state.ticks += 1;
    if bytes.byte()? == 0 {
        let count = bytes.count()?;
        let mut before = 0_i64;
        let mut ids = Vec::with_capacity(count);
        for _ in 0..count {
            before = before.checked_add(bytes.signed()?)?;
            ids.push(SeriesId(u32::try_from(before).ok()?));
        }
        state.layout = Some(Arc::new(Layout::new(ids).ok()?));
    }
    let layout = state.layout.clone()?;
    let mut column = 0_usize;
    while !bytes.0.is_empty() {
        column = column.checked_add(usize::try_from(bytes.varint()?).ok()?)?;
        let id = *layout.ids().get(column)?;
        let old = state.values.get(&id).copied().unwrap_or(0.0);
        let new = match bytes.byte()? {
            BITS => f64::from_bits(bytes.u64()?),
            exponent if exponent < EXPONENTS => {
                value(mantissa(old, exponent).unwrap_or(0).checked_add(bytes.signed()?)?, exponent)
            }
            _ => return None,
        };
        state.values.insert(id, new);
    }
    let values = layout.ids().iter().map(|id| state.values.get(id).copied().unwrap_or(0.0)).collect();
    Batch::new(name.clone(), state.time, layout, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use autobot_model::STALE;
    use proptest::prelude::*;

    fn odd_value() -> impl Strategy<Value = f64> {
        prop_oneof![
            4 => (-1_000_000_i64..1_000_000, 0_u8..4).prop_map(|(m, e)| value(m, e)),
            1 => any::<u64>().prop_map(f64::from_bits),
            1 => prop::sample::select(vec![STALE, f64::NAN, -0.0, 0.0, f64::INFINITY, f64::MIN_POSITIVE, 5e-324, 1.0 / 3.0]),
        ]
    }

    fn batches() -> impl Strategy<Value = Vec<Arc<Batch>>> {
        let columns = prop::collection::btree_map(0_u32..300, odd_value(), 0..40);
        prop::collection::vec((prop::sample::select(vec!["a", "b", "system"]), 1_i64..5_000, columns), 1..60).prop_map(
            |all| {
                let mut time = 1_700_000_000_000;
                let batch = |(instance, step, columns): (&str, i64, std::collections::BTreeMap<u32, f64>)| {
                    time += step;
                    let layout = Layout::new(columns.keys().copied().map(SeriesId).collect()).unwrap();
                    Arc::new(
                        Batch::new(instance.into(), Timestamp(time), Arc::new(layout), columns.into_values().collect())
                            .unwrap(),
                    )
                };
                all.into_iter().map(batch).collect()
            },
        )
    }

    fn bits(batch: &Batch) -> (String, i64, Vec<(u32, u64)>) {
        (batch.instance.to_string(), batch.time.0, batch.iter().map(|(id, value)| (id.0, value.to_bits())).collect())
    }

    proptest! {
        #[test]
        fn what_is_logged_reads_back_bit_for_bit(batches in batches(), cuts in prop::collection::vec(1_usize..9, 1..60)) {
            let mut writer = TailWriter::new(7);
            let mut rows: HashMap<u32, Vec<u8>> = HashMap::new();
            let mut rest = batches.as_slice();
            for cut in cuts.iter().cycle() {
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                rows.extend(writer.append(now).into_iter().map(|slot| (slot.number, slot.data)));
                rest = later;
                if rest.is_empty() { break }
            }
            prop_assert!(rows.values().all(|row| row.len() == SLOT));
            // A slot of the generation before, which has not been overwritten, does not count.
            let old = TailWriter::new(6).append(&batches[..1]).remove(0);
            rows.entry(99).or_insert(old.data);
            let replayed = replay(rows.into_values());
            prop_assert!(!replayed.damaged);
            prop_assert_eq!(replayed.writer.generation, 7);
            let (got, wanted): (Vec<_>, Vec<_>) = (replayed.batches.iter().map(bits).collect(), batches.iter().map(|batch| bits(batch)).collect());
            prop_assert_eq!(got, wanted);
        }

        #[test]
        fn a_tail_that_was_read_back_goes_on_as_if_nothing_had_happened(batches in batches(), at in any::<prop::sample::Index>()) {
            let (before, after) = batches.split_at(at.index(batches.len()));
            let mut writer = TailWriter::new(3);
            let mut rows: HashMap<u32, Vec<u8>> = writer.append(before).into_iter().map(|slot| (slot.number, slot.data)).collect();
            let mut again = replay(rows.values().cloned()).writer;
            let wanted = writer.append(after);
            let got = again.append(after);
            prop_assert_eq!(&got, &wanted);
            prop_assert_eq!((again.samples(), again.ticks()), (writer.samples(), writer.ticks()));
            rows.extend(got.into_iter().map(|slot| (slot.number, slot.data)));
            prop_assert_eq!(replay(rows.into_values()).batches.len(), batches.len());
        }

        #[test]
        fn a_damaged_row_costs_what_follows_it_and_nothing_before(batches in batches(), at in any::<prop::sample::Index>()) {
            let mut writer = TailWriter::new(1);
            let mut rows: std::collections::BTreeMap<u32, Vec<u8>> = Default::default();
            for batch in &batches {
                rows.extend(writer.append(std::slice::from_ref(batch)).into_iter().map(|slot| (slot.number, slot.data)));
            }
            let place = at.index(rows.len() * SLOT);
            let row = rows.values_mut().nth(place / SLOT).unwrap();
            row[place % SLOT] ^= 0x20;
            let replayed = replay(rows.into_values());
            let wanted: Vec<_> = batches.iter().map(|batch| bits(batch)).collect();
            let got: Vec<_> = replayed.batches.iter().map(bits).collect();
            prop_assert!(wanted.starts_with(&got), "something else came out than what was put in");
        }
    }
}
