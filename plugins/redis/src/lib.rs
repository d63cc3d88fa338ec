//! The redis plugin: what servers of Redis and Valkey do, hold and lack, asked over the network.
//!
//! The host connects, logs in and sends the commands, which only read; this crate knows targets by name alone, chooses what to ask,
//! and makes metrics of the answers. All targets are asked side by side, in at most a few rounds: `PING`; everything that is
//! to be told; and, within a budget of the servers' time, sizes of keys. One that does not answer is left alone for a while.
//!
//! The floor is the list of the Prometheus exporter for Redis (`redis_exporter`); which of its families is which of ours
//! stands in a table of the end-to-end tests.

mod ask;
mod clients;
mod cluster;
mod commands;
mod databases;
mod fields;
mod info;
mod latency;
mod number;
mod replication;
mod reply;
mod sample;
mod sampling;
mod server;
mod settings;
mod slowlog;
mod target;

use autobot_plugin_sdk::redis::{Answer, Batch, pipeline_all};
use autobot_plugin_sdk::{Collector, Error, Family, Manifest, Metrics, Presence, Timestamp, clock, collector};

pub use settings::{Databases, Settings};
use target::Target;

/// How often it likes to be called. `INFO` costs a server a fifth of a millisecond.
const INTERVAL_MS: u32 = 5_000;
/// Rounds of sampling in one collect; the budget mostly ends them before.
const MOST_ROUNDS: usize = 8;
/// A collect that has taken so long samples no more: it may take ten seconds.
const LATE_MICROS: u64 = 3_000_000;

/// Families that are no plain fields of `INFO`.
const OTHERS: &[&Family] = &[
    &target::UP,
    &target::PING,
    &server::INFO,
    &server::ROLE,
    &server::CPU_TIME,
    &server::MAIN_THREAD_TIME,
    &server::CPU_UTILIZATION,
    &server::CLIENTS_UTILIZATION,
    &server::MEMORY_UTILIZATION,
    &server::SAVE_AGE,
    &server::DENIED,
    &server::CONFIG[0].1,
    &server::CONFIG[1].1,
    &server::CONFIG[2].1,
    &server::CONFIG[3].1,
    &server::CONFIG[4].1,
    &commands::CALLS,
    &commands::TIME,
    &commands::FAILED,
    &commands::REJECTED,
    &commands::ERRORS,
    &latency::DURATION.family,
    &latency::LATEST,
    &latency::LONGEST,
    &latency::WHEN,
    &slowlog::LENGTH,
    &slowlog::ENTRIES,
    &slowlog::SLOWEST,
    &slowlog::COMMANDS,
    &clients::CLIENTS,
    &clients::HOSTS,
    &clients::MEMORY,
    &clients::OUTPUT,
    &clients::BY_DATABASE,
    &databases::KEYS,
    &databases::EXPIRES,
    &databases::AVERAGE_TTL,
    &databases::WITH_EXPIRING_FIELDS,
    &databases::OVERHEAD,
    &sampling::MEMORY,
    &sampling::ERROR,
    &sampling::SAMPLED,
    &sampling::LARGEST,
    &replication::ONLINE,
    &replication::LAG,
    &replication::OFFSET,
    &replication::BEHIND,
    &cluster::STATE,
    &cluster::SLOTS,
    &cluster::NODES,
    &cluster::SIZE,
    &cluster::EPOCH,
    &cluster::OWN_EPOCH,
    &cluster::SENT,
    &cluster::RECEIVED,
    &cluster::MASTER_OK,
    &cluster::MASTER_REPLICAS,
    &cluster::MASTER_SENTINELS,
];

const FAMILIES: [&Family; OTHERS.len() + fields::COUNT] = {
    let mut all = [OTHERS[0]; OTHERS.len() + fields::COUNT];
    let (mut at, mut other) = (0, 0);
    while other < OTHERS.len() {
        all[at] = OTHERS[other];
        (at, other) = (at + 1, other + 1);
    }
    let mut table = 0;
    while table < fields::TABLES.len() {
        let mut field = 0;
        while field < fields::TABLES[table].len() {
            all[at] = &fields::TABLES[table][field].family;
            (at, field) = (at + 1, field + 1);
        }
        table += 1;
    }
    all
};

/// The plugin.
#[derive(Debug)]
pub struct Redis {
    settings: Settings,
    presence: Presence,
    targets: Vec<Target>,
}

impl Collector for Redis {
    type Settings = Settings;

    const MANIFEST: Manifest = Manifest::new("redis", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
        .settings_schema(settings::SCHEMA)
        .interval_ms(INTERVAL_MS);

    const FAMILIES: &[&Family] = &FAMILIES;

    fn new(settings: Settings) -> Result<Self, String> {
        settings.check()?;
        let targets = settings.targets.iter().map(|name| Target::new(name, &settings)).collect();
        Ok(Self { settings, presence: Presence::default(), targets })
    }

    fn collect(&mut self, _at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        let Self { settings, presence, targets } = self;
        let some = presence.ask(|| match targets.is_empty() {
            true => Err(Error::NotPresent("its setting `targets` names no target, as `[redis-main]`".to_owned())),
            false => Ok(()),
        })?;
        if some.is_none() {
            return Ok(());
        }
        let began = clock::monotonic_micros();
        let timeout = u64::from(settings.timeout_ms).saturating_mul(1_000);
        exchange(targets, |one| one.begin(began, timeout), |one, answer| one.pinged(answer, began));
        exchange(
            targets,
            |one| one.questions(settings, began, timeout),
            |one, answer| one.answered(answer, settings, began, metrics),
        );
        exchange(targets, |one| one.follow_up(timeout), |one, answer| one.followed_up(answer, began));
        for _ in 0..MOST_ROUNDS {
            let now = clock::monotonic_micros();
            let is_late = now.saturating_sub(began) > LATE_MICROS;
            if is_late || !exchange(targets, |one| one.step(now, timeout), |one, answer| one.stepped(answer, now)) {
                break;
            }
        }
        for target in targets.iter_mut() {
            target.finish(metrics);
        }
        let mut failures = targets.iter().map(Target::failure);
        match failures.next().flatten() {
            Some(first) if failures.all(|failure| failure.is_some()) => Err(first.clone()),
            _ => Ok(()),
        }
    }
}

/// Sends what each target has to ask, all at once, and gives each its answer. Whether anything was asked.
fn exchange(
    targets: &mut [Target],
    mut ask: impl FnMut(&mut Target) -> Option<Batch>,
    mut take: impl FnMut(&mut Target, Result<Answer, Error>),
) -> bool {
    let (mut asked, mut batches) = (Vec::new(), Vec::new());
    for (at, target) in targets.iter_mut().enumerate() {
        if let Some(batch) = ask(target) {
            asked.push(at);
            batches.push(batch);
        }
    }
    if batches.is_empty() {
        return false;
    }
    let mut answers = pipeline_all(&batches).into_iter();
    for at in asked {
        let answer = answers.next().unwrap_or_else(|| Err(Error::Failed("the host gave no answer".to_owned())));
        take(&mut targets[at], answer);
    }
    true
}

collector!(Redis);

#[cfg(test)]
mod tests;
