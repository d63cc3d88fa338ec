//! Ollama through the real program and its plugin, by a server that speaks Ollama's documented API, streams included.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::exporters::web::{Asked, Server, answer};
use crate::exporters::{plugin, says, site};
use crate::harness::Host;

/// What the server has in memory, and how often it was asked to generate.
#[derive(Default)]
struct Ollama {
    loaded: AtomicBool,
    fails: AtomicBool,
    generated: AtomicUsize,
}

impl Ollama {
    /// As `docs/api.md` of Ollama documents it.
    fn say(&self, asked: &Asked) -> Vec<u8> {
        let json = |value: Value| answer("200 OK", "application/json; charset=utf-8", value.to_string().as_bytes());
        let details = json!({"format": "gguf", "family": "llama", "families": ["llama"], "parameter_size": "3.2B", "quantization_level": "Q4_K_M"});
        if self.fails.load(Ordering::SeqCst) {
            return answer("500 Internal Server Error", "application/json", br#"{"error":"the runner has ended"}"#);
        }
        match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", "/api/version") => json(json!({"version": "0.5.1"})),
            ("GET", "/api/tags") => json(json!({"models": [{"name": "llama3.2:latest", "model": "llama3.2:latest",
                "modified_at": "2024-10-30T10:20:30.123456789+01:00", "size": 2_019_393_189_u64, "digest": "a80c", "details": details}]})),
            ("GET", "/api/ps") if self.loaded.load(Ordering::SeqCst) => {
                json(json!({"models": [{"name": "llama3.2:latest",
                "model": "llama3.2:latest", "size": 4_000_000_000_u64, "digest": "a80c", "details": details,
                "expires_at": "9000-01-01T00:00:00Z", "size_vram": 3_000_000_000_u64}]}))
            }
            ("GET", "/api/ps") => json(json!({"models": []})),
            ("POST", "/api/generate") => {
                let question: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
                if question["model"] != "llama3.2" {
                    return answer("404 Not Found", "application/json", br#"{"error":"model not found"}"#);
                }
                self.generated.fetch_add(1, Ordering::SeqCst);
                self.loaded.store(true, Ordering::SeqCst);
                let token = |word: &str| json!({"model": "llama3.2", "created_at": "2023-08-04T08:52:19.385406455-07:00", "response": word, "done": false});
                let last = json!({"model": "llama3.2", "created_at": "2023-08-04T19:22:45.499127Z", "response": "", "done": true,
                    "context": [1, 2, 3], "total_duration": 2_300_000_000_u64, "load_duration": 200_000_000_u64,
                    "prompt_eval_count": 26, "prompt_eval_duration": 100_000_000_u64, "eval_count": 100, "eval_duration": 2_000_000_000_u64});
                if question["stream"] == false {
                    return json(last);
                }
                // In chunks, as a server streams it.
                let mut stream =
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
                        .to_vec();
                for line in [token("One"), token(" two"), last] {
                    let line = format!("{line}\n");
                    stream.extend(format!("{:x}\r\n{line}\r\n", line.len()).into_bytes());
                }
                stream.extend(b"0\r\n\r\n");
                stream
            }
            _ => answer("404 Not Found", "text/plain", b"404 page not found"),
        }
    }
}

async fn server(ollama: &Arc<Ollama>) -> Result<(Server, String)> {
    let says = ollama.clone();
    let server = Server::start(move |asked| says.say(asked)).await?;
    let targets = format!("  gpu-box: {{ http: \"http://127.0.0.1:{}\" }}\n", server.port);
    Ok((server, targets))
}

async fn value(host: &Host, query: &str) -> Result<f64> {
    Ok(host.query(query).await?.first().with_context(|| format!("{query} has no value"))?.1)
}

#[tokio::test]
async fn models_their_memory_and_their_speed_are_told() -> Result<()> {
    let ollama = Arc::new(Ollama::default());
    ollama.loaded.store(true, Ordering::SeqCst);
    let (_server, targets) = server(&ollama).await?;
    let site = site("ollama", &targets, "generate: llama3.2");
    let host = site.start().await?;

    host.until_query("llm_generate_up == 1").await?;
    for (query, expected) in [
        ("ollama_up{target=\"gpu-box\"}", 1.0),
        ("ollama_info{version=\"0.5.1\"}", 1.0),
        ("ollama_models_installed", 1.0),
        ("ollama_models_loaded", 1.0),
        ("ollama_model_size_bytes{model=\"llama3.2:latest\"}", 2_019_393_189.0),
        ("ollama_model_info{quantization=\"Q4_K_M\",parameters=\"3.2B\"}", 1.0),
        ("llm_model_memory_bytes{memory=\"vram\"}", 3e9),
        ("llm_model_memory_bytes{memory=\"ram\"}", 1e9),
        ("ollama_model_vram_ratio", 0.75),
        ("llm_tokens_per_second{model=\"llama3.2\"}", 50.0),
        ("llm_prompt_tokens_per_second", 260.0),
        ("llm_time_to_first_token_seconds", 0.3),
        ("llm_model_load_seconds", 0.2),
        ("llm_generate_duration_seconds", 2.3),
        ("llm_generate_up", 1.0),
    ] {
        assert_eq!(value(&host, query).await?, expected, "{query}");
    }
    assert!(value(&host, "ollama_model_expiry_seconds").await? > 1e9);
    host.until_query("count_over_time(ollama_up[10s]) >= 3").await?;
    assert_eq!(ollama.generated.load(Ordering::SeqCst), 1, "asked once in five minutes");
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn nothing_is_generated_or_loaded_unless_the_operator_says_so() -> Result<()> {
    let ollama = Arc::new(Ollama::default());
    let (_server, targets) = server(&ollama).await?;
    let silent = site("ollama", &targets, "");
    let host = silent.start().await?;
    host.until_query("count_over_time(ollama_up[10s]) >= 2").await?;
    host.stop().await?;
    let waiting = site("ollama", &targets, "generate: llama3.2");
    let host = waiting.start().await?;
    plugin(&host, "ollama", |plugin| says(plugin, "llama3.2 is not loaded and is not asked")).await?;
    host.until_query("count_over_time(ollama_up[10s]) >= 2").await?;
    host.stop().await?;
    assert_eq!(ollama.generated.load(Ordering::SeqCst), 0);
    let loading = site("ollama", &targets, "generate: llama3.2, load: true");
    let host = loading.start().await?;
    host.until_query("llm_tokens_per_second == 50").await?;
    host.until_query("ollama_models_loaded == 1").await?;
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn an_ollama_that_fails_is_0_with_its_own_words_and_comes_back() -> Result<()> {
    let ollama = Arc::new(Ollama::default());
    ollama.loaded.store(true, Ordering::SeqCst);
    let (_server, targets) = server(&ollama).await?;
    let site = site("ollama", &targets, "generate: llama3.2");
    let host = site.start().await?;
    host.until_query("llm_model_memory_bytes").await?;
    ollama.fails.store(true, Ordering::SeqCst);
    host.until_query("ollama_up == 0").await?;
    let failed = plugin(&host, "ollama", |plugin| plugin["reason"].is_string()).await?;
    assert!(says(&failed, "gpu-box: /api/version answers 500: the runner has ended"), "{failed:#}");
    assert!(host.query("llm_model_memory_bytes").await?.is_empty(), "nothing is told of what is not known");
    ollama.fails.store(false, Ordering::SeqCst);
    host.until_query("ollama_up == 1").await?;
    plugin(&host, "ollama", |plugin| plugin["reason"].is_null()).await?;
    host.stop().await?;
    Ok(())
}
