//! Our own API: documents about the host itself.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::Shared;

/// Alive, and able to answer. Says nothing about the machine's health: that is what alerts are for.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

pub(crate) async fn status(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.view().status())
}

pub(crate) async fn plugins(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.view().plugins())
}

pub(crate) async fn rules(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.view().rules())
}

pub(crate) async fn alerts(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.view().alerts())
}

/// What Grafana and others ask first (`/api/v1/status/buildinfo`).
pub(crate) async fn buildinfo(State(shared): State<Shared>) -> Json<Value> {
    Json(json!({ "status": "success", "data": {
        "version": shared.view().version(), "revision": "", "branch": "", "buildUser": "", "buildDate": "", "goVersion": "",
    } }))
}
