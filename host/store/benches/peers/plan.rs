//! What is compared: the sets, the queries, the order.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use autobot_model::Timestamp;

use crate::data::{Size, Stream};
use crate::peer::{Kind, Peer};
use crate::record::Recording;
use crate::report::{Figures, Store};
use crate::task::{Asked, Pace, Query, Set, Taken};
use crate::{Options, ours, plot};

/// All sets end here (2026-10-31, midnight UTC): blocks are then cut alike in every run, and 30 days are within the one month that is
/// a partition of VictoriaMetrics.
const END: Timestamp = Timestamp(1_793_404_800_000);
const DAY: usize = 86_400;
/// Series of the recording that stand for a group: what each collector of node_exporter took.
const GROUP: &str = "node_scrape_collector_duration_seconds";

/// A part of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// The recording as it is, tick by tick, and queries.
    Real,
    /// Two minutes at their own pace, by stores that have taken in a quarter of an hour before: what is written to the disk.
    Paced,
    /// A day at 30 s.
    Synth,
    /// 30 days at 30 s, and queries.
    Synth30,
    /// 5,000 series of a day, and the ten that grow fastest.
    Wide,
    /// Ticks of 10,000 series.
    Ticks,
    /// 500, 5,000 and 50,000 series.
    Growth,
}

/// All that a comparison needs.
struct Comparison<'a> {
    options: &'a Options,
    recording: PathBuf,
    folder: PathBuf,
    figures: Figures,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let (recording, folder) = (options.recording()?, Options::folder()?.join(format!("run-{}", std::process::id())));
    let read = Recording::read(&recording)?;
    Stream::check(&read)?;
    println!(
        "From {} scrapes of {} series over {:.0} s ({}).\n",
        read.times.len(),
        read.columns.len(),
        read.seconds(),
        recording.file_name().unwrap_or_default().to_string_lossy()
    );
    let mut comparison = Comparison { options, recording, folder, figures: Figures::default() };
    std::fs::create_dir_all(&comparison.folder).context("the run's folder cannot be made")?;
    let columns = read.columns.len();
    match options.series {
        Some(series) => comparison.custom(series as usize)?,
        None => {
            let all = [Part::Real, Part::Paced, Part::Synth, Part::Synth30, Part::Wide, Part::Ticks, Part::Growth];
            for part in all.into_iter().filter(|part| options.only.is_empty() || options.only.contains(part)) {
                comparison.part(part, columns, read.seconds())?;
            }
        }
    }
    if !options.keep {
        comparison.clean()?;
    }
    println!("{}", comparison.figures.table());
    if let Some(path) = &options.json {
        std::fs::write(path, comparison.figures.lines()?)?;
    }
    if let Some(path) = &options.plot {
        std::fs::write(path, plot::growth(&comparison.figures))?;
    }
    Ok(())
}

