//! What a body says of its families, found by the names of series.

use std::collections::HashMap;

use crate::family::Type;
use crate::line::Record;
use crate::unit;

/// What is known of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Described<'c> {
    /// What all its series are called, a counter's with its `_total`, a histogram's without `_bucket` and the like.
    pub name: &'c str,
    /// How its values behave; a part of a gaugehistogram is a gauge.
    pub kind: Type,
    /// UCUM: `s`, `By`; empty where there is none.
    pub unit: &'static str,
    /// A sentence for people; empty where there is none.
    pub help: &'c str,
}

/// What is known of families, gathered from the metadata of a body. Bounded: families beyond the limit stay unknown.
#[derive(Debug)]
pub struct Catalogue {
    families: HashMap<Box<str>, Entry>,
    most: usize,
}

#[derive(Debug, Default)]
struct Entry {
    kind: Type,
    unit: Option<&'static str>,
    help: String,
}

impl Catalogue {
    /// An empty one, for `most` families.
    pub fn new(most: usize) -> Self {
        Self { families: HashMap::new(), most }
    }

    /// Takes what a record says of its family. Samples say nothing.
    pub fn take(&mut self, record: &Record<'_>) {
        let (Record::Type { family, .. } | Record::Help { family, .. } | Record::Unit { family, .. }) = *record else {
            return;
        };
        if !self.families.contains_key(family) && self.families.len() >= self.most {
            return;
        }
        let entry = self.families.entry(family.into()).or_default();
        match record {
            Record::Type { kind, .. } => entry.kind = *kind,
            Record::Help { text, .. } => entry.help = (*text).to_owned(),
            Record::Unit { unit, .. } => entry.unit = Some(unit::ucum(unit)),
            Record::Sample(_) => {}
        }
    }

    /// Whether the body named that family, in its own spelling.
    pub fn knows(&self, family: &str) -> bool {
        self.families.contains_key(family)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.families.clear();
    }

    /// The family of the series called `name`: a counter's with its `_total`, a histogram's and a summary's for all their parts. A unit
    /// that was not given is the one that the name ends with. Of unknown type when the body said nothing.
    pub fn family<'c>(&'c self, name: &'c str) -> Described<'c> {
        fn described<'c>(name: &'c str, entry: &'c Entry, kind: Type, unit: Option<&'static str>) -> Described<'c> {
            Described { name, kind, unit: unit.unwrap_or_else(|| unit::of_name(name)), help: &entry.help }
        }
        // In Prometheus' own format a counter's family has the name of its series.
        if let Some(entry) = self.families.get(name) {
            let kind = if entry.kind == Type::GaugeHistogram { Type::Gauge } else { entry.kind };
            return described(name, entry, kind, entry.unit);
        }
        for suffix in ["_total", "_bucket", "_count", "_sum", "_info", "_created", "_gcount", "_gsum"] {
            let Some((base, entry)) = name.strip_suffix(suffix).and_then(|base| Some((base, self.families.get(base)?)))
            else {
                continue;
            };
            match (entry.kind, suffix) {
                (Type::Counter, "_total") | (Type::Info, "_info") => {
                    return described(name, entry, entry.kind, entry.unit);
                }
                (Type::Histogram, "_bucket" | "_count" | "_sum") | (Type::Summary, "_count" | "_sum") => {
                    return described(base, entry, entry.kind, entry.unit);
                }
                (Type::Counter | Type::Histogram | Type::Summary, "_created") => {
                    return described(name, entry, Type::Gauge, Some("s"));
                }
                // They go up and down.
                (Type::GaugeHistogram, "_bucket" | "_gcount" | "_gsum") => {
                    return described(name, entry, Type::Gauge, None);
                }
                _ => {}
            }
        }
        Described { name, kind: Type::Unknown, unit: unit::of_name(name), help: "" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Limits, Reader};

    #[test]
    fn series_find_the_families_that_a_body_declared() {
        let open = "# TYPE hits counter\n# HELP hits Seen.\n# TYPE wait_seconds histogram\n# UNIT wait_seconds seconds\n\
            # TYPE build info\n# TYPE queue gaugehistogram\n# TYPE heat_celsius gauge\n# EOF\n";
        let text = "# TYPE hits_total counter\n# HELP hits_total Seen.\n# TYPE plain counter\n# TYPE lag summary\n";
        for (format, body, series, name, kind, unit, help) in [
            (Format::OpenMetrics, open, "hits_total", "hits_total", Type::Counter, "", "Seen."),
            (Format::OpenMetrics, open, "hits_created", "hits_created", Type::Gauge, "s", "Seen."),
            (Format::OpenMetrics, open, "wait_seconds_bucket", "wait_seconds", Type::Histogram, "s", ""),
            (Format::OpenMetrics, open, "wait_seconds_sum", "wait_seconds", Type::Histogram, "s", ""),
            (Format::OpenMetrics, open, "build_info", "build_info", Type::Info, "", ""),
            (Format::OpenMetrics, open, "queue_gcount", "queue_gcount", Type::Gauge, "", ""),
            (Format::OpenMetrics, open, "heat_celsius", "heat_celsius", Type::Gauge, "Cel", ""),
            (Format::OpenMetrics, open, "other", "other", Type::Unknown, "", ""),
            (Format::Prometheus, text, "hits_total", "hits_total", Type::Counter, "", "Seen."),
            (Format::Prometheus, text, "plain", "plain", Type::Counter, "", ""),
            (Format::Prometheus, text, "lag", "lag", Type::Summary, "", ""),
            (Format::Prometheus, text, "lag_count", "lag", Type::Summary, "", ""),
        ] {
            let mut catalogue = Catalogue::new(10);
            let mut reader = Reader::new(format, body.as_bytes(), Limits::default());
            while let Some(record) = reader.record().unwrap() {
                catalogue.take(&record);
            }
            let family = catalogue.family(series);
            assert_eq!((family.name, family.kind, family.unit, family.help), (name, kind, unit, help), "{series}");
        }
    }

    #[test]
    fn families_beyond_the_limit_stay_unknown() {
        let mut catalogue = Catalogue::new(1);
        catalogue.take(&Record::Type { family: "a", kind: Type::Gauge });
        catalogue.take(&Record::Type { family: "b", kind: Type::Gauge });
        assert_eq!((catalogue.family("a").kind, catalogue.family("b").kind), (Type::Gauge, Type::Unknown));
    }
}
