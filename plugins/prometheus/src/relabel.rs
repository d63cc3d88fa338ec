//! Rules over the labels of a series: a subset of Prometheus' `metric_relabel_configs`, and the shipped lists of what to keep.
//!
//! They are applied once to each series that is new; a pattern is anchored at both ends, as Prometheus' are.

use regex_lite::Regex;
use serde::Deserialize;

/// One rule, as the operator writes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// `replace`, `keep`, `drop`, `labeldrop`, `labelkeep` or `labelmap`. Default: `replace`.
    pub action: String,
    /// Labels whose values are joined to what the pattern is matched with; `__name__` is the metric's name.
    pub source_labels: Vec<String>,
    /// What stands between them. Default: `;`.
    pub separator: String,
    /// The pattern, for the whole of the text. Default: `(.*)`.
    pub regex: String,
    /// The label that `replace` sets; `__name__` renames the metric.
    pub target_label: String,
    /// What it is set to, where `$1` is the first group; nothing takes the label away. Default: `$1`.
    pub replacement: String,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            action: "replace".to_owned(),
            source_labels: Vec::new(),
            separator: ";".to_owned(),
            regex: "(.*)".to_owned(),
            target_label: String::new(),
            replacement: "$1".to_owned(),
        }
    }
}

/// What a compiled pattern may take of memory, in bytes.
const PATTERN_BYTES: usize = 1 << 20;
/// The metric's name, among the labels.
pub(crate) const NAME: &str = "__name__";

#[derive(Debug)]
enum Action {
    Replace { target: String, replacement: String },
    Keep,
    Drop,
    LabelDrop,
    LabelKeep,
    LabelMap { replacement: String },
}

/// A rule that is ready to be used.
#[derive(Debug)]
pub(crate) struct Compiled {
    sources: Vec<String>,
    separator: String,
    regex: Regex,
    action: Action,
}

/// Labels of a series, its name among them.
pub(crate) type Labels = Vec<(String, String)>;

impl Compiled {
    /// The error is the end of a sentence about the rule.
    pub(crate) fn new(rule: &Rule) -> Result<Self, String> {
        let regex = regex_lite::RegexBuilder::new(&format!("^(?s:{})$", rule.regex)).size_limit(PATTERN_BYTES).build();
        let regex = regex.map_err(|error| format!("has the pattern `{}`: {error}", rule.regex))?;
        let replacement = rule.replacement.clone();
        let action = match rule.action.as_str() {
            "replace" if is_label(&rule.target_label) => {
                Action::Replace { target: rule.target_label.clone(), replacement }
            }
            "replace" => {
                return Err(format!("has the target_label `{}`, which is no name of a label", rule.target_label));
            }
            "keep" => Action::Keep,
            "drop" => Action::Drop,
            "labeldrop" => Action::LabelDrop,
            "labelkeep" => Action::LabelKeep,
            "labelmap" => Action::LabelMap { replacement },
            other => {
                return Err(format!(
                    "has the action `{other}`; there are replace, keep, drop, labeldrop, labelkeep and labelmap"
                ));
            }
        };
        Ok(Self { sources: rule.source_labels.clone(), separator: rule.separator.clone(), regex, action })
    }

    /// Whether the series stays.
    fn apply(&self, labels: &mut Labels) -> bool {
        match &self.action {
            Action::Keep => return self.regex.is_match(&self.source(labels)),
            Action::Drop => return !self.regex.is_match(&self.source(labels)),
            Action::LabelDrop => labels.retain(|(name, _)| name == NAME || !self.regex.is_match(name)),
            Action::LabelKeep => labels.retain(|(name, _)| name == NAME || self.regex.is_match(name)),
            Action::LabelMap { replacement } => {
                for (name, value) in labels.clone() {
                    if let Some(found) = self.regex.captures(&name).filter(|_| name != NAME) {
                        let mut to = String::new();
                        found.expand(replacement, &mut to);
                        set(labels, &to, value);
                    }
                }
            }
            Action::Replace { target, replacement } => {
                let source = self.source(labels);
                if let Some(found) = self.regex.captures(&source) {
                    let mut value = String::new();
                    found.expand(replacement, &mut value);
                    set(labels, target, value);
                }
            }
        }
        true
    }

    fn source(&self, labels: &Labels) -> String {
        let values = self.sources.iter().map(|wanted| get(labels, wanted));
        values.collect::<Vec<_>>().join(&self.separator)
    }
}

/// Applies all rules. Whether the series stays; one without a name does not.
pub(crate) fn apply(rules: &[Compiled], labels: &mut Labels) -> bool {
    rules.iter().all(|rule| rule.apply(labels)) && !get(labels, NAME).is_empty()
}

/// The value of a label; empty where there is none.
pub(crate) fn get<'l>(labels: &'l Labels, wanted: &str) -> &'l str {
    labels.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value)
}

/// A label without a value is none.
fn set(labels: &mut Labels, name: &str, value: String) {
    labels.retain(|(known, _)| known != name);
    if !value.is_empty() {
        labels.push((name.to_owned(), value));
    }
}

