//! Takes over the file of the site's earlier monitor: its values, with what they mean beside them.

use std::path::Path;

use crate::check::Unknown;
use crate::config::THRESHOLDS;
use crate::diagnostic::Diagnostics;
use crate::load::parse_with;
use crate::report::Report;
use crate::schema::{Key, ROOT};
use crate::tree::{self, Node};
use crate::yaml;

/// A new configuration file with the values of an old one. Keys that are not known are kept as comments.
///
/// # Errors
/// All mistakes of the old file at once.
pub fn from_original(text: &str, file: &Path) -> Result<String, Diagnostics> {
    let (config, found) = parse_with(text, file, Unknown::LeaveOut);
    if config.is_none() {
        return Err(found);
    }
    let mut report = Report::new("", text);
    let root = tree::read(text.strip_prefix('\u{feff}').unwrap_or(text), &mut report);
    let mut new = String::new();
    yaml::comment(&mut new, 0, &format!("AutoBot host's configuration, taken over from {}.", file.display()));
    yaml::comment(
        &mut new,
        0,
        "Everything has a default; `autobot-host check-config --explain` prints the file with all of them.",
    );
    for key in ROOT {
        if let Some(node) = root.as_ref().and_then(|root| root.get(key.name)) {
            known(&mut new, key, node);
        }
    }
    let unknown = root.iter().flat_map(Node::entries).filter(|entry| ROOT.iter().all(|key| key.name != entry.key));
    let mut left = String::new();
    for entry in unknown {
        yaml::entry(&mut left, 0, &entry.key, &entry.value);
    }
    if !left.is_empty() {
        yaml::comment(new_paragraph(&mut new), 0, "Not known to AutoBot host, and not read:");
        left.lines().for_each(|line| new.push_str(&format!("#{line}\n")));
    }
    if root.as_ref().and_then(|root| root.get("plugins")).is_none() {
        yaml::comment(
            new_paragraph(&mut new),
            0,
            "Every file in the plugins folder runs; what differs from the default is said here.",
        );
        new.push_str("#plugins:\n#  system: { interval: 5s }\n");
    }
    Ok(new)
}

fn new_paragraph(text: &mut String) -> &mut String {
    text.push('\n');
    text
}

fn known(new: &mut String, key: &Key, node: &Node) {
    yaml::comment(new_paragraph(new), 0, key.doc);
    if key.later {
        yaml::comment(new, 0, "Accepted, not used by this version.");
    }
    yaml::entry(new, 0, key.name, node);
    if key.name == "alert_thresholds" {
        yaml::comment(new, 2, "Shipped besides; remove the `#` to change one:");
        for (name, value) in THRESHOLDS.iter().filter(|(name, _)| node.get(name).is_none()) {
            new.push_str(&format!("  #{name}: {value}\n"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_values_are_kept_explained_and_mean_the_same() {
        let old = "monitoring_interval: 30  # seconds\ndashboard_port: 9090\ndistributed_vms:\n  main: 172.16.168.20\n\
                   alert_thresholds:\n  cpu_percent: 80.0\n  api_response_time: 5.0\nold_flag: { a: [1, 'x'] }\n";
        let new = from_original(old, Path::new("old.yaml")).expect("it can be taken over");
        expect![[r#"
            # AutoBot host's configuration, taken over from old.yaml.
            # Everything has a default; `autobot-host check-config --explain` prints the file with all of them.

            # How often a plugin collects that has no `interval` of its own. Ticks are aligned to the clock. When it is
            # given, it also holds for the system plugin, which otherwise collects every 5 s.
            monitoring_interval: 30

            # The port on which dashboard and API answer.
            dashboard_port: 9090

            # The machines of the site: a name that people use, and an IP address or host name. Empty means this machine
            # alone.
            distributed_vms:
              main: 172.16.168.20

            # Limits that rules read by name: names that end in `_percent` are percent, in `_temperature` degrees Celsius,
            # in `_time` or `_latency` seconds or durations (`5ms`). What is given is laid over the shipped ones; names of
            # your own are for rules of your own.
            alert_thresholds:
              cpu_percent: 80.0
              api_response_time: 5.0
              # Shipped besides; remove the `#` to change one:
              #availability_percent: 99.9
              #cpu_temperature: 80
              #db_query_time: 1
              #disk_percent: 90
              #gpu_temperature: 75
              #memory_percent: 85
              #network_latency: 0.005

            # Not known to AutoBot host, and not read:
            #old_flag:
            #  a: [1, x]

            # Every file in the plugins folder runs; what differs from the default is said here.
            #plugins:
            #  system: { interval: 5s }
        "#]].assert_eq(&new);
        let load = |text: &str| parse_with(text, Path::new("x.yaml"), Unknown::LeaveOut).0.expect("it loads");
        assert_eq!(load(&new), load(old));
        assert!(crate::parse(&new, Path::new("x.yaml")).expect("it loads").warnings.is_empty());
    }

    #[test]
    fn mistakes_of_the_old_file_are_not_taken_over() {
        let mistakes = from_original("monitoring_interval: soon\n", Path::new("old.yaml")).expect_err("a mistake");
        assert_eq!(mistakes.len(), 1);
    }
}
