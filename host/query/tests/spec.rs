//! The semantics of queries, as the files of `testdata/` say them.
//!
//! A file holds blocks. `load STEP` is followed by series with values one step apart from 0 on: a number, `_` for none,
//! `stale` for the end of the series, `AxN` for A repeated, `A+BxN` for A, A+B, ... (N+1 values). `eval TIME QUERY` is followed by the
//! series that come out, as `{labels} value`, in any order; `range START END STEP QUERY` by series with a value per step;
//! `fail TIME QUERY` by a part of the error's text.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::Duration;

use autobot_model::{STALE, SeriesKey, Timestamp};
use autobot_query::testing::MemoryReader;
use autobot_query::{Engine, Value, json, parse};

#[test]
fn every_line_of_the_specification_holds() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut checked = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        checked += file(&path.display().to_string(), &text);
    }
    assert!(checked >= 50, "only {checked} evaluations were found");
}

fn file(name: &str, text: &str) -> usize {
    let mut reader = MemoryReader::default();
    let mut checked = 0;
    let mut lines =
        text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#')).peekable();
    while let Some((number, line)) = lines.next() {
        let mut body = Vec::new();
        while let Some((_, inner)) = lines.next_if(|(_, line)| line.starts_with(' ')) {
            body.push(inner.trim());
        }
        let place = format!("{name}:{}: {line}", number + 1);
        let (verb, rest) = line.split_once(' ').unwrap_or_else(|| panic!("{place}"));
        match verb {
            "load" => {
                reader = MemoryReader::default();
                let step = millis(rest);
                for series in body {
                    let (key, values) =
                        series.split_at(series.rfind('}').map_or_else(|| series.find(' ').unwrap(), |at| at + 1));
                    reader.add(key, samples(values, step));
                }
            }
            "eval" => {
                let (at, query) = rest.split_once(' ').unwrap();
                let value = Engine::default().instant(
                    &reader,
                    &parse(query).unwrap_or_else(|e| panic!("{place}: {e}")),
                    Timestamp(millis(at)),
                );
                compare(&place, shown(value.unwrap_or_else(|e| panic!("{place}: {e}"))), body);
            }
            "range" => {
                let mut words = rest.splitn(4, ' ');
                let mut next = || words.next().unwrap();
                let (start, end, step, query) = (millis(next()), millis(next()), millis(next()), next());
                let expr = parse(query).unwrap_or_else(|e| panic!("{place}: {e}"));
                let series = Engine::default().range(
                    &reader,
                    &expr,
                    Timestamp(start),
                    Timestamp(end),
                    Duration::from_millis(step as u64),
                );
                compare(&place, shown(Value::Matrix(series.unwrap_or_else(|e| panic!("{place}: {e}")))), body);
            }
            "fail" => {
                let (at, query) = rest.split_once(' ').unwrap();
                let error = match parse(query) {
                    Ok(expr) => {
                        Engine::default().instant(&reader, &expr, Timestamp(millis(at))).expect_err(&place).to_string()
                    }
                    Err(error) => error.to_string(),
                };
                assert!(error.contains(body[0]), "{place}: {error}");
            }
            _ => panic!("{place}: what is `{verb}`?"),
        }
        checked += usize::from(verb != "load");
    }
    checked
}

fn millis(text: &str) -> i64 {
    json::duration("time", text).map_or(0, |duration| duration.as_millis() as i64)
}

fn samples(text: &str, step: i64) -> Vec<(i64, f64)> {
    let mut all = Vec::new();
    let mut at = 0;
    for word in text.split_whitespace() {
        let (value, times) = match word.rsplit_once('x') {
            Some((value, times)) => (value, Some(times.parse::<usize>().unwrap())),
            None => (word, None),
        };
        let slope = times.and_then(|_| value[1..].find(['+', '-'])).map(|at| at + 1);
        let (first, by) = slope.map_or((value, 0.0), |at| (&value[..at], value[at..].parse().unwrap()));
        let count = times.map_or(1, |times| times + usize::from(slope.is_some()));
        for n in 0..count {
            match first {
                "_" => {}
                "stale" => all.push((at, STALE)),
                number => {
                    all.push((at, number.parse::<f64>().unwrap_or_else(|e| panic!("{word}: {e}")) + by * n as f64))
                }
            }
            at += step;
        }
    }
    all
}

fn shown(value: Value) -> Vec<String> {
    let key = |name: Option<std::sync::Arc<str>>, labels| {
        let key = SeriesKey { name: name.unwrap_or_else(|| "".into()), labels };
        if key.name.is_empty() && key.labels.is_empty() { "{}".to_owned() } else { key.to_string() }
    };
    match value {
        Value::Scalar(number) => vec![number_text(number)],
        Value::Text(text) => vec![text],
        Value::Vector(samples) => {
            samples.into_iter().map(|s| format!("{} {}", key(s.name, s.labels), number_text(s.value))).collect()
        }
        Value::Matrix(series) => series
            .into_iter()
            .map(|s| {
                let values: Vec<_> =
                    s.times.iter().zip(&s.values).map(|(t, v)| format!("{}@{}", number_text(*v), t.0 / 1000)).collect();
                format!("{} {}", key(s.name, s.labels), values.join(" "))
            })
            .collect(),
    }
}

/// Twelve digits: sums may differ in the last bits from what is written down.
fn number_text(value: f64) -> String {
    let rounded: f64 = format!("{value:.12e}").parse().unwrap_or(value);
    json::number_text(rounded)
}

fn compare(place: &str, mut got: Vec<String>, wanted: Vec<&str>) {
    let mut wanted: Vec<String> = wanted.into_iter().map(str::to_owned).collect();
    got.sort();
    wanted.sort();
    assert_eq!(got, wanted, "{place}");
}
