//! The samples that both engines read: three hours of some ninety series.
//!
//! Samples lie on quarters of a second and evaluations on whole seconds. A sample therefore never lies on the edge of a window
//! or of the lookback, which Prometheus 2 counts in at the left and Prometheus 3, like us, counts out.

use std::fmt::Write as _;

use autobot_query::testing::MemoryReader;

use crate::dice::Dice;

/// The first second: 2023-11-14 22:13:20 UTC, so that the three hours pass midnight.
pub(crate) const START: i64 = 1_700_000_000;
/// Seconds from the first to the last sample.
pub(crate) const LENGTH: i64 = 3 * 3600;

/// A metric, and the labels that its series have with all their values.
pub(crate) struct Family {
    pub(crate) name: &'static str,
    pub(crate) labels: &'static [(&'static str, &'static [&'static str])],
    /// Whether it counts upwards.
    pub(crate) counter: bool,
    /// Whether no two of its series have the same value at any time: of equal ones `topk` may keep either.
    pub(crate) distinct: bool,
    /// Seconds between two samples.
    every: i64,
    values: Values,
}

#[derive(Clone, Copy)]
enum Values {
    /// A walk in steps of an eighth, both signs; sums of such are exact.
    Walk,
    /// Decimals, which no binary number is exactly.
    Decimals,
    /// Grows, and begins anew from time to time.
    Counter,
    /// The same all the time; a number per series.
    Constant,
    /// One all the time.
    One,
    /// Now up, now down.
    Up,
    /// NaN and the infinities among others.
    Weird,
    /// As a walk, with irregular pauses of up to a quarter of an hour.
    Sparse,
    /// As a walk, that begins, or ends, midway.
    Partial,
    /// Buckets of a histogram, by `le`.
    Buckets,
}

const HOSTS: &[&str] = &["a", "b", "c"];
const LE: &[&str] = &["0.1", "0.5", "1", "2.5", "10", "+Inf"];

const fn family(
    name: &'static str,
    labels: &'static [(&'static str, &'static [&'static str])],
    every: i64,
    values: Values,
) -> Family {
    let counter = matches!(values, Values::Counter | Values::Buckets);
    let distinct = matches!(values, Values::Walk | Values::Decimals | Values::Partial);
    Family { name, labels, counter, distinct, every, values }
}

pub(crate) const FAMILIES: [Family; 13] = [
    family("load", &[("host", HOSTS), ("dc", &["x", "y"])], 30, Values::Decimals),
    family("temp", &[("host", HOSTS), ("sensor", &["cpu", "disk"])], 30, Values::Walk),
    family(
        "requests_total",
        &[("host", HOSTS), ("code", &["200", "500"]), ("method", &["get", "put"])],
        15,
        Values::Counter,
    ),
    family("errors_total", &[("host", HOSTS), ("method", &["get", "put"])], 30, Values::Counter),
    family("constant", &[("host", HOSTS), ("dc", &["x"])], 60, Values::Constant),
    family("build_info", &[("host", HOSTS), ("version", &["1.2"]), ("dc", &["x"])], 60, Values::One),
    family("up", &[("host", HOSTS), ("job", &["web", "db"])], 30, Values::Up),
    family("weird", &[("host", HOSTS), ("kind", &["nan", "inf", "mixed"])], 60, Values::Weird),
    family("sparse", &[("host", HOSTS)], 60, Values::Sparse),
    family("partial", &[("host", HOSTS), ("part", &["early", "late", "gap"])], 30, Values::Partial),
    family("latency_seconds_bucket", &[("host", &["a", "b"]), ("le", LE)], 30, Values::Buckets),
    family("latency_seconds_count", &[("host", &["a", "b"])], 30, Values::Counter),
    family("open_bucket", &[("host", HOSTS), ("le", &["1", "2", "x"])], 60, Values::Buckets),
];

/// A series, written as a selector, and its samples by milliseconds.
pub(crate) struct Series {
    pub(crate) key: String,
    pub(crate) samples: Vec<(i64, f64)>,
}

