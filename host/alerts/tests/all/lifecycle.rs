//! The life of alerts, as a table of what happens: each line is 30 seconds, a value or none, and what changed.

use std::fmt::Write;
use std::sync::Arc;

use crate::common::{Files, Memory};
use autobot_alerts::{AlertState, Evaluator, RuleState, Transition};
use autobot_model::{STALE, Timestamp};
use expect_test::{Expect, expect};

const STEP: i64 = 30_000;

/// What one step does besides evaluating.
enum Act<'a> {
    Value(f64),
    Nothing,
    Rule(&'a str),
}

struct Story {
    memory: Arc<Memory>,
    files: Files,
    evaluator: Evaluator,
    at: i64,
    told: String,
}

impl Story {
    fn new(rule: &str) -> Self {
        let memory = Arc::new(Memory::default());
        let mut story =
            Self { evaluator: Evaluator::new(memory.clone()), memory, files: Files::new(), at: 0, told: String::new() };
        story.rule(rule);
        story
    }

    fn rule(&mut self, text: &str) {
        let loaded = self.files.write("rules.rhai", text);
        for diagnostic in &loaded.diagnostics {
            writeln!(self.told, "{}", diagnostic.message).unwrap();
        }
        self.evaluator.replace(loaded.set);
    }

    /// Why the first rule is broken, without the folder of the test.
    fn error(&self) -> String {
        let rules = self.evaluator.rules();
        let error = rules[0].error.clone().unwrap_or_default();
        error.replace(rules[0].file.trim_end_matches("rules.rhai"), "")
    }

    fn act(&mut self, act: Act<'_>) {
        match act {
            Act::Value(value) => self.memory.push("load", &[("machine", "main")], self.at, value),
            Act::Nothing => {}
            Act::Rule(text) => self.rule(text),
        }
        for change in self.evaluator.evaluate(Timestamp(self.at)) {
            writeln!(self.told, "{} s: {}", self.at / 1000, said(&change)).unwrap();
        }
        self.at += STEP;
    }

    /// Numbers are values, `-` is a tick without a value, `end` the marker of a series' end.
    fn ticks(&mut self, text: &str) {
        for word in text.split_whitespace() {
            let (word, times) = word.split_once('x').map_or((word, 1), |(word, times)| (word, times.parse().unwrap()));
            for _ in 0..times {
                self.act(match word {
                    "-" => Act::Nothing,
                    "end" => Act::Value(STALE),
                    number => Act::Value(number.parse().unwrap()),
                });
            }
        }
    }
}

fn said(change: &Transition) -> String {
    let alert = &change.alert;
    let why = alert.ended.map(|ended| format!(" ({ended:?})")).unwrap_or_default();
    format!("{:?} -> {:?}{why}: {}", change.from, alert.state, alert.summary)
}

const RULE: &str = r#"
alert("Loaded", #{
    severity: "high",
    select: `load`,
    pending: "1m",
    keep_firing: "1m",
    when: |load| load.last > 0.8,
    summary: |load| `${load.machine}: ${percent(load.last)}`,
});
"#;

fn check(ticks: &str, expected: Expect) {
    let mut story = Story::new(RULE);
    story.ticks(ticks);
    expected.assert_eq(&story.told);
}

