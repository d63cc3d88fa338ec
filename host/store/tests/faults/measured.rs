//! What is measured: three instances with 280 series at a time, whose values follow from series and tick alone; and what a store
//! must answer about them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use autobot_model::{
    Batch, BatchSink, Family, Kind, Labels, Layout, ManualClock, Matcher, ReadError, ReadLimit, STALE, SeriesKey,
    SeriesReader, SeriesRegistry, SeriesSamples, TimeRange, Timestamp,
};
use autobot_store::{Opened, Store, StoreError, StoreOptions};

use crate::dice::mixed;

pub(crate) const START: i64 = 1_790_000_000_000;
/// Between two ticks. Buckets are made each hour, which is 360 ticks.
pub(crate) const STEP: Duration = Duration::from_secs(10);
const STEP_MS: i64 = 10_000;

/// Instances, and the columns that each of them always has.
pub(crate) const INSTANCES: [(&str, u32); 3] = [("steady", 120), ("lively", 80), ("churning", 60)];
/// The last one has some more, others every so many ticks.
const GUESTS: u32 = 20;
const STAY: i64 = 40;
const GENERATIONS: i64 = 10;

fn columns(instance: usize, tick: i64) -> impl Iterator<Item = u32> {
    let (_, own) = INSTANCES[instance];
    let guests = if instance == 2 { own + generation(tick) * GUESTS } else { 0 };
    (0..own).chain(guests..guests + if instance == 2 { GUESTS } else { 0 })
}

fn generation(tick: i64) -> u32 {
    (tick / STAY % GENERATIONS) as u32
}

fn has(instance: usize, column: u32, tick: i64) -> bool {
    let (_, own) = INSTANCES[instance];
    column < own || (column - own) / GUESTS == generation(tick)
}

/// Constants, counters, decimals, waves, ends of series, any bits at all.
fn value(instance: usize, column: u32, tick: i64) -> f64 {
    let random = mixed((instance as u64) << 56 | u64::from(column) << 40 | tick as u64);
    match column % 8 {
        0 => f64::from(column) + 0.5,
        1 => (tick * (i64::from(column) + 1)) as f64,
        2 => (random % 100_000) as f64 / 100.0,
        3 => (tick as f64 / 7.0).sin() * f64::from(column),
        4 if tick % 50 == 0 => STALE,
        4 => (random % 100) as f64,
        5 => f64::from_bits(random),
        6 => (tick / 30) as f64,
        _ => [-0.0, f64::INFINITY, 5e-324, 1.0 / 3.0][(tick % 4) as usize],
    }
}

pub(crate) fn options(path: &Path) -> StoreOptions {
    StoreOptions {
        path: path.to_owned(),
        retention: Duration::from_secs(365 * 24 * 3600),
        max_size: 1 << 30,
        sync: Duration::from_millis(20),
        window: Duration::from_secs(600),
    }
}

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp(START)))
}

pub(crate) fn try_open(path: &Path, clock: &Arc<ManualClock>) -> Result<(Arc<Store>, Opened), StoreError> {
    Store::open(options(path), clock.clone())
}

pub(crate) fn open(path: &Path, clock: &Arc<ManualClock>) -> Arc<Store> {
    try_open(path, clock).expect("it opens").0
}

/// The three instances, measured into one store.
pub(crate) struct Source {
    store: Arc<Store>,
    clock: Arc<ManualClock>,
    family: Arc<Family>,
    layouts: HashMap<(usize, u32), (Arc<Layout>, Vec<u32>)>,
    /// The tick that comes next.
    pub(crate) next: i64,
    /// Samples that were handed over, by tick: what is counted as written covers a tick, or does not.
    handed: Vec<(i64, u64)>,
    total: u64,
}

impl Source {
    pub(crate) fn new(store: &Arc<Store>, clock: &Arc<ManualClock>, next: i64) -> Self {
        let (unit, help, labels) = ("1".into(), "For a test.".into(), vec!["instance".into(), "column".into()]);
        let family = Arc::new(Family { name: "fault".into(), unit, kind: Kind::Gauge, help, labels });
        let (store, clock) = (store.clone(), clock.clone());
        Self { store, clock, family, layouts: HashMap::new(), next, handed: Vec::new(), total: 0 }
    }

    /// One tick of all instances, and time passes.
    pub(crate) fn tick(&mut self) {
        for instance in 0..INSTANCES.len() {
            let batch = self.batch(instance, self.next);
            self.total += batch.values().len() as u64;
            self.store.accept(Arc::new(batch));
        }
        self.handed.push((self.next, self.total));
        self.next += 1;
        self.clock.advance(STEP);
    }

    /// So many ticks, never more at once than the writer's queue takes.
    pub(crate) fn ticks(&mut self, count: usize) {
        for _ in 0..count {
            self.make_room();
            self.tick();
        }
    }

    /// Waits while the writer is far behind and alive.
    pub(crate) fn make_room(&self) {
        while self.store.stats().queue > 120 && self.store.stats().state == "writing" {
            std::thread::yield_now();
        }
    }

