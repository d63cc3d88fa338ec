//! A plugin's author: from an empty folder to samples in a running host, by the very commands of the tutorial.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::Result;
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Host, Site, checkout, program, text};

/// A person at a shell, in a folder.
struct Author<'a> {
    folder: TempDir,
    host: &'a Host,
}

impl Author<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// One line of a shell. Building for WebAssembly is left to the build's own tool, which knows this machine's compilers.
    fn types(&self, line: &str, within: &Path) -> Output {
        let words: Vec<&str> = line.split_whitespace().take_while(|word| *word != "#").collect();
        let mut command = match words.as_slice() {
            ["autobot-host", rest @ ..] => {
                let mut command = Command::new(program());
                command.args(rest);
                let asks = ["install", "grant", "list", "rollback", "remove"];
                if rest.get(1).is_some_and(|verb| asks.contains(verb)) || rest.first() == Some(&"query") {
                    command.args(["--url", &self.host.url]);
                }
                command
            }
            ["cargo", "build", "--release", "--target", "wasm32-unknown-unknown"] => {
                let mut command = Command::new(xtask());
                command.arg("guest").arg(within);
                command
            }
            ["cargo", rest @ ..] => {
                let mut command = Command::new("cargo");
                command.args(rest).arg("--target-dir").arg(target().join("guests-native"));
                command
            }
            other => panic!("the tutorial types `{}`, which this test does not know", other.join(" ")),
        };
        command.current_dir(within).output().expect("it starts")
    }

    /// The same, which has to go well, or find something.
    fn does(&self, line: &str, within: &Path) -> String {
        let output = self.types(line, within);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 3)), "{line}: {said}");
        said
    }
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| checkout().join("target"), PathBuf::from)
}

fn xtask() -> PathBuf {
    let path = target().join("release/xtask");
    assert!(path.exists(), "{} is missing: run `cargo xtask test`", path.display());
    path
}

/// The commands of a page, in order.
fn commands(page: &str) -> Vec<String> {
    let page = std::fs::read_to_string(checkout().join(page)).expect("the page");
    let mut commands = Vec::new();
    for block in page.split("```sh\n").skip(1) {
        let block = block.split("```").next().unwrap_or_default();
        commands.extend(block.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned));
    }
    commands
}

async fn state(host: &Host, name: &str, state: &str) -> Result<Value> {
    let found = |plugins: &Value| {
        let plugin = plugins["plugins"].as_array()?.iter().find(|plugin| plugin["name"] == name)?;
        (plugin["state"] == state).then(|| plugin.clone())
    };
    host.until("/api/autobot/v1/plugins", found).await
}

#[tokio::test]
async fn the_tutorial_leads_to_samples_in_a_running_host() -> Result<()> {
    let site = Site::new();
    let host = site.start().await?;
    let author = Author { folder: tempfile::tempdir()?, host: &host };
    let mut within = author.folder.path().to_owned();
    for line in commands("docs/plugins/first-collector.md") {
        println!("$ {line}");
        if let Some(folder) = line.strip_prefix("cd ") {
            within = within.join(folder);
            // The versions that everything here is built with.
            std::fs::copy(checkout().join("plugins/Cargo.lock"), within.join("Cargo.lock"))?;
            continue;
        }
        if line.starts_with("rustup ") {
            continue;
        }
        println!("{}", author.does(&line, &within));
    }
    state(&host, "demo", "running").await?;
    assert!(!host.until_query("demo_load_per_core_ratio").await?.is_empty());

    // Edited: it asks for one thing more. What runs goes on until that is granted.
    let demo = author.path("demo");
    let code = std::fs::read_to_string(demo.join("src/lib.rs"))?;
    let code = code
        .replace("collector, cpu};", "collector, cpu, memory};")
        .replace("let cpu = cpu::read()?;", "let cpu = cpu::read()?;\n        let _ = memory::read()?;")
        .replace("cpu.load1 / cpu", "100.0 + cpu.load1 / cpu");
    std::fs::write(demo.join("src/lib.rs"), code)?;
    author.does("cargo build --release --target wasm32-unknown-unknown", &demo);
    let install = "autobot-host plugins install target/wasm32-unknown-unknown/release/demo.wasm --name demo";
    let said = author.does(install, &demo);
    assert!(said.contains("it asks for memory, which is not granted"), "{said}");
    state(&host, "demo", "running").await?;
    assert!(host.until_query("demo_load_per_core_ratio").await?[0].1 < 100.0, "the version before goes on");
    author.does("autobot-host plugins grant demo memory", &demo);
    host.until("/api/v1/query?query=demo_load_per_core_ratio", |answer| {
        let value: f64 = answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()?;
        (value >= 100.0).then_some(())
    })
    .await?;
    let plugin = state(&host, "demo", "running").await?;
    assert_eq!(plugin["restarts"], 0, "{plugin:#}");
    Ok(())
}
