//! `run-benchmark`: real measurements through the real binary.

use serde_json::Value;

use crate::harness::{Site, run, text};

#[test]
fn a_quick_run_measures_scores_and_grades_the_machine() {
    let site = Site::new();
    let data = site.path("data");
    std::fs::create_dir_all(&data).expect("a folder");
    let ran = run(&[
        "run-benchmark",
        "system",
        "--quick",
        "--duration",
        "300ms",
        "--dir",
        &data.to_string_lossy(),
        "-o",
        "json",
    ]);
    assert!(matches!(ran.status.code(), Some(0 | 3)), "{}", text(&ran.stderr));
    let document: Value = serde_json::from_slice(&ran.stdout).expect("JSON alone on standard output");
    assert_eq!(document["kind"], "benchmark");
    let run = &document["data"];
    assert!(run["results"].as_array().is_some_and(|results| results.len() >= 8), "{run:#}");
    assert!(run["score"].as_f64().is_some_and(|score| (0.0..=100.0).contains(&score)), "{run:#}");
    assert!(run["grade"].is_string(), "{run:#}");
    let left: Vec<_> = std::fs::read_dir(&data).expect("the folder").collect();
    assert!(left.is_empty(), "files are left behind: {left:?}");
}

#[test]
fn the_tests_are_listed_without_running_any() {
    let listed = run(&["run-benchmark", "system", "--list"]);
    assert_eq!(listed.status.code(), Some(0), "{}", text(&listed.stderr));
    assert!(text(&listed.stdout).lines().count() >= 9, "{}", text(&listed.stdout));
}

#[test]
fn a_suite_that_is_not_there_names_those_that_are() {
    let refused = run(&["run-benchmark", "quantum"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("system"), "{}", text(&refused.stderr));
}
