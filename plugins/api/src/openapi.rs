//! The GET operations of an OpenAPI document (2.0 and 3, JSON or YAML) that can be asked for: those without required parameters,
//! and those whose required parameters have an example, a default or a list of values in the document. Nothing else is made up.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;

use crate::yaml;

/// Paths of one document.
const MOST_PATHS: usize = 10_000;
/// Parameters of one operation.
const MOST_PARAMETERS: usize = 50;

/// What can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    /// As it stands in the document: `/users/{id}`.
    pub(crate) template: String,
    /// With what stands for its parameters: `/users/7?full=true`.
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    /// The first of its tags.
    pub(crate) tag: String,
}

/// What a document has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Operations {
    /// By path.
    pub(crate) askable: Vec<Operation>,
    /// Those with a required parameter of which the document gives no example.
    pub(crate) without_example: usize,
    /// Those that answer with a stream of events, which has no end.
    pub(crate) endless: usize,
    /// Those that are not written as they should be.
    pub(crate) broken: usize,
}

/// As far as it is read.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    /// `3.1.0`; 2.0 has `swagger`.
    openapi: Option<Value>,
    swagger: Option<Value>,
    servers: Value,
    #[serde(rename = "basePath")]
    base_path: Option<String>,
    paths: BTreeMap<String, PathItem>,
    components: Components,
    parameters: BTreeMap<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Components {
    parameters: BTreeMap<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PathItem {
    get: Option<Value>,
    parameters: Vec<Value>,
}

/// Reads a document. The error is for people.
pub(crate) fn read(bytes: &[u8]) -> Result<Operations, String> {
    let begins = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let document: Document = if begins == Some(&b'{') {
        serde_json::from_slice(bytes).map_err(|error| format!("it is no OpenAPI document in JSON: {error}"))?
    } else {
        let text = std::str::from_utf8(bytes).map_err(|error| format!("it is no text: {error}"))?;
        let wrong = |error: String| format!("it is no OpenAPI document in YAML: {error}");
        let value = yaml::read(text).map_err(wrong)?;
        serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?
    };
    if document.openapi.is_none() && document.swagger.is_none() {
        return Err("it is no OpenAPI document: it says neither `openapi` nor `swagger`".to_owned());
    }
    if document.paths.len() > MOST_PATHS {
        return Err(format!("it has {} paths; {MOST_PATHS} are read", document.paths.len()));
    }
    let base = document.base();
    let mut found = Operations::default();
    for (template, item) in &document.paths {
        let Some(get) = &item.get else { continue };
        if !template.starts_with('/') || !get.is_object() {
            found.broken += 1;
        } else if is_endless(get) {
            found.endless += 1;
        } else {
            match document.operation(&base, template, item, get) {
                Some(operation) => found.askable.push(operation),
                None => found.without_example += 1,
            }
        }
    }
    Ok(found)
}

impl Document {
    /// What stands before all paths: `basePath` of 2.0, the path of the first server of 3. The host of that server is the
    /// document's opinion; who is asked is the operator's target.
    fn base(&self) -> String {
        let server = self.servers.get(0).and_then(|server| server.get("url")).and_then(Value::as_str);
        let url = self.base_path.as_deref().or(server).unwrap_or_default();
        let path = match url.split_once("://") {
            Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default(),
            None => url,
        };
        let path = path.trim_end_matches('/');
        if path.starts_with('/') && !path.contains(['{', '?', '#']) { path.to_owned() } else { String::new() }
    }

    /// The operation with its required parameters filled in; `None` when one of them has nothing to be filled with.
    fn operation(&self, base: &str, template: &str, item: &PathItem, get: &Value) -> Option<Operation> {
        let own = get.get("parameters").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if own.len() > MOST_PARAMETERS || item.parameters.len() > MOST_PARAMETERS {
            return None;
        }
        // An operation's parameters stand for those of the same name and place that its path has.
        let mut parameters: BTreeMap<(&str, &str), &Value> = BTreeMap::new();
        for parameter in item.parameters.iter().chain(own) {
            let parameter = self.resolved(parameter)?;
            let text = |key: &str| parameter.get(key).and_then(Value::as_str);
            parameters.insert((text("in")?, text("name")?), parameter);
        }
        let mut path = format!("{base}{template}");
        let (mut query, mut headers) = (String::new(), BTreeMap::new());
        for ((place, name), parameter) in parameters {
            let is_required = place == "path" || parameter.get("required").and_then(Value::as_bool) == Some(true);
            if !is_required {
                continue;
            }
            let value = example(parameter)?;
            match place {
                "path" => path = path.replace(&format!("{{{name}}}"), &encoded(&value)),
                "query" => {
                    let mark = if query.is_empty() { '?' } else { '&' };
                    let _ = write!(query, "{mark}{}={}", encoded(name), encoded(&value));
                }
                "header" => drop(headers.insert(name.to_owned(), value)),
                // A cookie is a login, and a body does not belong to a GET.
                _ => return None,
            }
        }
        if path.contains(['{', '}', '?', '#']) {
            return None;
        }
        let tag = get.get("tags").and_then(|tags| tags.get(0)).and_then(Value::as_str).unwrap_or_default();
        Some(Operation { template: template.to_owned(), path: path + &query, headers, tag: tag.to_owned() })
    }

    /// What a reference within the document leads to, in one step.
    fn resolved<'a>(&'a self, parameter: &'a Value) -> Option<&'a Value> {
        let Some(reference) = parameter.get("$ref").and_then(Value::as_str) else { return Some(parameter) };
        match reference.strip_prefix("#/components/parameters/") {
            Some(name) => self.components.parameters.get(name),
            None => self.parameters.get(reference.strip_prefix("#/parameters/")?),
        }
    }
}

/// What the document itself offers for a parameter, the most deliberate first.
fn example(parameter: &Value) -> Option<String> {
    let schema = parameter.get("schema");
    let first_of = |value: Option<&Value>| {
        let examples = value?.get("examples")?;
        match examples {
            Value::Array(list) => list.first().cloned(),
            Value::Object(named) => named.values().find_map(|one| one.get("value")).cloned(),
            _ => None,
        }
    };
    let of = |value: Option<&Value>, key: &str| value?.get(key).cloned();
    let content = parameter.get("content").and_then(Value::as_object).and_then(|content| content.values().next());
    let found = [
        of(Some(parameter), "example"),
        first_of(Some(parameter)),
        of(content, "example"),
        first_of(content),
        of(schema, "example"),
        first_of(schema),
        of(Some(parameter), "x-example"),
        of(schema, "default"),
        of(Some(parameter), "default"),
        schema.and_then(|schema| schema.get("enum")?.get(0)).cloned(),
        parameter.get("enum").and_then(|values| values.get(0)).cloned(),
    ];
    found.into_iter().flatten().find_map(|value| text(&value))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Array(list) if !list.is_empty() => {
            list.iter().map(text).collect::<Option<Vec<_>>>().map(|texts| texts.join(","))
        }
        _ => None,
    }
}

/// As one part of a path or a query: all but the unreserved characters of RFC 3986 is escaped.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~,".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Whether one of its answers is a stream of events.
fn is_endless(get: &Value) -> bool {
    let responses = get.get("responses").and_then(Value::as_object);
    let content = responses.into_iter().flat_map(|all| all.values()).filter_map(|one| one.get("content")?.as_object());
    let produces = get.get("produces").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    content
        .flat_map(|content| content.keys().map(String::as_str))
        .chain(produces)
        .any(|kind| kind.starts_with("text/event-stream"))
}
