//! Asking a running host.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use reqwest::Method;
use serde_json::Value;

use super::Ask;

const API: &str = "/api/autobot/v1";
/// A plugin that is compiled for the first time on a busy machine takes seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// One document.
pub(super) fn get(ask: &Ask, document: &str) -> Result<Value> {
    send(ask, Method::GET, document, Vec::new())
}

/// Asks for something to be done; gives the answer.
pub(super) fn send(ask: &Ask, method: Method, path: &str, body: Vec<u8>) -> Result<Value> {
    let url = format!("{}{API}/{path}", ask.url.trim_end_matches('/'));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build()?;
        let answer = match client.request(method, &url).body(body).send().await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => {
                bail!("no host answers at {} (is `autobot-host serve` running? --url names another address)", ask.url)
            }
            Err(error) => return Err(error).with_context(|| format!("{url} did not answer")),
        };
        let status = answer.status();
        let text = answer.text().await.with_context(|| format!("{url} broke off"))?;
        if !status.is_success() {
            bail!("{}", refusal(&text).unwrap_or_else(|| format!("{url} answered {status}: {}", text.trim())));
        }
        serde_json::from_str(&text).with_context(|| format!("{url} did not answer in JSON (is it an autobot-host?)"))
    })
}

/// What the host says, and what to do.
fn refusal(text: &str) -> Option<String> {
    let answer: Value = serde_json::from_str(text).ok()?;
    let error = answer["error"].as_str()?;
    Some(match answer["help"].as_str() {
        Some(help) => format!("{error}\nhelp: {help}"),
        None => error.to_owned(),
    })
}
