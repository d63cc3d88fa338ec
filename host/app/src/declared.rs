//! What a plugin declares of itself, in words: the same for `plugins inspect` and for the pages of `docs/plugins`.

use std::collections::BTreeSet;

use autobot_plugins::Manifest;
use serde_json::Value;

use crate::cli::output;

/// Settings that are told of one schema, and how far down: it is the plugin's own, and may be as large as it likes.
const MOST_SETTINGS: usize = 200;
const DEEPEST: usize = 4;

/// One setting, out of the JSON Schema of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// With the names of those around it: `limits.most`.
    pub(crate) name: String,
    /// `whole number`, `list of text`.
    pub(crate) kind: String,
    /// As JSON, which is YAML too; `required` when it must be given.
    pub(crate) default: String,
    /// `0 to 15`; empty when everything of its kind goes.
    pub(crate) bounds: String,
    /// What it is for.
    pub(crate) what: String,
}

/// How often a plugin collects when the configuration does not say.
pub(crate) fn interval(manifest: &Manifest) -> String {
    match manifest.interval {
        Some(interval) => format!("every {}", output::duration(interval.as_secs_f64()).replace(".0 s", " s")),
        None => "as often as `monitoring_interval` says".to_owned(),
    }
}

/// The settings that a schema describes, by name; `None` when it is no object of named settings.
pub(crate) fn settings(schema: &str) -> Option<Vec<Setting>> {
    if schema.trim().is_empty() {
        return Some(Vec::new());
    }
    let schema: Value = serde_json::from_str(schema).ok()?;
    schema["properties"].as_object()?;
    let mut found = Vec::new();
    collect(&schema, "", DEEPEST, &mut found);
    // Whether a map of JSON keeps its order depends on how the host is built.
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Some(found)
}

fn collect(schema: &Value, prefix: &str, depth: usize, found: &mut Vec<Setting>) {
    let required: BTreeSet<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, one) in schema["properties"].as_object().into_iter().flatten() {
        if found.len() >= MOST_SETTINGS {
            return;
        }
        let default = match one.get("default") {
            Some(default) => default.to_string(),
            None if required.contains(name.as_str()) => "required".to_owned(),
            None => String::new(),
        };
        let path = format!("{prefix}{name}");
        found.push(Setting {
            name: path.clone(),
            kind: kind(one),
            default,
            bounds: bounds(one),
            what: one["description"].as_str().unwrap_or_default().to_owned(),
        });
        if depth > 1 {
            collect(one, &format!("{path}."), depth - 1, found);
        }
    }
}

fn kind(schema: &Value) -> String {
    if let Some(values) = schema["enum"].as_array() {
        return values
            .iter()
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(" or ");
    }
    let alternatives = ["anyOf", "oneOf"].iter().find_map(|word| schema[*word].as_array());
    if let Some(alternatives) = alternatives {
        return alternatives.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    match &schema["type"] {
        Value::Array(kinds) => {
            let kinds: Vec<String> = kinds.iter().filter_map(Value::as_str).map(|one| word(one, schema)).collect();
            kinds.join(" or ")
        }
        Value::String(one) => word(one, schema),
        _ => "anything".to_owned(),
    }
}

fn word(kind: &str, schema: &Value) -> String {
    match kind {
        "boolean" => "true or false",
        "integer" => "whole number",
        "string" => "text",
        "object" => "map",
        "null" => "nothing",
        "array" if schema["items"].is_object() => return format!("list of {}", self::kind(&schema["items"])),
        "array" => "list",
        other => other,
    }
    .to_owned()
}

fn bounds(schema: &Value) -> String {
    let mut all = Vec::new();
    for (least, most, of) in
        [("minimum", "maximum", ""), ("minLength", "maxLength", " characters"), ("minItems", "maxItems", " entries")]
    {
        all.extend(match (schema.get(least), schema.get(most)) {
            (Some(least), Some(most)) => Some(format!("{least} to {most}{of}")),
            (Some(least), None) => Some(format!("at least {least}{of}")),
            (None, Some(most)) => Some(format!("at most {most}{of}")),
            (None, None) => None,
        });
    }
    for (word, says) in [("exclusiveMinimum", "more than"), ("exclusiveMaximum", "less than")] {
        all.extend(schema.get(word).map(|bound| format!("{says} {bound}")));
    }
    all.extend(schema["pattern"].as_str().map(|pattern| format!("matches {pattern}")));
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_schema_is_told_in_words() {
        let schema = r#"{"type": "object", "required": ["url"], "properties": {
            "url": {"type": "string", "maxLength": 200, "pattern": "^https:", "description": "Where it is."},
            "top": {"type": "integer", "minimum": 0, "maximum": 15, "default": 10, "description": "How many."},
            "share": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 1, "default": null},
            "mode": {"enum": ["fast", "slow", 3], "default": "fast"},
            "names": {"type": "array", "items": {"type": "string"}, "minItems": 1, "default": ["*"]},
            "either": {"oneOf": [{"type": "boolean"}, {"type": "array"}]},
            "what": {},
            "deep": {"type": "object", "properties": {"inner": {"type": "boolean", "default": true}}}
        }}"#;
        let lines = settings(schema).unwrap().into_iter().map(|one| {
            let Setting { name, kind, default, bounds, what } = one;
            format!("{name} | {kind} | {default} | {bounds} | {what}\n")
        });
        expect![[r#"
            deep | map |  |  | 
            deep.inner | true or false | true |  | 
            either | true or false or list |  |  | 
            mode | fast or slow or 3 | "fast" |  | 
            names | list of text | ["*"] | at least 1 entries | 
            share | number or nothing | null | at most 1, more than 0 | 
            top | whole number | 10 | 0 to 15 | How many.
            url | text | required | at most 200 characters, matches ^https: | Where it is.
            what | anything |  |  | 
        "#]]
        .assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn what_is_no_list_of_settings_is_none() {
        assert_eq!(settings(" "), Some(Vec::new()));
        for schema in ["{", "true", r#"{"type": "string"}"#, r#"{"properties": []}"#] {
            assert_eq!(settings(schema), None, "{schema}");
        }
    }

    #[test]
    fn a_schema_without_end_is_told_up_to_a_bound() {
        let many: Vec<String> = (0..300).map(|at| format!("\"s{at}\": {{}}")).collect();
        let schema = format!("{{\"properties\": {{{}}}}}", many.join(","));
        assert_eq!(settings(&schema).unwrap().len(), MOST_SETTINGS);
    }
}
