//! What is written reads back: pages of metrics in both formats.

use std::collections::BTreeMap;
use std::sync::Arc;

use autobot_model::{Family, Kind, Labels, SeriesKey, Timestamp};
use autobot_query::exposition::{Exposed, Format, Limits, Reader, Record, labels, write};
use proptest::prelude::*;

/// Name of the series, name and value of the label that tells it apart from its like, and a value that its type allows.
type Part = (&'static str, &'static str, &'static str, f64);

/// A family and one sample for each of the names that series of its kind may have.
const SHAPES: &[(&str, Kind, &[Part])] = &[
    ("heat", Kind::Gauge, &[("heat", "", "", 0.0)]),
    ("loose", Kind::Unknown, &[("loose", "", "", 0.0)]),
    ("hits_total", Kind::Counter, &[("hits_total", "", "", 5.0), ("hits_created", "", "", 1.5)]),
    ("odd", Kind::Counter, &[("odd", "", "", 0.0)]),
    ("build_info", Kind::Info, &[("build_info", "", "", 1.0)]),
    ("door", Kind::Stateset, &[("door", "door", "open", 1.0), ("door", "door", "shut", 0.0)]),
    ("lag", Kind::Summary, &[("lag", "quantile", "0.5", 0.5), ("lag_sum", "", "", 3.0), ("lag_count", "", "", 2.0)]),
    (
        "wait_seconds",
        Kind::Histogram,
        &[
            ("wait_seconds_bucket", "le", "0.5", 1.0),
            ("wait_seconds_bucket", "le", "+Inf", 4.0),
            ("wait_seconds_sum", "", "", 2.5),
            ("wait_seconds_count", "", "", 4.0),
        ],
    ),
];

pub(crate) fn families() -> Vec<Arc<Family>> {
    let family = |(name, kind, _): &(&str, Kind, &[Part])| {
        let help = "Says \"what\",\nand a \\ besides.".to_owned();
        Arc::new(Family { name: (*name).to_owned(), unit: "s".to_owned(), kind: *kind, help, labels: vec![] })
    };
    SHAPES.iter().map(family).collect()
}

/// Any values under any labels: where a type has rules, mostly such as keep them.
pub(crate) fn page() -> impl Strategy<Value = Vec<Exposed>> {
    let value = prop_oneof![any::<u64>().prop_map(f64::from_bits), any::<i32>().prop_map(f64::from), Just(-0.0)];
    let metric = (0..SHAPES.len(), any::<String>(), "[a-z_]{0,3}", any::<i64>(), value, any::<bool>());
    prop::collection::vec(metric, 0..12).prop_map(|metrics| {
        let mut page = Vec::new();
        for (shape, label, name, time, value, keeps) in metrics {
            let (_, kind, parts) = SHAPES[shape];
            let name = if name.is_empty() { "x".to_owned() } else { name };
            for (series, inner, inner_value, normal) in parts {
                let labels = [(name.as_str(), label.as_str()), (*inner, *inner_value)];
                let labels = Labels::new(labels.into_iter().filter(|(name, _)| !name.is_empty()));
                let free = !keeps || matches!(kind, Kind::Gauge | Kind::Unknown);
                let key = Arc::new(SeriesKey { name: (*series).into(), labels });
                page.push(Exposed { key, time: Timestamp(time), value: if free { value } else { *normal } });
            }
        }
        page
    })
}

type Seen = BTreeMap<SeriesKey, (Option<Timestamp>, u64)>;

fn bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }
}

/// Of a series that stands twice, the newest value; of two as new, the first.
fn expected(page: &[Exposed]) -> Seen {
    let mut seen = Seen::new();
    for sample in page {
        let new = (Some(sample.time), bits(sample.value));
        let known = seen.entry((*sample.key).clone()).or_insert(new);
        if new.0 > known.0 {
            *known = new;
        }
    }
    seen
}

fn seen(format: Format, body: &str) -> Seen {
    let mut reader = Reader::new(format, body.as_bytes(), Limits::default());
    let mut seen = Seen::new();
    while let Some(record) = reader.record().unwrap_or_else(|error| panic!("{error}\n{body}")) {
        if let Record::Sample(sample) = record {
            let key = SeriesKey { name: sample.name.into(), labels: labels(&sample.labels) };
            let twice = seen.insert(key, (sample.time.map(Timestamp), bits(sample.value)));
            assert!(twice.is_none(), "{} stands twice in\n{body}", sample.name);
        }
    }
    seen
}

proptest! {
    #[test]
    fn a_page_reads_back_bit_by_bit(page in page()) {
        for format in [Format::OpenMetrics, Format::Prometheus] {
            let body = write(format, &families(), &page);
            prop_assert_eq!(seen(format, &body), expected(&page), "{}", body);
        }
    }

    #[test]
    fn a_page_of_foreign_names_is_valid(names in prop::collection::vec((any::<String>(), any::<String>()), 0..8)) {
        let page: Vec<Exposed> = names
            .into_iter()
            .map(|(name, label)| {
                let key = SeriesKey { name: name.into(), labels: Labels::new([(label.as_str(), "x"), ("y", "z")]) };
                Exposed { key: Arc::new(key), time: Timestamp(1), value: 1.0 }
            })
            .collect();
        for format in [Format::OpenMetrics, Format::Prometheus] {
            seen(format, &write(format, &families(), &page));
        }
    }
}
