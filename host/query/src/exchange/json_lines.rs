//! JSON lines as VictoriaMetrics exports and imports them, in both directions.
//!
//! What JSON has no number for is spelt so that VictoriaMetrics' reader takes it: `"Infinity"`, `"-Infinity"`, `"NaN"`. `null` is the
//! mark of a series' end, which is what its exports mean by it. Our lines carry `family` besides, which its reader passes over.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::io::{self, BufRead};
use std::sync::Arc;

use autobot_model::{Family, Kind, Labels, STALE, SeriesKey, SeriesSamples, Timestamp, is_stale};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Value as Json, json};

use super::gather::next_line;
use super::{CHUNK, ImportError, Imported, fault_of};
use crate::exposition::number::write_number;
use crate::exposition::{Catalogue, TextError};

/// Bytes of a line: what VictoriaMetrics' `-import.maxLineLen` is by default.
const LONGEST_LINE: usize = 10 << 20;

const LINE: &str = "a line is {\"metric\":{\"__name__\":\"up\"},\"values\":[1],\"timestamps\":[1767323045678]}";

#[derive(serde::Deserialize)]
struct Line {
    metric: Pairs,
    values: Vec<Number>,
    timestamps: Vec<Millis>,
    #[serde(default)]
    family: Option<Said>,
}

/// What a line says of its family.
#[derive(serde::Deserialize)]
struct Said {
    name: String,
    kind: Kind,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    help: String,
}

/// An object of texts, no name twice.
pub(super) struct Pairs(pub(super) BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Pairs;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of labels, each value a text")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, String>()? {
                    if pairs.insert(name, value).is_some() {
                        return Err(A::Error::custom("a label stands twice"));
                    }
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, \"NaN\", \"Infinity\", \"-Infinity\", or null for the end of a series")
            }
            fn visit_f64<E>(self, value: f64) -> Result<Number, E> {
                Ok(Number(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Number, E> {
                Ok(Number(value as f64))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Number, E> {
                Ok(Number(value as f64))
            }
            fn visit_unit<E>(self) -> Result<Number, E> {
                Ok(Number(STALE))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Number, E> {
                match text {
                    "NaN" | "nan" => Ok(Number(f64::NAN)),
                    "Infinity" | "Inf" | "infinity" | "inf" => Ok(Number(f64::INFINITY)),
                    "-Infinity" | "-Inf" | "-infinity" | "-inf" => Ok(Number(f64::NEG_INFINITY)),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_any(Any)
    }
}

struct Millis(i64);

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;
        impl Visitor<'_> for Whole {
            type Value = Millis;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("whole milliseconds since 1970")
            }
            fn visit_i64<E>(self, value: i64) -> Result<Millis, E> {
                Ok(Millis(value))
            }
            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Millis, E> {
                i64::try_from(value)
                    .map(Millis)
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Unsigned(value), &self))
            }
        }
        deserializer.deserialize_i64(Whole)
    }
}

pub(super) fn read<E>(
    mut from: impl BufRead,
    each: &mut dyn FnMut(Imported<'_>) -> Result<(), E>,
) -> Result<u64, ImportError<E>> {
    let unknown = Catalogue::new(0);
    let (mut line, mut number, mut count) = (Vec::new(), 0_u64, 0_u64);
    while next_line(&mut from, &mut line, LONGEST_LINE)? {
        number = number.saturating_add(1);
        let refuse = |column: usize, message: String, help: &str| {
            ImportError::Text(TextError { line: number, column, message, help: help.to_owned() })
        };
        if line.len() > LONGEST_LINE {
            let message = format!("the line has more than {LONGEST_LINE} bytes");
            return Err(refuse(1, message, "export fewer samples a line (VictoriaMetrics: `max_rows_per_line`)"));
        }
        match line.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None => continue,
            Some(b'{') => {}
            Some(_) => return Err(refuse(1, "a line that is no object".to_owned(), LINE)),
        }
        let read: Line = serde_json::from_slice(&line).map_err(|error| {
            let text = error.to_string();
            let message = text.split(" at line ").next().unwrap_or_default().to_owned();
            refuse(error.column().max(1), message, LINE)
        })?;
        if read.values.len() != read.timestamps.len() {
            let message = format!("{} values and {} timestamps", read.values.len(), read.timestamps.len());
            return Err(refuse(1, message, "each value has its timestamp: the arrays are of one length"));
        }
        let mut pairs = read.metric.0;
        let name: Arc<str> = pairs.remove("__name__").unwrap_or_default().into();
        let key = SeriesKey { name, labels: Labels::new(pairs) };
        if let Some(fault) = fault_of(&key) {
            return Err(refuse(1, fault, "`metric` holds the name as `__name__`, and labels"));
        }
        let family = match read.family {
            Some(Said { name, kind, unit, help }) => Family { name, kind, unit, help, labels: Vec::new() },
            None => unknown.family(&key.name),
        };
        let times: Vec<Timestamp> = read.timestamps.into_iter().map(|millis| Timestamp(millis.0)).collect();
        let values: Vec<f64> = read.values.into_iter().map(|number| number.0).collect();
        count = count.saturating_add(times.len() as u64);
        if !times.is_empty() {
            each(Imported { key: &Arc::new(key), family: &Arc::new(family), times: &times, values: &values })
                .map_err(ImportError::Stopped)?;
        }
    }
    Ok(count)
}

/// Writes a series, [`CHUNK`] samples a line. `out` is cleared and used again.
pub(super) fn write(
    to: &mut impl io::Write,
    out: &mut String,
    family: Option<&Family>,
    series: &SeriesSamples,
) -> io::Result<()> {
    let mut metric = serde_json::Map::new();
    metric.insert("__name__".to_owned(), Json::from(&*series.key.name));
    metric.extend(series.key.labels.iter().map(|(name, value)| (name.to_owned(), Json::from(value))));
    let metric = Json::Object(metric).to_string();
    let said = family
        .map(|family| json!({ "name": family.name, "kind": family.kind, "unit": family.unit, "help": family.help }));
    for (times, values) in series.times.chunks(CHUNK).zip(series.values.chunks(CHUNK)) {
        out.clear();
        // Writing into a String does not fail.
        let _ = write!(out, "{{\"metric\":{metric},\"values\":[");
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            match *value {
                v if is_stale(v) => out.push_str("null"),
                v if v.is_nan() => out.push_str("\"NaN\""),
                f64::INFINITY => out.push_str("\"Infinity\""),
                f64::NEG_INFINITY => out.push_str("\"-Infinity\""),
                v => drop(write_number(out, v)),
            }
        }
        out.push_str("],\"timestamps\":[");
        for (at, time) in times.iter().enumerate() {
            let _ = write!(out, "{}{}", if at > 0 { "," } else { "" }, time.0);
        }
        out.push(']');
        if let Some(said) = &said {
            let _ = write!(out, ",\"family\":{said}");
        }
        out.push_str("}\n");
        to.write_all(out.as_bytes())?;
    }
    Ok(())
}
