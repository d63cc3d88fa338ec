//! From a target to a DevTools connection: asks a server where its DevTools are, and makes sure that they are that.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, HOST};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio_rustls::rustls::ClientConfig;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use url::Url;

use super::address::Address;
use super::connection::{CallError, Connection, MOST_MESSAGE};
use crate::CapabilityError;

/// What a server may say about its DevTools.
const MOST_BODY: usize = 64 << 10;

/// Connects to the browser at `address`. Each step by itself may take as long as `patience`, and the caller bounds the whole.
pub(super) async fn connect(
    address: &Address,
    tls: Option<&Arc<ClientConfig>>,
    patience: Duration,
) -> Result<Connection, CapabilityError> {
    let path = match address.direct() {
        Some(path) => path,
        None => ask(address, tls).await?,
    };
    let (wire, host) = address.open(tls).await?;
    let request = request(address, &host, &path)?;
    let config = WebSocketConfig::default().max_message_size(Some(MOST_MESSAGE)).max_frame_size(Some(MOST_MESSAGE));
    let (socket, _) =
        client_async_with_config(request, wire, Some(config)).await.map_err(|error| not_upgraded(address, &error))?;
    let connection = Connection::new(address.to_string(), socket);
    match connection.call(None, "Browser.getVersion", json!({}), patience).await {
        Ok(version) if version["product"].is_string() => Ok(connection),
        // Its errors are errors within errors.
        Err(CallError::Refused { code: 0, message, .. }) if message.starts_with("{\"error\"") => {
            Err(playwright(address))
        }
        Ok(_) | Err(CallError::Refused { .. }) => Err(no_devtools(address, "it does not know its own version")),
        Err(error) => Err(error.into()),
    }
}

/// The path of the browser's DevTools, of which the server at `address` knows. The host in its answer is not taken: it is how
/// the server sees itself, which may lead nowhere from here.
async fn ask(address: &Address, tls: Option<&Arc<ClientConfig>>) -> Result<String, CapabilityError> {
    let version = get(address, tls, "/json/version").await?;
    if let Some(url) = version["webSocketDebuggerUrl"].as_str() {
        let Ok(url) = Url::parse(url) else { return Err(no_devtools(address, "its DevTools have no URL")) };
        return Ok(match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        });
    }
    if get(address, tls, "/json").await?["wsEndpointPath"].is_string() {
        return Err(playwright(address));
    }
    Err(no_devtools(address, "`/json/version` tells of none"))
}

/// The JSON of an answer; null when it is none.
async fn get(address: &Address, tls: Option<&Arc<ClientConfig>>, resource: &str) -> Result<Value, CapabilityError> {
    let (wire, host) = address.open(tls).await?;
    let broken = |error: hyper::Error| match error.is_parse() {
        true => no_devtools(address, &format!("its answer to `GET {resource}` is no HTTP")),
        false => lost(address, &error),
    };
    let (mut sender, driver) = http1::handshake(TokioIo::new(wire)).await.map_err(broken)?;
    let mut request = hyper::Request::get(address.below(resource)).header(HOST, host);
    if let Some(authorization) = address.authorization() {
        request = request.header(AUTHORIZATION, authorization);
    }
    let request = request.body(Empty::<Bytes>::new());
    let request = request.map_err(|error| CapabilityError::Invalid(format!("the address {address}: {error}")))?;
    let exchange = async {
        let answer = sender.send_request(request).await.map_err(broken)?;
        Limited::new(answer.into_body(), MOST_BODY).collect().await.map_err(|error| {
            match error.downcast_ref::<hyper::Error>() {
                Some(error) => lost(address, error),
                None => {
                    no_devtools(address, &format!("its answer to `GET {resource}` has more than {MOST_BODY} bytes"))
                }
            }
        })
    };
    // Driven here rather than by a task, so that dropping this future drops the connection.
    tokio::pin!(driver);
    tokio::pin!(exchange);
    let body = tokio::select! {
        body = &mut exchange => body?,
        // The driver ends when the server closes; what it read until then is still to be collected.
        _ = &mut driver => exchange.await?,
    };
    Ok(serde_json::from_slice(&body.to_bytes()).unwrap_or(Value::Null))
}

fn request(address: &Address, host: &str, path: &str) -> Result<Request, CapabilityError> {
    let wrong = |error: &dyn std::fmt::Display| CapabilityError::Invalid(format!("the address {address}: {error}"));
    let mut request = format!("ws://{host}{path}").into_client_request().map_err(|error| wrong(&error))?;
    if let Some(authorization) = address.authorization() {
        let value = HeaderValue::from_str(authorization).map_err(|error| wrong(&error))?;
        request.headers_mut().insert("authorization", value);
    }
    Ok(request)
}

fn not_upgraded(address: &Address, error: &Error) -> CapabilityError {
    match error {
        Error::Http(answer) if answer.status() == 401 || answer.status() == 403 => CapabilityError::Unreachable(
            format!("{address} answers {}; give the target its `user` and `password`, or `bearer`", answer.status()),
        ),
        Error::Http(answer) => no_devtools(address, &format!("it answers {} to a WebSocket", answer.status())),
        Error::Io(error) => lost(address, error),
        Error::Protocol(ProtocolError::HandshakeIncomplete) => lost(address, &"it was closed"),
        error => no_devtools(address, &error.to_string()),
    }
}

/// What a browser looks like that dies just now.
fn lost(address: &Address, error: &dyn std::fmt::Display) -> CapabilityError {
    CapabilityError::Unreachable(format!("the connection to {address} broke before it said what it is: {error}"))
}

fn no_devtools(address: &Address, why: &str) -> CapabilityError {
    CapabilityError::Failed(format!(
        "what listens at {address} is no browser's DevTools: {why}; start a Chromium with `--remote-debugging-port`"
    ))
}

fn playwright(address: &Address) -> CapabilityError {
    CapabilityError::Failed(format!(
        "{address} is a Playwright server, which speaks a protocol of its own; start its browser with \
         `--remote-debugging-port` (as for `connectOverCDP`) and give the target that port"
    ))
}
