//! What may be done to plugins, by a part that this crate does not know.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Shared;
use crate::error::ApiError;

/// A file larger than this is no plugin.
pub(crate) const LARGEST_PLUGIN: usize = 64 << 20;

/// What is done to one plugin instance.
#[derive(Clone, Debug, PartialEq)]
pub enum PluginAction {
    /// It runs again.
    Enable,
    /// It stops, and stays stopped over restarts of the host.
    Disable,
    /// It is made anew: out of quarantine, too.
    Restart,
    /// The version of its file that ran well before is put back.
    Rollback,
    /// It may use these capabilities: `true`, or a list of what for.
    Grant(Map<String, Value>),
    /// It may no longer use these, of what was granted by such a call; all of it when empty.
    Revoke(Vec<String>),
}

/// How a plugin is tried out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Attempt {
    /// The instance whose limits it gets, and whose settings unless there are others; any name else.
    pub name: String,
    /// What it may use, as JSON: `{"cpu": true}`.
    pub grant: String,
    /// What it is told, as JSON.
    pub settings: String,
}

/// Does it. Every function blocks for as long as files take; the answers are documented in `docs/reference/api.md`.
pub trait Control: Send + Sync {
    /// What a plugin file is and asks for.
    fn inspect(&self, bytes: &[u8]) -> Result<Value, ControlError>;
    /// Runs a plugin file for a moment with this grant and these settings, and tells what it does. Nothing is stored.
    fn attempt(&self, bytes: &[u8], attempt: Attempt) -> Result<Value, ControlError>;
    /// Puts a plugin file into the plugins folder, or in the place of the one that `name` runs.
    fn install(&self, name: &str, bytes: &[u8]) -> Result<Value, ControlError>;
    /// Takes the file of `name` out of the plugins folder.
    fn remove(&self, name: &str) -> Result<Value, ControlError>;
    /// Acts on the instance `name`.
    fn act(&self, name: &str, action: PluginAction) -> Result<Value, ControlError>;
}

/// Why something was not done.
#[derive(Debug)]
pub struct ControlError(ApiError);

impl ControlError {
    /// There is no such thing.
    pub fn not_found(error: String) -> Self {
        Self(ApiError::new(StatusCode::NOT_FOUND, error))
    }

    /// Something else says otherwise.
    pub fn conflict(error: String) -> Self {
        Self(ApiError::new(StatusCode::CONFLICT, error))
    }

    /// What was sent is wrong.
    pub fn invalid(error: String) -> Self {
        Self(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, error))
    }

    /// The host failed at it.
    pub fn failed(error: String) -> Self {
        Self(ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error))
    }

    /// With what to do next.
    pub fn help(self, help: impl Into<String>) -> Self {
        Self(self.0.help(help))
    }
}

type Answer = Result<Json<Value>, ApiError>;

/// On a thread that may block.
async fn blocking(
    shared: Shared,
    work: impl FnOnce(&dyn Control) -> Result<Value, ControlError> + Send + 'static,
) -> Answer {
    let done = tokio::task::spawn_blocking(move || work(&*shared.parts().control)).await;
    match done {
        Ok(answer) => answer.map(Json).map_err(|error| error.0),
        Err(error) => Err(ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, format!("the host failed at it: {error}"))),
    }
}

pub(crate) async fn inspect(State(shared): State<Shared>, body: Bytes) -> Answer {
    blocking(shared, move |control| control.inspect(&body)).await
}

pub(crate) async fn attempt(State(shared): State<Shared>, Query(attempt): Query<Attempt>, body: Bytes) -> Answer {
    blocking(shared, move |control| control.attempt(&body, attempt)).await
}

pub(crate) async fn install(State(shared): State<Shared>, Path(name): Path<String>, body: Bytes) -> Answer {
    blocking(shared, move |control| control.install(&name, &body)).await
}

pub(crate) async fn remove(State(shared): State<Shared>, Path(name): Path<String>) -> Answer {
    blocking(shared, move |control| control.remove(&name)).await
}

pub(crate) async fn act(
    State(shared): State<Shared>,
    Path((name, action)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let action = match action.as_str() {
        "enable" => PluginAction::Enable,
        "disable" => PluginAction::Disable,
        "restart" => PluginAction::Restart,
        "rollback" => PluginAction::Rollback,
        "grant" => PluginAction::Grant(json(&body)?),
        "revoke" if body.is_empty() => PluginAction::Revoke(Vec::new()),
        "revoke" => PluginAction::Revoke(json(&body)?),
        _ => {
            return Err(ApiError::new(StatusCode::NOT_FOUND, format!("`{action}` cannot be done to a plugin"))
                .help("there are enable, disable, restart, rollback, grant and revoke"));
        }
    };
    blocking(shared, move |control| control.act(&name, action)).await
}

fn json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body)
        .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, format!("the body is not what is expected: {error}")))
}
