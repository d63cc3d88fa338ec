//! From what a body says of its families to the model's families.

use std::collections::HashMap;

use autobot_model::{Family, Kind};

use super::line::Record;
use super::unit;

/// What is known of families, gathered from the metadata of a body. Bounded: families beyond the limit stay unknown.
#[derive(Debug)]
pub struct Catalogue {
    families: HashMap<Box<str>, Entry>,
    most: usize,
}

#[derive(Debug, Default)]
struct Entry {
    kind: Kind,
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

    /// The family of the series called `name`, as the model has it: a counter's with its `_total`, a histogram's and a summary's
    /// for all their parts. A unit that was not given is the one that the name ends with. Of unknown kind when the body said
    /// nothing; its labels are not known here.
    pub fn family(&self, name: &str) -> Family {
        let model = |name: &str, entry: &Entry, kind, unit: Option<&str>| Family {
            name: name.to_owned(),
            unit: unit.map_or_else(|| unit::of_name(name).to_owned(), str::to_owned),
            kind,
            help: entry.help.clone(),
            labels: Vec::new(),
        };
        // In Prometheus' own format a counter's family has the name of its series.
        if let Some(entry) = self.families.get(name) {
            return model(name, entry, entry.kind, entry.unit);
        }
        for suffix in ["_total", "_bucket", "_count", "_sum", "_info", "_created", "_gcount", "_gsum"] {
            let Some((base, entry)) = name.strip_suffix(suffix).and_then(|base| Some((base, self.families.get(base)?)))
            else {
                continue;
            };
            match (entry.kind, suffix) {
                (Kind::Counter, "_total") | (Kind::Info, "_info") => return model(name, entry, entry.kind, entry.unit),
                (Kind::Histogram, "_bucket" | "_count" | "_sum") | (Kind::Summary, "_count" | "_sum") => {
                    return model(base, entry, entry.kind, entry.unit);
                }
                (Kind::Counter | Kind::Histogram | Kind::Summary, "_created") => {
                    return model(name, entry, Kind::Gauge, Some("s"));
                }
                // Of a gaugehistogram.
                (Kind::Gauge, "_bucket" | "_gcount" | "_gsum") => return model(name, entry, Kind::Gauge, None),
                _ => {}
            }
        }
        model(name, &Entry::default(), Kind::Unknown, None)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Reader};
    use super::*;

    #[test]
    fn series_find_the_families_that_a_body_declared() {
        let open = "# TYPE hits counter\n# HELP hits Seen.\n# TYPE wait_seconds histogram\n# UNIT wait_seconds seconds\n\
            # TYPE build info\n# TYPE queue gaugehistogram\n# TYPE heat_celsius gauge\n# EOF\n";
        let text = "# TYPE hits_total counter\n# HELP hits_total Seen.\n# TYPE plain counter\n# TYPE lag summary\n";
        for (format, body, series, name, kind, unit, help) in [
            (Format::OpenMetrics, open, "hits_total", "hits_total", Kind::Counter, "", "Seen."),
            (Format::OpenMetrics, open, "hits_created", "hits_created", Kind::Gauge, "s", "Seen."),
            (Format::OpenMetrics, open, "wait_seconds_bucket", "wait_seconds", Kind::Histogram, "s", ""),
            (Format::OpenMetrics, open, "wait_seconds_sum", "wait_seconds", Kind::Histogram, "s", ""),
            (Format::OpenMetrics, open, "build_info", "build_info", Kind::Info, "", ""),
            (Format::OpenMetrics, open, "queue_gcount", "queue_gcount", Kind::Gauge, "", ""),
            (Format::OpenMetrics, open, "heat_celsius", "heat_celsius", Kind::Gauge, "Cel", ""),
            (Format::OpenMetrics, open, "other", "other", Kind::Unknown, "", ""),
            (Format::Prometheus, text, "hits_total", "hits_total", Kind::Counter, "", "Seen."),
            (Format::Prometheus, text, "plain", "plain", Kind::Counter, "", ""),
            (Format::Prometheus, text, "lag", "lag", Kind::Summary, "", ""),
            (Format::Prometheus, text, "lag_count", "lag", Kind::Summary, "", ""),
        ] {
            let mut catalogue = Catalogue::new(10);
            let mut reader = Reader::new(format, body.as_bytes(), Limits::default());
            while let Some(record) = reader.record().unwrap() {
                catalogue.take(&record);
            }
            let family = catalogue.family(series);
            assert_eq!(
                (&*family.name, family.kind, &*family.unit, &*family.help),
                (name, kind, unit, help),
                "{series}"
            );
        }
    }

    #[test]
    fn families_beyond_the_limit_stay_unknown() {
        let mut catalogue = Catalogue::new(1);
        catalogue.take(&Record::Type { family: "a", kind: Kind::Gauge });
        catalogue.take(&Record::Type { family: "b", kind: Kind::Gauge });
        assert_eq!((catalogue.family("a").kind, catalogue.family("b").kind), (Kind::Gauge, Kind::Unknown));
    }
}
