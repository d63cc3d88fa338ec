//! The store beside Prometheus and VictoriaMetrics: the same data, the same queries, the same run.
//!
//! `cargo bench --workspace --bench store` compares all; `-- --help` says what else there is. Data begins with a recording of a real
//! node_exporter (record.rs), which is measured as it is and as bootstraps of it (data.rs). Each store runs in a process of its own.

mod data;
mod http;
mod ours;
mod peer;
mod plan;
mod plot;
mod process;
mod product;
mod random;
mod record;
mod remote;
mod report;
mod task;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Parser;

use crate::plan::Part;
use crate::record::Recording;

/// Compares the store with Prometheus and VictoriaMetrics.
#[derive(Debug, Parser)]
#[command(name = "store")]
pub(crate) struct Options {
    /// Only these parts of the comparison.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Only our store, without its peers.
    #[arg(long)]
    alone: bool,
    /// Instead of the parts: one bootstrap with so many series.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    series: Option<u32>,
    /// Days of that bootstrap, or of the store that `--write` makes.
    #[arg(long, default_value_t = 1.0)]
    days: f64,
    /// Seconds between its ticks.
    #[arg(long, default_value_t = 30)]
    step: usize,
    /// Another draw.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Hours that each width of the part `growth` has.
    #[arg(long, default_value_t = 2)]
    growth_hours: usize,
    /// The recording to begin with; without it the one that `--record` made, else the one that comes with the source.
    #[arg(long)]
    recording: Option<PathBuf>,
    /// Scrapes a node_exporter each second, so many times, and writes the recording.
    #[arg(long, value_name = "SCRAPES")]
    record: Option<usize>,
    /// Where `--record` finds its exporter.
    #[arg(long, default_value = "127.0.0.1:9100")]
    exporter: String,
    /// Copies the recording's first scrapes to this file.
    #[arg(long, value_name = "FILE")]
    trim: Option<PathBuf>,
    /// Scrapes that `--trim` keeps.
    #[arg(long, default_value_t = 600)]
    scrapes: usize,
    /// Makes a store of what the system plugin measures, ending now, for `autobot-host serve --data DIR`.
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
    /// Writes each figure as a line of JSON to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Draws how cost grows with the number of series, as SVG, to this file.
    #[arg(long)]
    plot: Option<PathBuf>,
    /// Leaves the stores of the run where they are.
    #[arg(long)]
    keep: bool,
    #[arg(long, hide = true)]
    child: Option<String>,
    /// What cargo passes to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    /// Where recordings and the stores of a run are: below cargo's target folder.
    pub(crate) fn folder() -> Result<PathBuf> {
        let program = std::env::current_exe()?;
        let target = program.ancestors().nth(3).context("a program outside of cargo's folders")?;
        Ok(target.join("peers"))
    }

    pub(crate) fn recording(&self) -> Result<PathBuf> {
        let made = Self::folder()?.join("recording.zst");
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/node_exporter.zst");
        Ok(self.recording.clone().unwrap_or(if made.exists() { made } else { shipped }))
    }
}

fn main() -> Result<()> {
    let options = Options::parse();
    if let Some(task) = &options.child {
        return ours::child(task);
    }
    if let Some(scrapes) = options.record {
        let recording = Recording::scrape(&options.exporter, scrapes)?;
        let path = Options::folder()?.join("recording.zst");
        recording.write(&path, scrapes)?;
        println!("{} series, {scrapes} scrapes: {}", recording.columns.len(), path.display());
        return Ok(());
    }
    if let Some(path) = &options.trim {
        return Recording::read(&options.recording()?)?.write(path, options.scrapes);
    }
    if let Some(folder) = &options.write {
        return product::write(folder, &options);
    }
    plan::run(&options)
}
