//! Processes summed by name and user, from look to look.

use std::collections::HashMap;

use super::watches::Watches;
use super::{Asked, Group, InputOutput, Owner, Sum};
use crate::kernel::text::to_text;

/// All groups that have a process. A group keeps its number as long as it is there.
#[derive(Default)]
pub(super) struct Groups {
    slots: Vec<Option<Slot>>,
    numbers: HashMap<Owner, usize>,
    free: Vec<usize>,
    watches: Watches,
}

struct Slot {
    group: Group,
    /// Since the look before.
    recent: Used,
    /// The watches that it belongs to, a bit for each.
    marks: u64,
}

/// What groups are put in order by.
type Measure = fn(&Slot) -> u64;

/// What one process has, and what it used since the look before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Used {
    pub(super) threads: u32,
    pub(super) cpu_micros: u64,
    pub(super) resident_bytes: u64,
    /// `None` when it may not be looked at.
    pub(super) io: Option<InputOutput>,
    pub(super) open_files: Option<u64>,
}

impl Groups {
    /// Before the processes of a look are added.
    pub(super) fn begin(&mut self) {
        for slot in self.slots.iter_mut().flatten() {
            slot.recent = Used::default();
            slot.group.processes = 0;
            slot.group.threads = 0;
            slot.group.resident_bytes = 0;
            slot.group.open_files = None;
        }
    }

    /// After they were added: a group without a process is forgotten.
    pub(super) fn end(&mut self) {
        self.watches.begin();
        for (at, place) in self.slots.iter_mut().enumerate() {
            let Some(slot) = place else { continue };
            if slot.group.processes == 0 {
                self.numbers.remove(&slot.group.owner);
                self.free.push(at);
                *place = None;
            } else {
                self.watches.add(slot.marks, &slot.group, &slot.recent);
            }
        }
    }

    /// The number of a group.
    pub(super) fn find_or_add(&mut self, name: &[u8], user: &str) -> usize {
        let owner = Owner { name: to_text(name), user: user.to_owned() };
        if let Some(at) = self.numbers.get(&owner) {
            return *at;
        }
        let at = self.free.pop().unwrap_or(self.slots.len());
        if at == self.slots.len() {
            self.slots.push(None);
        }
        let marks = self.watches.marks(&owner.name);
        self.numbers.insert(owner.clone(), at);
        let group =
            Group { owner, processes: 0, threads: 0, cpu_micros: 0, resident_bytes: 0, io: None, open_files: None };
        self.slots[at] = Some(Slot { group, recent: Used::default(), marks });
        at
    }

    /// Adds one process to its group.
    pub(super) fn add(&mut self, group: usize, used: &Used) {
        if let Some(Some(Slot { group, recent, .. })) = self.slots.get_mut(group) {
            recent.cpu_micros = recent.cpu_micros.saturating_add(used.cpu_micros);
            group.processes = group.processes.saturating_add(1);
            group.threads = group.threads.saturating_add(used.threads);
            group.cpu_micros = group.cpu_micros.saturating_add(used.cpu_micros);
            group.resident_bytes = group.resident_bytes.saturating_add(used.resident_bytes);
            add_io(&mut group.io, used.io);
            add_io(&mut recent.io, used.io);
            if let Some(files) = used.open_files {
                group.open_files = Some(group.open_files.unwrap_or_default().saturating_add(files));
            }
        }
    }

    /// The `limit` that used most CPU time since the look before, the `limit` with the most memory, the `limit` that read and
    /// wrote most, and those that were asked for and exist; each once. With a `limit` that is not reached, these are all.
    pub(super) fn select(&self, limit: usize, asked: &Asked<'_>) -> Vec<Group> {
        let all: Vec<&Slot> = self.slots.iter().flatten().collect();
        let mut chosen = vec![false; all.len()];
        let bytes = |slot: &Slot| slot.recent.io.map_or(0, |io| io.read_bytes.saturating_add(io.written_bytes));
        let measures: [(Measure, u64); 3] = [
            (|slot| slot.recent.cpu_micros, 0),
            (|slot| slot.group.resident_bytes, 0),
            // Most groups read and write nothing: none of them is a top.
            (bytes, 1),
        ];
        for (measure, least) in measures {
            let mut order: Vec<usize> = (0..all.len()).filter(|at| measure(all[*at]) >= least).collect();
            // Equal ones in the order of their names, so that a tie does not make series come and go.
            order.sort_unstable_by(|&a, &b| {
                measure(all[b]).cmp(&measure(all[a])).then_with(|| all[a].group.owner.cmp(&all[b].group.owner))
            });
            for at in order.into_iter().take(limit) {
                chosen[at] = true;
            }
        }
        for (slot, chosen) in all.iter().zip(&mut chosen) {
            *chosen |= asked.also.contains(&slot.group.owner);
        }
        all.into_iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(slot, _)| slot.group.clone()).collect()
    }

    /// The sums over all whose names match; those that were never asked for before begin now.
    pub(super) fn sums(&mut self, patterns: &[Vec<String>]) -> Vec<Sum> {
        let places = self.watches.places(patterns);
        for &(place, is_new) in &places {
            if !is_new {
                continue;
            }
            let bit = 1 << place;
            for slot in self.slots.iter_mut().flatten() {
                slot.marks &= !bit;
                if self.watches.is_of(place, &slot.group.owner.name) {
                    slot.marks |= bit;
                    // What it used up to now is not counted, what it has is.
                    self.watches.add(
                        bit,
                        &slot.group,
                        &Used { io: slot.group.io.map(|_| InputOutput::default()), ..Used::default() },
                    );
                }
            }
        }
        places.into_iter().map(|(place, _)| self.watches.sum(place)).collect()
    }
}

pub(super) fn add_io(sum: &mut Option<InputOutput>, more: Option<InputOutput>) {
    let Some(more) = more else { return };
    let sum = sum.get_or_insert_default();
    sum.read_bytes = sum.read_bytes.saturating_add(more.read_bytes);
    sum.written_bytes = sum.written_bytes.saturating_add(more.written_bytes);
}