    /// The newest tick that is written, by the store's own count.
    pub(crate) fn acknowledged(&self) -> Option<i64> {
        let written = self.store.stats().samples_total;
        let covered = self.handed.partition_point(|(_, total)| *total <= written);
        covered.checked_sub(1).map(|at| self.handed[at].0)
    }

    fn batch(&mut self, instance: usize, tick: i64) -> Batch {
        let place = (instance, if instance == 2 { generation(tick) } else { 0 });
        let (layout, columns) = self.layouts.entry(place).or_insert_with(|| {
            let columns: Vec<u32> = columns(instance, tick).collect();
            let ids = columns.iter().map(|column| self.store.register(key(instance, *column), &self.family)).collect();
            (Arc::new(Layout::new(ids).expect("each series once")), columns)
        });
        let values = columns.iter().map(|column| value(instance, *column, tick)).collect();
        Batch::new(INSTANCES[instance].0.into(), time(instance, tick), layout.clone(), values).expect("as many values")
    }
}

fn key(instance: usize, column: u32) -> SeriesKey {
    let labels = [("instance", INSTANCES[instance].0.to_owned()), ("column", column.to_string())];
    SeriesKey { name: "fault".into(), labels: Labels::new(labels) }
}

fn time(instance: usize, tick: i64) -> Timestamp {
    Timestamp(START + tick * STEP_MS + instance as i64 * 100)
}

/// The ticks of each instance.
pub(crate) type Ticks = [Vec<i64>; 3];

/// The ticks from `from` on that a store has, each of them whole and bit for bit what was measured; else it panics.
pub(crate) fn found(store: &Store, from: i64) -> Ticks {
    judged(&read(store, from).expect("it reads"), true)
}

/// The same of a store that may say that it cannot be read; and of one that lost chunks, of which some series of a tick may miss.
pub(crate) fn found_at_least_right(store: &Store) -> Result<Ticks, ReadError> {
    read(store, 0).map(|all| judged(&all, false))
}

fn read(store: &Store, from: i64) -> Result<Vec<SeriesSamples>, ReadError> {
    let range = TimeRange { start: time(0, from), end: Timestamp(START + 10_000_000_000) };
    store.read(&[Matcher::equal("__name__", "fault")], range, ReadLimit::default())
}

fn judged(all: &[SeriesSamples], whole: bool) -> Ticks {
    let mut series: BTreeMap<(usize, u32), &SeriesSamples> = BTreeMap::new();
    let mut ticks: [BTreeSet<i64>; 3] = Default::default();
    for one in all {
        let label = |name: &str| one.key.labels.get(name).expect("it has this label").to_owned();
        let instance = INSTANCES.iter().position(|(name, _)| *name == label("instance")).expect("one of the three");
        let column: u32 = label("column").parse().expect("a number");
        assert!(series.insert((instance, column), one).is_none(), "{} is there twice", one.key);
        assert!(one.times.is_sorted_by(|a, b| a < b), "{} is not in order, or has a moment twice", one.key);
        for (at, got) in one.times.iter().zip(&one.values) {
            let tick = (at.0 - START) / STEP_MS;
            assert!(
                time(instance, tick) == *at && has(instance, column, tick),
                "{} was not measured at {at:?}",
                one.key
            );
            let wanted = value(instance, column, tick);
            assert_eq!(got.to_bits(), wanted.to_bits(), "{} at tick {tick}: {got} for {wanted}", one.key);
            ticks[instance].insert(tick);
        }
    }
    let ticks = ticks.map(|ticks| ticks.into_iter().collect::<Vec<i64>>());
    for ((instance, column), one) in series.iter().filter(|_| whole) {
        let wanted = ticks[*instance].iter().filter(|tick| has(*instance, *column, **tick)).count();
        assert_eq!(one.times.len(), wanted, "{} lacks samples of ticks that other series have", one.key);
    }
    for (instance, ticks) in ticks.iter().enumerate().filter(|_| whole) {
        let wanted: BTreeSet<u32> = ticks.iter().flat_map(|tick| columns(instance, *tick)).collect();
        let there: BTreeSet<u32> = series.keys().filter(|(of, _)| *of == instance).map(|(_, column)| *column).collect();
        assert_eq!(there, wanted, "series of {} are missing", INSTANCES[instance].0);
    }
    ticks
}

/// Every instance has all of these ticks and no other.
pub(crate) fn assert_all(store: &Store, ticks: std::ops::Range<i64>) {
    let wanted: Vec<i64> = ticks.collect();
    for (found, (name, _)) in found(store, 0).iter().zip(INSTANCES) {
        assert_eq!(*found, wanted, "ticks of {name}");
    }
}

/// The file is sound by SQLite's own judgement.
pub(crate) fn assert_sound(path: &Path) {
    let database = rusqlite::Connection::open(path).expect("it opens");
    let verdict: String =
        database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("it can be checked");
    assert_eq!(verdict, "ok", "{}", path.display());
}

pub(crate) fn wait(what: &str, store: &Store, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(120), "{what}: {:?}", store.stats());
        std::thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn wait_for_state(store: &Store, begins: &str) {
    wait(&format!("the state should begin with `{begins}`"), store, || store.stats().state.starts_with(begins));
}
