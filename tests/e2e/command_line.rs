//! Verbs, their output and their exit codes.

use anyhow::Result;
use serde_json::Value;

use crate::harness::{Site, checkout, run, text};

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{error}: {}", text(bytes)))
}

#[test]
fn every_shipped_configuration_loads() {
    for file in ["config/autobot.yaml", "config/examples/site.yaml", "config/examples/original.yaml"] {
        let checked = run(&["check-config", &checkout().join(file).to_string_lossy()]);
        assert_eq!(checked.status.code(), Some(0), "{file}: {}{}", text(&checked.stdout), text(&checked.stderr));
    }
}

#[test]
fn a_configuration_is_made_of_the_earlier_monitor_s_file() -> Result<()> {
    let site = Site::new();
    let (from, to) = (checkout().join("config/examples/original.yaml"), site.path("made/autobot.yaml"));
    let made = run(&["init", "--from", &from.to_string_lossy(), "--to", &to.to_string_lossy()]);
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    let written = std::fs::read_to_string(&to)?;
    assert!(written.contains("172.16.168.22"), "{written}");
    assert_eq!(run(&["check-config", &to.to_string_lossy()]).status.code(), Some(0));

    let again = run(&["init", "--from", &from.to_string_lossy(), "--to", &to.to_string_lossy()]);
    assert_eq!(again.status.code(), Some(1), "an existing file is never overwritten");
    assert_eq!(std::fs::read_to_string(&to)?, written);
    Ok(())
}

#[tokio::test]
async fn status_and_plugins_ask_the_running_host() -> Result<()> {
    let site = Site::new();
    let host = site.start().await?;
    host.until_query("system_cpu_utilization_ratio").await?;
    let status = run(&["status", "--url", &host.url, "-o", "json"]);
    assert!(matches!(status.status.code(), Some(0 | 3)), "{}", text(&status.stderr));
    let status = json(&status.stdout);
    assert_eq!(status["kind"], "status");
    assert!(status["data"]["machine"]["processors"].as_u64().is_some_and(|count| count > 0), "{status:#}");

    let plugins = run(&["plugins", "list", "--url", &host.url]);
    assert_eq!(plugins.status.code(), Some(0), "{}", text(&plugins.stderr));
    assert!(
        text(&plugins.stdout).lines().any(|line| line.starts_with("system") && line.contains("running")),
        "{}",
        text(&plugins.stdout)
    );
    Ok(())
}

#[test]
fn asking_a_host_that_does_not_run_says_so() {
    let refused = run(&["status", "--url", "http://127.0.0.1:1"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert!(said.contains("no host answers at http://127.0.0.1:1"), "{said}");
}

#[test]
fn inspect_shows_what_a_plugin_asks_for_without_running_it() {
    let plugin = checkout().join("plugins/dist/system.wasm");
    let shown = run(&["plugins", "inspect", &plugin.to_string_lossy(), "-o", "json"]);
    assert_eq!(shown.status.code(), Some(0), "{}", text(&shown.stderr));
    let shown = json(&shown.stdout);
    let capabilities = shown["data"]["capabilities"].to_string();
    for name in ["cpu", "memory", "disk", "net", "process"] {
        assert!(capabilities.contains(name), "{name} is missing in {capabilities}");
    }

    let services = checkout().join("plugins/dist/services.wasm").display().to_string();
    let shown = run(&["plugins", "inspect", &services]);
    let shown = text(&shown.stdout);
    let setting = shown.lines().find(|line| line.starts_with("most_units ")).unwrap_or_default();
    let words: Vec<&str> = setting.split_whitespace().take(7).collect();
    assert_eq!(words, ["most_units", "whole", "number", "200", "0", "to", "500"], "{shown}");
    assert!(shown.contains("collects every 10 s where the configuration does not say"), "{shown}");
    let shown = json(&run(&["plugins", "inspect", &services, "-o", "json"]).stdout);
    assert_eq!(shown["data"]["manifest"]["interval_ms"], 10_000);

    let site = Site::new();
    site.write("junk.wasm", "not a plugin");
    let refused = run(&["plugins", "inspect", &site.path("junk.wasm").to_string_lossy()]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("junk.wasm"), "{}", text(&refused.stderr));
}

#[test]
fn wrong_use_is_exit_code_two_and_completions_are_there() {
    assert_eq!(run(&["frobnicate"]).status.code(), Some(2));
    let completions = run(&["completions", "bash"]);
    assert!(completions.status.success() && text(&completions.stdout).contains("run-benchmark"));
}
