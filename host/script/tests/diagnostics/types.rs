//! Types and arguments, checked before anything runs.

use expect_test::expect;

use super::{alert, check};

#[test]
fn types_and_arguments_are_checked_before_anything_runs() {
    check(
        &alert("when: |a, b| true"),
        expect![[r#"
            error: `when` takes one parameter, the series; this closure has 2
             --> rules/alerts/t.rhai:5:11
              |
            5 |     when: |a, b| true
              |           ^
              |
              = help: write `when: |series| ...`"#]],
    );
    check(
        &alert("when: || true"),
        expect![[r#"
            error: `when` takes one parameter, the series; this closure has 0
             --> rules/alerts/t.rhai:5:11
              |
            5 |     when: || true
              |           ^
              |
              = help: write `when: |series| ...`"#]],
    );
    check(
        &alert("when: true"),
        expect![[r#"
        error: `when` is a closure, not true or false
         --> rules/alerts/t.rhai:5:11
          |
        5 |     when: true
          |           ^^^^
          |
          = help: `when`: |series| true or false"#]],
    );
    check(
        &alert("when: |s| s.last"),
        expect![[r#"
        error: `when` must give true or false; this closure gives a number
         --> rules/alerts/t.rhai:5:11
          |
        5 |     when: |s| s.last
          |           ^"#]],
    );
    check(
        &alert("when: |s| s > 0.9"),
        expect![[r#"
            error: `s` is a whole series, not a number
             --> rules/alerts/t.rhai:5:15
              |
            5 |     when: |s| s > 0.9
              |               ^
              |
              = help: its newest value is `s.last`, a mean is `s.avg("5m")`"#]],
    );
    check(
        &alert("when: |s| s.machine > 0.9"),
        expect![[r#"
            error: text is never comparable with a number
             --> rules/alerts/t.rhai:5:25
              |
            5 |     when: |s| s.machine > 0.9
              |                         ^ always false"#]],
    );
    check(
        &alert("when: |s| s.avg > 0.9"),
        expect![[r#"
            error: `avg` is a method, not a label
             --> rules/alerts/t.rhai:5:17
              |
            5 |     when: |s| s.avg > 0.9
              |                 ^^^
              |
              = help: write `.avg("5m")`"#]],
    );
    check(
        &alert("when: |s| s.avg() > 0.9"),
        expect![[r#"
            error: `avg` takes one argument, not 0
             --> rules/alerts/t.rhai:5:17
              |
            5 |     when: |s| s.avg() > 0.9
              |                 ^^^
              |
              = help: as in `avg("5m")`"#]],
    );
    check(
        &alert("when: |s| s.avg(5) > 0.9"),
        expect![[r#"
            error: `avg` wants text here, not a number
             --> rules/alerts/t.rhai:5:21
              |
            5 |     when: |s| s.avg(5) > 0.9
              |                     ^
              |
              = help: a window is text, as in "5m""#]],
    );
    check(
        &alert("when: |s| s.avg(\"5 minutes\") > 0.9"),
        expect![[r#"
            error: `5 minutes` is no duration; write it like "30s", "5m", "1h30m" or "7d"
             --> rules/alerts/t.rhai:5:21
              |
            5 |     when: |s| s.avg("5 minutes") > 0.9
              |                     ^^^^^^^^^^^"#]],
    );
    check(
        &alert("when: |s| s.last - s.machine > 0.9"),
        expect![[r#"
            error: `-` needs numbers; this is text
             --> rules/alerts/t.rhai:5:24
              |
            5 |     when: |s| s.last - s.machine > 0.9
              |                        ^"#]],
    );
    check(
        &alert("pending: 120"),
        expect![[r#"
            error: `pending` is text, not a number
             --> rules/alerts/t.rhai:6:14
              |
            6 |     pending: 120
              |              ^^^
              |
              = help: `pending`: how long `when` must hold before it fires, as "2m""#]],
    );
    check(
        &alert("pending: \"2 min\""),
        expect![[r#"
            error: `2 min` is no duration; write it like "30s", "5m", "1h30m" or "7d"
             --> rules/alerts/t.rhai:6:14
              |
            6 |     pending: "2 min"
              |              ^^^^^^^"#]],
    );
    check(
        &alert("severity: 3"),
        expect![[r#"
            error: `severity` is text, not a number
             --> rules/alerts/t.rhai:5:15
              |
            5 |     severity: 3
              |               ^
              |
              = help: `severity`: "critical", "high", "medium" or "low""#]],
    );
    check(
        "alert(\"A\");",
        expect![[r#"
        error: `alert` takes a name and its options, not one argument
         --> rules/alerts/t.rhai:1:1
          |
        1 | alert("A");
          | ^^^^^
          |
          = help: write `alert("Name", #{ ... });`"#]],
    );
    check(
        "alert(\"A\", #{});",
        expect![[r#"
        error: the alert `A` lacks `severity`
         --> rules/alerts/t.rhai:1:7
          |
        1 | alert("A", #{});
          |       ^^^ lacks `severity`
          |
          = help: how bad is it? `severity: "high"`"#]],
    );
    check(
        "alert(\"\", #{ severity: \"low\", select: `system_cpu_utilization_ratio`, when: |s| true, summary: |s| \"x\" });",
        expect![[r#"
            error: `` is no name for an alert
             --> rules/alerts/t.rhai:1:7
              |
            1 | alert("", #{ severity: "low", select: `system_cpu_utilization_ratio`, when: |s| true, summary: |s| "x" });
              |       ^^
              |
              = help: use letters, digits, `_` and `-`, as in "DiskAlmostFull""#]],
    );
}
