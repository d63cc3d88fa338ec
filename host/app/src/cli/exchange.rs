//! `export` and `import`: samples to files, and from them.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use autobot_model::{Matcher, ReadLimit, SeriesKey, SeriesReader as _, SystemClock, TimeRange, Timestamp};
use autobot_query::exchange::{self, Format};
use autobot_query::{ExprKind, json};
use autobot_store::{Imported, ImportedSeries, Snapshot, Store, StoreOptions};

use super::{Done, Place, output};
use crate::data;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// Which series, as a selector [default: all]
    pub(crate) selector: Option<String>,
    /// Only the newest time
    #[arg(long, value_name = "DURATION", value_parser = super::duration)]
    pub(crate) last: Option<Duration>,
    /// From then on, as RFC 3339 or seconds since 1970
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// Up to then
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// The file to write; an existing one is not overwritten [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    /// csv, jsonl or openmetrics [default: what the file's name says, else csv]
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub(crate) format: Option<Format>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// The file to read; `-` is standard input
    pub(crate) file: PathBuf,
    /// csv, jsonl or openmetrics [default: what the file's name says]
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub(crate) format: Option<Format>,
    #[command(flatten)]
    pub(crate) place: Place,
}

fn format(word: &str) -> Result<Format, String> {
    let words = Format::ALL.map(Format::as_str).join(", ");
    Format::from_word(word).ok_or_else(|| format!("`{word}` is no format; there are {words}"))
}

fn named(file: &Path) -> Option<Format> {
    Format::of_file(&file.file_name()?.to_string_lossy())
}

pub(super) fn export(args: &ExportArgs) -> Result<Done> {
    let matchers = match &args.selector {
        None => vec![Matcher::matches("__name__", ".+")?],
        Some(text) => match autobot_query::parse(text) {
            Err(error) => {
                eprintln!("{}", error.report(text));
                return Ok(Done::Failed);
            }
            Ok(expr) => match expr.kind {
                ExprKind::Selector(selector) if selector.range.is_none() => selector.matchers,
                _ => bail!("`{text}` is no selector; one looks like `up{{job=\"x\"}}`, and `--last 1d` says the time"),
            },
        },
    };
    let store = Snapshot::open(&data::database(&args.place)?)?;
    let time = |name: &str, text: &Option<String>| text.as_deref().map(|text| json::time(name, text)).transpose();
    let end = time("until", &args.until)?.or_else(|| store.newest()).unwrap_or(Timestamp::MAX);
    let start = match args.last {
        Some(last) => end - last,
        None => time("from", &args.from)?.unwrap_or(Timestamp::MIN),
    };
    let format = args.format.or_else(|| args.to.as_deref().and_then(named)).unwrap_or(Format::Csv);
    let to: Box<dyn io::Write> = match &args.to {
        None => Box::new(io::stdout().lock()),
        Some(path) => {
            Box::new(File::create_new(path).with_context(|| format!("{} cannot be written", path.display()))?)
        }
    };
    match write(&store, &matchers, TimeRange { start, end }, format, to) {
        Err(error) if is_broken_pipe(&error) => Ok(Done::Fine),
        Err(error) => Err(error),
        Ok((series, samples)) => {
            if let Some(path) = &args.to {
                output::text(&format!("{samples} samples of {series} series were written to {}", path.display()))?;
            }
            Ok(Done::Fine)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// One metric after the other, because OpenMetrics keeps a family together; each is read whole.
fn write(
    store: &Snapshot,
    matchers: &[Matcher],
    range: TimeRange,
    format: Format,
    to: impl io::Write,
) -> Result<(usize, usize)> {
    let families = store.families();
    let mut writer = exchange::Writer::new(format, BufWriter::new(to), &families)?;
    let (mut series, mut samples) = (0, 0);
    // Parts of a histogram are of one family.
    let family = |key: &SeriesKey| {
        let whole = families.iter().find(|family| {
            key.name.strip_prefix(&*family.name).is_some_and(|part| ["", "_bucket", "_sum", "_count"].contains(&part))
        });
        whole.map_or_else(|| key.name.to_string(), |family| family.name.clone())
    };
    let mut names: std::collections::BTreeMap<String, std::collections::BTreeSet<Arc<str>>> = Default::default();
    for key in store.series(matchers, range)? {
        names.entry(family(&key)).or_default().insert(key.name.clone());
    }
    for parts in names.into_values() {
        let mut found = Vec::new();
        for name in parts {
            let own: Vec<Matcher> =
                matchers.iter().cloned().chain([Matcher::equal("__name__", name.to_string())]).collect();
            found.extend(store.read(&own, range, ReadLimit::default())?);
        }
        series += found.len();
        samples += found.iter().map(|series| series.times.len()).sum::<usize>();
        if !found.is_empty() {
            writer.write(&found)?;
        }
    }
    writer.finish()?.flush()?;
    Ok((series, samples))
}

/// Samples that are handed to the store at a time.
const AT_ONCE: usize = 1_000_000;

pub(super) fn import(args: &ImportArgs) -> Result<Done> {
    let Some(format) = args.format.or_else(|| named(&args.file)) else {
        bail!(
            "the name of {} does not say what it holds; say --format csv, --format jsonl or --format openmetrics",
            args.file.display()
        );
    };
    let from: Box<dyn io::Read> = if args.file.as_os_str() == "-" {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(&args.file).with_context(|| format!("{} cannot be read", args.file.display()))?)
    };
    let path = data::database(&args.place)?;
    let folder = data::folder(args.place.data.as_deref())?;
    let _lock = data::Lock::take(&folder)?;
    let config =
        autobot_config::find(args.place.config.as_deref()).load().map(|loaded| loaded.config).unwrap_or_default();
    let options = StoreOptions {
        path,
        retention: config.store.retention,
        max_size: config.store.max_size,
        sync: config.store.sync,
        window: Duration::from_secs(60),
    };
    let (store, _) = Store::open(options, Arc::new(SystemClock::new()))?;
    let result = bring_in(&store, format, from);
    store.close();
    let done = result.with_context(|| format!("{} was not brought in whole", args.file.display()))?;
    let mut said = format!("{} samples were brought in", done.samples);
    for (count, why) in [(done.known, "were known already"), (done.future, "are of the future and were left out")] {
        if count > 0 {
            said.push_str(&format!(", {count} {why}"));
        }
    }
    output::text(&said)?;
    Ok(Done::Fine)
}

fn bring_in(store: &Store, format: Format, from: impl io::Read) -> Result<Imported> {
    let (mut pending, mut waiting, mut all) = (Vec::<ImportedSeries>::new(), 0, Imported::default());
    let mut flush = |pending: &mut Vec<ImportedSeries>| -> Result<()> {
        let done = store.import(std::mem::take(pending)).map_err(anyhow::Error::msg)?;
        all.samples += done.samples;
        all.known += done.known;
        all.future += done.future;
        Ok(())
    };
    let each = &mut |stretch: exchange::Imported<'_>| -> Result<()> {
        waiting += stretch.times.len();
        pending.push(ImportedSeries {
            key: SeriesKey::clone(stretch.key),
            family: stretch.family.clone(),
            times: stretch.times.to_vec(),
            values: stretch.values.to_vec(),
        });
        if waiting >= AT_ONCE {
            waiting = 0;
            flush(&mut pending)?;
        }
        Ok(())
    };
    let read = exchange::read(format, BufReader::with_capacity(1 << 18, from), each);
    // What stood before a mistake is sound, and stays.
    flush(&mut pending)?;
    match read {
        Ok(_) => Ok(all),
        Err(error) => bail!("{error}"),
    }
}
