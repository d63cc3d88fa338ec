//! `cargo xtask test`: everything that has to hold before a change lands.

use anyhow::{Result, bail};

use crate::{cost, guests, shell, tidy, tools, web};

/// Everything; with a filter, only the Rust tests whose names contain it.
pub(crate) fn all(filter: &[String]) -> Result<()> {
    tools::nextest()?;
    tools::chromium()?;
    tools::counterparts()?;
    guests::build()?;
    guests::build_for_tests()?;
    web::build()?;
    if filter.is_empty() {
        shell::step("formatting, tidiness");
        shell::run(shell::tool("cargo").args(["fmt", "--all", "--check"]))?;
        tidy::check()?;
        guests::test()?;
        web::test()?;
    }
    if filter.is_empty() {
        shell::step("lints");
        shell::run(shell::tool("cargo").args([
            "clippy",
            "--quiet",
            "--release",
            "--workspace",
            "--all-targets",
            "--",
            "--deny",
            "warnings",
        ]))?;
    }
    shell::step("building the host and the tests");
    // Together, so that the program and its tests share one choice of features: apart, wasmtime is built twice.
    shell::run(shell::tool("cargo").args(["build", "--release", "--workspace", "--bins", "--tests"]))?;
    shell::run(
        shell::tool("cargo")
            .args(["nextest", "run", "--release", "--workspace"])
            .args(filter)
            .env("AUTOBOT_HOST", shell::target().join("release/autobot-host")),
    )
}

/// The long form of one proof.
pub(crate) fn prove(args: &[String]) -> Result<()> {
    match args {
        [name] if name == "kill" => {
            tools::nextest()?;
            crate::build::all()?;
            shell::run(
                shell::tool("cargo")
                    .args(["nextest", "run", "--release", "--package", "autobot-tests", "kill"])
                    .env("AUTOBOT_HOST", shell::target().join("release/autobot-host"))
                    .env("AUTOBOT_PROOF_ROUNDS", "100"),
            )
        }
        [name] if name == "hostile" => {
            tools::nextest()?;
            crate::build::all()?;
            guests::build_for_tests()?;
            shell::run(
                shell::tool("cargo")
                    .args([
                        "nextest",
                        "run",
                        "--release",
                        "--package",
                        "autobot-tests",
                        "--no-capture",
                        "hostile_plugins",
                    ])
                    .env("AUTOBOT_HOST", shell::target().join("release/autobot-host"))
                    .env("AUTOBOT_PROOF_SECONDS", "120"),
            )
        }
        [name] if name == "exporter" => {
            tools::nextest()?;
            tools::counterparts()?;
            crate::build::all()?;
            shell::run(
                shell::tool("cargo")
                    .args(["nextest", "run", "--release", "--package", "autobot-tests", "each_series_of_node_exporter"])
                    .env("AUTOBOT_HOST", shell::target().join("release/autobot-host"))
                    .env("AUTOBOT_PROOF_SECONDS", "60")
                    .env("AUTOBOT_PROOF_PAGE", shell::root().join("docs/plugins/node-exporter.md")),
            )
        }
        [name] if name == "promql" => {
            tools::nextest()?;
            tools::counterparts()?;
            shell::run(
                shell::tool("cargo")
                    .args(["nextest", "run", "--release", "--package", "autobot-query", "--test", "peer"])
                    .arg("--no-capture")
                    .env("AUTOBOT_PEER_QUERIES", "20000"),
            )
        }
        [name] if name == "faults" => {
            tools::nextest()?;
            tools::counterparts()?;
            shell::run(
                shell::tool("cargo")
                    .args(["nextest", "run", "--release", "--package", "autobot-store", "--test", "faults"])
                    .args(["--success-output", "final"])
                    .env("AUTOBOT_FAULTS", "100"),
            )
        }
        [name] if name == "cost" => cost::prove(),
        [name] if name == "store" => {
            tools::counterparts()?;
            // Cargo starts a bench in its package's folder, so these are whole paths.
            let plot = shell::root().join("docs/images/store-growth.svg");
            let figures = shell::target().join("store.jsonl");
            shell::run(
                shell::tool("cargo")
                    .args(["bench", "--workspace", "--bench", "store", "--", "--plot"])
                    .arg(plot)
                    .arg("--json")
                    .arg(figures),
            )
        }
        _ => bail!(
            "`cargo xtask prove` takes the name of one proof: kill, faults, hostile, exporter, promql, store, or cost"
        ),
    }
}
