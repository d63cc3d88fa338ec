//! Our own API: documents about the host itself.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::Value;

use crate::{Shared, schema};

/// Whether the host can answer at all.
///
/// Says nothing about the machine's health: that is what alerts are for. `/-/healthy` and `/-/ready` are the same, for what
/// speaks to Prometheus.
#[utoipa::path(get, path = "/healthz", tag = "host", responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// The host: what it is, what it costs, how it fares.
#[utoipa::path(get, path = "/api/autobot/v1/status", tag = "host", responses((status = 200, body = schema::Status)))]
pub(crate) async fn status(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.view().status())
}

/// Every plugin instance.
#[utoipa::path(get, path = "/api/autobot/v1/plugins", tag = "plugins", responses((status = 200, body = schema::Plugins)))]
pub(crate) async fn plugins(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.view().plugins())
}

/// The rules in force, and the files that they are from.
#[utoipa::path(get, path = "/api/autobot/v1/rules", tag = "rules", responses((status = 200, body = schema::Rules)))]
pub(crate) async fn rules(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.view().rules())
}

/// Every alert: pending, firing, without data, and for a while what ended.
#[utoipa::path(get, path = "/api/autobot/v1/alerts", tag = "rules", responses((status = 200, body = schema::Alerts)))]
pub(crate) async fn alerts(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.view().alerts())
}

/// This description.
#[utoipa::path(get, path = "/api/autobot/v1/openapi.json", tag = "host", responses((status = 200, description = "OpenAPI 3.1")))]
pub(crate) async fn description(State(shared): State<Shared>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], Bytes::clone(shared.description()))
}
