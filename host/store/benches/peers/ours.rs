//! The store under test, in a process of its own so that its memory and its writes are told apart.
#![expect(clippy::disallowed_methods, reason = "the measured store runs in a child process")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use autobot_model::{Batch, BatchSink as _, Family, Layout, ManualClock, SeriesRegistry as _, Timestamp};
use autobot_query::{Engine, Value, json};
use autobot_store::{Store, StoreOptions};
use serde::{Deserialize, Serialize};

use crate::data::Stream;
use crate::process;
use crate::task::{Answered, Asked, Pace, Query, Set, Spread, Taken, weigh};

/// Batches that may wait before more are handed over; the store itself takes 256 and would then fold early.
const QUEUE: usize = 128;
/// The same for a set of one machine, whose batches are whole ticks: the store should see its clock go in small steps.
const QUEUED_TICKS: usize = 16;
/// The host's default. Between two real ticks there is time for it; of ticks that follow at once each would wait for the sync of the one
/// before, so their commits are timed without.
pub(crate) const SYNC: Duration = Duration::from_secs(10);
const NEVER: Duration = Duration::from_secs(u32::MAX as u64);
const ROUNDS: usize = 7;
/// A query that takes this long is not asked again.
const LONG: Duration = Duration::from_secs(4);

/// What a child is to do.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Task {
    Take { set: Set, folder: PathBuf, pace: Pace },
    Ask { folder: PathBuf, now: Timestamp, queries: Vec<Query> },
}

/// Has a child take the set.
pub(crate) fn take(set: &Set, folder: &Path, pace: Pace) -> Result<Taken> {
    in_child(&Task::Take { set: set.clone(), folder: folder.to_owned(), pace })
}

/// Has a child open the store and ask it.
pub(crate) fn ask(folder: &Path, now: Timestamp, queries: &[Query]) -> Result<Asked> {
    in_child(&Task::Ask { folder: folder.to_owned(), now, queries: queries.to_vec() })
}

fn in_child<T: serde::de::DeserializeOwned>(task: &Task) -> Result<T> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--child").arg(serde_json::to_string(task)?).stdout(Stdio::piped());
    let output = command.spawn()?.wait_with_output()?;
    ensure!(output.status.success(), "the child that measures our store ended with {}", output.status);
    serde_json::from_slice(&output.stdout).context("the child that measures our store said something else")
}

/// The child's side.
pub(crate) fn child(task: &str) -> Result<()> {
    let told = match serde_json::from_str(task)? {
        Task::Take { set, folder, pace } => serde_json::to_string(&taken(&mut set.stream()?, &folder, pace)?)?,
        Task::Ask { folder, now, queries } => serde_json::to_string(&asked(&folder, now, &queries)?)?,
    };
    println!("{told}");
    Ok(())
}

/// As the host opens its store.
pub(crate) fn open(folder: &Path, clock: Arc<ManualClock>, sync: Duration) -> Result<Arc<Store>> {
    let options = StoreOptions {
        path: folder.join("autobot.db"),
        retention: Duration::from_secs(400 * 86_400),
        max_size: 1 << 40,
        sync,
        window: Duration::from_secs(900),
    };
    Ok(Store::open(options, clock)?.0)
}

/// Hands a stream to a store as plugins do: a batch for each machine and tick.
pub(crate) struct Feeder {
    pub(crate) store: Arc<Store>,
    clock: Arc<ManualClock>,
    layouts: Vec<(Arc<str>, Arc<Layout>)>,
    now: Timestamp,
    queue: usize,
}

