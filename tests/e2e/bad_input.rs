//! What users get wrong, and what the world does: one clear sentence, and nothing lost.

use std::net::TcpListener;

use anyhow::Result;

use crate::harness::{Site, encode, run, text};

#[test]
fn five_mistakes_in_a_configuration_are_listed_all_five_with_their_places() {
    let site = Site::new();
    site.write(
        "autobot.yaml",
        "monitoring_interval: often\n\
         dashbord_port: 9090\n\
         alert_thresholds:\n  cpu_percent: hot\n\
         store: { retention: -3d }\n\
         plugins:\n  system: { limits: { memory: 12 parsecs } }\n",
    );
    let file = site.path("autobot.yaml");
    let refused = run(&["check-config", &file.to_string_lossy()]);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr) + &text(&refused.stdout);
    for place in ["1:22", "2:1", "4:16", "5:21", "7:31"] {
        assert!(said.contains(&format!("autobot.yaml:{place}")), "{place} is missing in\n{said}");
    }
    assert!(said.contains("dashboard_port"), "the nearest valid key is named\n{said}");

    let refused = site.refused(0);
    assert_eq!(refused.status.code(), Some(1));
    assert!(!site.path("data/autobot.db").exists(), "a refused configuration changes nothing");
}

#[test]
fn a_port_in_use_is_one_sentence_and_exit_code_one() -> Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port();
    let refused = Site::new().refused(port);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert!(said.contains(&format!("127.0.0.1:{port} is in use")) && said.contains("--port"), "{said}");
    Ok(())
}

#[test]
fn a_data_folder_that_cannot_be_written_is_one_sentence_and_exit_code_one() {
    let site = Site::new();
    site.write("data", "a file where the folder should be");
    let refused = site.refused(0);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert!(said.contains("the data folder") && said.contains("--data"), "{said}");
}

#[tokio::test]
async fn a_second_host_on_the_same_data_is_told_who_works_there() -> Result<()> {
    let site = Site::new();
    let _first = site.start().await?;
    let refused = site.refused(0);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert!(said.contains("another autobot-host (process "), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_configuration_broken_while_running_changes_nothing_and_is_shown() -> Result<()> {
    let site = Site::new();
    let host = site.start().await?;
    host.until_query("system_cpu_utilization_ratio").await?;
    site.write("autobot.yaml", "monitoring_interval: [\n");
    host.until("/api/autobot/v1/status", |status| {
        let problems = status["problems"].as_array()?;
        problems.iter().any(|problem| problem.as_str().is_some_and(|text| text.contains("autobot.yaml"))).then_some(())
    })
    .await?;
    site.write("autobot.yaml", "monitoring_interval: 1s\nplugins: { system: { interval: 1s } }\n");
    host.until("/api/autobot/v1/status", |status| status["problems"].as_array()?.is_empty().then_some(())).await?;
    Ok(())
}

#[tokio::test]
async fn a_damaged_database_is_set_aside_and_a_new_one_begun() -> Result<()> {
    let site = Site::new();
    site.write("data/autobot.db", vec![0x5a; 64 << 10]);
    let host = site.start().await?;
    host.until_query("system_cpu_utilization_ratio").await?;
    let aside = std::fs::read_dir(site.path("data"))?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .any(|name| name.starts_with("autobot.db.damaged-"));
    assert!(aside, "the damaged file is kept");
    Ok(())
}

#[tokio::test]
async fn a_full_disk_degrades_the_store_and_nothing_else_until_there_is_room() -> Result<()> {
    let site = Site::new();
    // The signal that goes with the limit would end the program; a full disk sends none.
    let host = site.start_after("trap '' XFSZ").await?;
    host.until_query("system_uptime_seconds").await?;
    host.limit_files(Some(4096));
    let state = |status: &serde_json::Value| status["store"]["state"].as_str().map(str::to_owned);
    let said = host.until("/api/autobot/v1/status", |status| state(status).filter(|state| state != "writing")).await?;
    assert!(said.contains("autobot.db") || said.contains("write") || said.contains("full"), "{said}");
    // Collecting, asking and judging go on from memory.
    let during = host.query("system_uptime_seconds").await?[0].1;
    let after = "/api/v1/query?query=system_uptime_seconds";
    host.until(after, |answer| {
        let now: f64 = answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()?;
        (now >= during + 2.0).then_some(())
    })
    .await?;
    host.limit_files(None);
    host.until("/api/autobot/v1/status", |status| (state(status)? == "writing").then_some(())).await?;
    assert!(host.stop().await?.success());

    // What was measured meanwhile is in the file.
    let host = site.start().await?;
    let raw = format!("/api/v1/query?query={}", encode("system_uptime_seconds[5m]"));
    host.until(&raw, |answer| {
        let values = answer["data"]["result"][0]["values"].as_array()?;
        let numbers = values.iter().filter_map(|value| value[1].as_str()?.parse::<f64>().ok());
        numbers.filter(|number| (during..=during + 2.0).contains(number)).nth(1).map(drop)
    })
    .await
}