impl Comparison<'_> {
    fn clean(&self) -> Result<()> {
        if self.folder.exists() {
            std::fs::remove_dir_all(&self.folder)?;
        }
        Ok(())
    }

    fn set(&self, name: &str, series: usize, ticks: usize, step: usize) -> Set {
        let size = Size { series, ticks, step, seed: self.options.seed, end: END };
        Set { name: name.to_owned(), recording: self.recording.clone(), size: Some(size), end: END }
    }

    fn part(&mut self, part: Part, columns: usize, seconds: f64) -> Result<()> {
        eprintln!("{part:?}");
        let real = Set { name: "REAL".to_owned(), recording: self.recording.clone(), size: None, end: END };
        match part {
            Part::Real => {
                let start = Timestamp(END.0 - (seconds * 1e3) as i64);
                let length = format!("{}s", seconds as i64 + 1);
                self.measure(&real, Pace::Ticked, &queries(start, END, 15, &length, "5m"))
            }
            Part::Paced => {
                let (after, ticks) = (1_000, 120);
                self.paced(&self.set(&format!("{ticks} s at 1 s"), columns, after + ticks, 1), after, ticks)
            }
            Part::Synth => self.measure(&self.set("SYNTH", columns, DAY / 30, 30), Pace::Fast, &[]),
            Part::Synth30 => {
                let start = Timestamp(END.0 - 30 * DAY as i64 * 1000);
                let mut all = queries(start, END, 3600, "30d", "1h");
                all.push(Query {
                    name: "a month of one series, each minute".to_owned(),
                    text: "node_memory_MemFree_bytes".to_owned(),
                    start,
                    end: END,
                    step: 60,
                    parts: 4,
                });
                self.measure(&self.set("SYNTH30", columns, 30 * DAY / 30, 30), Pace::Fast, &all)
            }
            Part::Wide => {
                let query = Query {
                    name: "topk(10, rate[5m]) of all, each 5 min".to_owned(),
                    text: r#"topk(10, rate({__name__=~"node_.+"}[5m]))"#.to_owned(),
                    start: Timestamp(END.0 - DAY as i64 * 1000),
                    end: END,
                    step: 300,
                    parts: 1,
                };
                let all = Query {
                    name: "sum(rate[5m]) of all, each 5 min".to_owned(),
                    text: r#"sum(rate({__name__=~"node_.+"}[5m]))"#.to_owned(),
                    ..query.clone()
                };
                self.measure(&self.set("5,000 x 1 day", 5_000, DAY / 30, 30), Pace::Fast, &[query, all])
            }
            Part::Ticks => self.measure(&self.set("10,000 a tick", 10_000, 120, 1), Pace::Ticked, &[]),
            Part::Growth => {
                for series in [500, 5_000, 50_000] {
                    let hours = self.options.growth_hours;
                    let start = Timestamp(END.0 - hours as i64 * 3_600_000);
                    let group = |query: &Query| query.name.starts_with("Q2");
                    let all: Vec<Query> = queries(start, END, 60, "1h", "5m").into_iter().filter(group).collect();
                    let set = self.set(&format!("growth {series}"), series, hours * 120, 30);
                    self.measure(&set, Pace::Ticked, &all)?;
                }
                Ok(())
            }
        }
    }

    fn custom(&mut self, series: usize) -> Result<()> {
        let (days, step) = (self.options.days, self.options.step.max(1));
        let ticks = (days * DAY as f64 / step as f64) as usize;
        let start = Timestamp(END.0 - (ticks * step) as i64 * 1000);
        let length = format!("{}s", ticks * step);
        let grid = (ticks * step / 700).max(step);
        let set = self.set(&format!("{series} series, {days} days, {step} s"), series, ticks, step);
        self.measure(&set, Pace::Fast, &queries(start, END, grid, &length, &format!("{}s", grid.max(4 * step))))
    }

    /// One set through all stores, one after the other.
    fn measure(&mut self, set: &Set, pace: Pace, queries: &[Query]) -> Result<()> {
        let folder = self.folder.join("ours");
        eprintln!("  {}: ours", set.name);
        let taken = ours::take(set, &folder, pace)?;
        let asked = if queries.is_empty() { Asked::default() } else { ours::ask(&folder, set.end, queries)? };
        self.figures.add(&set.name, Store::Ours, pace, &taken, &asked);
        self.drop(&folder)?;
        if self.options.alone {
            return Ok(());
        }
        for (kind, store) in [(Kind::Prometheus, Store::Prometheus), (Kind::Victoria, Store::Victoria)] {
            eprintln!("  {}: {}", set.name, kind.name());
            let folder = self.folder.join(kind.name());
            let peer = Peer::start(kind, &folder)?;
            let mut taken = peer.take(&mut set.stream()?, pace)?;
            let (peer, bytes) = peer.settle()?;
            taken.bytes = bytes;
            let asked = if queries.is_empty() { Asked::default() } else { peer.ask(queries)? };
            self.figures.add(&set.name, store, pace, &taken, &asked);
            peer.stop()?;
            self.drop(&folder)?;
            self.drop(&folder.with_extension("settled"))?;
        }
        Ok(())
    }

    /// All stores at once, at the data's own pace.
    fn paced(&mut self, paced: &Set, after: usize, ticks: usize) -> Result<()> {
        let pace = Pace::Second { after, ticks };
        let folder = self.folder.join("ours");
        let peers = if self.options.alone { vec![] } else { vec![Kind::Prometheus, Kind::Victoria] };
        let taken: Vec<Result<Taken>> = std::thread::scope(|scope| {
            let ours = scope.spawn(|| ours::take(paced, &folder, pace));
            let theirs: Vec<_> = peers
                .iter()
                .map(|kind| {
                    let folder = self.folder.join(kind.name());
                    scope.spawn(move || -> Result<Taken> {
                        let peer = Peer::start(*kind, &folder)?;
                        let taken = peer.take(&mut paced.stream()?, pace)?;
                        peer.stop()?;
                        Ok(taken)
                    })
                })
                .collect();
            let failed = |_| Err(anyhow::anyhow!("a thread of the comparison panicked"));
            std::iter::once(ours).chain(theirs).map(|thread| thread.join().unwrap_or_else(failed)).collect()
        });
        for (store, taken) in [Store::Ours, Store::Prometheus, Store::Victoria].into_iter().zip(taken) {
            self.figures.add(&paced.name, store, pace, &taken?, &Asked::default());
        }
        self.drop(&folder)?;
        peers.iter().try_for_each(|kind| self.drop(&self.folder.join(kind.name())))
    }

    fn drop(&self, folder: &Path) -> Result<()> {
        if !self.options.keep && folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        Ok(())
    }
}

/// The four queries that every set is asked.
fn queries(start: Timestamp, end: Timestamp, step: usize, length: &str, window: &str) -> Vec<Query> {
    let query =
        |name: &str, text: String, step: usize| Query { name: name.to_owned(), text, start, end, step, parts: 1 };
    vec![
        query("Q1 one series, raw", format!("node_memory_MemFree_bytes[{length}]"), 0),
        query("Q2 sum(rate) of 46", format!("sum(rate({GROUP}[{window}]))"), step),
        query("Q3 topk(5) of all", r#"topk(5, {__name__=~"node_.+"})"#.to_owned(), step),
        query("Q3b sum of all", r#"sum({__name__=~"node_.+"})"#.to_owned(), step),
        query("Q4 quantile_over_time of 46", format!("quantile_over_time(0.9, {GROUP}[{window}])"), step),
    ]
}
