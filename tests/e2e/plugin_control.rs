//! The life of a plugin by command line, as an operator leads it: looked at, installed, granted, replaced, rolled back,
//! switched off, removed.

use std::process::Command;

use anyhow::Result;
use serde_json::Value;

use crate::harness::{Host, Site, checkout, program};

struct Operator<'a>(&'a Host);

impl Operator<'_> {
    /// Exit code and output of `autobot-host plugins ...`.
    fn does(&self, words: &[&str]) -> (i32, String) {
        let output = Command::new(program())
            .arg("plugins")
            .args(words)
            .args(["--url", &self.0.url])
            .output()
            .expect("the program starts");
        let text = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
    }

    async fn until_state(&self, name: &str, state: &str) -> Result<Value> {
        let found = |plugins: &Value| {
            let plugin = plugins["plugins"].as_array()?.iter().find(|plugin| plugin["name"] == name)?;
            (plugin["state"] == state).then(|| plugin.clone())
        };
        self.0.until("/api/autobot/v1/plugins", found).await
    }
}

#[tokio::test]
async fn an_operator_leads_a_plugin_through_its_life() -> Result<()> {
    let site = Site::new();
    site.write("watched/a.log", "12345");
    site.write(
        "autobot.yaml",
        format!(
            "plugins: {{ reader: {{ settings: {{ patterns: [\"{}/*.log\"] }} }} }}",
            site.path("watched").display()
        ),
    );
    let host = site.start().await?;
    let operator = Operator(&host);
    let file = checkout().join("tests/guests/dist/reader.wasm").display().to_string();

    let (code, said) = operator.does(&["install", &file]);
    println!("{said}");
    assert_eq!(code, 3, "it is installed, and refused: {said}");
    let refused = operator.until_state("reader", "refused").await?;
    assert!(refused["reason"].as_str().unwrap_or_default().contains("files: [\"/var/log/app/*.log\"]"), "{refused:#}");

    let (code, said) = operator.does(&["grant", "reader", "files"]);
    assert_eq!((code, said.contains("list of path globs")), (1, true), "{said}");
    let grant = format!("files={}/*.log", site.path("watched").canonicalize()?.display());
    operator.does(&["grant", "reader", &grant]);
    assert_eq!(host.until_query("reader_file_bytes").await?[0].1, 5.0);

    // Another version of it, and back.
    let first = operator.until_state("reader", "running").await?["hash"].clone();
    let changed = [&std::fs::read(&file)?[..], &[0, 2, 1, b'x']].concat();
    site.write("changed.wasm", &changed);
    let (_, said) = operator.does(&["install", "--name", "reader", &site.path("changed.wasm").display().to_string()]);
    println!("{said}");
    let hash_is = |wanted: Value, equal: bool| {
        move |plugins: &Value| {
            let plugin = plugins["plugins"].as_array()?.iter().find(|plugin| plugin["name"] == "reader")?.clone();
            (plugin["state"] == "running" && (plugin["hash"] == wanted) == equal && plugin["last_duration_us"].is_u64())
                .then_some(())
        }
    };
    host.until("/api/autobot/v1/plugins", hash_is(first.clone(), false)).await?;
    assert_eq!(operator.does(&["rollback", "reader"]).0, 0);
    host.until("/api/autobot/v1/plugins", hash_is(first, true)).await?;

    // What is no plugin is not even written.
    site.write("junk.wasm", "junk");
    let (code, said) = operator.does(&["install", &site.path("junk.wasm").display().to_string()]);
    assert_eq!((code, said.contains("not WebAssembly")), (1, true), "{said}");
    assert!(!site.path("data/plugins/junk.wasm").exists());

    operator.does(&["disable", "reader"]);
    operator.until_state("reader", "disabled").await?;
    host.stop().await?;
    let host = site.start().await?;
    let operator = Operator(&host);
    operator.until_state("reader", "disabled").await?;
    operator.does(&["enable", "reader"]);
    operator.until_state("reader", "running").await?;
    let (code, said) = operator.does(&["revoke", "reader"]);
    println!("{said}");
    operator.until_state("reader", "refused").await?;
    assert_ne!(code, 1, "{said}");

    let (code, said) = operator.does(&["restart", "nobody"]);
    assert_eq!((code, said.contains("there are: ") && said.contains("reader, ")), (1, true), "{said}");
    assert_eq!(operator.does(&["remove", "reader"]).0, 0);
    let series = "/api/v1/query?query=reader_file_bytes";
    host.until(series, |answer| answer["data"]["result"].as_array()?.is_empty().then_some(())).await?;
    Ok(())
}
