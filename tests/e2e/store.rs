//! The store on the command line, beside a running host and without one; recording rules.

use std::process::Output;

use anyhow::Result;

use crate::harness::{Site, run, text};

/// A verb over the site's store: its output, and that it ended as it should.
fn verb(site: &Site, code: i32, args: &[&str]) -> String {
    let data = site.path("data").to_string_lossy().into_owned();
    let done: Output = run(&[args, &["--data", &data]].concat());
    assert_eq!(done.status.code(), Some(code), "{args:?}: {}{}", text(&done.stdout), text(&done.stderr));
    if code == 1 { text(&done.stderr).to_owned() } else { text(&done.stdout).to_owned() }
}

#[tokio::test]
async fn queries_sql_exports_and_copies_are_had_beside_a_running_host() -> Result<()> {
    let site = Site::new();
    let host = site.start().await?;
    host.until_query("count_over_time(system_uptime_seconds[1m]) > 2").await?;
    let answer = verb(&site, 0, &["query", "system_cpu_utilization_ratio"]);
    assert!(answer.starts_with("series") && answer.contains("system_cpu_utilization_ratio{"), "{answer}");
    let course = verb(&site, 0, &["query", "system_uptime_seconds", "--last", "1m"]);
    assert!(course.contains("course") && course.chars().any(|c| ('▁'..='█').contains(&c)), "{course}");
    let chart = verb(&site, 0, &["query", "system_uptime_seconds", "-o", "chart"]);
    assert!(chart.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c)), "{chart}");
    let mistake = verb(&site, 1, &["query", "sum(system_uptime_seconds"]);
    assert!(mistake.contains('^'), "{mistake}");

    let counted = verb(
        &site,
        0,
        &["sql", "SELECT count(*) > 2 AS enough FROM samples WHERE name = 'system_uptime_seconds'", "-o", "csv"],
    );
    assert_eq!(counted.trim(), "enough\n1");
    let refused = verb(&site, 1, &["sql", "DELETE FROM series"]);
    assert!(refused.starts_with("error: "), "{refused}");

    let copy = site.path("copy.db").to_string_lossy().into_owned();
    verb(&site, 0, &["backup", &copy]);
    let stats = verb(&site, 0, &["store", "stats"]);
    assert!(stats.contains("bytes a sample"), "{stats}");
    verb(&site, 0, &["store", "check"]);
    for args in [["restore", &copy], ["store", "compact"], ["store", "repair"]] {
        let busy = verb(&site, 1, &args);
        assert!(busy.contains("another autobot-host"), "{busy}");
    }
    host.stop().await?;

    // Without a host: as it was when it was copied, and smaller.
    verb(&site, 0, &["restore", &copy]);
    verb(&site, 0, &["store", "compact"]);
    verb(&site, 0, &["store", "repair"]);
    verb(&site, 0, &["store", "check"]);
    let host = site.start().await?;
    host.until_query("system_cpu_utilization_ratio").await?;
    Ok(())
}

#[tokio::test]
async fn what_is_exported_can_be_brought_in_elsewhere() -> Result<()> {
    let (here, there) = (Site::new(), Site::new());
    let host = here.start().await?;
    host.until_query("count_over_time(system_uptime_seconds[1m]) > 2").await?;
    host.stop().await?;
    let question = ["query", "count_over_time(system_memory_usage_bytes[1h])", "-o", "csv"];
    let wanted = verb(&here, 0, &question);
    assert!(wanted.lines().count() > 1, "{wanted}");
    for ending in ["csv", "jsonl", "om"] {
        let file = here.path(&format!("all.{ending}")).to_string_lossy().into_owned();
        verb(&here, 0, &["export", "--to", &file]);
        let again = verb(&here, 1, &["export", "--to", &file]);
        assert!(again.contains("cannot be written"), "{again}");
        let said = verb(&there, 0, &["import", &file]);
        // Of the second and third file nothing is new.
        assert_eq!(said.contains(" 0 samples") || said.starts_with("0 samples"), ending != "csv", "{ending}: {said}");
    }
    assert_eq!(verb(&there, 0, &question), wanted);
    there.write("broken.csv", "time,name,labels,value\n1790000000,up,{},1\nyesterday,up,{},1\n");
    let broken = verb(&there, 1, &["import", &there.path("broken.csv").to_string_lossy()]);
    assert!(broken.contains("3:1"), "{broken}");
    Ok(())
}

#[tokio::test]
async fn a_recording_rule_is_a_series_and_a_broken_one_is_said() -> Result<()> {
    let site = Site::new();
    let rules = "monitoring_interval: 1s\nrules:\n  interval: 1s\n  record:\n";
    let good =
        "    - { record: \"machine:uptime:twice\", expr: \"system_uptime_seconds * 2\", labels: { team: platform } }\n";
    site.write("autobot.yaml", format!("{rules}{good}    - {{ record: broken, expr: \"sum(\" }}\n"));
    let host = site.start().await?;
    host.until_query("machine:uptime:twice{team=\"platform\"} > 1").await?;
    let found = host.get("/api/v1/rules?type=record").await?;
    let rules = found["data"]["groups"][0]["rules"].as_array().expect("rules").clone();
    let health: Vec<_> = rules.iter().map(|rule| (rule["name"].as_str(), rule["health"].as_str())).collect();
    assert_eq!(health, [(Some("machine:uptime:twice"), Some("ok")), (Some("broken"), Some("err"))]);
    let status = host.get("/api/autobot/v1/status").await?;
    let problems = status["problems"].to_string();
    assert!(problems.contains("the recording rule broken gives nothing"), "{problems}");
    Ok(())
}
