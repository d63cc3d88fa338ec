//! The text formats in which metrics are scraped: OpenMetrics 1.0 and Prometheus' own, 0.0.4.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

use autobot_model::{Family, Kind, SeriesKey, Timestamp, quote_into};

use crate::json::number_text;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/openmetrics-text; version=1.0.0`
    OpenMetrics,
    /// `text/plain; version=0.0.4`
    Prometheus,
}

impl Format {
    /// What an `Accept` header asks for; Prometheus' own format when it does not say.
    pub fn negotiate(accept: Option<&str>) -> Self {
        if accept.is_some_and(|accept| accept.contains("application/openmetrics-text")) {
            Self::OpenMetrics
        } else {
            Self::Prometheus
        }
    }

    /// For `Content-Type`.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// One value to be shown.
#[derive(Clone, Debug)]
pub struct Exposed {
    /// Name and labels.
    pub key: Arc<SeriesKey>,
    /// When it was measured.
    pub time: Timestamp,
    /// What was measured.
    pub value: f64,
}

/// Writes all values, by family. A series without a family is `unknown`.
pub fn write(format: Format, families: &[Arc<Family>], samples: &[Exposed]) -> String {
    let known: HashMap<&str, &Arc<Family>> = families.iter().map(|family| (&*family.name, family)).collect();
    let mut by_family: BTreeMap<&str, Vec<&Exposed>> = BTreeMap::new();
    for sample in samples {
        by_family.entry(family_name(&sample.key.name, &known)).or_default().push(sample);
    }
    let mut out = String::with_capacity(samples.len() * 96);
    for (name, mut samples) in by_family {
        let family = known.get(name).copied();
        if family.is_some_and(|family| matches!(family.kind, Kind::Histogram | Kind::Summary)) {
            samples.sort_by(|a, b| in_one_histogram(&a.key, &b.key));
        } else {
            samples.sort_by(|a, b| a.key.cmp(&b.key));
        }
        head(&mut out, format, name, family);
        for sample in samples {
            line(&mut out, format, sample);
        }
    }
    if format == Format::OpenMetrics {
        out.push_str("# EOF\n");
    }
    out
}

/// The parts of one histogram together, its buckets first and by their bounds, as both formats ask.
fn in_one_histogram(a: &SeriesKey, b: &SeriesKey) -> Ordering {
    let whole = |key: &SeriesKey| key.labels.filter(|name| name != "le" && name != "quantile");
    let bound = |key: &SeriesKey| {
        let text = key.labels.get("le").or_else(|| key.labels.get("quantile"));
        text.and_then(|text| text.parse::<f64>().ok()).unwrap_or(f64::INFINITY)
    };
    whole(a).cmp(&whole(b)).then_with(|| a.name.cmp(&b.name)).then_with(|| bound(a).total_cmp(&bound(b)))
}

/// The family that a series belongs to: its own name, or that of the histogram it is a part of.
fn family_name<'a>(name: &'a str, known: &HashMap<&str, &Arc<Family>>) -> &'a str {
    let part = || {
        ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|part| name.strip_suffix(part))
            .filter(|base| known.contains_key(base))
    };
    if known.contains_key(name) { name } else { part().unwrap_or(name) }
}

fn head(out: &mut String, format: Format, name: &str, family: Option<&Arc<Family>>) {
    let kind = family.map_or(Kind::Unknown, |family| family.kind);
    // OpenMetrics names a counter's family without the `_total` of its series.
    let shown = match (format, kind) {
        (Format::OpenMetrics, Kind::Counter) => name.strip_suffix("_total").unwrap_or(name),
        _ => name,
    };
    let word = match (format, kind) {
        (Format::Prometheus, Kind::Unknown) => "untyped",
        (Format::Prometheus, Kind::Info | Kind::Stateset) => "gauge",
        _ => kind.as_str(),
    };
    // Writing into a String does not fail.
    if let Some(family) = family {
        let help = family.help.replace('\\', "\\\\").replace('\n', "\\n");
        let help = if format == Format::OpenMetrics { help.replace('"', "\\\"") } else { help };
        let _ = writeln!(out, "# HELP {shown} {help}");
    }
    let _ = writeln!(out, "# TYPE {shown} {word}");
    let unit = family.map_or("", |family| unit_word(&family.unit));
    if format == Format::OpenMetrics && !unit.is_empty() && shown.ends_with(unit) {
        let _ = writeln!(out, "# UNIT {shown} {unit}");
    }
}

/// UCUM to the word that OpenMetrics puts at the end of a name; empty where there is none.
fn unit_word(unit: &str) -> &'static str {
    match unit {
        "s" => "seconds",
        "By" => "bytes",
        "Cel" => "celsius",
        "W" => "watts",
        "J" => "joules",
        "Hz" => "hertz",
        "1" => "ratio",
        _ => "",
    }
}

fn line(out: &mut String, format: Format, sample: &Exposed) {
    out.push_str(&sample.key.name);
    if !sample.key.labels.is_empty() {
        out.push('{');
        for (at, (name, value)) in sample.key.labels.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            out.push_str(name);
            out.push('=');
            let _ = quote_into(out, value);
        }
        out.push('}');
    }
    let _ = match format {
        Format::OpenMetrics => writeln!(out, " {} {}", number_text(sample.value), sample.time.seconds()),
        Format::Prometheus => writeln!(out, " {} {}", number_text(sample.value), sample.time.0),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use autobot_model::Labels;
    use expect_test::expect;

    fn example() -> (Vec<Arc<Family>>, Vec<Exposed>) {
        let family = |name: &str, unit: &str, kind| {
            Arc::new(Family {
                name: name.into(),
                unit: unit.into(),
                kind,
                help: "Says \"what\".\nTwice.".into(),
                labels: vec![],
            })
        };
        let sample = |name: &str, labels: &[(&str, &str)], value| Exposed {
            key: Arc::new(SeriesKey { name: name.into(), labels: Labels::new(labels.iter().copied()) }),
            time: Timestamp(1_500),
            value,
        };
        let families =
            vec![family("cpu_seconds_total", "s", Kind::Counter), family("wait_seconds", "s", Kind::Histogram)];
        let samples = vec![
            sample("wait_seconds_sum", &[], 2.5),
            sample("wait_seconds_bucket", &[("le", "+Inf")], 3.0),
            sample("wait_seconds_bucket", &[("le", "10")], 3.0),
            sample("wait_seconds_bucket", &[("le", "2")], 1.0),
            sample("wait_seconds_count", &[("way", "b")], 0.0),
            sample("wait_seconds_bucket", &[("le", "+Inf"), ("way", "b")], 0.0),
            sample("wait_seconds_count", &[], 3.0),
            sample("cpu_seconds_total", &[("mode", "user")], 4.0),
            sample("cpu_seconds_total", &[("mode", "a\"b")], f64::NAN),
            sample("loose", &[], f64::INFINITY),
        ];
        (families, samples)
    }

    #[test]
    fn openmetrics() {
        let (families, samples) = example();
        expect![[r##"
            # HELP cpu_seconds Says \"what\".\nTwice.
            # TYPE cpu_seconds counter
            # UNIT cpu_seconds seconds
            cpu_seconds_total{mode="a\"b"} NaN 1.5
            cpu_seconds_total{mode="user"} 4 1.5
            # TYPE loose unknown
            loose +Inf 1.5
            # HELP wait_seconds Says \"what\".\nTwice.
            # TYPE wait_seconds histogram
            # UNIT wait_seconds seconds
            wait_seconds_bucket{le="2"} 1 1.5
            wait_seconds_bucket{le="10"} 3 1.5
            wait_seconds_bucket{le="+Inf"} 3 1.5
            wait_seconds_count 3 1.5
            wait_seconds_sum 2.5 1.5
            wait_seconds_bucket{le="+Inf",way="b"} 0 1.5
            wait_seconds_count{way="b"} 0 1.5
            # EOF
        "##]]
        .assert_eq(&write(Format::OpenMetrics, &families, &samples));
    }

    #[test]
    fn prometheus() {
        let (families, samples) = example();
        expect![[r##"
            # HELP cpu_seconds_total Says "what".\nTwice.
            # TYPE cpu_seconds_total counter
            cpu_seconds_total{mode="a\"b"} NaN 1500
            cpu_seconds_total{mode="user"} 4 1500
            # TYPE loose untyped
            loose +Inf 1500
            # HELP wait_seconds Says "what".\nTwice.
            # TYPE wait_seconds histogram
            wait_seconds_bucket{le="2"} 1 1500
            wait_seconds_bucket{le="10"} 3 1500
            wait_seconds_bucket{le="+Inf"} 3 1500
            wait_seconds_count 3 1500
            wait_seconds_sum 2.5 1500
            wait_seconds_bucket{le="+Inf",way="b"} 0 1500
            wait_seconds_count{way="b"} 0 1500
        "##]]
        .assert_eq(&write(Format::Prometheus, &families, &samples));
    }
}
