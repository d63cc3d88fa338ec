//! `docs/plugins/NAME.md`: a page for each shipped plugin, of what it declares, below what `plugins/NAME/README.md` says in
//! its author's words; and the list of them. A plugin has its page as soon as it is shipped.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use autobot_plugins::Inspection;
use expect_test::expect_file;

use super::row;
use crate::{declared, shipped};

const GENERATED: &str = "<!-- Generated from what the plugin declares";
const ANEW: &str = "`UPDATE_EXPECT=1 cargo test --release -p autobot-host reference` writes it anew. -->";
/// Questions that an introduction shows at least.
const FEWEST_QUESTIONS: usize = 3;

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn all() -> Vec<Inspection> {
    let inspected = |(name, bytes): (Cow<'_, str>, Cow<'_, [u8]>)| {
        autobot_plugins::inspect(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let mut all: Vec<Inspection> = shipped::plugins().map(inspected).collect();
    all.sort_by(|a, b| a.manifest.name.cmp(&b.manifest.name));
    all
}

/// What its author says of it, without the title.
fn introduction(name: &str) -> Option<String> {
    let text = fs::read_to_string(checkout().join("plugins").join(name).join("README.md")).ok()?;
    let (title, text) = text.split_once('\n')?;
    assert!(title.starts_with("# "), "plugins/{name}/README.md does not begin with a title: {title}");
    Some(text.trim().to_owned())
}

/// The text of a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{}`", cell(text)) }
}

fn page(plugin: &Inspection) -> String {
    let manifest = &plugin.manifest;
    let (name, version, interval) = (&manifest.name, &manifest.version, declared::interval(manifest));
    let introduction = introduction(name).unwrap_or_else(|| manifest.description.clone());
    let mut text = format!(
        "# Plugin `{name}`\n\n{GENERATED}, and from plugins/{name}/README.md; {ANEW}\n\n{introduction}\n\n\
         ## What it is\n\n\
         Version {version}, shipped with the host as `{name}.wasm`. It collects {interval}, unless the \
         [configuration](../reference/config.md) says otherwise (`plugins: {{ {name}: {{ interval: 30s }} }}`), and runs unless it is switched off \
         (`plugins: {{ {name}: {{ enabled: false }} }}`).\n\n\
         ## What it may do\n\n"
    );
    if let Some(first) = plugin.capabilities.first() {
        text += "It is a sandboxed guest and reaches nothing of the machine but what it is granted:\n\n\
            | capability | lets it | |\n| --- | --- | --- |\n";
        for one in &plugin.capabilities {
            let held = if one.is_scoped() { "to be granted" } else { "granted, because it is shipped" };
            text += &format!("| `{one}` | {} | {held} |\n", one.description());
        }
        text += &format!(
            "\n`plugins: {{ {name}: {{ grant: {{ {first}: false }} }} }}` takes one away; the plugin goes on with the rest.\n"
        );
    } else {
        text += "It asks for nothing.\n";
    }
    text += &settings(plugin);
    text += "\n## Metrics\n\n| name | kind | unit | labels | |\n| --- | --- | --- | --- | --- |\n";
    text.extend(manifest.families.iter().map(row));
    text
}

fn settings(plugin: &Inspection) -> String {
    let name = &plugin.manifest.name;
    let settings =
        declared::settings(&plugin.manifest.config_schema).expect("a shipped plugin's schema names its settings");
    if settings.is_empty() {
        return "\n## Settings\n\nIt takes none.\n".to_owned();
    }
    let mut text =
        "\n## Settings\n\n| setting | kind | default | bounds | |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for one in &settings {
        let (name, default) = (code(&one.name), code(&one.default));
        text += &format!("| {name} | {} | {default} | {} | {} |\n", one.kind, cell(&one.bounds), cell(&one.what));
    }
    text += &format!("\n```yaml\nplugins:\n  {name}:\n    settings:\n");
    for one in settings.iter().filter(|one| !one.name.contains('.') && !one.default.is_empty()) {
        text += &format!("      {}: {}\n", one.name, one.default);
    }
    text + "```\n"
}

