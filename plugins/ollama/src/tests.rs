//! The whole plugin on given answers, which are those of Ollama's documentation.

use autobot_plugin_sdk::http::{Response, Timing};
use autobot_plugin_sdk::testing::{Collected, Facts, Plugin};
use autobot_plugin_sdk::{Collector as _, Error};
use expect_test::expect;
use serde_json::{Value, json};

use crate::Ollama;

/// 2024-06-04T21:33:31Z: five minutes before the model of the documentation expires.
const START: u64 = 1_717_536_811_000;

fn answer(status: u16, body: &str) -> Result<Response, Error> {
    let timing = Timing { resolve: 0.0, connect: 0.0, tls: 0.0, first_byte: 0.0, body: 0.0, total: 0.002 };
    Ok(Response {
        status,
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
        body_bytes: body.len() as u64,
        complete: true,
        timing,
        version: "HTTP/1.1".to_owned(),
        remote_address: "127.0.0.1:11434".to_owned(),
        url: "http://127.0.0.1:11434".to_owned(),
        redirected: 0,
        tls: None,
    })
}

fn version() -> Result<Response, Error> {
    answer(200, r#"{"version":"0.5.1"}"#)
}

fn tags() -> Result<Response, Error> {
    let body = json!({"models": [
        {"name": "codellama:13b", "modified_at": "2023-11-04T14:56:49.277302595-07:00", "size": 7_365_960_935_u64,
         "digest": "9f43", "details": {"format": "gguf", "family": "llama", "families": null, "parameter_size": "13B", "quantization_level": "Q4_0"}},
        {"name": "mistral:latest", "size": 3_825_819_519_u64, "digest": "fe93", "details": {"family": "llama", "parameter_size": "7.2B", "quantization_level": "Q4_0"}},
    ]});
    answer(200, &body.to_string())
}

fn ps(size_vram: u64) -> Result<Response, Error> {
    let body = json!({"models": [{"name": "mistral:latest", "model": "mistral:latest", "size": 5_137_025_024_u64, "digest": "2ae6",
        "details": {"family": "llama", "parameter_size": "7.2B", "quantization_level": "Q4_0"},
        "expires_at": "2024-06-04T14:38:31.83753-07:00", "size_vram": size_vram}]});
    answer(200, &body.to_string())
}

fn nothing_loaded() -> Result<Response, Error> {
    answer(200, r#"{"models":[]}"#)
}

fn plugin(settings: &Value, answers: &[Result<Response, Error>]) -> Plugin<Ollama> {
    Plugin::new(&settings.to_string(), Facts::default().with("http.fetch-all", &answers)).unwrap()
}

fn next(plugin: &mut Plugin<Ollama>, second: u64, answers: &[Result<Response, Error>]) -> Collected {
    plugin.change(|facts| facts.set("http.fetch-all", &answers));
    plugin.collect(START + second * 1000).0
}

#[test]
fn version_models_and_where_they_lie_are_told() {
    let mut plugin = plugin(&json!({"targets": ["gpu-box"]}), &[version(), tags(), ps(3_852_768_768)]);
    let (collected, result) = plugin.collect(START);
    assert_eq!(result, Ok(()));
    expect![[r#"
        ollama_response_seconds{target="gpu-box"} 0.002
        ollama_info{target="gpu-box",version="0.5.1"} 1
        ollama_models_loaded{target="gpu-box"} 1
        ollama_models_installed{target="gpu-box"} 2
        llm_model_memory_bytes{target="gpu-box",model="mistral:latest",memory="vram"} 3852768768
        llm_model_memory_bytes{target="gpu-box",model="mistral:latest",memory="ram"} 1284256256
        ollama_model_vram_ratio{target="gpu-box",model="mistral:latest"} 0.75
        ollama_model_expiry_seconds{target="gpu-box",model="mistral:latest"} 300.838
        ollama_model_size_bytes{target="gpu-box",model="mistral:latest"} 3825819519
        ollama_model_info{target="gpu-box",model="mistral:latest",family="llama",parameters="7.2B",quantization="Q4_0"} 1
        ollama_model_size_bytes{target="gpu-box",model="codellama:13b"} 7365960935
        ollama_model_info{target="gpu-box",model="codellama:13b",family="llama",parameters="13B",quantization="Q4_0"} 1
        ollama_up{target="gpu-box"} 1
    "#]]
    .assert_eq(&collected.text(""));
}

#[test]
fn one_that_is_down_lies_or_hangs_is_0_with_a_sentence_and_comes_back() {
    let mut said = String::new();
    for bad in [
        Err(Error::Unreachable("connection refused".to_owned())),
        answer(500, r#"{"error":"out of memory"}"#),
        answer(200, "<html>"),
        answer(200, r#"{"version":7}"#),
        answer(200, "\u{0}"),
        Err(Error::Timeout("no answer within 5s".to_owned())),
    ] {
        let mut plugin = plugin(&json!({"targets": ["a"]}), &[bad.clone(), bad.clone(), bad]);
        let (collected, result) = plugin.collect(START);
        assert_eq!(collected.text(""), "ollama_up{target=\"a\"} 0\n");
        said += &format!("{}\n", crate::sentence(&result.unwrap_err()));
        assert!(plugin.collect(START + 15_000).0.log.is_empty(), "said once");
        let collected = next(&mut plugin, 60, &[version(), tags(), ps(0)]);
        assert_eq!(collected.log, ["info: a: answers again"]);
        assert_eq!(collected.value("ollama_up{target=\"a\"}"), Some(1.0));
    }
    expect![[r#"
        connection refused
        /api/version answers 500: out of memory
        /api/version answers what is not Ollama's: expected a value at byte 0
        /api/version answers what is not Ollama's: expected a string, found a number
        /api/version answers what is not Ollama's: expected a value at byte 0
        no answer within 5s
    "#]]
    .assert_eq(&said);
}

#[test]
fn sizes_that_cannot_be_are_not_told() {
    let mut plugin = plugin(&json!({"targets": ["a"]}), &[version(), tags(), ps(9_999_999_999_999)]);
    let (collected, _) = plugin.collect(START);
    assert_eq!(collected.text("llm_model_memory_bytes"), "");
    assert_eq!(collected.value("ollama_up{target=\"a\"}"), Some(1.0));
}

#[test]
fn no_model_is_asked_that_is_not_loaded_unless_the_operator_says_so() {
    let settings = json!({"targets": ["a"], "generate": "mistral"});
    let mut plugin = plugin(&settings, &[version(), tags(), nothing_loaded()]);
    let (collected, _) = plugin.collect(START);
    assert_eq!(collected.log, ["info: a: mistral is not loaded and is not asked; `load: true` would load it"]);
    assert_eq!(collected.text("llm_"), "");
}

#[test]
fn a_stream_that_breaks_off_is_no_answer() {
    for (body, words) in [
        (r#"{"model":"m","response":"a","done":false}"#, "/api/generate broke off before it was done"),
        (r#"{"error":"model 'm' not found"}"#, "/api/generate: model 'm' not found"),
        ("", "/api/generate answers what is not Ollama's: expected a value at byte 0"),
    ] {
        let error = crate::api::read_generated("/api/generate", &answer(200, body).unwrap()).unwrap_err();
        assert_eq!(crate::sentence(&error), words);
    }
}

#[test]
fn without_targets_there_is_nothing_to_do_and_that_is_said_once() {
    let mut plugin = plugin(&json!({}), &[]);
    let (collected, result) = plugin.collect(START);
    assert!(result.is_ok() && collected.samples.is_empty() && collected.asked.is_empty());
    assert_eq!(collected.log, ["info: nothing to measure here: `targets` of the settings names no Ollama"]);
}

#[test]
fn every_family_has_a_sentence_and_the_label_target() {
    for family in Ollama::FAMILIES {
        assert!(family.help.ends_with('.') && family.labels.first() == Some(&"target"), "{}", family.name);
    }
}
