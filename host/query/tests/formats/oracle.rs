//! What other people's parsers say: Prometheus' `promtool`, and the OpenMetrics parser of Prometheus' client for Python.
#![expect(clippy::disallowed_methods, reason = "the parsers are other people's programs")]

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use autobot_query::exchange;
use autobot_query::exposition::{Format, write};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::bad::BAD;
use super::good::GOOD;
use super::round_trip::{families, page};

fn run(program: &str, arguments: &[&str], input: &str, missing: &str) -> Output {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{program}: {error}; {missing}"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // From a thread of its own, so that neither side waits for a full pipe; a program that ends early closes it.
    let feeder = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output
}

/// For each text, whether Python's parser takes it, and its words if not.
fn python(texts: &[String]) -> Vec<Option<String>> {
    const SCRIPT: &str = "
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
def one(text):
    try:
        list(parse(text))
    except Exception as error:
        return repr(error)
json.dump([one(text) for text in json.load(sys.stdin)], sys.stdout)
";
    let missing = "install Debian's python3-prometheus-client";
    // Debian's own Python, which finds Debian's packages whatever else is called python3.
    let output = run("/usr/bin/python3", &["-c", SCRIPT], &serde_json::to_string(texts).unwrap(), missing);
    assert!(output.status.success(), "{missing}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn pages(count: usize) -> Vec<Vec<autobot_query::exposition::Exposed>> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| page().new_tree(&mut runner).unwrap().current()).collect()
}

#[test]
fn python_takes_every_page_of_openmetrics() {
    let bodies: Vec<String> = pages(200).iter().map(|page| write(Format::OpenMetrics, &families(), page)).collect();
    for (body, error) in bodies.iter().zip(python(&bodies)) {
        assert_eq!(error, None, "{body}");
    }
}

#[test]
fn promtool_takes_every_page_of_prometheus_text() {
    for page in pages(40) {
        let body = write(Format::Prometheus, &families(), &page);
        let output = run("promtool", &["check", "metrics"], &body, "install Debian's prometheus");
        // 3: read, with advice on names and the like.
        assert!(matches!(output.status.code(), Some(0 | 3)), "{}\n{body}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn promtool_makes_blocks_of_an_export() {
    let (families, series) = super::exchange::example();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export.om");
    std::fs::write(&file, super::exchange::write(exchange::Format::OpenMetrics, &families, &series)).unwrap();
    let (file, data) = (file.display().to_string(), folder.path().join("data").display().to_string());
    let output = run(
        "promtool",
        &["tsdb", "create-blocks-from", "openmetrics", &file, &data],
        "",
        "install Debian's prometheus",
    );
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // This version's dump wants to find a log of writes beside the blocks.
    std::fs::create_dir(folder.path().join("data/wal")).unwrap();
    let dump = run("promtool", &["tsdb", "dump", &data], "", "install Debian's prometheus");
    let dump = String::from_utf8(dump.stdout).unwrap();
    assert!(dump.contains("{__name__=\"wait_seconds_sum\"} 1.25 1767323046678"), "{dump}");
    assert_eq!(dump.lines().count(), 13, "{dump}");
}

/// What the specification allows and Python's parser (0.16) fails at: it cannot compare times with an exponent to others.
const PYTHON_IS_STRICTER: &[&str] = &["a 1 -1.5\na 1 0\na 1 1.5e3\na 1 +2e3\n# EOF\n"];

/// What the specification forbids and Python's parser takes ("a laxer parser", as it says of itself), with what it forbids.
const PYTHON_IS_LAXER: &[(&str, &str)] = &[
    ("a NaN with a sign", "a -NaN\n# EOF\n"),
    ("a text in quotes that does not end", "a{x=\"1\\\"} 1\n# EOF\n"),
    ("a quote without a backslash in a help text", "# HELP a \"x\"\n# EOF\n"),
    ("a backslash alone at the end of a help text", "# HELP a x\\\n# EOF\n"),
    ("a series that stands twice; it is dropped in silence", "a 1\na 1\n# EOF\n"),
    ("the same with times", "a 1 1\na 1 1\n# EOF\n"),
];

#[test]
fn python_draws_the_same_line_between_good_and_bad() {
    let texts: Vec<String> = GOOD.iter().chain(BAD).map(|text| (*text).to_owned()).collect();
    let said = python(&texts);
    let (good, bad) = said.split_at(GOOD.len());
    let which = |texts: &[&'static str], said: &[Option<String>], refused: bool| -> Vec<&str> {
        texts.iter().zip(said).filter(|(_, error)| error.is_some() == refused).map(|(text, _)| *text).collect()
    };
    assert_eq!(which(GOOD, good, true), PYTHON_IS_STRICTER);
    let laxer: Vec<&str> = PYTHON_IS_LAXER.iter().map(|(_, text)| *text).collect();
    assert_eq!(which(BAD, bad, false), laxer);
}
