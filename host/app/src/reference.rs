//! The pages of `docs/reference` and `docs/plugins` that are made from the program itself.
//! `UPDATE_EXPECT=1 cargo test --release -p autobot-host reference` writes them anew.

mod pages;

use std::path::{Path, PathBuf};

use autobot_model::Family;
use clap::CommandFactory as _;
use expect_test::expect_file;

use crate::cli::Cli;
use crate::serve::OwnMetric;
use crate::shipped;

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(name)
}

/// One row of a table of families.
fn row(family: &Family) -> String {
    let labels: Vec<String> = family.labels.iter().map(|label| format!("`{label}`")).collect();
    let Family { name, unit, kind, help, .. } = family;
    format!("| `{name}` | {} | {unit} | {} | {help} |\n", kind.as_str(), labels.join(" "))
}

fn metrics() -> String {
    let head = "| name | kind | unit | labels | |\n| --- | --- | --- | --- | --- |\n";
    let mut text = "# Metrics\n\n\
        <!-- Generated from what the program declares; `UPDATE_EXPECT=1 cargo test --release -p autobot-host reference` writes it anew. -->\n\n\
        Every series carries `machine` (where it was measured) and `plugin` (the instance that measured it). Units are UCUM's: \
        `s` seconds, `By` bytes, `1` a number or, in a name that ends in `_ratio`, a share from 0 to 1.\n\n\
        ## The host itself\n\nUnder `plugin=\"host\"`, every 10 s. Where a family has a label `plugin` of its own, it is the \
        instance that the series is about.\n\n"
        .to_owned();
    text += head;
    text.extend(OwnMetric::ALL.map(|metric| row(&metric.family())));
    for (name, bytes) in shipped::plugins() {
        let found = autobot_plugins::inspect(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (name, description) = (&found.manifest.name, &found.manifest.description);
        text += &format!("\n## Plugin `{name}`\n\n{description} [Its own page](../plugins/{name}.md).\n\n{head}");
        text.extend(found.manifest.families.iter().map(row));
    }
    text
}

fn command_line() -> String {
    let mut text = "# Command line\n\n\
        <!-- Generated from the program's own help; `UPDATE_EXPECT=1 cargo test --release -p autobot-host reference` writes it anew. -->\n"
        .to_owned();
    let mut cli = Cli::command().term_width(100);
    cli.build();
    describe(&mut cli, "autobot-host", &mut text);
    text
}

fn describe(command: &mut clap::Command, path: &str, text: &mut String) {
    *text += &format!("\n## `{path}`\n\n```text\n{}\n```\n", command.render_long_help().to_string().trim_end());
    for verb in command.get_subcommands_mut().filter(|verb| verb.get_name() != "help") {
        let path = format!("{path} {}", verb.get_name());
        describe(verb, &path, text);
    }
}

#[test]
fn the_reference_of_metrics_is_what_host_and_plugins_declare() {
    expect_file![page("metrics.md")].assert_eq(&metrics());
}

#[test]
fn the_reference_of_the_command_line_is_its_help() {
    expect_file![page("cli.md")].assert_eq(&command_line());
}

#[test]
fn the_capabilities_that_a_configuration_may_grant_are_those_that_there_are() {
    for capability in autobot_capabilities::Capability::ALL {
        let scope = capability.example_scope().map_or("true".to_owned(), |example| format!("[{example:?}]"));
        let targets =
            "targets: { redis-main: { redis: \"redis://127.0.0.1\" }, browser-main: { cdp: \"ws://127.0.0.1:9222\" } }";
        let text = format!("{targets}\nplugins:\n  x: {{ grant: {{ {capability}: {scope} }} }}\n");
        let loaded = autobot_config::parse(&text, Path::new("autobot.yaml")).unwrap_or_else(|error| panic!("{error}"));
        assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    }
}
