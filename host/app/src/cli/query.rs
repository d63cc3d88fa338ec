//! `query`: PromQL over the store, as a table, a sparkline for each series, or a chart.

use std::time::Duration;

use anyhow::{Result, bail};
use autobot_model::{SeriesKey, SeriesReader as _, Timestamp};
use autobot_query::{Answer, Engine, RangeSeries, Value, exchange, json};
use autobot_store::Snapshot;

use super::{Done, Place, chart, output};
use crate::data;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct QueryArgs {
    /// What to ask, in PromQL
    pub(crate) promql: String,
    /// Ask for all of the newest time, not for the newest value only
    #[arg(long, value_name = "DURATION", value_parser = super::duration)]
    pub(crate) last: Option<Duration>,
    /// The moment to ask for, as RFC 3339 or seconds since 1970 [default: that of the newest sample]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Between two values of `--last` [default: so that they fill the terminal]
    #[arg(long, value_name = "DURATION", value_parser = super::duration)]
    pub(crate) step: Option<Duration>,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Form,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Form of what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// For people; over a time, with a line for each series that shows its course
    #[default]
    Table,
    /// One document: `{"kind": ..., "version": 1, "data": ...}`
    Json,
    /// `time,name,labels,value`
    Csv,
    /// A chart of a time, with all series
    Chart,
}

/// Values of a time where nobody says how many.
const POINTS: u32 = 60;

pub(super) fn run(args: &QueryArgs) -> Result<Done> {
    let expr = match autobot_query::parse(&args.promql) {
        Ok(expr) => expr,
        Err(error) => {
            eprintln!("{}", error.report(&args.promql));
            return Ok(Done::Failed);
        }
    };
    let store = Snapshot::open(&data::database(&args.place)?)?;
    let end = match (&args.at, store.newest()) {
        (Some(at), _) => json::time("at", at)?,
        (None, Some(newest)) => newest,
        (None, None) => bail!("the store holds no samples yet"),
    };
    let engine = Engine::default();
    let chart = args.output == Form::Chart;
    let last = args.last.or(chart.then_some(Duration::from_secs(3600)));
    let Some(last) = last else {
        let answer = engine.instant_answer(&store, &expr, end)?;
        say(&answer);
        return print_instant(args.output, answer.value, end);
    };
    let points = if chart { chart::width() * 2 } else { POINTS };
    let step = args.step.unwrap_or_else(|| whole(last / points.max(1)));
    // On multiples of the step, so that the same question a moment later is asked at the same moments; the newest sample counts.
    let end = if args.at.is_some() || end.align(step) == end { end } else { end.align(step) + step };
    // Whole steps back from the end: the last of them must not fall short of it.
    let steps = last.as_millis() / step.as_millis().max(1);
    let start = end - step.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX));
    let answer = engine.range_answer(&store, &expr, start, end, step)?;
    say(&answer);
    print_range(args.output, &answer.value, start, end)
}

/// A step that people know: whole seconds, at least one.
fn whole(step: Duration) -> Duration {
    Duration::from_secs(step.as_secs().max(1))
}

/// What makes the answer doubtful goes beside it.
fn say<T>(answer: &Answer<T>) {
    for note in answer.warnings.iter().chain(&answer.infos) {
        eprintln!("{note}");
    }
}

fn print_instant(form: Form, value: Value, at: Timestamp) -> Result<Done> {
    if let Value::Matrix(series) = &value {
        return print_range(form, series, series_start(series, at), at);
    }
    match form {
        Form::Json => print_json(&value, at)?,
        Form::Csv => {
            let samples = match &value {
                Value::Vector(samples) => samples.clone(),
                Value::Scalar(number) => vec![autobot_query::InstantSample::scalar(at, *number)],
                _ => bail!("a text is no row of CSV; print it with -o json"),
            };
            let rows = samples.into_iter().map(|sample| RangeSeries {
                name: sample.name,
                labels: sample.labels,
                times: vec![sample.time],
                values: vec![sample.value],
            });
            print_csv(&rows.collect::<Vec<_>>())?;
        }
        Form::Table | Form::Chart => match value {
            Value::Scalar(number) => output::text(&json::number_text(number))?,
            Value::Text(text) => output::text(&text)?,
            Value::Vector(samples) if samples.is_empty() => nothing(),
            Value::Vector(samples) => {
                let rows = samples.iter().map(|sample| [shown(&sample.key()), json::number_text(sample.value)]);
                output::text(&output::table(["series", "value"], rows))?;
            }
            Value::Matrix(_) => {}
        },
    }
    Ok(Done::Fine)
}

fn series_start(series: &[RangeSeries], at: Timestamp) -> Timestamp {
    series.iter().filter_map(|series| series.times.first()).min().copied().unwrap_or(at)
}

fn print_range(form: Form, series: &[RangeSeries], start: Timestamp, end: Timestamp) -> Result<Done> {
    match form {
        Form::Json => print_json(&Value::Matrix(series.to_vec()), end)?,
        Form::Csv => print_csv(series)?,
        Form::Table | Form::Chart if series.is_empty() => nothing(),
        Form::Chart => output::text(&chart::draw(series, start, end))?,
        Form::Table => {
            let row = |series: &RangeSeries| {
                let real = || series.values.iter().copied().filter(|value| !value.is_nan());
                let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), chart::short);
                [
                    shown(&key(series)),
                    chart::sparkline(series, start, end),
                    number(real().reduce(f64::min)),
                    number(real().reduce(f64::max)),
                    number(series.values.last().copied()),
                ]
            };
            output::text(&output::table(["series", "course", "least", "most", "last"], series.iter().map(row)))?;
        }
    }
    Ok(Done::Fine)
}

fn nothing() {
    eprintln!("no series has a value there");
}

fn key(series: &RangeSeries) -> SeriesKey {
    SeriesKey { name: series.name.clone().unwrap_or_default(), labels: series.labels.clone() }
}

fn shown(key: &SeriesKey) -> String {
    if key.name.is_empty() && key.labels.is_empty() { "{}".to_owned() } else { key.to_string() }
}

fn print_json(value: &Value, at: Timestamp) -> Result<()> {
    let mut out = b"{\"kind\":\"query\",\"version\":1,\"data\":{".to_vec();
    json::result_into(&mut out, value, at, usize::MAX)?;
    out.extend_from_slice(b"}}");
    output::text(&String::from_utf8_lossy(&out))
}

fn print_csv(series: &[RangeSeries]) -> Result<()> {
    let mut writer = exchange::Writer::new(exchange::Format::Csv, Vec::new(), &[])?;
    for (at, series) in series.iter().enumerate() {
        writer.write(&[autobot_model::SeriesSamples {
            id: autobot_model::SeriesId(u32::try_from(at).unwrap_or(u32::MAX)),
            key: std::sync::Arc::new(key(series)),
            times: series.times.clone(),
            values: series.values.clone(),
        }])?;
    }
    output::text(&String::from_utf8_lossy(&writer.finish()?))
}