/// All of them; always the same.
pub(crate) fn all() -> Vec<Series> {
    let mut dice = Dice::new(42);
    let mut series = Vec::new();
    for family in &FAMILIES {
        for (number, labels) in combinations(family.labels).into_iter().enumerate() {
            let samples = samples(&mut dice, family, number, &labels);
            let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
            series.push(Series { key: format!("{}{{{}}}", family.name, labels.join(",")), samples });
        }
    }
    series
}

/// The series for our engine.
pub(crate) fn reader(series: &[Series]) -> MemoryReader {
    let mut reader = MemoryReader::default();
    for one in series {
        reader.add(&one.key, one.samples.iter().copied());
    }
    reader
}

/// The series for theirs, in OpenMetrics' text format. Quarters of a second survive their way through floating point.
pub(crate) fn open_metrics(series: &[Series]) -> String {
    let mut text = String::new();
    for one in series {
        for (time, value) in &one.samples {
            let value = autobot_query::json::number_text(*value);
            let _ = writeln!(text, "{} {value} {}.{:03}", one.key, time / 1000, time % 1000);
        }
    }
    text + "# EOF\n"
}

type Pairs = Vec<(&'static str, &'static str)>;

fn combinations(labels: &[(&'static str, &'static [&'static str])]) -> Vec<Pairs> {
    labels.iter().fold(vec![Vec::new()], |found, (name, values)| {
        found.iter().flat_map(|pairs| values.iter().map(|value| [&pairs[..], &[(*name, *value)]].concat())).collect()
    })
}

fn samples(dice: &mut Dice, family: &Family, number: usize, labels: &Pairs) -> Vec<(i64, f64)> {
    let of = |label: &str| labels.iter().find(|(name, _)| *name == label).map_or("", |(_, value)| *value);
    let bucket = LE.iter().position(|le| *le == of("le")).unwrap_or(3) as i64;
    // A quarter of a second for each series, never a whole one.
    let quarter = 250 * (1 + number as i64 % 3);
    let mut walk = dice.between(-400, 400);
    let mut count = 0.0;
    let mut pause = 0;
    let mut samples = Vec::new();
    for second in (0..LENGTH).step_by(family.every as usize) {
        walk += dice.between(-16, 17);
        let within = second as f64 / LENGTH as f64;
        let value = match family.values {
            Values::Walk => walk as f64 / 8.0,
            Values::Decimals => (walk as f64 / 10.0).abs() + 0.01,
            Values::Counter => {
                if dice.chance(1) {
                    count = 0.0;
                }
                count += dice.between(0, 50) as f64;
                count
            }
            Values::Constant => [0.0, 2.0, -1.5][number % 3],
            Values::One => 1.0,
            Values::Up => f64::from(u8::from(dice.chance(85))),
            Values::Weird => match (of("kind"), dice.below(6)) {
                ("nan", 0..3) | ("mixed", 0) => f64::NAN,
                ("inf", 0..2) | ("mixed", 1) => f64::INFINITY,
                ("mixed", 2) => f64::NEG_INFINITY,
                ("mixed", 3) => 1e300,
                ("mixed", 4) => -1e-300,
                _ => walk as f64 / 4.0,
            },
            Values::Sparse => {
                if second < pause {
                    continue;
                }
                pause = second + dice.between(60, 900);
                walk as f64 / 8.0
            }
            Values::Partial => {
                let gone = match of("part") {
                    "early" => within > 0.55,
                    "late" => within < 0.45,
                    _ => (0.3..0.7).contains(&within),
                };
                if gone {
                    continue;
                }
                walk as f64 / 8.0
            }
            Values::Buckets => {
                // The wider the bucket the faster it grows, as of a histogram that only ever counts.
                count += ((bucket + 1) * dice.between(1, 5)) as f64;
                (count * (bucket + 1) as f64).floor()
            }
        };
        // Series of one family differ in a fraction that their walks never have.
        let apart = if family.distinct { number as f64 / 1024.0 } else { 0.0 };
        samples.push(((START + second) * 1000 + quarter, value + apart));
    }
    samples
}
