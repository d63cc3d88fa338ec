//! Every configuration that is shipped or printed loads.

use std::io;
use std::path::{Path, PathBuf};

use autobot_config::{Config, Level, MachineSecrets, PLACES, Source, find, load, parse};

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

#[test]
fn paths_are_relative_to_the_file_that_names_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("autobot.yaml");
    let text = "plugin_dir: plugins\nstore: { path: /data/a.db }\nrules: { paths: [rules/alerts, ../b] }\n";
    std::fs::write(&file, text).expect("it can be written");
    let config = load(&file).expect("it loads").config;
    assert_eq!(config.plugin_dir, Some(folder.path().join("plugins")));
    assert_eq!(config.store.path.as_deref(), Some(Path::new("/data/a.db")));
    assert_eq!(config.rules.paths, [folder.path().join("rules/alerts"), folder.path().join("../b")]);
}

#[test]
fn a_named_file_is_taken_unseen_and_without_one_the_default_holds() {
    let missing = Path::new("/nowhere/autobot.yaml");
    assert_eq!(find(Some(missing)), Source::File(missing.to_owned()));
    if PLACES.iter().all(|place| !Path::new(place).exists()) {
        assert_eq!(find(None), Source::Embedded);
    }
    assert_eq!(Source::Embedded.load().expect("it loads").config, Config::default());
}

#[test]
fn a_file_that_cannot_be_read_is_one_sentence_with_the_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("latin1.yaml"), b"site: { name: ok }\nlog: { level: \xe9 }\n").expect("it can be written");
    std::fs::write(path("huge.yaml"), "# x\n".repeat(1 << 19)).expect("it can be written");
    std::fs::create_dir(path("folder.yaml")).expect("it can be made");
    for (file, expected) in [
        ("missing.yaml", "cannot be read: No such file or directory (os error 2)"),
        ("folder.yaml", "cannot be read: Is a directory (os error 21)"),
        ("latin1.yaml", "is not UTF-8 text: line 2 has a byte that cannot be"),
        ("huge.yaml", "is larger than 1MiB"),
    ] {
        let mistakes = load(&path(file)).expect_err(file);
        let messages: Vec<&str> = mistakes.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(messages, [format!("{} {expected}", path(file).display())], "{file}");
        assert!(mistakes.iter().all(|one| one.help.is_some() && one.line == 0), "{file}");
    }
}

#[test]
fn the_secrets_of_a_target_arrive_and_are_shown_nowhere() {
    let text = "targets: { a: { http: \"http://h\", bearer: hush }, b: { http: \"http://h\", user: me, password: \"007 hush\" } }\n";
    let config = parse(text, Path::new("autobot.yaml")).unwrap_or_else(|mistakes| panic!("{mistakes}")).config;
    let (bearer, password) = (config.targets["a"].bearer.as_ref(), config.targets["b"].password.as_ref());
    for (secret, said) in [(bearer, "hush"), (password, "007 hush")] {
        let secret = secret.expect("the target has its secret");
        assert_eq!(secret.resolve(&MachineSecrets).expect("it stands in the file").expose(), said);
    }
    let shown = format!("{config:?} {}", serde_json::to_string(&config).expect("a configuration is JSON"));
    assert!(!shown.contains("hush"), "{shown}");
}
