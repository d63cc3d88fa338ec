//! What the operator may set.

use serde::Deserialize;

use crate::relabel::{self, Rule};

/// The plugin's `settings`. Every field has a default.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What to scrape: names of the operator's `targets`, or URLs that the grant covers. Default: none, and then nothing is asked.
    pub targets: Vec<String>,
    /// The path of a target that is given by its name. Default: `/metrics`.
    pub path: String,
    /// Which metrics to keep: a name of the shipped lists, `vllm`, `llama.cpp` or `pipeline`. Default: all.
    pub preset: String,
    /// Rules over the labels of each new series, in their order, after the preset.
    pub relabel: Vec<Rule>,
    /// Whether labels of the exporter that are called `target` stay, and ours gives way. Default: false, they become `exported_target`.
    pub honor_labels: bool,
    /// Whether OpenMetrics is asked for first; it tells units, and is read strictly. Default: false.
    pub openmetrics: bool,
    /// Whether an answer that says to be neither format is read as Prometheus' own. Default: false.
    pub any_content_type: bool,
    /// Until a target is given up, in seconds. Default: 5.
    pub timeout_seconds: f64,
    /// Samples of one scrape of a target. Default: 10,000; one with more is not taken at all.
    pub sample_limit: u32,
    /// Series of all targets together. Default: 9,000; further ones are left out.
    pub series_limit: u32,
    /// Bytes of one body. Default: 4 MiB; a longer one is not taken at all.
    pub body_limit: u32,
    /// Labels of a series. Default: 40; a series with more is left out.
    pub label_limit: u32,
    /// Bytes of a label's value. Default: 1,024; a series with a longer one is left out.
    pub label_value_limit: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            targets: Vec::new(),
            path: "/metrics".to_owned(),
            preset: String::new(),
            relabel: Vec::new(),
            honor_labels: false,
            openmetrics: false,
            any_content_type: false,
            timeout_seconds: 5.0,
            sample_limit: 10_000,
            series_limit: 9_000,
            body_limit: 4 << 20,
            label_limit: 40,
            label_value_limit: 1_024,
        }
    }
}

/// Targets of one instance.
const MOST_TARGETS: usize = 100;
/// Rules of one instance.
const MOST_RULES: usize = 50;

impl Settings {
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.targets.len() > MOST_TARGETS {
            return Err(format!("`targets` has {} entries; it may have {MOST_TARGETS}", self.targets.len()));
        }
        for (at, target) in self.targets.iter().enumerate() {
            if target.is_empty() || target.len() > 512 {
                return Err(format!("`targets` has the entry `{target}`; an entry is a name of a target, or a URL"));
            }
            if self.targets[..at].contains(target) {
                return Err(format!("`targets` has the entry `{target}` twice"));
            }
        }
        if !self.path.starts_with('/') {
            return Err(format!("`path` is `{}`; a path begins with `/`", self.path));
        }
        if self.relabel.len() > MOST_RULES {
            return Err(format!("`relabel` has {} rules; it may have {MOST_RULES}", self.relabel.len()));
        }
        if !(0.1..=60.0).contains(&self.timeout_seconds) {
            return Err(format!("`timeout_seconds` is {}; it may be 0.1 to 60", self.timeout_seconds));
        }
        for (name, value, most) in [
            ("sample_limit", self.sample_limit, 100_000),
            ("series_limit", self.series_limit, 100_000),
            ("body_limit", self.body_limit, 16 << 20),
            ("label_limit", self.label_limit, 128),
            ("label_value_limit", self.label_value_limit, 65_536),
        ] {
            if !(1..=most).contains(&value) {
                return Err(format!("`{name}` is {value}; it may be 1 to {most}"));
            }
        }
        Ok(())
    }

    /// The rules of the preset and of the operator, ready to be used.
    pub(crate) fn rules(&self) -> Result<Vec<relabel::Compiled>, String> {
        let preset = match self.preset.as_str() {
            "" => None,
            name => Some(
                relabel::preset(name)
                    .ok_or_else(|| format!("`preset` is `{name}`; there are `vllm`, `llama.cpp` and `pipeline`"))?,
            ),
        };
        let all = preset.iter().chain(&self.relabel).enumerate();
        all.map(|(at, rule)| {
            let at = at.saturating_add(1).saturating_sub(usize::from(preset.is_some()));
            relabel::Compiled::new(rule).map_err(|why| format!("rule {at} of `relabel` {why}"))
        })
        .collect()
    }
}

