//! An engine's API: HTTP over a socket of the file system.

use std::io;
use std::path::PathBuf;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::header::{CONNECTION, HOST, HeaderValue};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;
use tokio::time::Instant;

use crate::CapabilityError;
use crate::dial::Deadline;
use crate::http::{Exchange, Speaks, Step, With};

/// Bytes of one answer. A list has some 2 KB for each container.
const MOST_BYTES: usize = 16 << 20;

pub(super) struct Engine {
    pub(super) socket: PathBuf,
    pub(super) deadline: Deadline,
}

/// What an engine says when it refuses.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    message: String,
}

impl Engine {
    /// The answer to `GET path`.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CapabilityError> {
        let place = self.socket.display().to_string();
        let start = Instant::now();
        let late = |within: &str| format!("{place} did not accept a connection {within}");
        let stream = self.deadline.bound(UnixStream::connect(&self.socket), late).await?;
        let stream = stream.map_err(|error| self.unreached(&error))?;
        let with = With { place: &place, deadline: self.deadline, connected: start.elapsed() };
        let mut exchange = Exchange::begin(stream, Speaks::Http1, self.request(path)?, with).await?;
        let body = read(&mut exchange, with).await?;
        let status = exchange.response.status();
        exchange.end().await;
        if !status.is_success() {
            let refusal: Refusal = serde_json::from_slice(&body).unwrap_or_default();
            let message: String = refusal.message.escape_debug().take(200).collect();
            return Err(CapabilityError::Failed(format!("{place} answered {status} to `{path}`: {message}")));
        }
        // A name with broken bytes in it does not take all others with it.
        serde_json::from_str(&String::from_utf8_lossy(&body)).map_err(|error| {
            CapabilityError::Failed(format!(
                "{place} answered to `{path}` in a way that this host does not know: {error}"
            ))
        })
    }

    fn request(&self, path: &str) -> Result<Request<Full<Bytes>>, CapabilityError> {
        let mut request = Request::new(Full::default());
        *request.uri_mut() = path.parse().map_err(|error| {
            CapabilityError::Failed(format!("{} cannot be asked for `{path}`: {error}", self.socket.display()))
        })?;
        request.headers_mut().insert(HOST, HeaderValue::from_static("localhost"));
        request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        Ok(request)
    }

    fn unreached(&self, error: &io::Error) -> CapabilityError {
        let place = self.socket.display();
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => CapabilityError::NotPresent(place.to_string()),
            io::ErrorKind::PermissionDenied => CapabilityError::Failed(format!(
                "{place}: the host may not open it; add the user that it runs as to the socket's group"
            )),
            io::ErrorKind::ConnectionRefused => {
                CapabilityError::Unreachable(format!("{place}: nobody listens; is the engine running?"))
            }
            _ => CapabilityError::Unreachable(format!("{place}: {error}")),
        }
    }
}

async fn read(exchange: &mut Exchange, with: With<'_>) -> Result<Vec<u8>, CapabilityError> {
    let mut body = Vec::new();
    loop {
        let bytes = u64::try_from(body.len()).unwrap_or(u64::MAX);
        let late = |within: &str| format!("{} did not end its answer {within} ({bytes} bytes came)", with.place);
        let Some(frame) = with.deadline.bound(exchange.response.body_mut().frame(), late).await? else { break };
        let frame = frame.map_err(|error| with.failure(&error, Speaks::Http1, Step::Body(bytes)))?;
        body.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
        if body.len() > MOST_BYTES {
            return Err(CapabilityError::TooLarge(format!(
                "{} answered with more than {MOST_BYTES} bytes",
                with.place
            )));
        }
    }
    Ok(body)
}
