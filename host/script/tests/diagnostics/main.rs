//! What is said about mistakes, as a terminal shows it.

mod types;

use std::collections::BTreeMap;
use std::sync::Arc;

use autobot_model::{Family, Kind, Timestamp};
use autobot_script::{Environment, Level, check_text};
use expect_test::{Expect, expect};

fn environment() -> Environment {
    let family = |name: &str, labels: &[&str]| {
        let labels = labels.iter().map(ToString::to_string).collect();
        Arc::new(Family { name: name.into(), unit: "1".into(), kind: Kind::Gauge, help: String::new(), labels })
    };
    Environment {
        thresholds: Arc::new(BTreeMap::from([("cpu_percent".into(), 80.0), ("memory_percent".into(), 85.0)])),
        families: vec![
            family("system_cpu_utilization_ratio", &[]),
            family("system_filesystem_utilization_ratio", &["mountpoint", "device"]),
            family("system_process_cpu_utilization_ratio", &["process", "user"]),
        ],
        now: Timestamp(0),
    }
}

fn said(text: &str) -> String {
    let all = check_text("rules/alerts/t.rhai", text, None, &environment());
    all.iter().map(|diagnostic| diagnostic.rendered.clone()).collect::<Vec<_>>().join("\n\n")
}

fn check(text: &str, expected: Expect) {
    expected.assert_eq(&said(text));
}

/// An alert with these options in place of the good ones.
fn alert(options: &str) -> String {
    let mut text = "alert(\"A\", #{\n".to_owned();
    for (key, good) in [
        ("severity", "\"high\""),
        ("select", "`system_cpu_utilization_ratio`"),
        ("when", "|s| s.last > 0.9"),
        ("summary", "|s| `${s.machine}`"),
    ] {
        let given = options.contains(&format!("{key}:")) || (key == "select" && options.contains("query:"));
        if !given {
            text += &format!("    {key}: {good},\n");
        }
    }
    text + "    " + options + "\n});\n"
}

#[test]
fn a_good_rule_needs_no_words() {
    check(
        &alert(
            "pending: \"2m\", detail: |s| top(\"system_process_cpu_utilization_ratio\", #{ machine: s.machine }, 3)",
        ),
        expect![""],
    );
    check(
        "const LIMIT = 0.9;\nfn high(v) { v > 0.9 }\nfor m in [\"a\", \"b\"] {\n  alert(`Cpu-${m}`, #{ severity: \"low\", select: `system_cpu_utilization_ratio{machine=\"${m}\"}`, when: |s| high(s.last) && s.avg(\"5m\") > LIMIT, summary: |s| `${m}` });\n}\n",
        expect![""],
    );
}

