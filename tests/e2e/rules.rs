//! Rules through the real binary: alerts fire, edits are live, a broken edit keeps the last good version.

use std::time::Instant;

use anyhow::Result;
use serde_json::Value;

use crate::harness::{Site, run, text};

const RULE: &str = r#"
alert("AnyMemory", #{
    severity: "low",
    select: `system_memory_utilization_ratio`,
    when: |memory| memory.last > 0.0,
    summary: |memory| `${memory.machine}: memory in use, VERSION`,
});
"#;

fn alert<'a>(alerts: &'a Value, rule: &str) -> Option<&'a Value> {
    alerts["alerts"].as_array()?.iter().find(|alert| alert["rule"] == rule && alert["state"] == "firing")
}

fn site() -> Site {
    let site = Site::new();
    site.write(
        "autobot.yaml",
        "monitoring_interval: 1s\nplugins: { system: { interval: 1s } }\nrules: { paths: [rules], interval: 1s }\n",
    );
    site.write("rules/any.rhai", RULE.replace("VERSION", "one"));
    site
}

#[tokio::test]
async fn an_alert_fires_on_real_numbers_and_says_its_sentence() -> Result<()> {
    let site = site();
    let host = site.start().await?;
    let summary = host
        .until("/api/autobot/v1/alerts", |alerts| alert(alerts, "AnyMemory")?["summary"].as_str().map(str::to_owned))
        .await?;
    assert!(summary.ends_with("memory in use, one"), "{summary}");
    let rules = host.get("/api/autobot/v1/rules").await?;
    assert_eq!(rules["rules"][0]["state"], "firing", "{rules:#}");
    Ok(())
}

#[tokio::test]
async fn a_saved_edit_is_active_at_once_and_a_broken_one_keeps_the_last_good_version() -> Result<()> {
    let site = site();
    let host = site.start().await?;
    host.until("/api/autobot/v1/alerts", |alerts| alert(alerts, "AnyMemory").map(drop)).await?;

    let saved = Instant::now();
    site.write("rules/any.rhai", RULE.replace("VERSION", "two"));
    host.until("/api/autobot/v1/alerts", |alerts| {
        alert(alerts, "AnyMemory")?["summary"].as_str()?.ends_with("two").then_some(())
    })
    .await?;
    println!("a saved rule was active after {:?}", saved.elapsed());

    site.write("rules/any.rhai", RULE.replace("VERSION", "three").replace("when: |memory|", "when: |memory"));
    let file = host
        .until("/api/autobot/v1/rules", |rules| {
            rules["files"].as_array()?.iter().find(|file| file["state"] == "broken").cloned()
        })
        .await?;
    let diagnostic = &file["diagnostics"][0];
    assert_eq!(diagnostic["line"], 5, "{file:#}");
    assert!(diagnostic["column"].as_u64().is_some_and(|column| column > 1), "{file:#}");
    let alerts = host.get("/api/autobot/v1/alerts").await?;
    assert!(
        alert(&alerts, "AnyMemory")
            .is_some_and(|alert| alert["summary"].as_str().is_some_and(|text| text.ends_with("two"))),
        "{alerts:#}"
    );

    site.write("rules/any.rhai", RULE.replace("VERSION", "four"));
    host.until("/api/autobot/v1/alerts", |alerts| {
        alert(alerts, "AnyMemory")?["summary"].as_str()?.ends_with("four").then_some(())
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_removed_rule_resolves_its_alert_and_says_why() -> Result<()> {
    let site = site();
    let host = site.start().await?;
    host.until("/api/autobot/v1/alerts", |alerts| alert(alerts, "AnyMemory").map(drop)).await?;
    std::fs::remove_file(site.path("rules/any.rhai"))?;
    host.until("/api/autobot/v1/alerts", |alerts| {
        let gone = alerts["alerts"].as_array()?.iter().find(|alert| alert["rule"] == "AnyMemory")?;
        (gone["state"] == "resolved").then_some(())
    })
    .await?;
    Ok(())
}

#[test]
fn rules_check_finds_a_mistake_at_its_place_and_passes_the_shipped_rules() {
    let site = Site::new();
    site.write("bad.rhai", "alert(\"Bad\", #{\n    severity: \"high\",\n    select: `up`,\n    when: |x| x.averge(\"1m\") > 1,\n    summary: |x| `bad`,\n});\n");
    let refused = run(&["rules", "check", &site.path("bad.rhai").to_string_lossy()]);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stdout) + &text(&refused.stderr);
    assert!(said.contains("bad.rhai:4:") && said.contains("avg"), "{said}");

    let shipped = crate::harness::checkout().join("rules/alerts");
    let fine = run(&["rules", "check", &shipped.to_string_lossy()]);
    assert_eq!(fine.status.code(), Some(0), "{}{}", text(&fine.stdout), text(&fine.stderr));
}
