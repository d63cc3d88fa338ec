//! Prometheus' HTTP API, so that Grafana, `promtool` and whatever else speaks it work against this host as it is.
//!
//! <https://prometheus.io/docs/prometheus/latest/querying/api/> is the specification. What this host has no counterpart of
//! (exemplars, relabelling, alertmanagers) is answered as a server without any would.

mod parameters;
pub(crate) mod query;
pub(crate) mod reply;
pub(crate) mod rules;
pub(crate) mod series;
pub(crate) mod status;
pub(crate) mod targets;

use axum::http::{StatusCode, Uri};
use axum::response::Response;

/// What there is not, below `/api/v1/`.
pub(crate) async fn not_found(uri: Uri) -> Response {
    let message = format!("there is no `{}`; docs/reference/api.md lists what there is", uri.path());
    refusal(StatusCode::NOT_FOUND, "not_found", &message)
}

/// A refusal of which the engine knows nothing.
pub(crate) fn refusal(status: StatusCode, kind: &str, message: &str) -> Response {
    let mut text = format!("{{\"status\":\"error\",\"errorType\":\"{kind}\",\"error\":").into_bytes();
    autobot_query::json::text_into(&mut text, message);
    text.push(b'}');
    reply::written(status, text)
}

/// One end point, by GET (`$get`) and by POST with a form (`$post`); its work reads series.
macro_rules! end_point {
    ($get:ident, $post:ident, $path:literal, $summary:literal, $work:expr) => {
        #[utoipa::path(get, path = $path, tag = "prometheus", summary = $summary, responses((status = 200)))]
        pub(crate) async fn $get(
            State(shared): State<Shared>,
            headers: HeaderMap,
            RawQuery(query): RawQuery,
        ) -> Response {
            evaluated(shared, &headers, query.unwrap_or_default(), $work).await
        }

        #[utoipa::path(post, path = $path, tag = "prometheus", summary = $summary, responses((status = 200)),
                                    request_body(content = String, content_type = "application/x-www-form-urlencoded"))]
        pub(crate) async fn $post(
            State(shared): State<Shared>,
            headers: HeaderMap,
            RawQuery(query): RawQuery,
            body: Result<Bytes, BytesRejection>,
        ) -> Response {
            posted(shared, &headers, query, body, $work).await
        }
    };
}
pub(crate) use end_point;
