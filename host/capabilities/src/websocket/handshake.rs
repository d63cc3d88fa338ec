//! The handshake of RFC 6455: a request that asks for the connection, and whether the answer gives it.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    AUTHORIZATION, CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT,
    SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE, USER_AGENT,
};
use hyper::{Request, Response, StatusCode};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::Check;
use crate::CapabilityError;
use crate::http::{AGENT, Address, outgoing};

/// Subprotocols that one check may offer.
const MOST_SUBPROTOCOLS: usize = 20;

/// What is asked, and what is needed to judge the answer.
pub(super) struct Handshake {
    key: String,
    offered: Vec<String>,
    headers: HeaderMap,
}

impl Handshake {
    pub(super) fn new(check: &Check, address: &Address) -> Result<Self, CapabilityError> {
        let mut headers = outgoing(&check.headers, address.authorization.is_some())?;
        let key = generate_key();
        let text = |text: &str| {
            HeaderValue::try_from(text)
                .map_err(|error| CapabilityError::Invalid(format!("{} cannot be asked for: {error}", address.place())))
        };
        headers.entry(USER_AGENT).or_insert(AGENT);
        headers.insert(HOST, text(&address.authority())?);
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        headers.insert(SEC_WEBSOCKET_KEY, text(&key)?);
        if !check.subprotocols.is_empty() {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, text(&offer(&check.subprotocols)?)?);
        }
        if let Some(authorization) = &address.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        Ok(Self { key, offered: check.subprotocols.clone(), headers })
    }

    pub(super) fn request(&self, address: &Address) -> Result<Request<Full<Bytes>>, CapabilityError> {
        let mut request = Request::new(Full::default());
        *request.uri_mut() = address
            .path_and_query()
            .parse()
            .map_err(|error| CapabilityError::Invalid(format!("{} cannot be asked for: {error}", address.place())))?;
        *request.headers_mut() = self.headers.clone();
        Ok(request)
    }

    /// The subprotocol that the server chose, if the answer opens a WebSocket as it should.
    pub(super) fn judge<B>(&self, place: &str, answer: &Response<B>) -> Result<Option<String>, CapabilityError> {
        let wrong = |what: &str| Err(CapabilityError::Failed(format!("{place} opens no proper WebSocket: {what}")));
        let headers = answer.headers();
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            let status = answer.status();
            return Err(CapabilityError::Failed(format!("{place} answered {status}, not with a WebSocket")));
        }
        if !has(headers, &UPGRADE, "websocket") || !has(headers, &CONNECTION, "upgrade") {
            return wrong("its answer 101 names another protocol");
        }
        if headers
            .get(SEC_WEBSOCKET_ACCEPT)
            .is_none_or(|value| value != derive_accept_key(self.key.as_bytes()).as_str())
        {
            return wrong("it did not answer to the key that was sent");
        }
        if headers.contains_key(SEC_WEBSOCKET_EXTENSIONS) {
            return wrong("it uses extensions that were not offered");
        }
        let Some(chosen) = headers.get(SEC_WEBSOCKET_PROTOCOL) else { return Ok(None) };
        match self.offered.iter().find(|one| chosen == one.as_str()) {
            Some(one) => Ok(Some(one.clone())),
            None => wrong("it chose a subprotocol that was not offered"),
        }
    }
}

fn offer(subprotocols: &[String]) -> Result<String, CapabilityError> {
    if subprotocols.len() > MOST_SUBPROTOCOLS {
        return Err(CapabilityError::TooLarge(format!("more than {MOST_SUBPROTOCOLS} subprotocols in one check")));
    }
    // They are tokens, as names of headers are.
    match subprotocols.iter().find(|one| HeaderName::try_from(one.as_str()).is_err()) {
        Some(wrong) => {
            let shown: String = wrong.escape_debug().take(60).collect();
            Err(CapabilityError::Invalid(format!("`{shown}` is no name of a subprotocol")))
        }
        None => Ok(subprotocols.join(", ")),
    }
}

/// Whether one of the words of the header `name` is `wanted`.
fn has(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    let mut words =
        headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','));
    words.any(|word| word.trim().eq_ignore_ascii_case(wanted))
}
