//! A small answer now and then, for its speed: tokens a second, and the time to the first one.
//!
//! Ollama itself tells how long it loaded, read and wrote (`load_duration`, `prompt_eval_duration`, `eval_duration`); the time to the first
//! token is all of `total_duration` that was not writing, and no less than loading and reading together.

use autobot_plugin_sdk::{Error, Family, Metrics, Timestamp, clock, http, log};

use crate::api::{self, Generated, cut};
use crate::settings::Settings;
use crate::{LABEL_BYTES, sentence};

pub(crate) static SPEED: Family =
    Family::gauge("llm_tokens_per_second", "1/s", "Tokens a second of the last small answer.")
        .labels(&["target", "model"]);
pub(crate) static PROMPT_SPEED: Family = Family::gauge(
    "llm_prompt_tokens_per_second",
    "1/s",
    "Tokens of the prompt read a second, of the last small answer; none where it was remembered.",
)
.labels(&["target", "model"]);
pub(crate) static FIRST_TOKEN: Family = Family::gauge(
    "llm_time_to_first_token_seconds",
    "s",
    "From the question to the first token of the last small answer, by Ollama's own clock: loading and reading the prompt.",
)
.labels(&["target", "model"]);
pub(crate) static LOAD: Family =
    Family::gauge("llm_model_load_seconds", "s", "How long the model was loaded for the last small answer.")
        .labels(&["target", "model"]);
pub(crate) static DURATION: Family = Family::gauge(
    "llm_generate_duration_seconds",
    "s",
    "How long the last small answer took in all, by Ollama's own clock.",
)
.labels(&["target", "model"]);
pub(crate) static UP: Family =
    Family::gauge("llm_generate_up", "1", "1 when the last small answer came, 0 when it failed.")
        .labels(&["target", "model"]);
pub(crate) static TIME: Family =
    Family::gauge("llm_generate_time_seconds", "s", "When the last small answer was asked for, since the Unix epoch.")
        .labels(&["target", "model"]);

/// What the last answer told. It stays until the next one.
#[derive(Debug, Default)]
pub(crate) struct Generate {
    next: Option<u64>,
    last: Option<(Timestamp, Option<Generated>)>,
    failing: Option<String>,
    waits: bool,
}

/// Asks each Ollama that is due, and sets what was told. `loaded` are the names of its models in memory, if it answers.
pub(crate) fn run<'s>(
    servers: impl Iterator<Item = ((&'s str, &'s mut Generate), &'s Option<Vec<String>>)>,
    now: u64,
    at: Timestamp,
    settings: &Settings,
    metrics: &mut Metrics,
) {
    // Both calls must end within what a collect may take; after a slow one the answer waits for the next collect.
    let late = clock::monotonic_micros().saturating_sub(now) > SLOW_MICROS;
    let model = settings.generate.as_str();
    let mut servers: Vec<_> = servers.collect();
    let (mut asked, mut requests) = (Vec::new(), Vec::new());
    for (place, ((target, generate), loaded)) in servers.iter_mut().enumerate() {
        let Some(loaded) = loaded else { continue };
        if late || generate.next.is_some_and(|next| now < next) {
            continue;
        }
        if !settings.load && !loaded.iter().any(|name| same(name, model)) {
            generate.last = None;
            if !std::mem::replace(&mut generate.waits, true) {
                log::info(&format!("{target}: {model} is not loaded and is not asked; `load: true` would load it"));
            }
            continue;
        }
        generate.waits = false;
        generate.next = Some(now.saturating_add((settings.generate_every_seconds * 1e6) as u64));
        asked.push(place);
        requests.push(api::request(target, PATH, Some(question(settings)), (settings.timeout_seconds * 1e6) as u64));
    }
    let answers = if requests.is_empty() { Vec::new() } else { http::fetch_all(&requests) };
    for (place, answer) in asked.into_iter().zip(answers) {
        let ((target, generate), _) = &mut servers[place];
        generate.take(target, answer, at);
        if generate.failing.is_some() {
            let again = now.saturating_add(AGAIN_MICROS);
            generate.next = Some(generate.next.map_or(again, |next| next.min(again)));
        }
    }
    for ((target, generate), loaded) in servers {
        if loaded.is_some() {
            generate.set(target, model, metrics);
        }
    }
}

