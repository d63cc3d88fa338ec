//! What may be done to plugins, by a part that this crate does not know.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::error::ApiError;
use crate::{Shared, schema};

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
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
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

type Body = Result<Bytes, BytesRejection>;
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

/// Says what the file in the body is and asks for; nothing of it is kept.
#[utoipa::path(post, path = "/api/autobot/v1/inspect-plugin", tag = "plugins",
    request_body(content = inline(PluginFile), content_type = "application/wasm"),
    responses((status = 200, body = schema::Inspection), (status = 422, body = schema::Error, description = "It is no plugin.")))]
pub(crate) async fn inspect(State(shared): State<Shared>, body: Body) -> Answer {
    let body = body?;
    blocking(shared, move |control| control.inspect(&body)).await
}

/// Runs the file in the body for two collections a second apart, and tells what it does; nothing is stored.
#[utoipa::path(post, path = "/api/autobot/v1/try-plugin", tag = "plugins", params(Attempt),
    request_body(content = inline(PluginFile), content_type = "application/wasm"),
    responses((status = 200, body = schema::Trial), (status = 422, body = schema::Error, description = "It is no plugin, or cannot be tried so.")))]
pub(crate) async fn attempt(
    State(shared): State<Shared>,
    attempt: Result<Query<Attempt>, QueryRejection>,
    body: Body,
) -> Answer {
    let (Query(attempt), body) = (attempt?, body?);
    blocking(shared, move |control| control.attempt(&body, attempt)).await
}

/// Puts the file in the body into the plugins folder, or in the place of the one that the instance runs.
///
/// Answers, as everything that changes an instance, with the instance as it is after it was decided which version of it runs;
/// null when it was taken away meanwhile.
#[utoipa::path(put, path = "/api/autobot/v1/plugins/{name}", tag = "plugins", params(("name" = String, Path, description = "The instance.")),
    request_body(content = inline(PluginFile), content_type = "application/wasm"),
    responses((status = 200, body = Option<schema::Plugin>), (status = 422, body = schema::Error, description = "It is no plugin, or the name is none.")))]
pub(crate) async fn install(State(shared): State<Shared>, Path(name): Path<String>, body: Body) -> Answer {
    let body = body?;
    blocking(shared, move |control| control.install(&name, &body)).await
}

/// Takes the instance's file out of the plugins folder, and forgets what was granted to it.
#[utoipa::path(delete, path = "/api/autobot/v1/plugins/{name}", tag = "plugins", params(("name" = String, Path, description = "The instance.")),
    responses((status = 200, body = schema::Removed), (status = 404, body = schema::Error),
        (status = 409, body = schema::Error, description = "The configuration names the file.")))]
pub(crate) async fn remove(State(shared): State<Shared>, Path(name): Path<String>) -> Answer {
    blocking(shared, move |control| control.remove(&name)).await
}

/// What is done without saying more.
macro_rules! verb {
    ($verb:ident, $path:literal, $action:expr, $summary:literal) => {
        #[utoipa::path(post, path = $path, tag = "plugins", summary = $summary, params(("name" = String, Path, description = "The instance.")),
                    responses((status = 200, body = Option<schema::Plugin>), (status = 404, body = schema::Error),
                        (status = 409, body = schema::Error, description = "Something else says otherwise.")))]
        pub(crate) async fn $verb(State(shared): State<Shared>, Path(name): Path<String>) -> Answer {
            blocking(shared, move |control| control.act(&name, $action)).await
        }
    };
}

verb!(enable, "/api/autobot/v1/plugins/{name}/enable", PluginAction::Enable, "Switches it on, for good.");
verb!(disable, "/api/autobot/v1/plugins/{name}/disable", PluginAction::Disable, "Switches it off, for good.");
verb!(
    restart,
    "/api/autobot/v1/plugins/{name}/restart",
    PluginAction::Restart,
    "Makes it anew, out of quarantine too."
);
verb!(
    rollback,
    "/api/autobot/v1/plugins/{name}/rollback",
    PluginAction::Rollback,
    "Puts back the file that ran well before."
);

/// Grants capabilities to it, or refuses them: `{"cpu": true, "files": ["/var/log/*"], "process": false}`.
#[utoipa::path(post, path = "/api/autobot/v1/plugins/{name}/grant", tag = "plugins", params(("name" = String, Path, description = "The instance.")),
    request_body = schema::Grant,
    responses((status = 200, body = Option<schema::Plugin>), (status = 400, body = schema::Error),
        (status = 404, body = schema::Error), (status = 409, body = schema::Error, description = "The configuration decides."),
        (status = 422, body = schema::Error, description = "There is no such capability, or it is not granted so.")))]
pub(crate) async fn grant(State(shared): State<Shared>, Path(name): Path<String>, body: Body) -> Answer {
    let wanted = json(&body?)?;
    blocking(shared, move |control| control.act(&name, PluginAction::Grant(wanted))).await
}

/// Takes back what was granted by such a call: these capabilities, or all without a body. What a shipped plugin brings is
/// refused to it.
#[utoipa::path(post, path = "/api/autobot/v1/plugins/{name}/revoke", tag = "plugins", params(("name" = String, Path, description = "The instance.")),
    request_body = Option<Vec<String>>,
    responses((status = 200, body = Option<schema::Plugin>), (status = 400, body = schema::Error), (status = 404, body = schema::Error)))]
pub(crate) async fn revoke(State(shared): State<Shared>, Path(name): Path<String>, body: Body) -> Answer {
    let body = body?;
    let capabilities = if body.is_empty() { Vec::new() } else { json(&body)? };
    blocking(shared, move |control| control.act(&name, PluginAction::Revoke(capabilities))).await
}

/// What cannot be done.
pub(crate) async fn unknown(Path((_, action)): Path<(String, String)>) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, format!("`{action}` cannot be done to a plugin"))
        .help("there are enable, disable, restart, rollback, grant and revoke")
}

/// The file itself: a WebAssembly component, or a module for WASI.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "it is a description")]
struct PluginFile(Vec<u8>);

fn json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body)
        .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, format!("the body is not what is expected: {error}")))
}
