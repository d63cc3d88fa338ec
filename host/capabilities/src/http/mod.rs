//! Requests over HTTP/1.1 and HTTP/2, with and without TLS: the capability `http`.
//!
//! Each request has a connection of its own, since how long the name, the connection, TLS, the first byte and the body take
//! is what is asked for. What may be reached is decided in `scope` and `address`, before anything is opened and again at
//! every redirect. Nothing here knows what an answer means, decompresses it, or follows what stands in it.

mod address;
mod exchange;
mod fetch;
mod headers;
mod path;
mod scope;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::{CapabilityError, Dialer, Targets, Tls};

pub(crate) use address::{Address, Reach, Web};
pub(crate) use exchange::{Exchange, Speaks, Step, With};
pub(crate) use fetch::{AGENT, Budget};
pub(crate) use headers::outgoing;

/// Requests of one call.
pub(crate) const MOST_REQUESTS: usize = 1_000;
/// Bytes of one body that are read, wanted or not, unless something else is said.
pub const READ_BYTES: u64 = 16 << 20;

/// What [`Http`] is made of.
pub struct HttpOptions {
    /// Opens the connections; one for the whole host.
    pub dialer: Arc<Dialer>,
    /// What the grant holds: names of targets, and URL globs.
    pub scope: Vec<String>,
    /// What the configuration holds under `targets`.
    pub targets: Arc<Targets>,
    /// Requests of one call that are made at once.
    pub in_flight: usize,
    /// Bytes of headers, certificates and kept bodies that all answers of one call may have together.
    pub response_bytes: usize,
    /// Bytes of one body that are read, wanted or not: [`READ_BYTES`].
    pub read_bytes: u64,
}

/// HTTP as one plugin may use it.
pub struct Http {
    dialer: Arc<Dialer>,
    reach: Reach,
    in_flight: usize,
    response_bytes: usize,
    read_bytes: u64,
}

/// A header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// In lower case where it was received.
    pub name: String,
    /// What is not UTF-8 in it is replaced.
    pub value: String,
}

impl Header {
    fn bytes(&self) -> usize {
        self.name.len().saturating_add(self.value.len())
    }
}

/// What to ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// A name of the operator's `targets`.
    pub target: Option<String>,
    /// An absolute URL, or with a target the path and query below its URL.
    pub url: String,
    /// `GET`, `HEAD` ...
    pub method: String,
    /// Beside those that the host sets.
    pub headers: Vec<Header>,
    /// What is sent along.
    pub body: Vec<u8>,
    /// Of everything together; 0: 10 s. At most ten minutes.
    pub timeout_micros: u64,
    /// How many redirects to follow; at most 20. The one after the last is the answer.
    pub redirects: u32,
    /// Bytes of the body wanted back.
    pub keep_body: u32,
    /// Whether a certificate that cannot be trusted is an error.
    pub verify: bool,
    /// What to speak.
    pub version: Version,
}

/// What to speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// HTTP/2 where TLS agrees on it, HTTP/1.1 otherwise.
    #[default]
    Any,
    /// HTTP/1.1.
    Http1,
    /// HTTP/2; without TLS from the first byte.
    Http2,
}

/// Seconds; of the last request when redirects were followed, but for `total`. 0 for what did not happen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timing {
    /// From the name to its addresses.
    pub resolve: f64,
    /// Until TCP stood.
    pub connect: f64,
    /// The handshake of TLS.
    pub tls: f64,
    /// From sending the request to the head of the answer.
    pub first_byte: f64,
    /// From there to the end of the body.
    pub body: f64,
    /// All of it, redirects included.
    pub total: f64,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// `200`
    pub status: u16,
    /// As they came, but for credentials.
    pub headers: Vec<Header>,
    /// As far as it was wanted.
    pub body: Vec<u8>,
    /// All that was read of it.
    pub body_bytes: u64,
    /// False when it was longer than the host reads.
    pub complete: bool,
    /// How long it took.
    pub timing: Timing,
    /// `HTTP/1.1`, `HTTP/2.0`.
    pub version: String,
    /// Address and port that answered.
    pub remote_address: String,
    /// Where the answer came from.
    pub url: String,
    /// How many redirects were followed.
    pub redirected: u32,
    /// What TLS agreed on.
    pub tls: Option<Tls>,
}

impl Http {
    /// HTTP for one plugin.
    ///
    /// # Errors
    /// `Invalid` for a scope whose globs are none.
    pub fn new(options: HttpOptions) -> Result<Self, CapabilityError> {
        Ok(Self {
            reach: Reach::new(Web::Http, &options.scope, options.targets)?,
            dialer: options.dialer,
            in_flight: options.in_flight.max(1),
            response_bytes: options.response_bytes,
            read_bytes: options.read_bytes,
        })
    }

    /// Makes all requests, some at once, and answers in their order. A failure of one is its own: `Denied` for what the grant
    /// does not cover, first or after a redirect; `Invalid` for what cannot be asked for; `Timeout`, `Unreachable`,
    /// `TooLarge`, `Failed` for what went wrong.
    pub async fn fetch_all(&self, requests: Vec<Request>) -> Vec<Result<Response, CapabilityError>> {
        let budget = Budget::new(self.response_bytes);
        in_order(requests, self.in_flight, |request| self.fetch(request, &budget)).await
    }
}

/// Does `work` for each, `at_once` of them at a time, and gives the outcomes in the order of the tasks.
pub(crate) async fn in_order<T, R, F>(
    tasks: Vec<T>,
    at_once: usize,
    work: impl Fn(T) -> F,
) -> Vec<Result<R, CapabilityError>>
where
    F: Future<Output = Result<R, CapabilityError>>,
{
    let number = tasks.len();
    let one = |(at, task)| {
        let begun = (at < MOST_REQUESTS).then(|| work(task));
        async move {
            let too_many = || {
                CapabilityError::TooLarge(format!("{number} requests in one call; at most {MOST_REQUESTS} are made"))
            };
            let outcome = match begun {
                Some(begun) => begun.await,
                None => Err(too_many()),
            };
            (at, outcome)
        }
    };
    let begun = stream::iter(tasks.into_iter().enumerate().map(one));
    let mut outcomes: Vec<_> = begun.buffer_unordered(at_once).collect().await;
    outcomes.sort_by_key(|(at, _)| *at);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}