#[test]
fn syntax_errors_point_at_their_place() {
    check(
        "alert(\"A\", #{\n    severity: \"high\"\n    when: |s| true\n});\n",
        expect![[r#"
        error: expected `,` to separate the items of this object map literal
         --> rules/alerts/t.rhai:3:5
          |
        3 |     when: |s| true
          |     ^^^^"#]],
    );
    check(
        "alert(\"A\", #{ when: |s| s.last > });",
        expect![[r#"
        error: unexpected `}`
         --> rules/alerts/t.rhai:1:34
          |
        1 | alert("A", #{ when: |s| s.last > });
          |                                  ^"#]],
    );
    check(
        "alert(\"A",
        expect![[r#"
        error: open string is not terminated
         --> rules/alerts/t.rhai:1:7
          |
        1 | alert("A
          |       ^^"#]],
    );
    check(
        "let x = #{ a: 1, a: 2 };",
        expect![[r#"
        error: `a` stands twice in this map
         --> rules/alerts/t.rhai:1:18
          |
        1 | let x = #{ a: 1, a: 2 };
          |                  ^
          |
          = help: keep one of them"#]],
    );
    check(
        "alert(\"A\", #{",
        expect![[r#"
        error: expected `}` to end this object map literal
         --> rules/alerts/t.rhai:1:14
          |
        1 | alert("A", #{
          |              ^"#]],
    );
}

#[test]
fn what_rules_may_not_do_says_why() {
    check(
        "eval(\"1\");",
        expect![[r#"
        error: `eval` is not for rules
         --> rules/alerts/t.rhai:1:1
          |
        1 | eval("1");
          | ^^^^
          |
          = help: rules run no text as code"#]],
    );
    check(
        "import \"x\" as y;",
        expect![[r#"
        error: `import` is not for rules
         --> rules/alerts/t.rhai:1:1
          |
        1 | import "x" as y;
          | ^^^^^^
          |
          = help: rules load no modules"#]],
    );
    check(
        &alert("when: |s| { print(s.last); true }"),
        expect![[r#"
        error: `print` is not for rules
         --> rules/alerts/t.rhai:5:17
          |
        5 |     when: |s| { print(s.last); true }
          |                 ^^^^^
          |
          = help: rules print nothing; say it in `summary` or `detail`"#]],
    );
    check(
        "let seen = 0;\nalert(\"A\", #{ severity: \"low\", select: `system_cpu_utilization_ratio`, summary: |s| \"\", when: |s| { seen += 1; seen > 3 } });",
        expect![[r#"
            error: `seen` would be forgotten: rules keep no state
             --> rules/alerts/t.rhai:2:101
              |
            2 | alert("A", #{ severity: "low", select: `system_cpu_utilization_ratio`, summary: |s| "", when: |s| { seen += 1; seen > 3 } });
              |                                                                                                     ^^^^
              |
              = help: use `pending`, or a window such as `.avg("5m")`"#]],
    );
}

#[test]
fn unknown_names_get_the_nearest_one() {
    check(
        &alert("sumary: |s| \"x\""),
        expect![[r#"
            error: an alert has no option `sumary`
             --> rules/alerts/t.rhai:6:5
              |
            6 |     sumary: |s| "x"
              |     ^^^^^^
              |
              = help: did you mean `summary`?"#]],
    );
    check(
        &alert("when: |s| s.averge(\"1m\") > 0.9"),
        expect![[r#"
            error: a series has no method `averge`
             --> rules/alerts/t.rhai:5:17
              |
            5 |     when: |s| s.averge("1m") > 0.9
              |                 ^^^^^^
              |
              = help: there are: avg, min, max, sum, count, rate, increase, stddev, trend, changes, quantile, age, label"#]],
    );
    check(
        &alert("when: |s| s.last > treshold(\"cpu_percent\")"),
        expect![[r#"
            error: there is no function `treshold`
             --> rules/alerts/t.rhai:5:24
              |
            5 |     when: |s| s.last > treshold("cpu_percent")
              |                        ^^^^^^^^
              |
              = help: did you mean `threshold`?"#]],
    );
    check(
        &alert("when: |s| s.last > threshold(\"cpu_percnt\")"),
        expect![[r#"
            error: there is no threshold `cpu_percnt`
             --> rules/alerts/t.rhai:5:34
              |
            5 |     when: |s| s.last > threshold("cpu_percnt")
              |                                  ^^^^^^^^^^^^
              |
              = help: did you mean `cpu_percent`?"#]],
    );
    check(
        &alert("when: |series| serie.last > 0.9"),
        expect![[r#"
            error: there is no variable `serie`
             --> rules/alerts/t.rhai:5:20
              |
            5 |     when: |series| serie.last > 0.9
              |                    ^^^^^
              |
              = help: did you mean `series`?"#]],
    );
    check(
        &alert("when: |s| time_to(s, 0.95) < hours(24)"),
        expect![[r#"
            error: there is no function `time_to`
             --> rules/alerts/t.rhai:5:15
              |
            5 |     when: |s| time_to(s, 0.95) < hours(24)
              |               ^^^^^^^"#]],
    );
    check(
        &alert("severity: \"hihg\""),
        expect![[r#"
            error: `hihg` is no severity
             --> rules/alerts/t.rhai:5:15
              |
            5 |     severity: "hihg"
              |               ^^^^^^
              |
              = help: did you mean `high`?"#]],
    );
    check(
        &alert("select: `system_cpu_utilisation_ratio`"),
        expect![[r#"
            warning: nothing measures `system_cpu_utilisation_ratio`
             --> rules/alerts/t.rhai:5:14
              |
            5 |     select: `system_cpu_utilisation_ratio`
              |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: did you mean `system_cpu_utilization_ratio`?"#]],
    );
    check(
        &alert("detail: |s| top(\"system_process_cpu\", #{ }, 3)"),
        expect![[r#"
            warning: nothing measures `system_process_cpu`
             --> rules/alerts/t.rhai:6:21
              |
            6 |     detail: |s| top("system_process_cpu", #{ }, 3)
              |                     ^^^^^^^^^^^^^^^^^^^^
              |
              = help: the rule has no data until a plugin brings it"#]],
    );
    check(
        &alert("select: `system_filesystem_utilization_ratio`, summary: |disk| `${disk.mountpont}`"),
        expect![[r#"
            warning: `system_filesystem_utilization_ratio` has no label `mountpont`
             --> rules/alerts/t.rhai:4:76
              |
            4 |     select: `system_filesystem_utilization_ratio`, summary: |disk| `${disk.mountpont}`
              |                                                                            ^^^^^^^^^
              |
              = help: did you mean `mountpoint`?"#]],
    );
}

#[test]
fn selectors_and_queries_are_parsed_where_they_stand() {
    check(
        &alert("query: `label_replace(x, \"a\", \"b\", \"c\", \"(\")`"),
        expect![[r#"
        error: `label_replace`: `(` is not a regular expression: unclosed group
         --> rules/alerts/t.rhai:5:13
          |
        5 |     query: `label_replace(x, "a", "b", "c", "(")`
          |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"#]],
    );
    check(
        &alert("query: `sum by (machine) (x)`, when: |row| row.avg(\"5m\") > 1"),
        expect![[r#"
        warning: nothing measures `x`
         --> rules/alerts/t.rhai:4:31
          |
        4 |     query: `sum by (machine) (x)`, when: |row| row.avg("5m") > 1
          |                               ^
          |
          = help: the rule has no data until a plugin brings it

        error: a row of `query:` has no past of its own
         --> rules/alerts/t.rhai:4:52
          |
        4 |     query: `sum by (machine) (x)`, when: |row| row.avg("5m") > 1
          |                                                    ^^^
          |
          = help: put the window into the query, as in `avg_over_time(metric[5m])`"#]],
    );
    check(
        &alert("select: `system_cpu_utilization_ratio[5m]`"),
        expect![[r#"
        error: `select` takes a selector without range, `offset` and `@`
         --> rules/alerts/t.rhai:5:14
          |
        5 |     select: `system_cpu_utilization_ratio[5m]`
          |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: the closures look back by windows, as in `series.avg("5m")`"#]],
    );
    check(
        &alert("select: `system_cpu_utilization_ratio{machine=~\"(\"}`"),
        expect![[r#"
            error: `(` is not a regular expression: unclosed group
             --> rules/alerts/t.rhai:5:52
              |
            5 |     select: `system_cpu_utilization_ratio{machine=~"("}`
              |                                                    ^^^"#]],
    );
    check(
        &alert("select: `rate(x[5m])`"),
        expect![[r#"
            error: `select` takes a plain selector; this computes something
             --> rules/alerts/t.rhai:5:14
              |
            5 |     select: `rate(x[5m])`
              |              ^^^^^^^^^^^
              |
              = help: write it as `query: ...`: its rows are judged"#]],
    );
    check(
        &alert("select: \"\""),
        expect![[r#"
        error: the end of the query where an expression should be
         --> rules/alerts/t.rhai:5:13
          |
        5 |     select: ""
          |             ^^"#]],
    );
    check(
        &alert("query: `sum(`, when: |s| s.last > 1"),
        expect![[r#"
            error: the end of the query where an expression should be
             --> rules/alerts/t.rhai:4:17
              |
            4 |     query: `sum(`, when: |s| s.last > 1
              |                 ^"#]],
    );
    check(
        &alert("select: `a`, query: `b`"),
        expect![[r#"
            error: an alert has either `select` or `query`, not both
             --> rules/alerts/t.rhai:5:18
              |
            5 |     select: `a`, query: `b`
              |                  ^^^^^
              |
              = help: `select` judges series, `query` the rows of a result"#]],
    );
}

#[test]
fn names_are_unique() {
    let one = alert("pending: \"1m\"");
    check(
        &format!("{one}{one}"),
        expect![[r#"
            error: this file has an alert `A` already
             --> rules/alerts/t.rhai:8:7
              |
            8 | alert("A", #{
              |       ^^^
              |
              = help: the first one is on line 1"#]],
    );
}

#[test]
fn a_file_that_does_not_end_is_stopped() {
    check(
        "loop { }",
        expect![[r#"
        error: it takes too many steps and was stopped
         --> rules/alerts/t.rhai:1:6
          |
        1 | loop { }
          |      ^
          |
          = help: look for a loop that does not end"#]],
    );
    check(
        "fn f(x) { f(x) }\nf(1);",
        expect![[r#"
        error: functions call each other too deeply
         --> rules/alerts/t.rhai:2:1
          |
        2 | f(1);
          | ^
          |
          = help: look for a function that calls itself"#]],
    );
    check(
        "let s = \"x\";\nloop { s += s; }",
        expect![[r#"
        error: it makes something too large: length of string
         --> rules/alerts/t.rhai:2:10
          |
        2 | loop { s += s; }
          |          ^"#]],
    );
}

#[test]
fn several_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let all = check_text("t.rhai", &alert("pendng: \"1m\", when: |s| s.lst() > foo(1) && bar"), None, &environment());
    let places: Vec<_> = all.iter().map(|found| (found.line, found.column, found.level == Level::Error)).collect();
    assert_eq!(places.len(), 4, "{all:#?}");
    assert!(places.is_sorted());
}