/// How long the other questions may have taken.
const SLOW_MICROS: u64 = 2_000_000;
/// After a failure it is tried again so soon, or when it is due.
const AGAIN_MICROS: u64 = 30_000_000;
const PATH: &str = "/api/generate";

/// Ollama calls a model without a tag by the tag `latest`.
fn same(name: &str, wanted: &str) -> bool {
    name == wanted || name.strip_suffix(":latest") == Some(wanted)
}

/// The same tokens each time: no chance in it, and no more of them than was asked for. It is streamed, as it is to people.
fn question(settings: &Settings) -> String {
    format!(
        "{{\"model\":{},\"prompt\":{},\"stream\":true,\"options\":{{\"num_predict\":{},\"temperature\":0,\"seed\":1}}}}",
        quoted(&settings.generate),
        quoted(&settings.prompt),
        settings.generate_tokens
    )
}

/// A text of JSON.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_ascii_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

impl Generate {
    fn take(&mut self, target: &str, answer: Result<http::Response, Error>, at: Timestamp) {
        let generated = answer.and_then(|response| api::read_generated(PATH, &response));
        match &generated {
            Ok(_) => {
                if self.failing.take().is_some() {
                    log::info(&format!("{target}: generates again"));
                }
            }
            Err(error) if self.failing.as_deref() != Some(sentence(error)) => {
                log::warn(&format!("{target}: {}", sentence(error)));
                self.failing = Some(sentence(error).to_owned());
            }
            Err(_) => {}
        }
        self.last = Some((at, generated.ok()));
    }

    fn set(&self, target: &str, model: &str, metrics: &mut Metrics) {
        let Some((at, told)) = &self.last else { return };
        let labels = [target, cut(model, LABEL_BYTES)];
        metrics.set(&UP, &labels, f64::from(u8::from(told.is_some())));
        metrics.set(&TIME, &labels, *at as f64 / 1e3);
        let Some(told) = told else { return };
        let per_second = |count: f64, nanos: f64| (count / (nanos / 1e9) * 1e3).round() / 1e3;
        let seconds = |nanos: f64| (nanos / 1e3).round() / 1e6;
        if told.eval_count > 0.0 && told.eval_duration > 0.0 {
            metrics.set(&SPEED, &labels, per_second(told.eval_count, told.eval_duration));
        }
        if told.prompt_eval_count > 0.0 && told.prompt_eval_duration > 0.0 {
            metrics.set(&PROMPT_SPEED, &labels, per_second(told.prompt_eval_count, told.prompt_eval_duration));
        }
        if told.total_duration > 0.0 {
            // All that came before writing; no less than loading and reading.
            let first = (told.total_duration - told.eval_duration).max(told.load_duration + told.prompt_eval_duration);
            metrics.set(&FIRST_TOKEN, &labels, seconds(first));
            metrics.set(&DURATION, &labels, seconds(told.total_duration));
        }
        metrics.set(&LOAD, &labels, seconds(told.load_duration.max(0.0)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_json_whatever_stands_in_it() {
        let settings = Settings { generate: "a\"b".to_owned(), prompt: "x\n\\ü".to_owned(), ..Settings::default() };
        let question: serde_json::Value = serde_json::from_str(&question(&settings)).unwrap();
        assert_eq!((&question["model"], &question["prompt"]), (&"a\"b".into(), &"x\n\\ü".into()));
        assert_eq!((&question["stream"], &question["options"]["num_predict"]), (&true.into(), &16.into()));
    }

    #[test]
    fn a_name_without_a_tag_is_the_latest() {
        assert!(same("llama3:latest", "llama3") && same("llama3:8b", "llama3:8b") && !same("llama3:8b", "llama3"));
    }
}
