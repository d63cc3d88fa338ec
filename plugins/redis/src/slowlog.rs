//! The slow log: how many commands took longer than the server's threshold, which, and how long. Arguments are never looked at: they
//! hold what applications store, and secrets.

use std::collections::BTreeMap;

use autobot_plugin_sdk::redis::Reply;
use autobot_plugin_sdk::{Family, Metrics};

use crate::number::{self, label};
use crate::reply::Value;

pub(crate) static LENGTH: Family =
    Family::gauge("redis_slowlog_length", "1", "Entries that the slow log holds.").labels(&["target"]);
pub(crate) static ENTRIES: Family = Family::counter(
    "redis_slowlog_entries_total",
    "1",
    "Commands that were slow since the server started, as it numbers them.",
)
.labels(&["target"]);
pub(crate) static SLOWEST: Family = Family::gauge(
    "redis_slowlog_slowest_seconds",
    "s",
    "How long the slowest command took that was logged since the look before; 0 when none was.",
)
.labels(&["target"]);
pub(crate) static COMMANDS: Family = Family::counter(
    "redis_slowlog_commands_total",
    "1",
    "Slow commands by their name, counted since the plugin began.",
)
.labels(&["target", "command"]);

/// Entries that are asked for each time. There are seldom more new ones.
pub(crate) const FEW: u32 = 8;
/// Entries that are asked for when there are more: as many as a server keeps by default.
pub(crate) const MANY: u32 = 128;
/// Names that are followed; the others are counted together.
const MOST_NAMES: usize = 50;
const OTHERS: &str = "(others)";

/// What is known of one server's slow log.
#[derive(Debug, Default)]
pub(crate) struct SlowLog {
    /// The number of the newest entry that was seen; -1: there was none. `None` before the first look.
    seen: Option<i64>,
    /// Microseconds, of the entries since the look before.
    slowest: i64,
    counts: BTreeMap<String, f64>,
}

struct Entry<'a> {
    id: i64,
    micros: i64,
    arguments: Value<'a>,
}

fn entries(reply: &Reply) -> impl Iterator<Item = Entry<'_>> {
    Value::of(reply).items().filter_map(|entry| {
        let mut parts = entry.items();
        let id = parts.next()?.integer()?;
        let _when = parts.next()?;
        Some(Entry { id, micros: parts.next()?.integer()?, arguments: parts.next()? })
    })
}

impl SlowLog {
    /// Whether `reply`, of the [`FEW`] newest entries, leaves out some that are new.
    pub(crate) fn wants_more(&self, reply: &Reply) -> bool {
        let oldest = entries(reply).map(|entry| entry.id).min();
        let is_full = entries(reply).count() >= FEW as usize;
        is_full && matches!((self.seen, oldest), (Some(seen), Some(oldest)) if oldest > seen.saturating_add(1))
    }

    /// Takes in entries, the newest first. What was there at the first look is not new.
    pub(crate) fn take(&mut self, reply: &Reply) {
        self.slowest = 0;
        let newest = entries(reply).map(|entry| entry.id).max();
        if let Some(seen) = self.seen {
            for entry in entries(reply).filter(|entry| entry.id > seen) {
                self.slowest = self.slowest.max(entry.micros);
                let name = entry.arguments.items().next().and_then(Value::text);
                let mut name = label(&name.unwrap_or_default().to_lowercase());
                if !self.counts.contains_key(&name) && self.counts.len() >= MOST_NAMES {
                    name = OTHERS.to_owned();
                }
                *self.counts.entry(name).or_default() += 1.0;
            }
        }
        // Entries that were reset keep their numbers, so an empty log says nothing new.
        self.seen = Some(newest.unwrap_or(-1).max(self.seen.unwrap_or(-1)));
    }

    /// The server was started anew and numbers from 0. What was counted stays.
    pub(crate) fn restarted(&mut self) {
        self.seen = self.seen.map(|_| -1);
    }

    pub(crate) fn collect(&self, target: &str, length: Option<f64>, metrics: &mut Metrics) {
        if let Some(length) = length {
            metrics.set(&LENGTH, &[target], length);
        }
        let Some(seen) = self.seen else { return };
        metrics.set(&ENTRIES, &[target], seen.saturating_add(1) as f64);
        metrics.set(&SLOWEST, &[target], number::seconds(self.slowest.max(0) as f64 / 1e6));
        for (command, count) in &self.counts {
            metrics.set(&COMMANDS, &[target, command], *count);
        }
    }
}
