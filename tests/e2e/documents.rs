//! The documents of the real host are what `openapi.json` says of them: they are read into the types that it is made from, which
//! refuse what they do not know, and written again.

use anyhow::{Context as _, Result};
use autobot_server::schema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::harness::{Host, Site, checkout};

const RULES: &str = r#"
alert("AnyMemory", #{
    severity: "low",
    select: `system_memory_utilization_ratio`,
    when: |memory| memory.last > 0.0,
    summary: |memory| `${memory.machine}: memory in use`,
    detail: |memory| `it has some`,
    runbook: "https://runbooks.example/memory",
});

alert("Patient", #{
    severity: "critical",
    query: `sum(system_memory_utilization_ratio)`,
    pending: "1h",
    keep_firing: "1m",
    every: "2s",
    when: |memory| memory.last > 0.0,
    summary: |memory| `not yet`,
});

alert("Nothing", #{
    severity: "high",
    select: `nothing_at_all`,
    when: |none| none.last > 0.0,
    summary: |none| `never`,
});
"#;

/// The document as the description has it, if it is that, no more and no less.
fn described<T: DeserializeOwned + Serialize>(document: &Value) -> Result<T> {
    let read: T = serde_json::from_value(document.clone()).with_context(|| format!("{document:#}"))?;
    assert_eq!(&serde_json::to_value(&read)?, document);
    Ok(read)
}

async fn sent(host: &Host, method: reqwest::Method, path: &str, body: Vec<u8>) -> Result<Value> {
    let answer = reqwest::Client::new().request(method, format!("{}{path}", host.url)).body(body).send().await?;
    Ok(serde_json::from_str(&answer.text().await?)?)
}

#[tokio::test]
async fn documents_are_what_the_description_says() -> Result<()> {
    let site = Site::new();
    site.write(
        "autobot.yaml",
        "monitoring_interval: 1s\nrules: { paths: [rules], interval: 1s }\n\
         plugins: { system: { interval: 1s }, reader: { settings: { patterns: [/var/log/*.log] } } }\n",
    );
    site.write("rules/any.rhai", RULES);
    site.write("rules/broken.rhai", "alert(\"Broken\", #{ severity: \"low\", when: |x| }");
    let host = site.start().await?;

    let firing = |alerts: &Value| {
        let alerts = alerts["alerts"].as_array()?;
        let is = |rule: &str, state: &str| alerts.iter().any(|alert| alert["rule"] == rule && alert["state"] == state);
        (is("AnyMemory", "firing") && is("Patient", "pending")).then_some(())
    };
    host.until("/api/autobot/v1/alerts", firing).await?;
    let status: schema::Status = described(&host.get("/api/autobot/v1/status").await?)?;
    assert!(status.problems.iter().any(|problem| problem.contains("broken.rhai")), "{:?}", status.problems);
    let alerts: schema::Alerts = described(&host.get("/api/autobot/v1/alerts").await?)?;
    assert!(alerts.alerts.iter().any(|alert| alert.detail.is_some() && alert.runbook.is_some()), "{alerts:?}");
    let rules: schema::Rules = described(&host.get("/api/autobot/v1/rules").await?)?;
    assert_eq!(rules.interval_ms, 1000);
    let patient = rules.rules.iter().find(|rule| rule.name == "Patient").context("it is in force")?;
    assert_eq!((patient.pending_ms, patient.keep_firing_ms, patient.every_ms), (3_600_000, 60_000, Some(2000)));
    assert_eq!(patient.about, "sum(system_memory_utilization_ratio)");

    // A plugin that asks for something, from the file to its end.
    let file = std::fs::read(checkout().join("tests/guests/dist/reader.wasm"))?;
    let post = reqwest::Method::POST;
    let inspection = sent(&host, post.clone(), "/api/autobot/v1/inspect-plugin", file.clone()).await?;
    let inspection: schema::Inspection = described(&inspection)?;
    assert!(inspection.asks.iter().any(|ask| ask.example.is_some()), "{inspection:?}");
    let tried = sent(
        &host,
        post.clone(),
        "/api/autobot/v1/try-plugin?name=reader&grant=%7B%22files%22%3Afalse%7D",
        file.clone(),
    )
    .await?;
    let tried: schema::Trial = described(&tried)?;
    assert!(!tried.denied.is_empty(), "{tried:?}");
    let reader = "/api/autobot/v1/plugins/reader";
    let installed: schema::Plugin = described(&sent(&host, reqwest::Method::PUT, reader, file).await?)?;
    assert_eq!(installed.state, schema::PluginState::Refused);
    let granted =
        sent(&host, post.clone(), &format!("{reader}/grant"), br#"{"files": ["/var/log/*"]}"#.to_vec()).await?;
    let granted: schema::Plugin = described(&granted)?;
    assert!(granted.capabilities.iter().any(|one| one.scope == ["/var/log/*"]), "{granted:?}");
    let plugins: schema::Plugins = described(&host.get("/api/autobot/v1/plugins").await?)?;
    for name in ["reader", "system"] {
        assert!(plugins.plugins.iter().any(|plugin| plugin.name == name), "{plugins:?}");
    }
    let removed: schema::Removed = described(&sent(&host, reqwest::Method::DELETE, reader, Vec::new()).await?)?;
    assert_eq!(removed.removed, "reader");
    let error: schema::Error =
        described(&sent(&host, post, "/api/autobot/v1/plugins/nobody/restart", Vec::new()).await?)?;
    assert!(error.help.is_some(), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn the_description_that_is_served_is_that_of_the_reference() -> Result<()> {
    let host = Site::new().start().await?;
    let committed = std::fs::read_to_string(checkout().join("docs/reference/openapi.json"))?;
    assert_eq!(host.get("/api/autobot/v1/openapi.json").await?, serde_json::from_str::<Value>(&committed)?);
    Ok(())
}

#[tokio::test]
async fn prometheus_sees_our_rules_and_plugins_as_its_own() -> Result<()> {
    let site = Site::new();
    site.write("autobot.yaml", "monitoring_interval: 1s\nrules: { paths: [rules], interval: 1s }\n");
    site.write("rules/any.rhai", RULES);
    let host = site.start().await?;
    let alert = host
        .until("/api/v1/alerts", |answer| {
            let alerts = answer["data"]["alerts"].as_array()?;
            alerts
                .iter()
                .find(|alert| alert["labels"]["alertname"] == "AnyMemory" && alert["state"] == "firing")
                .cloned()
        })
        .await?;
    assert_eq!(alert["annotations"]["runbook_url"], "https://runbooks.example/memory", "{alert:#}");
    let rules = host.get("/api/v1/rules?rule_name[]=AnyMemory").await?;
    let rule = &rules["data"]["groups"][0]["rules"][0];
    assert_eq!((&rule["state"], &rule["health"]), (&"firing".into(), &"ok".into()), "{rules:#}");
    // What it is judged on can be asked of this host.
    let query = rule["query"].as_str().context("a query")?;
    assert!(!host.query(query).await?.is_empty(), "{query}");
    host.until("/api/v1/targets", |answer| {
        let targets = answer["data"]["activeTargets"].as_array()?;
        targets.iter().any(|target| target["labels"]["plugin"] == "system" && target["health"] == "up").then_some(())
    })
    .await?;
    Ok(())
}
