//! The dashboard's files, and its page for every path that is no file: the front end routes by itself.

use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;

/// A path that there is, asked in a way that it has not.
pub(crate) async fn wrong_method(method: Method, uri: Uri) -> Response {
    let message = format!("`{}` does not take {method}", uri.path());
    if uri.path().starts_with("/api/v1/") {
        return crate::prometheus::refusal(StatusCode::METHOD_NOT_ALLOWED, "bad_data", &message);
    }
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, message)
        .help("docs/reference/api.md lists what there is")
        .into_response()
}

pub(crate) async fn serve(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return ApiError::new(StatusCode::NOT_FOUND, format!("there is no `/{path}`"))
            .help("docs/reference/api.md lists what there is")
            .into_response();
    }
    // A missing asset must be a 404: the page in its place would be taken for a script.
    let wanted =
        if path.starts_with("assets/") || autobot_dashboard::file(path).is_some() { path } else { "index.html" };
    let Some(file) = autobot_dashboard::file(wanted) else {
        return ApiError::new(StatusCode::NOT_FOUND, format!("there is no `/{path}`")).into_response();
    };
    let tag = format!("\"{}\"", file.hash);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    let cache = if file.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [
        (header::CONTENT_TYPE, file.media_type.to_owned()),
        (header::CACHE_CONTROL, cache.to_owned()),
        (header::ETAG, tag),
    ];
    (headers, file.bytes.into_owned()).into_response()
}
