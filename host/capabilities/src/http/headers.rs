//! Headers that plugins may send, and what they are told of those that came.

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue, PROXY_AUTHORIZATION};

use super::Header;
use crate::CapabilityError;

/// Headers of one message, either way.
pub(crate) const MOST_HEADERS: usize = 100;
/// Bytes of all of them together.
pub(crate) const MOST_BYTES: usize = 16 * 1024;

/// Those that belong to the connection, which is the host's.
const OURS: [&str; 11] = [
    "host",
    "content-length",
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "http2-settings",
];

/// The headers of a request, checked. `with_credentials` when the host adds its own `authorization`.
pub(crate) fn outgoing(headers: &[Header], with_credentials: bool) -> Result<HeaderMap, CapabilityError> {
    let bytes = |header: &Header| header.name.len().saturating_add(header.value.len());
    if headers.len() > MOST_HEADERS || headers.iter().map(bytes).sum::<usize>() > MOST_BYTES {
        return Err(CapabilityError::TooLarge(format!(
            "more than {MOST_HEADERS} headers, or {MOST_BYTES} bytes of them, in one request"
        )));
    }
    let mut map = HeaderMap::with_capacity(headers.len().saturating_add(4));
    for Header { name, value } in headers {
        let shown: String = name.escape_debug().take(60).collect();
        let wrong = |why: &str| CapabilityError::Invalid(format!("the header `{shown}` {why}"));
        let name = HeaderName::try_from(name.as_str()).map_err(|_| wrong("has a name that HTTP does not allow"))?;
        if OURS.contains(&name.as_str()) || name.as_str().starts_with("sec-websocket-") {
            return Err(wrong("is the host's to set"));
        }
        if name == AUTHORIZATION && with_credentials {
            return Err(wrong("is the host's to set: the target has credentials"));
        }
        let mut value =
            HeaderValue::try_from(value.as_str()).map_err(|_| wrong("has a value that HTTP does not allow"))?;
        value.set_sensitive(name == AUTHORIZATION);
        map.append(name, value);
    }
    Ok(map)
}

/// The headers of an answer. A server that sends credentials back does not get them to a plugin.
pub(crate) fn incoming(headers: &HeaderMap) -> Vec<Header> {
    headers
        .iter()
        .filter(|(name, _)| *name != AUTHORIZATION && *name != PROXY_AUTHORIZATION)
        .map(|(name, value)| Header {
            name: name.as_str().to_owned(),
            value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        })
        .collect()
}