impl Feeder {
    pub(crate) fn new(stream: &Stream, folder: &Path, sync: Duration) -> Result<Self> {
        let now = stream.span().0;
        let clock = Arc::new(ManualClock::at(now));
        let store = open(folder, clock.clone(), sync)?;
        let mut families: HashMap<Arc<str>, Arc<Family>> = HashMap::new();
        let mut layouts = Vec::new();
        for machine in &stream.machines {
            let mut ids = Vec::with_capacity(machine.keys.len());
            for (key, kind) in machine.keys.iter().zip(&machine.kinds) {
                let family = families.entry(key.name.clone()).or_insert_with(|| {
                    let labels = key.labels.iter().map(|(name, _)| name.to_owned()).collect();
                    let (name, help) = (key.name.to_string(), String::new());
                    let unit = unit(&name).to_owned();
                    Arc::new(Family { name, unit, kind: *kind, help, labels })
                });
                ids.push(store.register(key.clone(), family));
            }
            layouts.push((Arc::from(machine.name.as_str()), Arc::new(Layout::new(ids)?)));
        }
        let queue = if stream.machines.len() == 1 { QUEUED_TICKS } else { QUEUE };
        Ok(Self { store, clock, layouts, now, queue })
    }

    /// Hands over one tick, waiting while the store has enough to do.
    pub(crate) fn push(&mut self, stream: &Stream, time: Timestamp) -> Result<()> {
        self.clock.advance(time.since(self.now));
        self.now = time;
        for (machine, (name, layout)) in stream.machines.iter().zip(&self.layouts) {
            while self.store.stats().queue >= self.queue {
                std::thread::sleep(Duration::from_micros(200));
            }
            let batch = Batch::new(name.clone(), time, layout.clone(), machine.values.clone());
            self.store.accept(Arc::new(batch.context("a tick of another width")?));
        }
        Ok(())
    }

    /// Until so many samples have been committed.
    fn committed(&self, samples: usize) -> Result<()> {
        while (self.store.stats().samples_total as usize) < samples {
            let state = self.store.stats().state;
            if state.starts_with("degraded") {
                bail!("{state}");
            }
            std::thread::yield_now();
        }
        Ok(())
    }
}

/// As names tell it.
fn unit(name: &str) -> &'static str {
    let name = name.strip_suffix("_total").unwrap_or(name);
    [("_bytes", "By"), ("_seconds", "s"), ("_hertz", "Hz")]
        .into_iter()
        .find(|(end, _)| name.ends_with(end))
        .map_or("1", |(_, unit)| unit)
}

fn taken(stream: &mut Stream, folder: &Path, pace: Pace) -> Result<Taken> {
    let pid = std::process::id();
    let series = stream.series();
    let ticks = pace.ticks(stream.ticks());
    let (mut times, mut making) = (Vec::new(), Duration::ZERO);
    let (begun, mut written) = (Instant::now(), process::written(pid)?);
    let (mut paced, mut counted) = (None, 0);
    let mut feeder = Feeder::new(stream, folder, if pace == Pace::Ticked { NEVER } else { SYNC })?;
    for tick in 0..ticks {
        if let Some(due) = pace.due(tick) {
            let begun = *paced.get_or_insert_with(Instant::now);
            if due.is_zero() {
                // What came before is folded and tidied.
                feeder.store.settle().map_err(anyhow::Error::msg)?;
            }
            std::thread::sleep(due.saturating_sub(begun.elapsed()));
        }
        let made = Instant::now();
        let Some(time) = stream.next() else { break };
        let handed = Instant::now();
        if pace == Pace::Ticked {
            making += handed - made;
        }
        feeder.push(stream, time)?;
        if pace != Pace::Fast {
            feeder.committed((tick + 1) * series)?;
        }
        if pace.due(tick).is_some_and(|due| due.is_zero()) {
            (written, counted, times) = (process::written(pid)?, tick + 1, Vec::new());
        } else {
            times.push(handed.elapsed().as_secs_f64() * 1e3);
        }
    }
    let resident_mib = process::resident_mib(pid)?;
    feeder.store.close();
    let (seconds, written) = ((begun.elapsed() - making).as_secs_f64(), process::written(pid)? - written);
    ensure!(feeder.store.stats().dropped == 0, "the store dropped batches");
    drop(feeder);
    // All of it in chunks, small ones merged: as a peer after its merge.
    let store = open(folder, Arc::new(ManualClock::at(stream.span().1)), SYNC)?;
    store.settle().map_err(anyhow::Error::msg)?;
    store.close();
    let (bytes, ahead) = sizes(folder)?;
    Ok(Taken {
        samples: (ticks - counted) * series,
        seconds,
        tick: Spread::of(times),
        written,
        bytes,
        ahead,
        resident_mib,
    })
}

