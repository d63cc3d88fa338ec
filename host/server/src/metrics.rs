//! `/metrics`: the newest value of everything, for whoever scrapes.

use autobot_model::is_stale;
use autobot_query::exposition::{self, Exposed, Format};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use crate::Shared;

/// The newest value of everything, in OpenMetrics 1.0 or the older text format, as the `Accept` header asks.
#[utoipa::path(get, path = "/metrics", tag = "host", responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn metrics(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let format = Format::negotiate(headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()));
    let parts = shared.parts();
    let samples: Vec<Exposed> = parts
        .latest
        .at(shared.now())
        .iter()
        .flat_map(|batch| {
            batch.iter().filter(|(_, value)| !is_stale(*value)).map(|(id, value)| (id, value, batch.time))
        })
        .filter_map(|(id, value, time)| Some(Exposed { key: parts.registry.resolve(id)?, time, value }))
        .collect();
    let text = exposition::write(format, &parts.reader.families(), &samples);
    ([(header::CONTENT_TYPE, format.content_type())], text).into_response()
}
