//! `docs/plugins/abi.md` is made of the WIT itself. `UPDATE_EXPECT=1 cargo test --release -p autobot-plugins abi_page` writes it anew.

use std::path::{Path, PathBuf};

use autobot_capabilities::Capability;
use expect_test::expect_file;

const HEAD: &str = "\
# The interface of plugins

<!-- Generated from plugin-sdk/wit; `UPDATE_EXPECT=1 cargo test --release -p autobot-plugins abi_page` writes it anew. -->

A plugin is a WebAssembly component of the world `autobot:plugin/collector`: it exports `describe`, `configure` and `collect`, and imports
what it calls. **Its imports are its request**: the host reads them before a line of it runs, shows them (`autobot-host plugins inspect`),
and links what the operator granted, nothing else. What the operator refused in so many words (`grant: { process: false }`) is linked
too, and answers `denied`. The crate `plugin-sdk` wraps all of it for Rust; this page is for everyone else, and for whoever wants to
know what a grant gives away.

Units are base units: seconds where a number is a moment's reading, whole microseconds (`...-micros`) where it is a time that adds up,
bytes, hertz, ratios from 0 to 1. Lists are batches: a plugin is plain synchronous code, and the host does what is asked of it side by side.

## Which versions fit together

- The package's version is that of the interface. While it begins with 0, a host runs plugins of its own version alone, and says so to
  others; records and functions may change from one to the next.
- From 1.0 on, what is there stays as it is: no function is taken away, no record, variant or enum gets another field or case, no meaning
  changes. New things come as new functions and new interfaces in a higher minor version. A host runs every plugin of its major version
  up to its own minor version; a plugin of a later one is refused by a sentence, not by a trap.
- Something that has to change gets a new name beside the old one. The old one goes with the next major version at the earliest, and a
  host speaks two major versions for a year.
- A component of each released version is kept in `tests/compat`, and every later host must load and run it.
- A native library is bound more tightly: its tables carry a fingerprint of the interfaces, and it runs only on a host whose fingerprint is the
  same. Build it with the SDK of that host.
";

fn wit() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugin-sdk/wit")
}

/// Each interface's name, what it says of itself, and its text.
fn interfaces() -> Vec<(String, String, String)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(wit()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let Some(name) = line.strip_prefix("interface ").and_then(|rest| rest.strip_suffix(" {")) else { continue };
            let docs = lines[..at].iter().rev().take_while(|line| line.starts_with("///"));
            let mut docs: Vec<&str> = docs.map(|line| line.trim_start_matches("///").trim()).collect();
            docs.reverse();
            let body = lines[at..].iter().position(|line| *line == "}").unwrap();
            found.push((name.to_owned(), docs.join("\n"), lines[at..=at + body].join("\n")));
        }
    }
    found
}

fn page() -> String {
    let interfaces = interfaces();
    let find = |name: &str| interfaces.iter().find(|one| one.0 == name).unwrap_or_else(|| panic!("no `{name}`"));
    let section = |name: &str, more: &str| {
        let (name, docs, text) = find(name);
        format!("\n### `{name}`\n\n{docs}\n{more}\n```wit\n{text}\n```\n")
    };
    let world = std::fs::read_to_string(wit().join("world.wit")).unwrap();
    let mut page = format!("{HEAD}\n## The world\n\n```wit\n{}\n```\n\n## What every plugin has\n", world.trim_end());
    for name in ["types", "emit", "log", "clock", "state"] {
        page += &section(name, "");
    }
    page += "\n## Capabilities\n";
    for one in Capability::ALL {
        let more = format!(
            "\nA plugin with it may {}. Granted by `{}`.\n",
            one.description(),
            autobot_plugins::grant_line(one)
        );
        page += &section(one.name(), &more);
    }
    assert_eq!(interfaces.len(), Capability::ALL.len() + 5, "an interface is no capability's");
    page
}

#[test]
fn the_page_of_the_interface_is_what_the_wit_says() {
    expect_file![Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/plugins/abi.md")].assert_eq(&page());
}
