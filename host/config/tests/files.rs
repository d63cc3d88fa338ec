//! Every configuration that is shipped or printed loads.

use std::io;
use std::path::{Path, PathBuf};

use autobot_config::{Config, Level, load, parse};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn yaml_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    Ok(files)
}

#[test]
fn every_shipped_configuration_loads_and_only_what_is_not_there_yet_is_warned_about() {
    let mut files = yaml_files(&root().join("config")).expect("the folder is there");
    files.extend(yaml_files(&root().join("config/examples")).expect("the folder is there"));
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        let loaded = load(&file).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        for warning in &loaded.warnings {
            assert_eq!(warning.level, Level::Warning);
            assert!(warning.message.ends_with("not used by this version"), "{}", warning.rendered);
        }
    }
}

#[test]
fn the_shipped_default_is_the_default_and_so_is_an_empty_file() {
    let shipped = load(&root().join("config/autobot.yaml")).expect("the shipped default loads");
    assert!(shipped.warnings.is_empty(), "{}", shipped.warnings);
    assert_eq!(shipped.config, Config::default());
    for text in ["", "# nothing\n", "---\n", "{}", "plugins:\n", "\u{feff}"] {
        assert_eq!(
            parse(text, Path::new("empty.yaml")).expect("nothing is no mistake").config,
            Config::default(),
            "{text:?}"
        );
    }
}

#[test]
fn the_earlier_monitors_file_loads_unchanged_and_without_a_word() {
    let loaded = load(&root().join("config/examples/original.yaml")).expect("it loads");
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    let config = loaded.config;
    assert_eq!(config.monitoring_interval.as_secs(), 30);
    assert_eq!(config.optimization_interval.as_secs(), 1800);
    assert_eq!(config.dashboard.port, 9090);
    assert_eq!(config.distributed_vms["npu_worker"], "172.16.168.22");
    assert_eq!(config.alert_thresholds["memory_percent"], 85.0);
    assert_eq!(config.alert_thresholds["disk_percent"], 90.0, "what it does not say has its default");
    assert_eq!(config.interval_of("system").as_secs(), 30, "its interval holds for every plugin");
}
