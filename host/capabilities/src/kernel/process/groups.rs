//! Processes summed by name and user, from look to look.

use super::{Group, Owner};
use crate::kernel::text::to_text;

/// All groups that have a process. A group keeps its number as long as it is there.
#[derive(Default)]
pub(super) struct Groups {
    slots: Vec<Option<Slot>>,
}

struct Slot {
    group: Group,
    /// CPU time since the look before.
    recent: u64,
}

impl Groups {
    /// Before the processes of a look are added.
    pub(super) fn begin(&mut self) {
        for slot in self.slots.iter_mut().flatten() {
            slot.recent = 0;
            slot.group.processes = 0;
            slot.group.threads = 0;
            slot.group.resident_bytes = 0;
        }
    }

    /// After they were added: a group without a process is forgotten.
    pub(super) fn end(&mut self) {
        for slot in &mut self.slots {
            if slot.as_ref().is_some_and(|slot| slot.group.processes == 0) {
                *slot = None;
            }
        }
        while self.slots.last().is_some_and(Option::is_none) {
            self.slots.pop();
        }
    }

    /// The number of a group. Asked for new processes only, of which there are few, so a search is good enough.
    pub(super) fn find_or_add(&mut self, name: &[u8], user: &str) -> usize {
        let name = to_text(name);
        let is_it = |slot: &Option<Slot>| {
            slot.as_ref().is_some_and(|slot| slot.group.owner.name == name && slot.group.owner.user == user)
        };
        if let Some(at) = self.slots.iter().position(is_it) {
            return at;
        }
        let at = self.slots.iter().position(Option::is_none).unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        let owner = Owner { name, user: user.to_owned() };
        let group = Group { owner, processes: 0, threads: 0, cpu_micros: 0, resident_bytes: 0 };
        self.slots[at] = Some(Slot { group, recent: 0 });
        at
    }

    /// Adds one process to its group.
    pub(super) fn add(&mut self, group: usize, threads: u32, cpu_micros: u64, resident_bytes: u64) {
        if let Some(Some(slot)) = self.slots.get_mut(group) {
            slot.recent = slot.recent.saturating_add(cpu_micros);
            let group = &mut slot.group;
            group.processes += 1;
            group.threads = group.threads.saturating_add(threads);
            group.cpu_micros = group.cpu_micros.saturating_add(cpu_micros);
            group.resident_bytes = group.resident_bytes.saturating_add(resident_bytes);
        }
    }

    /// The `limit` that used most CPU time since the look before, the `limit` with the most memory, and those of `also` that
    /// exist; each once. With a `limit` that is not reached, these are all groups.
    pub(super) fn select(&self, limit: usize, also: &[Owner]) -> Vec<Group> {
        let all: Vec<&Slot> = self.slots.iter().flatten().collect();
        let mut chosen = vec![false; all.len()];
        for measure in [|slot: &Slot| slot.recent, |slot: &Slot| slot.group.resident_bytes] {
            let mut order: Vec<usize> = (0..all.len()).collect();
            // Equal ones in the order of their names, so that a tie does not make series come and go.
            order.sort_unstable_by(|&a, &b| {
                measure(all[b]).cmp(&measure(all[a])).then_with(|| all[a].group.owner.cmp(&all[b].group.owner))
            });
            for at in order.into_iter().take(limit) {
                chosen[at] = true;
            }
        }
        for (slot, chosen) in all.iter().zip(&mut chosen) {
            *chosen |= also.contains(&slot.group.owner);
        }
        all.into_iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(slot, _)| slot.group.clone()).collect()
    }
}
