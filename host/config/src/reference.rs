//! The reference of the configuration as Markdown, made of the schema's table.

use serde_json::Value as Json;

use crate::config::Config;
use crate::explain::default_of;
use crate::plugin::PluginConfig;
use crate::schema::{CAPABILITIES, Key, ROOT, Scope, Shape};
use crate::yaml;

const HEAD: &str = "\
# Configuration

<!-- Generated from the table in host/config/src/schema; `UPDATE_EXPECT=1 cargo test -p autobot-config` writes it anew. -->

One YAML file. It is the one named by `--config`, else `config/autobot.yaml` in the working folder, else
`/etc/autobot/autobot.yaml`, else the default that the program brings, which watches this machine only. Relative paths in
it are relative to its own folder. `autobot-host check-config` lists all its mistakes at once, with line and column;
`check-config --explain` prints a file with every key at its default.

- **Durations**: `30` or `30s`, `500ms`, `5m`, `1h30m`, `30d`, `2w`; a bare number is seconds.
- **Sizes**: `64MiB`, `4GiB` (powers of two), `500MB` (powers of ten); a bare number is bytes.
- **Secrets**: `${env:NAME}` is a variable of the host's environment, `${file:PATH}` a file, `${credential:NAME}` a
  credential that systemd passes (`LoadCredential=`). They are read when they are needed and shown nowhere.
- **Anchors and aliases** (`&name`, `*name`) are read; `<<` and tags are not. An unknown key or one that stands there twice
  is a mistake. A key without a value has its default.
- A key marked *later* is accepted and its form is checked, but this version does nothing with it, and says so.

A file for one machine, looked at more often, with a plugin of one's own:

```yaml
monitoring_interval: 10s
alert_thresholds:
  cpu_percent: 90
  network_latency: 10ms
store:
  retention: 90d
  max_size: 2GiB
plugins:
  system:
    interval: 2s
  my-plugin:
    grant: { cpu: true, process: true }
    settings: { top: 10 }
```
";

/// The whole reference.
pub fn reference() -> String {
    let defaults = serde_json::to_value(Config::default()).unwrap_or_default();
    let mut page = Page { text: HEAD.to_owned(), told: Vec::new() };
    page.section("", "", ROOT, Some(&defaults), false);
    capabilities(&mut page.text);
    page.text
}

/// The page so far, and the sections that are on it.
struct Page {
    text: String,
    told: Vec<&'static [Key]>,
}

impl Page {
    fn section(&mut self, path: &str, doc: &str, keys: &'static [Key], values: Option<&Json>, later: bool) {
        if self.told.iter().any(|told| std::ptr::eq(*told, keys)) {
            return;
        }
        self.told.push(keys);
        if path.is_empty() {
            self.text.push_str("\n## Top level\n\n");
        } else {
            self.text.push_str(&format!("\n## `{path}`\n\n{doc}\n\n"));
        }
        self.text
            .push_str("| key | value | meaning | default | example | since |\n| --- | --- | --- | --- | --- | --- |\n");
        for key in keys {
            self.row(path, key, values, later);
        }
        for key in keys {
            let values = values.and_then(|values| values.get(key.name));
            self.below(&join(path, key.name), key, &key.shape, values, later || key.later);
        }
    }

    /// The sections behind a value, however it leads to them.
    fn below(&mut self, path: &str, key: &'static Key, shape: &'static Shape, values: Option<&Json>, later: bool) {
        match shape {
            Shape::Section(keys) => self.section(path, key.doc, keys, values, later),
            Shape::Names { of, .. } => {
                // What an entry has by default is what an empty one means.
                let plugin = serde_json::to_value(PluginConfig::default()).ok().filter(|_| key.name == "plugins");
                self.below(&format!("{path}.NAME"), key, of, plugin.as_ref(), later);
            }
            Shape::List(of) | Shape::OneOrList(of) => self.below(&format!("{path}[]"), key, of, None, later),
            _ => {}
        }
    }

    fn row(&mut self, path: &str, key: &Key, values: Option<&Json>, later: bool) {
        let value = values.and_then(|values| default_of(key, values)).filter(|_| !key.later);
        let default = match (value, &key.shape) {
            (_, Shape::Section(_)) => {
                let place = join(path, key.name);
                format!("[below](#{})", place.to_lowercase().replace('.', ""))
            }
            (_, _) if !key.default.is_empty() => key.default.to_owned(),
            (Some(value), _) => format!("`{}`", yaml::flow(value)),
            (None, _) => "none".to_owned(),
        };
        let since = if later || key.later { "later" } else { key.since };
        let (name, words, doc, example) = (key.name, key.shape.words(), key.doc, key.example);
        self.text.push_str(&format!("| `{name}` | {words} | {doc} | {default} | `{example}` | {since} |\n"));
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn capabilities(text: &mut String) {
    text.push_str(
        "\n## Capabilities\n\nWhat `plugins.NAME.grant` can name:\n\n| capability | granted by | since |\n| --- | --- | --- |\n",
    );
    for capability in CAPABILITIES {
        let by = match capability.scope {
            None => "`true`",
            Some(Scope::Targets) => "a list of names of `targets`",
            Some(Scope::TargetsOrUrls) if capability.name == "websocket" => {
                "a list of names of `targets` or URL globs (`ws://127.0.0.1:8001/*`)"
            }
            Some(Scope::TargetsOrUrls) => "a list of names of `targets` or URL globs (`http://127.0.0.1:8001/*`)",
            Some(Scope::Machines) => "a list of machines or addresses; `distributed_vms` is all machines",
            Some(Scope::Paths) => "a list of path globs (`/sys/class/hwmon/**`)",
        };
        let since = "0.1";
        text.push_str(&format!("| `{}` | {by} | {since} |\n", capability.name));
    }
    text.push_str("\n`false` refuses a capability that a shipped plugin brings.\n");
}
