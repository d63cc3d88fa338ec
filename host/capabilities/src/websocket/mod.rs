//! Whether WebSockets answer, and how fast: the capability `websocket`.
//!
//! A check opens one, pings it, sends a message if there is one, and closes. It shares with `http` what decides on what may be
//! reached, and the connections. It follows no redirects and asks for no extensions.

mod check;
mod handshake;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::http::{Budget, Header, Reach, Web, in_order};
use crate::{CapabilityError, Dialer, Targets, Tls};

/// What [`WebSocket`] is made of.
pub struct WebSocketOptions {
    /// Opens the connections; one for the whole host.
    pub dialer: Arc<Dialer>,
    /// What the grant holds: names of targets, and URL globs of `ws` and `wss`.
    pub scope: Vec<String>,
    /// What the configuration holds under `targets`.
    pub targets: Arc<Targets>,
    /// Checks of one call that are made at once.
    pub in_flight: usize,
    /// Bytes of replies and certificates that all checks of one call may have together.
    pub response_bytes: usize,
}

/// WebSockets as one plugin may check them.
pub struct WebSocket {
    dialer: Arc<Dialer>,
    reach: Reach,
    in_flight: usize,
    response_bytes: usize,
}

/// What to check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// A name of the operator's `targets`, of the kind `http`.
    pub target: Option<String>,
    /// An absolute URL, or with a target the path and query below its URL.
    pub url: String,
    /// Beside those that the host sets.
    pub headers: Vec<Header>,
    /// Those that are offered.
    pub subprotocols: Vec<String>,
    /// Sent as text after the ping when it is not empty.
    pub message: String,
    /// Bytes of the reply wanted back.
    pub keep: u32,
    /// Of everything together; 0: 10 s. At most ten minutes.
    pub timeout_micros: u64,
    /// Whether a certificate that cannot be trusted is an error.
    pub verify: bool,
}

/// How a check went. Times are seconds; 0 for what did not happen.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// From the name to its addresses.
    pub resolve: f64,
    /// Until TCP stood.
    pub connect: f64,
    /// The handshake of TLS.
    pub tls_handshake: f64,
    /// From the request to the answer `101`.
    pub handshake: f64,
    /// From the ping to its pong. Where there is a message, at most half of the time that is left is waited for it.
    pub ping: Option<f64>,
    /// From the message to the first message back.
    pub echo: Option<f64>,
    /// That message, as far as it was wanted.
    pub reply: Vec<u8>,
    /// The one that the server chose.
    pub subprotocol: Option<String>,
    /// Address and port that answered.
    pub remote_address: String,
    /// What TLS agreed on.
    pub tls: Option<Tls>,
}

impl WebSocket {
    /// WebSockets for one plugin.
    ///
    /// # Errors
    /// `Invalid` for a scope whose globs are none.
    pub fn new(options: WebSocketOptions) -> Result<Self, CapabilityError> {
        Ok(Self {
            reach: Reach::new(Web::WebSocket, &options.scope, options.targets)?,
            dialer: options.dialer,
            in_flight: options.in_flight.max(1),
            response_bytes: options.response_bytes,
        })
    }

    /// Makes all checks, some at once, and answers in their order. A failure of one is its own, as with
    /// [`Http::fetch_all`](crate::http::Http::fetch_all); an answer other than `101` is `Failed`.
    pub async fn check_all(&self, checks: Vec<Check>) -> Vec<Result<Outcome, CapabilityError>> {
        let budget = Budget::new(self.response_bytes);
        in_order(checks, self.in_flight, |check| self.check(check, &budget)).await
    }
}
