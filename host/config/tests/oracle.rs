//! What we understand in a YAML file is what another library understands in it.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;

use autobot_config::parse;
use serde_yaml::Value;

/// `alert_thresholds` as the other library reads them, where they are plain numbers.
fn numbers(text: &str) -> Vec<(String, f64)> {
    let value: Value = serde_yaml::from_str(text).expect("it is YAML");
    let thresholds = value.get("alert_thresholds").and_then(Value::as_mapping).cloned().unwrap_or_default();
    thresholds.into_iter().filter_map(|(name, value)| Some((name.as_str()?.to_owned(), value.as_f64()?))).collect()
}

#[test]
fn plain_numbers_mean_the_same() {
    for number in ["80", "80.0", "8e1", "+80", "0x50", "0o120", ".5e2", "080", "1_000", "0.1", "99.99", "1e-3"] {
        let text = format!("alert_thresholds:\n  cpu_percent: {number}\n");
        let theirs = numbers(&text);
        // Refusing what libraries may take differently is allowed, and so is a number that the other one takes for text
        // (`080`); taking it for another number is not.
        match (parse(&text, Path::new("autobot.yaml")), theirs.first()) {
            (Ok(loaded), Some((_, theirs))) => {
                assert_eq!(loaded.config.alert_thresholds["cpu_percent"], *theirs, "{number}");
            }
            (Ok(_), None) => assert_eq!(number, "080"),
            (Err(mistakes), _) => assert!(mistakes.to_string().contains(number), "{mistakes}"),
        }
    }
}

#[test]
fn the_shipped_files_have_the_thresholds_that_stand_in_them() {
    for file in ["config/autobot.yaml", "config/examples/original.yaml", "config/examples/site.yaml"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
        let text = std::fs::read_to_string(&path).expect("it is there");
        let loaded = parse(&text, &path).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        for (name, value) in numbers(&text) {
            assert_eq!(loaded.config.alert_thresholds.get(&name), Some(&value), "{file}: {name}");
        }
    }
}
