//! Who may ask, and what browsers are told.
//!
//! Without a login the server answers only those who mean this machine: the `Host` must be a loopback name or the
//! bound address, else a page from elsewhere could reach it through a name that it points here (DNS rebinding), and
//! a browser's `Origin` must be the page that we served.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::Shared;
use crate::error::ApiError;

/// Only our own scripts and styles, connections only to us, no frames around us.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) async fn guard(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    if let Err(refusal) = check(request.headers(), shared.bind_host()) {
        return refusal.into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn check(headers: &HeaderMap, bound: &str) -> Result<(), ApiError> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let Some(host) = text(header::HOST) else {
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "the request names no host"));
    };
    let name = host_name(host);
    if !(is_loopback(name) || name == bound) {
        return Err(ApiError::new(StatusCode::FORBIDDEN, format!("`{host}` is not a name of this host"))
            .help("open it as http://127.0.0.1 or http://localhost"));
    }
    match text(header::ORIGIN) {
        Some(origin) if origin.split_once("://").is_none_or(|(_, of)| of != host) => {
            Err(ApiError::new(StatusCode::FORBIDDEN, format!("a page of `{origin}` may not ask this host")))
        }
        _ => Ok(()),
    }
}

/// The host of `name:port`, without the brackets of an IPv6 address.
fn host_name(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

fn is_loopback(name: &str) -> bool {
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_and_pages_of_our_own_are_answered() {
        for (host, origin, status) in [
            ("127.0.0.1:9090", None, None),
            ("localhost:9090", Some("http://localhost:9090"), None),
            ("[::1]:9090", Some("http://[::1]:9090"), None),
            ("10.1.2.3:9090", None, None),
            ("evil.example:9090", None, Some(403)),
            ("127.0.0.1.evil.example", None, Some(403)),
            ("localhost:9090", Some("http://evil.example"), Some(403)),
            ("localhost:9090", Some("http://localhost:8080"), Some(403)),
            ("localhost:9090", Some("null"), Some(403)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            let got = check(&headers, "10.1.2.3").err().map(|error| error.status().as_u16());
            assert_eq!(got, status, "{host} from {origin:?}");
        }
    }
}
