//! Walks through the databases of one server, a few keys at a time, within the share of its time that it may be asked for.

use std::collections::BTreeMap;

use autobot_plugin_sdk::redis::Reply;
use autobot_plugin_sdk::{Family, Metrics};

use crate::databases::{Keyspace, LABELS};
use crate::number;
use crate::reply::Value;
use crate::sample::Sample;

pub(crate) static MEMORY: Family = Family::gauge(
    "redis_database_memory_bytes",
    "By",
    "Memory of the keys and values of a database, estimated from a sample; the tables that hold the keys are redis_database_overhead_bytes.",
)
.labels(LABELS);
pub(crate) static ERROR: Family = Family::gauge(
    "redis_database_memory_error_ratio",
    "1",
    "How far the estimate may be off: half of its 95 % confidence interval by the estimate; 0 when every key was looked at.",
)
.labels(LABELS);
pub(crate) static SAMPLED: Family =
    Family::gauge("redis_database_sampled_keys", "1", "Keys that the estimate of a database's memory stands on.")
        .labels(LABELS);
pub(crate) static LARGEST: Family =
    Family::gauge("redis_database_largest_key_bytes", "By", "Memory of the largest of the sampled keys of a database.")
        .labels(LABELS);

const SECOND: f64 = 1e6;
/// A database is walked through anew after so long, in microseconds.
const PAUSE: u64 = 60_000_000;
/// A sample that is good enough ends: so many keys with so small an error, or so many whatever their error.
const ENOUGH: f64 = 1_000.0;
const ENOUGH_ERROR: f64 = 0.01;
const MOST: f64 = 20_000.0;
/// Keys that one step asks for.
const LEAST_STEP: f64 = 10.0;
const MOST_STEP: f64 = 200.0;
/// What keys of one step may take together in a request, and each of them, in bytes: the host takes 256 KiB.
const STEP_BYTES: usize = 128 * 1024;
const KEY_BYTES: usize = 1024;
/// How long a key takes before it is known, in microseconds. Redis on a slow machine needs three.
const FIRST_GUESS: f64 = 5.0;

/// What is known of the databases of one server.
#[derive(Debug)]
pub(crate) struct Sampling {
    /// Microseconds of the server's time for each second.
    budget: f64,
    /// What is left of it; at most a second's.
    left: f64,
    filled: Option<u64>,
    /// Microseconds of the server's time for a key.
    for_a_key: f64,
    walks: BTreeMap<u32, Walk>,
    asked: Option<(u32, usize)>,
}

/// The walk through one database.
#[derive(Debug)]
struct Walk {
    cursor: String,
    /// Keys that are to be asked for.
    keys: Vec<String>,
    /// Whether the walk was at the last of the table when it found them.
    is_at_end: bool,
    /// Whether this sample began with the walk.
    from_start: bool,
    /// Keys that cannot be asked for: too long, or no UTF-8.
    skipped: f64,
    sample: Sample,
    done: Option<Sample>,
    began: u64,
    /// When it is this one's turn.
    due: u64,
}

impl Walk {
    fn new(now: u64) -> Self {
        Self {
            cursor: "0".to_owned(),
            keys: Vec::new(),
            is_at_end: false,
            from_start: true,
            skipped: 0.0,
            sample: Sample::default(),
            done: None,
            began: now,
            due: 0,
        }
    }

    /// Takes in keys of `SCAN`. The lengths are those of the request that will ask for them.
    fn found(&mut self, reply: Value<'_>) {
        let mut parts = reply.items();
        let (Some(cursor), Some(keys)) = (parts.next().and_then(Value::text), parts.next()) else { return };
        self.is_at_end = cursor == "0";
        self.cursor = cursor.into_owned();
        let mut bytes = 0;
        for key in keys.items() {
            match key.exact_text().filter(|key| key.len() <= KEY_BYTES && bytes + key.len() <= STEP_BYTES) {
                Some(key) if self.keys.len() < MOST_STEP as usize * 4 => {
                    bytes += key.len();
                    self.keys.push(key.to_owned());
                }
                _ => self.skipped += 1.0,
            }
        }
    }

    /// Ends the sample when it is whole or good enough.
    fn settle(&mut self, keys: f64, now: u64) {
        let is_round = self.is_at_end && self.keys.is_empty();
        let is_whole = is_round && self.from_start;
        let error = self.sample.estimate(keys).map_or(f64::INFINITY, |estimate| estimate.error);
        let is_enough = self.sample.count >= MOST.min(keys) || (self.sample.count >= ENOUGH && error <= ENOUGH_ERROR);
        if is_whole || (is_enough && !self.from_start) || (is_enough && !is_round && keys > self.sample.count) {
            self.sample.is_whole = is_whole && self.skipped == 0.0;
            self.done = Some(self.sample).filter(|sample| sample.estimate(keys).is_some()).or(self.done);
            self.sample = Sample::default();
            (self.from_start, self.skipped) = (is_round, 0.0);
            self.due = self.began.saturating_add(PAUSE).max(now.saturating_add(1));
        } else {
            self.due = now;
        }
        if is_round {
            self.is_at_end = false;
        }
    }

    /// What is told: the last whole sample, or the first one while it grows.
    fn told(&self) -> &Sample {
        self.done.as_ref().unwrap_or(&self.sample)
    }
}

