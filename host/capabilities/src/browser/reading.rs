//! Commands of plugins' own: those that only read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::Command;
use super::address::{clean, clean_title};
use super::connection::Connection;
use super::undo::Undo;
use crate::CapabilityError;

/// The methods that may be used, all without any effect on what they are asked about.
pub const READING: [&str; 7] = [
    "Browser.getVersion",
    "Memory.getDOMCounters",
    "Performance.getMetrics",
    "Runtime.getHeapUsage",
    "SystemInfo.getInfo",
    "SystemInfo.getProcessInfo",
    "Target.getTargets",
];

/// Bytes of a command's parameters.
const MOST_PARAMS: usize = 16 << 10;

/// Takes no longer than three times `patience`: for sessions, for answers, and for the end of the sessions.
pub(super) async fn run_all(
    connection: &Arc<Connection>,
    commands: &[Command],
    patience: Duration,
) -> Vec<Result<String, CapabilityError>> {
    let params: Vec<Result<Value, CapabilityError>> = commands.iter().map(check).collect();
    let pages: BTreeSet<&str> = commands
        .iter()
        .zip(&params)
        .filter(|(command, params)| params.is_ok() && !command.page.is_empty())
        .map(|(command, _)| command.page.as_str())
        .collect();
    let sessions = pages.into_iter().map(|page| async move { (page, session(connection, page, patience).await) });
    let sessions: BTreeMap<&str, Result<Undo, CapabilityError>> = join_all(sessions).await.into_iter().collect();
    let answers = commands.iter().zip(params).map(|(command, params)| {
        let sessions = &sessions;
        async move {
            let params = params?;
            let session = match sessions.get(command.page.as_str()) {
                Some(session) => Some(session.as_ref().map_err(Clone::clone)?.id.as_str()),
                None => None,
            };
            let mut answer = connection.call(session, &command.method, params, patience).await?;
            hide(&command.method, &mut answer);
            Ok(answer.to_string())
        }
    });
    let answers = join_all(answers).await;
    // A page that went meanwhile took its session with it.
    let _ = join_all(sessions.into_values().flatten().map(Undo::now)).await;
    answers
}

fn check(command: &Command) -> Result<Value, CapabilityError> {
    if !READING.contains(&command.method.as_str()) {
        return Err(CapabilityError::Denied(command.method.clone()));
    }
    if command.params.len() > MOST_PARAMS {
        return Err(CapabilityError::TooLarge(format!("parameters of more than {MOST_PARAMS} bytes")));
    }
    if command.params.trim().is_empty() {
        return Ok(json!({}));
    }
    match serde_json::from_str(&command.params) {
        Ok(params @ Value::Object(_)) => Ok(params),
        Ok(_) => Err(CapabilityError::Invalid(format!("the parameters of `{}` are no JSON object", command.method))),
        Err(error) => Err(CapabilityError::Invalid(format!("the parameters of `{}`: {error}", command.method))),
    }
}

async fn session(connection: &Arc<Connection>, page: &str, patience: Duration) -> Result<Undo, CapabilityError> {
    let session = Undo::session(connection, patience, page).await.map_err(|error| match error {
        CapabilityError::Failed(_) | CapabilityError::Invalid(_) => {
            CapabilityError::NotPresent(format!("the browser has no page `{page}`; it may be closed by now"))
        }
        error => error,
    })?;
    // Without it there are no metrics; it ends with the session. Workers do not know it, and have other numbers.
    let _ = connection.call(Some(&session.id), "Performance.enable", json!({}), patience).await;
    Ok(session)
}

/// Takes out what plugins are not shown: most of URLs, and command lines.
fn hide(method: &str, answer: &mut Value) {
    if method == "SystemInfo.getInfo"
        && let Some(info) = answer.as_object_mut()
    {
        info.remove("commandLine");
    }
    if method == "Target.getTargets" {
        for target in answer["targetInfos"].as_array_mut().into_iter().flatten() {
            let (title, url) = (target["title"].as_str().unwrap_or(""), target["url"].as_str().unwrap_or(""));
            (target["title"], target["url"]) = (clean_title(title, url).into(), clean(url).into());
        }
    }
}