/// Bytes of the file, and of its hot tail, whose rows are a page each.
fn sizes(folder: &Path) -> Result<(u64, u64)> {
    let connection = rusqlite::Connection::open(folder.join("autobot.db"))?;
    let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let rows: i64 = connection.query_row("SELECT count(*) FROM hot", [], |row| row.get(0))?;
    drop(connection);
    Ok((process::folder_bytes(folder), u64::try_from(rows * page)?))
}

fn asked(folder: &Path, now: Timestamp, queries: &[Query]) -> Result<Asked> {
    let store = open(folder, Arc::new(ManualClock::at(now)), SYNC)?;
    let answers = queries.iter().map(|query| answer(&store, query)).collect();
    let (resident_mib, peak_mib) = (process::resident_mib(std::process::id())?, process::peak_mib(std::process::id())?);
    store.close();
    Ok(Asked { answers, resident_mib, peak_mib })
}

fn answer(store: &Store, query: &Query) -> Answered {
    let mut answered =
        Answered { name: query.name.clone(), ms: f64::INFINITY, json_ms: f64::INFINITY, ..Answered::default() };
    let begun = Instant::now();
    for round in 0..ROUNDS {
        match once(store, query) {
            Err(error) => {
                return Answered { name: answered.name, error: Some(error.to_string()), ..Answered::default() };
            }
            Ok((ms, json_ms, texts)) => {
                answered.ms = answered.ms.min(ms);
                answered.json_ms = answered.json_ms.min(json_ms);
                if round == 0 {
                    let of = |text: &String| weigh(&serde_json::from_str(text).unwrap_or_default());
                    (answered.points, answered.sum) =
                        texts.iter().map(of).fold((0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
                }
            }
        }
        if begun.elapsed() > LONG && round >= 1 {
            break;
        }
    }
    answered
}

/// Milliseconds of the engine, the same with the answer as JSON, and the answer.
fn once(store: &Store, query: &Query) -> Result<(f64, f64, Vec<String>)> {
    let engine = Engine::default();
    let (begun, mut writing, mut texts) = (Instant::now(), Duration::ZERO, Vec::new());
    for (start, end) in query.cuts() {
        let expr = autobot_query::parse(&query.text).map_err(|error| anyhow::anyhow!("{error}"))?;
        let failed = |error: autobot_query::QueryError| anyhow::anyhow!("{}", error.message);
        let (written, text) = if query.step == 0 {
            let value = engine.instant(store, &expr, end).map_err(failed)?;
            (Instant::now(), written(&value, end)?)
        } else {
            let step = Duration::from_secs(query.step as u64);
            let series = engine.range(store, &expr, start, end, step).map_err(failed)?;
            (Instant::now(), written(&Value::Matrix(series), end)?)
        };
        texts.push(text);
        writing += written.elapsed();
    }
    let whole = begun.elapsed();
    Ok(((whole - writing).as_secs_f64() * 1e3, whole.as_secs_f64() * 1e3, texts))
}

/// The answer as the host writes it.
fn written(value: &Value, at: Timestamp) -> Result<String> {
    let mut out = br#"{"status":"success","data":{"#.to_vec();
    json::result_into(&mut out, value, at, usize::MAX).map_err(|error| anyhow::anyhow!("{}", error.message))?;
    out.extend_from_slice(b"}}");
    Ok(String::from_utf8(out)?)
}