impl Sampling {
    /// With so many milliseconds of the server's time a second.
    pub(crate) fn new(budget_ms: u32) -> Self {
        Self {
            budget: f64::from(budget_ms) * 1e3,
            left: 0.0,
            filled: None,
            for_a_key: FIRST_GUESS,
            walks: BTreeMap::new(),
            asked: None,
        }
    }

    /// What was found is of another server now.
    pub(crate) fn restarted(&mut self) {
        self.walks.clear();
        self.asked = None;
    }

    /// A collect begins: time has passed, and databases came and went.
    pub(crate) fn begin(&mut self, now: u64, chosen: &[u32], keyspace: &BTreeMap<u32, Keyspace>) {
        if self.budget <= 0.0 {
            return;
        }
        let passed = self.filled.map_or(SECOND, |filled| now.saturating_sub(filled) as f64);
        self.left = (self.left + self.budget * (passed / SECOND).min(60.0))
            .min(self.budget * (passed / SECOND).clamp(1.0, 10.0));
        self.filled = Some(now);
        let has_keys = |database: &u32| keyspace.get(database).is_some_and(|one| one.keys >= 1.0);
        self.walks.retain(|database, _| chosen.contains(database) && has_keys(database));
        for &database in chosen.iter().filter(|database| has_keys(database)) {
            self.walks.entry(database).or_insert_with(|| Walk::new(now));
        }
    }

    /// The next step: a database, and the commands for it. `None` when the budget is used up or nothing is due.
    pub(crate) fn step(&mut self, now: u64) -> Option<(u32, Vec<Vec<String>>)> {
        if self.left <= 0.0 {
            return None;
        }
        let due = self.walks.iter_mut().filter(|(_, walk)| walk.due <= now);
        let (&database, walk) = due.min_by_key(|(_, walk)| walk.due)?;
        let count = (self.left / self.for_a_key).clamp(LEAST_STEP, MOST_STEP);
        if walk.sample.count == 0.0 && walk.keys.is_empty() {
            walk.began = now;
        }
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let asked = walk.keys.len().min(count as usize);
        let mut commands: Vec<Vec<String>> =
            walk.keys[walk.keys.len() - asked..].iter().map(|key| words(&["MEMORY", "USAGE", key])).collect();
        if asked == walk.keys.len() && !walk.is_at_end {
            commands.push(words(&["SCAN", &walk.cursor, "COUNT", &format!("{}", count as u32)]));
        }
        // Nobody else is asked before the answer is there.
        walk.due = u64::MAX;
        self.asked = Some((database, asked));
        Some((database, commands))
    }

    /// The answer to the last step; `micros` is how long the server took.
    ///
    /// # Errors
    /// What the server refused.
    pub(crate) fn answered(
        &mut self,
        replies: &[Reply],
        micros: f64,
        keyspace: &BTreeMap<u32, Keyspace>,
        now: u64,
    ) -> Result<(), String> {
        let Some((database, asked)) = self.asked.take() else { return Ok(()) };
        self.left -= micros.max(1.0);
        if asked >= LEAST_STEP as usize {
            self.for_a_key += (micros / asked as f64 - self.for_a_key) / 4.0;
            self.for_a_key = self.for_a_key.max(0.5);
        }
        let Some(walk) = self.walks.get_mut(&database) else { return Ok(()) };
        if let Some(said) = replies.iter().find_map(|reply| Value::of(reply).failure()) {
            walk.due = now.saturating_add(PAUSE);
            return Err(said.to_owned());
        }
        let (sizes, found) = replies.split_at(asked.min(replies.len()));
        walk.keys.truncate(walk.keys.len().saturating_sub(asked));
        // One that is gone in the meantime has no size.
        for bytes in sizes.iter().filter_map(|reply| Value::of(reply).integer()) {
            walk.sample.add(bytes.max(0) as f64);
        }
        // What came before is not whole by what is found only now.
        if let Some(scan) = found.first() {
            walk.found(Value::of(scan));
        }
        walk.settle(keyspace.get(&database).map_or(0.0, |one| one.keys), now);
        Ok(())
    }

    /// The last step had no answer.
    pub(crate) fn failed(&mut self, now: u64) {
        if let Some((database, _)) = self.asked.take()
            && let Some(walk) = self.walks.get_mut(&database)
        {
            walk.due = now.saturating_add(PAUSE);
        }
        self.left = 0.0;
    }

    pub(crate) fn collect(
        &self,
        target: &str,
        chosen: &[u32],
        keyspace: &BTreeMap<u32, Keyspace>,
        metrics: &mut Metrics,
    ) {
        if self.budget <= 0.0 {
            return;
        }
        for database in chosen {
            let labels = [target, &*database.to_string()];
            let keys = keyspace.get(database).map_or(0.0, |one| one.keys);
            if keys < 1.0 {
                metrics.set(&MEMORY, &labels, 0.0);
                metrics.set(&ERROR, &labels, 0.0);
                continue;
            }
            let Some(sample) = self.walks.get(database).map(Walk::told) else { continue };
            let Some(estimate) = sample.estimate(keys) else { continue };
            metrics.set(&MEMORY, &labels, estimate.bytes);
            metrics.set(&ERROR, &labels, number::ratio(estimate.error));
            metrics.set(&SAMPLED, &labels, sample.count);
            metrics.set(&LARGEST, &labels, sample.largest);
        }
    }
}
