//! `store`, `backup`, `restore` and `sql`: the care of the store's file, and SQL over it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use autobot_model::{Clock, SystemClock, Timestamp};
use autobot_query::json::rfc3339_text;
use autobot_store::{care, sql};
use clap::{Args, Subcommand};
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::json;

use super::output::{bytes, table};
use super::{Done, Format, Place, output};
use crate::data;

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum StoreVerb {
    /// What the file holds, and what takes the room
    Stats(StoreArgs),
    /// Read all of the file, and list what is damaged
    Check(StoreArgs),
    /// Save what can be read of a damaged file into a new one; no host may run meanwhile
    Repair(Place),
    /// Make the file as small as it can be; no host may run meanwhile
    Compact(Place),
}

#[derive(Clone, Debug, Args)]
pub(crate) struct StoreArgs {
    #[command(flatten)]
    pub(crate) place: Place,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Format,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct BackupArgs {
    /// The copy to make; an existing file is not overwritten
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct RestoreArgs {
    /// A copy that `backup` made
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct SqlArgs {
    /// One statement that reads
    pub(crate) statement: String,
    /// Stop after this time
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = super::duration)]
    pub(crate) limit: Duration,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: RowsFormat,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Form of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum RowsFormat {
    /// For people
    #[default]
    Table,
    /// One document: `{"kind": ..., "version": 1, "data": ...}`
    Json,
    /// A line for each row
    Csv,
}

pub(super) fn run(verb: &StoreVerb) -> Result<Done> {
    match verb {
        StoreVerb::Stats(args) => stats(args),
        StoreVerb::Check(args) => check(args),
        StoreVerb::Repair(place) => {
            let (_lock, path) = alone(place)?;
            output::text(&care::repair(&path, &clock())?.to_string())?;
            Ok(Done::Fine)
        }
        StoreVerb::Compact(place) => {
            let (_lock, path) = alone(place)?;
            output::text(&care::compact(&path, &clock())?.to_string())?;
            Ok(Done::Fine)
        }
    }
}

pub(super) fn backup(args: &BackupArgs) -> Result<Done> {
    output::text(&care::backup(&data::database(&args.place)?, &args.file)?.to_string())?;
    Ok(Done::Fine)
}

pub(super) fn restore(args: &RestoreArgs) -> Result<Done> {
    let (_lock, path) = alone(&args.place)?;
    output::text(&care::restore(&args.file, &path, &clock())?.to_string())?;
    Ok(Done::Fine)
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::new())
}

/// The file, and the lock that keeps any host from it.
fn alone(place: &Place) -> Result<(data::Lock, PathBuf)> {
    let lock = data::Lock::take(&data::folder(place.data.as_deref())?)?;
    Ok((lock, data::database(place)?))
}

fn stats(args: &StoreArgs) -> Result<Done> {
    let stats = care::stats(&data::database(&args.place)?)?;
    if args.output == Format::Json {
        output::json("store-stats", &stats)?;
        return Ok(Done::Fine);
    }
    let moment = |time: Option<Timestamp>| time.map_or_else(|| "-".to_owned(), rfc3339_text);
    let per_sample = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
    let rows = [
        ["file".to_owned(), stats.path.display().to_string()],
        ["size".to_owned(), format!("{}, and {} of log", bytes(stats.bytes as f64), bytes(stats.log_bytes as f64))],
        ["free within".to_owned(), bytes(stats.free_pages.saturating_mul(stats.page_bytes) as f64)],
        ["series".to_owned(), format!("{} of {} metrics, in {} groups", stats.series, stats.families, stats.groups)],
        [
            "samples".to_owned(),
            format!("{} in {} chunks, {} in the tail", stats.samples, stats.chunks, stats.tail_samples),
        ],
        ["from".to_owned(), moment(stats.first_ms)],
        ["to".to_owned(), moment(stats.last_ms)],
        [
            "bytes a sample".to_owned(),
            format!(
                "{}, {} in chunks alone",
                per_sample(stats.bytes_per_sample),
                per_sample(stats.chunk_bytes_per_sample)
            ),
        ],
    ];
    output::text(&table(["", ""], rows))?;
    let tables = stats.tables.iter().map(|table| [table.name.clone(), bytes(table.bytes as f64)]);
    output::text(&format!("\n{}", table(["table", "size"], tables)))?;
    let names = stats.names.iter().map(|name| [name.name.clone(), name.series.to_string()]);
    output::text(&format!("\n{}", table(["metric", "series"], names)))?;
    if stats.damaged_chunks > 0 {
        output::text(&format!("\n{} chunks are damaged; `store check` says which", stats.damaged_chunks))?;
        return Ok(Done::Findings);
    }
    Ok(Done::Fine)
}

fn check(args: &StoreArgs) -> Result<Done> {
    let checked = care::check(&data::database(&args.place)?)?;
    match args.output {
        Format::Json => output::json("store-check", &checked)?,
        Format::Table => output::text(&checked.to_string())?,
    }
    Ok(if checked.is_sound() { Done::Fine } else { Done::Findings })
}

pub(super) fn sql(args: &SqlArgs) -> Result<Done> {
    let mut store = open(&data::database(&args.place)?)?;
    let mut query = store.prepare(&args.statement)?;
    let columns = query.columns().to_vec();
    let mut answer = query.rows(Some(args.limit))?;
    let mut rows = Vec::new();
    for row in &mut answer {
        rows.push(row?);
    }
    let damaged = answer.damaged_chunks();
    match args.output {
        RowsFormat::Json => output::json("sql", &json!({ "columns": columns, "rows": rows }))?,
        RowsFormat::Csv => {
            let line = |cells: Vec<String>| cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",");
            let texts = rows.into_iter().map(|row| line(row.iter().map(ToString::to_string).collect()));
            output::text(&std::iter::once(line(columns)).chain(texts).collect::<Vec<_>>().join("\n"))?;
        }
        RowsFormat::Table => {
            let mut table = Table::new();
            table
                .load_preset(presets::NOTHING)
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_header(columns);
            table.add_rows(rows.iter().map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>()));
            for column in table.column_iter_mut() {
                column.set_padding((0, 2));
            }
            output::text(&table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n"))?;
        }
    }
    if damaged > 0 {
        eprintln!("{damaged} damaged chunks were left out; `autobot-host store check` says which");
        return Ok(Done::Findings);
    }
    Ok(Done::Fine)
}

fn open(path: &Path) -> Result<sql::Sql> {
    match sql::open(path) {
        Ok(store) => Ok(store),
        Err(error) => bail!("{error}"),
    }
}

/// As RFC 4180 quotes a field.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