/// [`Settings`] as a JSON Schema, for whoever edits a configuration.
pub(crate) const SCHEMA: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "targets": {"type": "array", "items": {"type": "string"}, "maxItems": 100, "default": [], "description": "What to scrape: names of `targets` of the configuration, or URLs; the grant `http` has to cover each. Without any, nothing is asked."},
    "path": {"type": "string", "default": "/metrics", "description": "The path of targets that are given by name."},
    "preset": {"enum": ["", "vllm", "llama.cpp", "pipeline"], "default": "", "description": "Which metrics to keep, by a list that comes with the plugin; all where it is empty."},
    "relabel": {"type": "array", "maxItems": 50, "default": [], "description": "Rules over the labels of each series, in their order, as Prometheus' `metric_relabel_configs`.", "items": {"type": "object", "additionalProperties": false, "properties": {
      "action": {"enum": ["replace", "keep", "drop", "labeldrop", "labelkeep", "labelmap"], "default": "replace"},
      "source_labels": {"type": "array", "items": {"type": "string"}, "default": [], "description": "Labels whose values are joined; `__name__` is the metric's name."},
      "separator": {"type": "string", "default": ";"},
      "regex": {"type": "string", "default": "(.*)", "description": "Matched against the whole of the text."},
      "target_label": {"type": "string", "default": ""},
      "replacement": {"type": "string", "default": "$1"}
    }}},
    "honor_labels": {"type": "boolean", "default": false, "description": "Whether an exporter's own label `target` stays as it is; else it becomes `exported_target`."},
    "openmetrics": {"type": "boolean", "default": false, "description": "Whether OpenMetrics is asked for first; it tells units, and is read strictly."},
    "any_content_type": {"type": "boolean", "default": false, "description": "Whether an answer that says to be neither format is read as Prometheus' own."},
    "timeout_seconds": {"type": "number", "minimum": 0.1, "maximum": 60, "default": 5, "description": "Until a target is given up; keep it below `limits.deadline`."},
    "sample_limit": {"type": "integer", "minimum": 1, "maximum": 100000, "default": 10000, "description": "Samples of one scrape of a target; one with more is not taken at all."},
    "series_limit": {"type": "integer", "minimum": 1, "maximum": 100000, "default": 9000, "description": "Series of all targets together; further ones are left out. Keep it below `limits.series`."},
    "body_limit": {"type": "integer", "minimum": 1, "maximum": 16777216, "default": 4194304, "description": "Bytes of one body; a longer one is not taken at all. All bodies together are bounded by `limits.response`."},
    "label_limit": {"type": "integer", "minimum": 1, "maximum": 128, "default": 40, "description": "Labels of a series; one with more is left out."},
    "label_value_limit": {"type": "integer", "minimum": 1, "maximum": 65536, "default": 1024, "description": "Bytes of a label's value; a series with a longer one is left out. Keep it within `limits.label`."}
  }
}"#;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_schema_has_the_fields_and_defaults_of_the_struct() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        let properties = schema["properties"].as_object().unwrap();
        let defaults: serde_json::Map<_, _> =
            properties.iter().map(|(name, property)| (name.clone(), property["default"].clone())).collect();
        assert_eq!(serde_json::from_value::<Settings>(defaults.into()).unwrap(), Settings::default());
        assert_eq!(Settings::default().check(), Ok(()));
        let error = serde_json::from_str::<Settings>(r#"{"no_such_field": 1}"#).unwrap_err().to_string();
        let quoted: BTreeSet<&str> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(quoted, properties.keys().map(String::as_str).collect(), "{error}");
    }

    #[test]
    fn what_goes_too_far_is_refused_with_a_reason() {
        for (settings, reason) in [
            (r#"{"targets": ["a", "a"]}"#, "`targets` has the entry `a` twice"),
            (r#"{"targets": [""]}"#, "`targets` has the entry ``"),
            (r#"{"path": "metrics"}"#, "`path` is `metrics`; a path begins with `/`"),
            (r#"{"timeout_seconds": 0}"#, "`timeout_seconds` is 0; it may be 0.1 to 60"),
            (r#"{"body_limit": 16777217}"#, "`body_limit` is 16777217; it may be 1 to 16777216"),
            (r#"{"preset": "tgi"}"#, "`preset` is `tgi`; there are `vllm`, `llama.cpp` and `pipeline`"),
            (r#"{"relabel": [{"regex": "("}]}"#, "rule 1 of `relabel` has the pattern `(`"),
            (r#"{"preset": "vllm", "relabel": [{"action": "hash"}]}"#, "rule 1 of `relabel` has the action `hash`"),
            (r#"{"relabel": [{"target_label": "a-b"}]}"#, "rule 1 of `relabel` has the target_label `a-b`"),
        ] {
            let settings: Settings = serde_json::from_str(settings).unwrap();
            let error = settings.check().and_then(|()| settings.rules().map(drop)).unwrap_err();
            assert!(error.starts_with(reason), "{error}");
        }
    }
}
