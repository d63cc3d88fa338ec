//! From a plugin to an answer: real numbers of this machine, kept over restarts.

use anyhow::Result;

use crate::harness::{Site, encode};

#[tokio::test]
async fn the_machine_s_own_numbers_arrive_and_agree_with_the_kernel() -> Result<()> {
    let site = Site::new();
    let host = site.start().await?;
    let memory = host.until_query("system_memory_limit_bytes").await?;
    let meminfo = std::fs::read_to_string("/proc/meminfo")?;
    let total: f64 =
        meminfo.lines().next().and_then(|line| line.split_whitespace().nth(1)).expect("MemTotal").parse()?;
    assert_eq!(memory[0].1, total * 1024.0);
    assert_eq!(memory[0].0["plugin"], "system");

    let cores = host.until_query("system_cpu_core_utilization_ratio").await?;
    let online = std::fs::read_to_string("/proc/stat")?
        .lines()
        .filter(|line| line.starts_with("cpu") && !line.starts_with("cpu "))
        .count();
    assert_eq!(cores.len(), online);
    assert!(cores.iter().all(|(_, share)| (0.0..=1.0).contains(share)), "{cores:?}");

    for query in [
        "system_cpu_utilization_ratio",
        "rate(system_cpu_time_seconds_total[10s])",
        "system_cpu_load_average_1m",
        "system_memory_usage_bytes",
        "system_filesystem_utilization_ratio",
        "system_process_count",
        "system_uptime_seconds",
        "system_process_memory_usage_bytes",
        "autobot_process_resident_memory_bytes",
    ] {
        assert!(!host.until_query(query).await?.is_empty(), "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn history_goes_on_after_an_orderly_restart() -> Result<()> {
    let site = Site::new();
    let host = site.start().await?;
    host.until_query("system_cpu_utilization_ratio").await?;
    let before = host.query("system_uptime_seconds").await?[0].1;
    let status = host.stop().await?;
    assert!(status.success(), "{status}");

    let host = site.start().await?;
    let raw = format!("/api/v1/query?query={}", encode("system_uptime_seconds[1m]"));
    host.until(&raw, |answer| {
        let values = answer["data"]["result"][0]["values"].as_array()?;
        let numbers: Vec<f64> = values.iter().filter_map(|value| value[1].as_str()?.parse().ok()).collect();
        (numbers.contains(&before) && numbers.iter().any(|&number| number > before)).then_some(())
    })
    .await
}

#[tokio::test]
async fn what_is_not_understood_is_a_422_that_names_it() -> Result<()> {
    let site = Site::new();
    let host = site.start().await?;
    for (query, status, kind, named) in [
        ("label_replace(system_uptime_seconds, \"a\", \"\", \"b\", \"(\")", 422, "execution", "label_replace"),
        ("sum(", 400, "bad_data", "1:5"),
    ] {
        let answer = reqwest::get(format!("{}/api/v1/query?query={}", host.url, encode(query))).await?;
        assert_eq!(answer.status(), status, "{query}");
        let body: serde_json::Value = serde_json::from_str(&answer.text().await?)?;
        assert_eq!(body["status"], "error");
        assert_eq!(body["errorType"], kind, "{body}");
        assert!(body["error"].as_str().expect("a sentence").contains(named), "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn metrics_are_exposed_for_prometheus() -> Result<()> {
    let site = Site::new();
    let host = site.start().await?;
    host.until_query("system_cpu_utilization_ratio").await?;
    let answer = reqwest::get(format!("{}/metrics", host.url)).await?;
    assert!(answer.headers()["content-type"].to_str()?.starts_with("text/plain"));
    let text = answer.text().await?;
    for line in [
        "# TYPE system_cpu_time_seconds_total counter",
        "# TYPE system_memory_limit_bytes gauge",
        "system_cpu_utilization_ratio{",
    ] {
        assert!(text.contains(line), "`{line}` is missing in\n{text}");
    }
    Ok(())
}
