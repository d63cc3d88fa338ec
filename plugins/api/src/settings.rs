//! What the operator may set.

use serde::Deserialize;

use crate::span::Span;
use crate::spec::{Endpoint, WebSocket};
use crate::status::Statuses;

/// The plugin's `settings`. Every field has a default; without endpoints there is nothing to measure.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The target of everything that names no other and has no URL of its own; a name of the configuration's `targets`.
    pub target: String,
    /// Requests to make: URLs, paths of `target`, or objects.
    pub endpoints: Vec<Endpoint>,
    /// WebSockets to open.
    pub websockets: Vec<WebSocket>,
    /// Path of an OpenAPI document (2.0 or 3, JSON or YAML) of `target`, whose GET operations are checked too. Default: none.
    pub openapi: String,
    /// How often that document is read again. Default: `10m`.
    pub openapi_interval: Span,
    /// What status its operations may answer with. Default: `["200-399"]`.
    pub openapi_status: Statuses,
    /// Paths of operations to leave out; `*` stands for anything. Example: `["/admin/*"]`.
    pub exclude: Vec<String>,
    /// Endpoints at most, those of the document included: 1 to 1000. Default: 520.
    pub most_endpoints: u32,
    /// How often each is checked. Default: `1m`.
    pub interval: Span,
    /// How long one check may take. Default: `5s`.
    pub timeout: Span,
    /// Redirects that are followed, within the grant: 0 to 20. Default: 10.
    pub redirects: u32,
    /// Requests to one host at once: 1 to 1000. Default: 16.
    pub concurrency: u32,
    /// Requests at once in all, as `limits.in_flight` has it: 1 to 1000. Default: 16.
    pub connections: u32,
    /// When a collection should be over; a second less than `limits.deadline`. Default: `9s`.
    pub deadline: Span,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            target: String::new(),
            endpoints: Vec::new(),
            websockets: Vec::new(),
            openapi: String::new(),
            openapi_interval: Span(600_000),
            openapi_status: Statuses::answered(),
            exclude: Vec::new(),
            most_endpoints: 520,
            interval: Span(60_000),
            timeout: Span(5_000),
            redirects: 10,
            concurrency: 16,
            connections: 16,
            deadline: Span(9_000),
        }
    }
}

/// Endpoints of one instance.
pub(crate) const MOST_ENDPOINTS: u32 = 1_000;
/// Redirects that the host follows.
pub(crate) const MOST_REDIRECTS: u32 = 20;
/// Patterns in one list.
const MOST_PATTERNS: usize = 200;
/// Between two checks of one endpoint.
const INTERVALS: (Span, Span) = (Span(1_000), Span(86_400_000));

impl Settings {
    /// What is wrong with the settings as a whole; each endpoint is judged by itself.
    pub(crate) fn check(&self) -> Result<(), String> {
        let most_count = MOST_ENDPOINTS as usize;
        for (name, count) in [("endpoints", self.endpoints.len()), ("websockets", self.websockets.len())] {
            if count > most_count {
                return Err(format!("`{name}` has {count} entries; it may have {most_count}"));
            }
        }
        if self.exclude.len() > MOST_PATTERNS {
            return Err(format!("`exclude` has {} entries; it may have {MOST_PATTERNS}", self.exclude.len()));
        }
        for (name, value, least, most) in [
            ("most_endpoints", self.most_endpoints, 1, MOST_ENDPOINTS),
            ("redirects", self.redirects, 0, MOST_REDIRECTS),
            ("concurrency", self.concurrency, 1, 1_000),
            ("connections", self.connections, 1, 1_000),
        ] {
            if !(least..=most).contains(&value) {
                return Err(format!("`{name}` is {value}; it may be {least} to {most}"));
            }
        }
        if self.endpoints.len() > self.most_endpoints as usize {
            return Err(format!(
                "`endpoints` has {} entries, and `most_endpoints` is {}",
                self.endpoints.len(),
                self.most_endpoints
            ));
        }
        if !self.openapi.is_empty() && (self.target.is_empty() || !self.openapi.starts_with('/')) {
            return Err(format!(
                "`openapi` is `{}`; it is a path that begins with `/`, of the target that `target` names",
                self.openapi
            ));
        }
        self.check_interval("interval", self.interval)?;
        self.check_interval("openapi_interval", self.openapi_interval)?;
        self.check_timeout("timeout", self.timeout)
    }

