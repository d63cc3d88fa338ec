//! Endpoints from documents: which operations are taken, with what for their parameters, and how they come and go.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{answer, collect, facts, plugin};
use crate::openapi::read;

fn taken(document: &str, expected: Expect) {
    let told = match read(document.as_bytes()) {
        Err(error) => error,
        Ok(found) => {
            let mut lines: Vec<String> = found
                .askable
                .iter()
                .map(|one| format!("{} {} {:?} [{}]", one.template, one.path, one.headers, one.tag))
                .collect();
            lines.push(format!("{} {} {}", found.without_example, found.endless, found.broken));
            lines.join("\n")
        }
    };
    expected.assert_eq(&told);
}

#[test]
fn operations_without_parameters_or_with_examples_are_taken() {
    let parameter = |place: &str, name: &str, more: Value| {
        let mut parameter = json!({"in": place, "name": name, "required": true});
        parameter.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        parameter
    };
    let get = |parameters: Value| json!({"get": {"parameters": parameters}});
    let document = json!({
        "openapi": "3.0.3",
        "servers": [{"url": "https://api.example.org/v1/"}],
        "components": {"parameters": {"Id": parameter("path", "id", json!({"example": "a b/c"}))}},
        "paths": {
            "/plain": {"get": {"tags": ["one", "two"]}, "post": {}},
            "/only-post": {"post": {}},
            "/{id}": get(json!([{"$ref": "#/components/parameters/Id"}])),
            "/examples/{id}": get(json!([parameter("path", "id", json!({"examples": {"x": {"value": 7}}}))])),
            "/schema": get(json!([parameter("query", "q", json!({"schema": {"enum": ["x&y", "z"]}})), parameter("query", "a", json!({"schema": {"default": true}}))])),
            "/list": get(json!([parameter("query", "ids", json!({"example": [1, 2]}))])),
            "/header": get(json!([parameter("header", "X-Region", json!({"example": "eu"}))])),
            "/optional": get(json!([{"in": "query", "name": "q", "schema": {"type": "string"}}])),
            "/unknown/{id}": get(json!([parameter("path", "id", json!({}))])),
            "/undeclared/{id}": get(json!([])),
            "/cookie": get(json!([parameter("cookie", "session", json!({"example": "x"}))])),
            "/gone": get(json!([{"$ref": "#/components/parameters/Gone"}])),
            "/shared/{id}": {"parameters": [parameter("path", "id", json!({"example": 1}))], "get": {"parameters": [parameter("path", "id", json!({"example": 2}))]}},
            "/events": {"get": {"responses": {"200": {"content": {"text/event-stream": {}}}}}},
            "/broken": {"get": 5},
            "relative": {"get": {}}
        }
    });
    taken(
        &document.to_string(),
        expect![[r#"
            /examples/{id} /v1/examples/7 {} []
            /header /v1/header {"X-Region": "eu"} []
            /list /v1/list?ids=1,2 {} []
            /optional /v1/optional {} []
            /plain /v1/plain {} [one]
            /schema /v1/schema?a=true&q=x%26y {} []
            /shared/{id} /v1/shared/2 {} []
            /{id} /v1/a%20b%2Fc {} []
            4 1 2"#]],
    );
}

#[test]
fn swagger_and_yaml_are_read_too() {
    let yaml = r##"
swagger: "2.0"
basePath: /api
definitions: {Big: {description: never read}}
parameters:
  lang: {in: query, name: lang, required: true, type: string, enum: [de, en]}
paths:
  /items:
    get:
      tags: [items]
      parameters: [{$ref: "#/parameters/lang"}]
  /stream:
    get: {produces: [text/event-stream]}
"##;
    taken(
        yaml,
        expect![[r#"
            /items /api/items?lang=de {} [items]
            0 1 0"#]],
    );
}

#[test]
fn what_is_no_document_is_told() {
    for (document, expected) in [
        ("{}", expect!["it is no OpenAPI document: it says neither `openapi` nor `swagger`"]),
        ("", expect!["it is no OpenAPI document in YAML: invalid type: null, expected struct Document"]),
        (
            "<html>",
            expect!["it is no OpenAPI document in YAML: invalid type: string \"<html>\", expected struct Document"],
        ),
        ("{\"openapi\": ", expect!["it is no OpenAPI document in JSON: EOF while parsing a value at line 1 column 12"]),
        (
            "{\"openapi\": \"3\", \"paths\": 5}",
            expect!["it is no OpenAPI document in JSON: invalid type: integer `5`, expected a map at line 1 column 27"],
        ),
    ] {
        taken(document, expected);
    }
}

proptest! {
    #[test]
    fn any_text_is_a_document_or_refused(text in "[a-z{}\\[\\]:\", /0-9\n-]{0,80}") {
        let _ = read(text.as_bytes());
        let _ = read(format!("openapi: 3\npaths:\n  {text}").as_bytes());
    }

    #[test]
    fn no_example_leads_out_of_the_path(value: String) {
        let id = json!({"in": "path", "name": "id", "required": true, "example": value});
        let document = json!({"openapi": "3", "paths": {"/a/{id}/b": {"get": {"parameters": [id]}}}});
        for operation in read(document.to_string().as_bytes()).unwrap().askable {
            prop_assert_eq!(operation.path.split('/').count(), 4);
            let leads_on = operation.path.contains(['?', '#', ' ', '\\', '{']);
            prop_assert!(!leads_on);
        }
    }
}

fn document(paths: &[&str]) -> String {
    let paths: serde_json::Map<_, _> = paths.iter().map(|path| ((*path).to_owned(), json!({"get": {}}))).collect();
    json!({"openapi": "3.1.0", "paths": paths}).to_string()
}

#[test]
fn endpoints_come_and_go_with_the_document_and_stay_while_it_cannot_be_read() {
    let settings = json!({
        "target": "main", "openapi": "/openapi.json", "openapi_interval": "10s", "exclude": ["/admin/*"],
        "endpoints": [{"path": "/own", "name": "/b"}], "interval": "1s"
    });
    // All answers are the document: the first of them is asked for alone.
    let mut plugin = plugin(&settings, facts(&vec![Ok(answer(200, &document(&["/a", "/b", "/admin/x"]))); 5]));
    let names = |seconds: u64, plugin: &mut _| {
        let collected = collect(plugin, seconds);
        let text = collected.text("http_check_up");
        let names = text.lines().filter(|line| !line.ends_with("ended"));
        names.filter_map(|line| Some(line.split('"').nth(3)?.to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(names(0, &mut plugin), ["/b", "/a"], "the operator's own counts, and what is excluded does not");
    plugin.change(|all| all.set("http.fetch-all", &vec![Ok::<_, autobot_plugin_sdk::Error>(answer(503, "later")); 5]));
    let collected = collect(&mut plugin, 10);
    assert_eq!(collected.value("http_check_discovery_up{target=\"main\"}"), Some(0.0));
    assert!(
        collected.log.contains(&"warn: the OpenAPI document /openapi.json of main: the target answered 503".to_owned())
    );
    assert_eq!(names(11, &mut plugin), ["/b", "/a"]);
    let changed = vec![Ok::<_, autobot_plugin_sdk::Error>(answer(200, &document(&["/a", "/c"]))); 5];
    plugin.change(|all| all.set("http.fetch-all", &changed));
    let collected = collect(&mut plugin, 20);
    assert_eq!(collected.value("http_check_discovery_up{target=\"main\"}"), Some(1.0));
    assert_eq!(names(22, &mut plugin), ["/b", "/a", "/c"]);
}

#[test]
fn no_more_operations_are_taken_than_there_is_room_for() {
    let paths: Vec<String> = (0..30).map(|at| format!("/{at}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let settings = json!({"target": "main", "openapi": "/openapi.json", "most_endpoints": 10});
    let mut plugin = plugin(&settings, facts(&vec![Ok(answer(200, &document(&paths))); 20]));
    let collected = collect(&mut plugin, 0);
    for (state, count) in [("checked", 10.0), ("surplus", 20.0), ("excluded", 0.0)] {
        let series = format!("http_check_discovery_operations{{target=\"main\",state=\"{state}\"}}");
        assert_eq!(collected.value(&series), Some(count), "{state}");
    }
    assert!(collected.log[0].starts_with("warn: 20 operations of main are left out; let `exclude` take more"));
}
