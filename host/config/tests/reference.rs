//! The generated pages are what the table says, and what they show loads.

use std::path::{Path, PathBuf};

use autobot_config::{Config, explain, parse, reference};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_reference_on_disk_is_the_one_of_the_table() {
    expect_test::expect_file![root().join("docs/reference/config.md")].assert_eq(&reference());
}

#[test]
fn the_explained_file_loads_without_a_word_and_is_the_default() {
    let loaded = parse(&explain(), Path::new("explained.yaml")).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    assert_eq!(loaded.config, Config::default());
}

#[test]
fn every_yaml_block_of_the_reference_loads() {
    let text = reference();
    let blocks: Vec<&str> =
        text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().expect("the block ends")).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let loaded = parse(block, Path::new("block.yaml")).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    }
}