#[test]
fn a_short_spike_is_no_alert() {
    check(
        "0.2x3 0.9x2 0.2x3",
        expect![[r#"
            90 s: Inactive -> Pending: main: 90 %
            150 s: Pending -> Inactive: main: 90 %
        "#]],
    );
}

#[test]
fn what_lasts_fires_when_pending_has_passed_and_ends_when_keep_firing_has() {
    check(
        "0.2 0.9x5 0.2x5",
        expect![[r#"
            30 s: Inactive -> Pending: main: 90 %
            90 s: Pending -> Firing: main: 90 %
            240 s: Firing -> Resolved (Cleared): main: 90 %
        "#]],
    );
}

#[test]
fn what_comes_back_within_keep_firing_never_ended() {
    check(
        "0.9x4 0.2 0.9 0.2 0.9 0.2x4",
        expect![[r#"
            0 s: Inactive -> Pending: main: 90 %
            60 s: Pending -> Firing: main: 90 %
            300 s: Firing -> Resolved (Cleared): main: 90 %
        "#]],
    );
}

#[test]
fn a_firing_alert_whose_series_ends_has_no_data_and_is_not_resolved() {
    check(
        "0.9x4 end -x5 0.9 0.2x4",
        expect![[r#"
            0 s: Inactive -> Pending: main: 90 %
            60 s: Pending -> Firing: main: 90 %
            120 s: Firing -> NoData: main: 90 %
            300 s: NoData -> Firing: main: 90 %
            390 s: Firing -> Resolved (Cleared): main: 90 %
        "#]],
    );
    // Without a marker the last value counts for five minutes.
    check(
        "0.9x4 -x14",
        expect![[r#"
            0 s: Inactive -> Pending: main: 90 %
            60 s: Pending -> Firing: main: 90 %
            390 s: Firing -> NoData: main: 90 %
        "#]],
    );
}

#[test]
fn without_data_for_a_day_an_alert_is_gone() {
    let mut story = Story::new(RULE);
    story.ticks("0.9x4 end");
    story.at += 24 * 3_600_000;
    story.ticks("-");
    expect![[r#"
        0 s: Inactive -> Pending: main: 90 %
        60 s: Pending -> Firing: main: 90 %
        120 s: Firing -> NoData: main: 90 %
        86550 s: NoData -> Resolved (Gone): main: 90 %
    "#]]
    .assert_eq(&story.told);
}

#[test]
fn a_pending_alert_without_data_is_forgotten() {
    check(
        "0.9x2 end 0.9x2 0.9x2",
        expect![[r#"
            0 s: Inactive -> Pending: main: 90 %
            60 s: Pending -> Inactive: main: 90 %
            90 s: Inactive -> Pending: main: 90 %
            150 s: Pending -> Firing: main: 90 %
        "#]],
    );
}

#[test]
fn an_edit_keeps_the_state_and_takes_over_at_once() {
    let mut story = Story::new(RULE);
    story.ticks("0.9x2");
    let edited = RULE.replace("0.8", "0.7").replace("percent(load.last)", "load.last");
    story.act(Act::Rule(&edited));
    story.ticks("0.9x2 0.75x2");
    story.act(Act::Rule(&edited.replace("0.7", "0.99").replace("keep_firing: \"1m\",", "")));
    expect![[r#"
        0 s: Inactive -> Pending: main: 90 %
        60 s: Pending -> Firing: main: 0.9
        210 s: Firing -> Resolved (Cleared): main: 0.75
    "#]]
    .assert_eq(&story.told);
}

#[test]
fn a_broken_edit_leaves_the_last_good_version() {
    let mut story = Story::new(RULE);
    story.ticks("0.9x4");
    story.act(Act::Rule("alert(\"Loaded\", #{"));
    story.ticks("0.9 0.2x4");
    expect![[r#"
        0 s: Inactive -> Pending: main: 90 %
        60 s: Pending -> Firing: main: 90 %
        expected `}` to end this object map literal
        240 s: Firing -> Resolved (Cleared): main: 90 %
    "#]]
    .assert_eq(&story.told);
    let view = serde_json::to_value(story.evaluator.rules_view()).unwrap();
    assert_eq!(view["files"][0]["state"], "broken");
    assert_eq!(view["rules"][0]["name"], "Loaded");
}

#[test]
fn a_removed_rule_resolves_its_alerts_with_that_reason() {
    let mut story = Story::new(RULE);
    story.ticks("0.9x4");
    story.act(Act::Rule(""));
    expect![[r#"
        0 s: Inactive -> Pending: main: 90 %
        60 s: Pending -> Firing: main: 90 %
        120 s: Firing -> Resolved (RuleRemoved): main: 90 %
    "#]]
    .assert_eq(&story.told);
    assert_eq!(story.evaluator.alerts()[0].state, AlertState::Resolved);
}

#[test]
fn a_rule_that_fails_at_run_time_keeps_its_alerts_and_does_not_disturb_others() {
    let mut story = Story::new(RULE);
    story.ticks("0.9x4");
    let failing = RULE.replace("load.last > 0.8", "load.mashine == \"x\"");
    story.act(Act::Rule(&format!("{failing}{}", RULE.replace("Loaded", "Other").replace("1m", "0s"))));
    story.ticks("0.9x2");
    expect![[r#"
        0 s: Inactive -> Pending: main: 90 %
        60 s: Pending -> Firing: main: 90 %
        120 s: Inactive -> Firing: main: 90 %
    "#]]
    .assert_eq(&story.told);
    let rules = story.evaluator.rules();
    assert_eq!((rules[0].state, rules[0].alerts), (RuleState::Broken, 1));
    assert_eq!((rules[1].state, rules[1].alerts), (RuleState::Firing, 1));
    expect![[r#"
        error: the series {machine="main"} has no label `mashine`; did you mean `machine`?
         --> rules.rhai:7:22
          |
        7 |     when: |load| load.mashine == "x",
          |                      ^"#]]
    .assert_eq(&story.error());
}

#[test]
fn a_summary_that_fails_does_not_cost_the_alert() {
    let mut story = Story::new(&RULE.replace("load.machine", "load.mountpoint"));
    story.ticks("0.9x4");
    expect![[r#"
        0 s: Inactive -> Pending: Loaded holds for {machine="main"}
        60 s: Pending -> Firing: Loaded holds for {machine="main"}
    "#]]
    .assert_eq(&story.told);
    assert_eq!(story.evaluator.broken(), 1);
}

#[test]
fn an_endless_rule_is_stopped_and_the_others_go_on() {
    let endless = RULE.replace("Loaded", "Endless").replace("load.last > 0.8", "{ loop { } }");
    let mut story = Story::new(&format!("{endless}{RULE}"));
    story.ticks("0.9x3");
    expect![[r#"
        0 s: Inactive -> Pending: main: 90 %
        60 s: Pending -> Firing: main: 90 %
    "#]]
    .assert_eq(&story.told);
    expect![[r#"
        error: it takes too many steps and was stopped
         --> rules.rhai:2:1
          |
        2 | alert("Endless", #{
          | ^^^^^
          |
          = help: look for a loop that does not end"#]]
    .assert_eq(&story.error());
}

#[test]
fn windows_with_too_few_samples_are_no_data() {
    let mut story = Story::new(&RULE.replace("load.last > 0.8", "load.rate(\"1m\") > 0.001"));
    story.ticks("1 2 3 4 5 6");
    expect![[r#"
        30 s: Inactive -> Pending: main: 200 %
        90 s: Pending -> Firing: main: 400 %
    "#]]
    .assert_eq(&story.told);
}

#[test]
fn the_rows_of_a_query_are_judged_each_for_itself() {
    let rule = RULE
        .replace("select: `load`", "query: `max by (machine) (load) * 2`")
        .replace("load.last > 0.8", "load.last > 1");
    let mut story = Story::new(&rule);
    story.memory.push("load", &[("machine", "other")], 0, 0.1);
    story.ticks("0.9x3 0.2x4");
    expect![[r#"
        0 s: Inactive -> Pending: main: 180 %
        60 s: Pending -> Firing: main: 180 %
        150 s: Firing -> Resolved (Cleared): main: 180 %
    "#]]
    .assert_eq(&story.told);
}

#[test]
fn what_a_closure_captured_is_the_same_in_every_call() {
    let rule =
        format!("let seen = [];\n{}", RULE.replace("load.last > 0.8", "{ seen.push(load.last); seen.len() > 1 }"));
    let mut story = Story::new(&rule);
    story.ticks("0.9x5");
    assert_eq!((story.told.as_str(), story.evaluator.broken()), ("", 0));
}

#[test]
fn every_puts_a_rule_on_its_own_grid() {
    let mut story = Story::new(&RULE.replace("pending: \"1m\"", "every: \"2m\""));
    story.ticks("0.2 0.9x7");
    expect![[r#"
        120 s: Inactive -> Firing: main: 90 %
    "#]]
    .assert_eq(&story.told);
}

#[test]
fn the_documents_are_those_of_the_api() {
    let mut story = Story::new(RULE);
    story.ticks("0.9x3");
    let alerts = serde_json::to_string_pretty(&story.evaluator.alerts_view()).unwrap();
    expect![[r#"
        {
          "alerts": [
            {
              "id": "0f08396fa2e4e3bf",
              "rule": "Loaded",
              "severity": "high",
              "state": "firing",
              "labels": {
                "machine": "main"
              },
              "summary": "main: 90 %",
              "value": 0.9,
              "since_ms": 60000
            }
          ]
        }"#]]
    .assert_eq(&alerts);
    let mut rules = serde_json::to_value(story.evaluator.rules_view()).unwrap();
    rules["rules"][0]["cost_us"] = 7.into();
    for place in ["/files/0/path", "/rules/0/file"] {
        *rules.pointer_mut(place).unwrap() = "rules.rhai".into();
    }
    expect![[r#"
        {
          "files": [
            {
              "diagnostics": [],
              "path": "rules.rhai",
              "state": "ok"
            }
          ],
          "generation": 1,
          "loaded_ms": 0,
          "rules": [
            {
              "about": "{__name__=\"load\"}",
              "alerts": 1,
              "cost_us": 7,
              "file": "rules.rhai",
              "keep_firing_ms": 60000,
              "last_evaluated_ms": 60000,
              "line": 2,
              "name": "Loaded",
              "pending_ms": 60000,
              "series": 1,
              "severity": "high",
              "state": "firing",
              "values": [
                {
                  "labels": {
                    "machine": "main"
                  },
                  "value": 0.9,
                  "verdict": "holds"
                }
              ]
            }
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&rules).unwrap());
}