    pub(crate) fn check_interval(&self, name: &str, interval: Span) -> Result<(), String> {
        let (least, most) = INTERVALS;
        if (least..=most).contains(&interval) {
            return Ok(());
        }
        Err(format!("`{name}` is {interval}; it may be {least} to {most}"))
    }

    pub(crate) fn check_timeout(&self, name: &str, timeout: Span) -> Result<(), String> {
        if timeout > Span(0) && timeout <= self.deadline {
            return Ok(());
        }
        Err(format!(
            "`{name}` is {timeout}, and a whole collection has {}; shorten it, or raise `deadline` here and, to a second more, `limits.deadline` of the plugin",
            self.deadline
        ))
    }
}

/// [`Settings`] as a JSON Schema, for whoever edits a configuration.
pub(crate) const SCHEMA: &str = include_str!("settings.schema.json");

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeSet;

    fn fields(error: &str) -> BTreeSet<&str> {
        error.split('`').skip(3).step_by(2).collect()
    }

    fn names(properties: &Value) -> BTreeSet<&str> {
        properties.as_object().unwrap().keys().map(String::as_str).collect()
    }

    #[test]
    fn the_schema_has_the_fields_and_defaults_of_the_structs() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let properties = &schema["properties"];
        let defaults: serde_json::Map<_, _> = properties
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, property)| (name.clone(), property["default"].clone()))
            .collect();
        assert_eq!(serde_json::from_value::<Settings>(defaults.into()).unwrap(), Settings::default());
        assert_eq!(Settings::default().check(), Ok(()));
        let unknown = r#"{"no_such_field": 1}"#;
        let error = serde_json::from_str::<Settings>(unknown).unwrap_err().to_string();
        assert_eq!(fields(&error), names(properties));
        let error = serde_json::from_str::<Endpoint>(unknown).unwrap_err().to_string();
        assert_eq!(fields(&error), names(&schema["$defs"]["endpoint"]["properties"]));
        let error = serde_json::from_str::<WebSocket>(unknown).unwrap_err().to_string();
        assert_eq!(fields(&error), names(&schema["$defs"]["websocket"]["properties"]));
    }

    #[test]
    fn what_goes_too_far_is_refused_with_a_reason() {
        for (settings, reason) in [
            (r#"{"most_endpoints": 1001}"#, "`most_endpoints` is 1001; it may be 1 to 1000"),
            (r#"{"concurrency": 0}"#, "`concurrency` is 0; it may be 1 to 1000"),
            (r#"{"redirects": 21}"#, "`redirects` is 21; it may be 0 to 20"),
            (
                r#"{"openapi": "/openapi.json"}"#,
                "`openapi` is `/openapi.json`; it is a path that begins with `/`, of the target",
            ),
            (r#"{"openapi": "x", "target": "a"}"#, "`openapi` is `x`; it is a path that begins with `/`"),
            (r#"{"interval": "10ms"}"#, "`interval` is 10ms; it may be 1s to 1d"),
            (
                r#"{"timeout": "10s"}"#,
                "`timeout` is 10s, and a whole collection has 9s; shorten it, or raise `deadline`",
            ),
            (r#"{"timeout": "0s"}"#, "`timeout` is 0s"),
            (
                r#"{"endpoints": ["http://a/", "http://b/"], "most_endpoints": 1}"#,
                "`endpoints` has 2 entries, and `most_",
            ),
        ] {
            let error = serde_json::from_str::<Settings>(settings).unwrap().check().unwrap_err();
            assert!(error.starts_with(reason), "{settings}: {error}");
        }
    }
}
