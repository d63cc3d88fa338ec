//! The semantics of queries, as the files of `testdata/` say them.
//!
//! A file holds blocks. `load STEP` is followed by series with values one step apart from 0 on: a number, `_` for none,
//! `stale` for the end of the series, `AxN` for A repeated, `A+BxN` for A, A+B, ... (N+1 values). `eval TIME QUERY` is followed by the
//! series that come out, as `{labels} value`, in any order; `ordered` by series in this order; `range START END STEP QUERY` by series with
//! a value per step, `ordered-range` the same in this order. `warning: ` and `info: ` say what stands beside the result, all of it;
//! `quiet` that nothing does. `fail TIME QUERY` is followed by a part of the error's text.
//!
//! Every evaluation is made three times: from samples, and from buckets of two widths where the engine takes them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::Duration;

use autobot_model::{STALE, SeriesKey, Timestamp};
use autobot_query::testing::MemoryReader;
use autobot_query::{Answer, Engine, Value, json, parse};

const WIDTHS: [Option<Duration>; 3] = [None, Some(Duration::from_secs(10)), Some(Duration::from_secs(60))];

#[test]
fn every_line_of_the_specification_holds() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let (mut checked, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "test") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        checked += file(&path.display().to_string(), &text, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(checked >= 500, "only {checked} evaluations were found");
}

fn file(name: &str, text: &str, wrong: &mut Vec<String>) -> usize {
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
            "eval" | "ordered" | "range" | "ordered-range" | "fail" => {
                for width in WIDTHS {
                    reader.bucket_width = width;
                    let problem = match evaluated(&reader, verb, rest) {
                        Ok(got) if verb != "fail" => compare(got, &body, verb.starts_with("ordered")),
                        Ok(got) => Some(format!("it does not fail, but gives {got:?}")),
                        Err(error) if verb == "fail" && error.contains(body[0]) => None,
                        Err(error) => Some(error),
                    };
                    wrong.extend(problem.map(|problem| format!("{place} (buckets: {width:?})\n{problem}")));
                }
            }
            _ => panic!("{place}: what is `{verb}`?"),
        }
        checked += usize::from(verb != "load");
    }
    checked
}

/// The lines of a result and of what stands beside it, or why there is none.
fn evaluated(reader: &MemoryReader, verb: &str, rest: &str) -> Result<(Vec<String>, Vec<String>), String> {
    let engine = Engine::default();
    if verb.ends_with("range") {
        let words: Vec<&str> = rest.splitn(4, ' ').collect();
        let times: Vec<i64> = words[..3].iter().map(|word| millis(word)).collect();
        let (start, end, step) =
            (Timestamp(times[0]), Timestamp(times[1]), Duration::from_millis(times[2].unsigned_abs()));
        let expr = parse(words[3]).map_err(|error| error.to_string())?;
        let answer = engine.range_answer(reader, &expr, start, end, step).map_err(|error| error.to_string())?;
        let (value, warnings, infos) = (Value::Matrix(answer.value), answer.warnings, answer.infos);
        return Ok(shown(Answer { value, warnings, infos }));
    }
    let (at, query) = rest.split_once(' ').unwrap();
    let expr = parse(query).map_err(|error| error.to_string())?;
    engine.instant_answer(reader, &expr, Timestamp(millis(at))).map(shown).map_err(|error| error.to_string())
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

/// The lines of a result, and what stands beside it.
fn shown(answer: Answer<Value>) -> (Vec<String>, Vec<String>) {
    let warnings = answer.warnings.into_iter().map(|text| format!("warning: {text}"));
    let notes = warnings.chain(answer.infos.into_iter().map(|text| format!("info: {text}"))).collect();
    (lines_of(answer.value), notes)
}

fn lines_of(value: Value) -> Vec<String> {
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

fn compare((mut got, notes): (Vec<String>, Vec<String>), body: &[&str], ordered: bool) -> Option<String> {
    let is_note = |line: &&str| line.starts_with("warning: ") || line.starts_with("info: ") || *line == "quiet";
    let (noted, mut wanted): (Vec<&str>, Vec<&str>) = body.iter().copied().partition(is_note);
    if !ordered {
        got.sort();
        wanted.sort_unstable();
    }
    if got != wanted {
        return Some(format!("wanted {wanted:#?}\ngot {got:#?}"));
    }
    let told: Vec<&str> = noted.iter().copied().filter(|line| *line != "quiet").collect();
    (!noted.is_empty() && notes != told).then(|| format!("wanted {told:#?}\ntold {notes:#?}"))
}