fn list(plugins: &[Inspection]) -> String {
    let mut text = format!(
        "# Plugins\n\n<!-- Generated from what the plugins declare; {ANEW}\n\n\
         ## Shipped with the host\n\n\
         Each runs without a line of configuration, and where there is nothing for it to measure it says so once.\n\n\
         | plugin | measures | families | asks for |\n| --- | --- | --- | --- |\n"
    );
    for plugin in plugins {
        let manifest = &plugin.manifest;
        let asks: Vec<String> = plugin.capabilities.iter().map(|one| format!("`{one}`")).collect();
        let (name, families) = (&manifest.name, manifest.families.len());
        text += &format!("| [{name}]({name}.md) | {} | {families} | {} |\n", manifest.description, asks.join(" "));
    }
    text + "\n`autobot-host plugins list` shows what runs, `autobot-host plugins inspect FILE` what any file asks for and measures.\n\n\
        ## Your own\n\n\
        - [Your first collector in five minutes](first-collector.md)\n\
        - [The plugin interface](abi.md)\n\
        - [Other languages](other-languages.md) and [native libraries](native.md)\n\
        - [What becomes of a plugin that misbehaves](misbehaviour.md)\n"
}

#[test]
fn each_shipped_plugin_has_its_page_and_the_list_names_them_all() {
    let folder = checkout().join("docs/plugins");
    let plugins = all();
    for plugin in &plugins {
        expect_file![folder.join(format!("{}.md", plugin.manifest.name))].assert_eq(&page(plugin));
    }
    expect_file![folder.join("README.md")].assert_eq(&list(&plugins));
    let names: BTreeSet<String> = plugins.iter().map(|plugin| format!("{}.md", plugin.manifest.name)).collect();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_page = fs::read_to_string(&path).is_ok_and(|text| text.contains(&format!("{GENERATED},")));
        assert!(!is_page || names.contains(&name), "docs/plugins/{name} is of a plugin that is not shipped; remove it");
    }
}

/// The blocks of PromQL in a text.
fn questions(text: &str) -> impl Iterator<Item = &str> {
    text.split("```promql\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0.trim()))
}

#[test]
fn the_questions_of_an_introduction_can_be_asked_and_are_about_what_the_plugin_measures() {
    for plugin in all() {
        let name = &plugin.manifest.name;
        let Some(introduction) = introduction(name) else { continue };
        assert!(!introduction.contains("]("), "plugins/{name}/README.md has a link, which leads nowhere from its page");
        let family = |word: &str| plugin.manifest.families.iter().any(|family| family.name == word);
        let known = |word: &str| {
            let parts = ["_bucket", "_sum", "_count"];
            family(word) || parts.iter().any(|part| word.strip_suffix(part).is_some_and(family))
        };
        for question in questions(&introduction) {
            if let Err(error) = autobot_query::parse(question) {
                panic!("plugins/{name}/README.md: {question}: {error}");
            }
            let mut words = question.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            // What others tell is in no manifest.
            assert!(
                plugin.manifest.dynamic_families || words.any(known),
                "plugins/{name}/README.md: {question}: names no family of the plugin"
            );
        }
        let asked = questions(&introduction).count();
        assert!(asked >= FEWEST_QUESTIONS, "plugins/{name}/README.md shows {asked} questions of {FEWEST_QUESTIONS}");
    }
}

#[test]
fn the_settings_of_a_page_are_those_of_a_configuration_that_loads() {
    for plugin in all() {
        let text = settings(&plugin);
        let Some((_, block)) = text.split_once("```yaml\n") else { continue };
        let yaml = block.trim_end().trim_end_matches('`');
        let loaded = autobot_config::parse(yaml, Path::new("autobot.yaml")).unwrap_or_else(|error| panic!("{error}"));
        assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
        let given = loaded.config.plugins.values().next().map(|plugin| plugin.settings.clone()).unwrap_or_default();
        let shown = declared::settings(&plugin.manifest.config_schema).unwrap_or_default();
        for one in shown.iter().filter(|one| !one.name.contains('.') && !one.default.is_empty()) {
            assert_eq!(given[&one.name].to_string(), one.default, "{}", one.name);
        }
    }
}