/// Whether a label may be called so.
pub(crate) fn is_label(name: &str) -> bool {
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    first && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The names that a shipped list keeps.
///
/// `vllm`: "Production Metrics" of vLLM's documentation. `llama.cpp`: the endpoint `/metrics` in the README of its server.
/// `pipeline`: what OpenTelemetry's semantic conventions for generative AI call the metrics of clients and servers, in Prometheus'
/// spelling, and what counts or times the work of a pipeline by the usual names.
pub(crate) fn preset(name: &str) -> Option<Rule> {
    let regex = match name {
        "vllm" => {
            "vllm:(num_requests_(running|waiting|swapped)|(gpu|kv)_cache_usage_perc|num_preemptions_total|\
             (gpu_)?prefix_cache_(queries|hits)(_total)?|(prompt|generation)_tokens_total|request_success_total|\
             (time_to_first_token|time_per_output_token|inter_token_latency|request_time_per_output_token|e2e_request_latency|\
             request_(queue|inference|prefill|decode)_time)_seconds(_bucket|_sum|_count)|\
             request_(prompt|generation)_tokens(_bucket|_sum|_count)|cache_config_info)"
        }
        "llama.cpp" => {
            "llamacpp:(prompt_tokens_total|prompt_seconds_total|tokens_predicted_total|tokens_predicted_seconds_total|\
             n_decode_total|n_busy_slots_per_decode|prompt_tokens_seconds|predicted_tokens_seconds|kv_cache_usage_ratio|\
             kv_cache_tokens|requests_processing|requests_deferred|n_tokens_max)"
        }
        "pipeline" => {
            "gen_ai_.*|.*_(requests|items|events|records|documents|images|frames|tokens|batches|jobs|tasks|messages|errors|failures)\
             (_processed|_completed|_failed)?_total|.*(duration|latency|processing|time|wait)_seconds(_bucket|_sum|_count|_total)?|\
             .*queue_(depth|length|size)|.*_in_(flight|progress)"
        }
        _ => return None,
    };
    Some(Rule {
        action: "keep".to_owned(),
        source_labels: vec![NAME.to_owned()],
        regex: regex.to_owned(),
        ..Rule::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(rule: &str, labels: &[(&str, &str)]) -> Option<String> {
        let rule: Rule = serde_json::from_str(rule).unwrap();
        let mut labels: Labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        apply(&[Compiled::new(&rule).unwrap()], &mut labels).then(|| {
            let words: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
            words.join(" ")
        })
    }

    #[test]
    fn each_action_does_what_prometheus_does() {
        let series = [("__name__", "a_total"), ("x", "1"), ("yy", "two")];
        for (rule, result) in [
            (
                r#"{"action": "keep", "source_labels": ["__name__"], "regex": "a_.*"}"#,
                Some("__name__=a_total x=1 yy=two"),
            ),
            (r#"{"action": "keep", "source_labels": ["__name__"], "regex": "a_"}"#, None),
            (
                r#"{"action": "keep", "source_labels": ["__name__"], "regex": "b|a_total"}"#,
                Some("__name__=a_total x=1 yy=two"),
            ),
            (r#"{"action": "drop", "source_labels": ["x", "yy"], "regex": "1;two"}"#, None),
            (r#"{"action": "drop", "source_labels": ["none"], "regex": ".+"}"#, Some("__name__=a_total x=1 yy=two")),
            (r#"{"action": "labeldrop", "regex": "x|__name__"}"#, Some("__name__=a_total yy=two")),
            (r#"{"action": "labelkeep", "regex": "x"}"#, Some("__name__=a_total x=1")),
            (
                r#"{"action": "labelmap", "regex": "y(.)", "replacement": "to_$1"}"#,
                Some("__name__=a_total x=1 yy=two to_y=two"),
            ),
            (
                r#"{"source_labels": ["yy"], "regex": "(t)(.*)", "target_label": "z", "replacement": "${2}-$1"}"#,
                Some("__name__=a_total x=1 yy=two z=wo-t"),
            ),
            (r#"{"target_label": "x", "replacement": ""}"#, Some("__name__=a_total yy=two")),
            (
                r#"{"source_labels": ["__name__"], "regex": "a_(.*)", "target_label": "__name__", "replacement": "b_$1"}"#,
                Some("x=1 yy=two __name__=b_total"),
            ),
            (r#"{"target_label": "__name__", "replacement": ""}"#, None),
            (r#"{"source_labels": ["yy"], "regex": "no", "target_label": "x"}"#, Some("__name__=a_total x=1 yy=two")),
        ] {
            assert_eq!(applied(rule, &series).as_deref(), result, "{rule}");
        }
    }

    #[test]
    fn the_shipped_lists_keep_what_their_servers_document_and_nothing_of_their_runtime() {
        for (list, kept, left) in [
            (
                "vllm",
                "vllm:num_requests_running vllm:kv_cache_usage_perc vllm:time_to_first_token_seconds_bucket vllm:generation_tokens_total vllm:inter_token_latency_seconds_sum vllm:e2e_request_latency_seconds_count",
                "process_cpu_seconds_total python_gc_objects_collected_total http_requests_total vllm:request_params_n_bucket",
            ),
            (
                "llama.cpp",
                "llamacpp:prompt_tokens_total llamacpp:predicted_tokens_seconds llamacpp:requests_deferred",
                "process_open_fds llamacpp:unknown",
            ),
            (
                "pipeline",
                "gen_ai_client_token_usage_sum gen_ai_server_time_to_first_token_seconds_bucket worker_documents_processed_total embed_duration_seconds_bucket ingest_queue_depth",
                "go_goroutines process_resident_memory_bytes",
            ),
        ] {
            let rules = [Compiled::new(&preset(list).unwrap()).unwrap()];
            let stays = |name: &str| apply(&rules, &mut vec![(NAME.to_owned(), name.to_owned())]);
            assert!(kept.split(' ').all(stays), "{list}: {kept}");
            assert!(!left.split(' ').any(stays), "{list}: {left}");
        }
    }

    #[test]
    fn a_pattern_that_would_fill_the_memory_is_refused() {
        let rule = Rule { regex: "(a{1000}){1000}".to_owned(), target_label: "x".to_owned(), ..Rule::default() };
        assert!(Compiled::new(&rule).unwrap_err().starts_with("has the pattern"));
    }
}
