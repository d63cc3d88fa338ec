//! The capability `http` against real servers on loopback.

mod answers;
mod faults;
mod reach;
mod security;

use std::sync::Arc;

use crate::http::{Http, HttpOptions, READ_BYTES, Request, Response};
use crate::testing::targets;
use crate::{CapabilityError, Dialer, Targets};

/// HTTP for a grant of `scope`.
fn http(scope: &[&str]) -> Http {
    with(scope, |_| {})
}

/// The same, with other options.
fn with(scope: &[&str], change: impl FnOnce(&mut HttpOptions)) -> Http {
    let mut options = HttpOptions {
        dialer: Arc::new(Dialer::new(vec![])),
        scope: scope.iter().map(|entry| (*entry).to_owned()).collect(),
        targets: targets([]),
        in_flight: 8,
        response_bytes: 1 << 20,
        read_bytes: READ_BYTES,
    };
    change(&mut options);
    Http::new(options).unwrap()
}

/// The same, with targets.
fn with_targets(scope: &[&str], targets: Arc<Targets>) -> Http {
    with(scope, |options| options.targets = targets)
}

/// A plain `GET` that wants the whole body.
fn get(url: impl Into<String>) -> Request {
    Request { url: url.into(), method: "GET".to_owned(), keep_body: u32::MAX, verify: true, ..Request::default() }
}

/// A plain `GET` below a target.
fn get_of(target: &str, path: &str) -> Request {
    Request { target: Some(target.to_owned()), ..get(path) }
}

async fn fetch(http: &Http, request: Request) -> Result<Response, CapabilityError> {
    http.fetch_all(vec![request]).await.pop().unwrap()
}

/// The sentence of a request that fails.
async fn sentence(http: &Http, request: Request) -> String {
    fetch(http, request).await.unwrap_err().to_string()
}
