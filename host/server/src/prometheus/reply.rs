//! Answers in Prometheus' envelope, and the one way to them.

use std::io::Write as _;
use std::time::{Duration, Instant};

use autobot_query::{ErrorKind, QueryError, json};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;

use super::parameters::{Parameters, bad};
use crate::Shared;

/// Of a form that comes with a POST. Queries are a few hundred bytes; the longest that people generate are some thousand.
pub(crate) const LONGEST_FORM: usize = 1 << 20;
/// Of an answer. A chart's is some hundred KiB; what is longer than this no client draws.
pub(super) const LONGEST_ANSWER: usize = 256 << 20;

/// An answer from this size on is compressed on the thread that made it, a smaller one as it is sent: that takes microseconds.
const LARGE: usize = 64 << 10;

/// The answer to a request that succeeded, under way.
pub(super) struct Reply {
    /// The envelope up to the end of its `data`.
    text: Vec<u8>,
    warnings: Vec<String>,
    infos: Vec<String>,
}

impl Reply {
    /// With what `write` appends as `data`.
    pub(super) fn writing(write: impl FnOnce(&mut Vec<u8>) -> Result<(), QueryError>) -> Result<Self, QueryError> {
        let mut text = br#"{"status":"success","data":"#.to_vec();
        write(&mut text)?;
        Ok(Self { text, warnings: Vec::new(), infos: Vec::new() })
    }

    /// With a document as `data`.
    pub(super) fn of(data: &impl Serialize) -> Result<Self, QueryError> {
        Self::writing(|out| {
            serde_json::to_writer(out, data).map_err(|error| QueryError {
                kind: ErrorKind::Internal,
                message: format!("the answer could not be written: {error}"),
            })
        })
    }

    /// With what the engine says beside the result.
    pub(super) fn noted(self, warnings: Vec<String>, infos: Vec<String>) -> Self {
        Self { warnings, infos, ..self }
    }

    /// With a remark for whoever asked: the answer may not be what was meant.
    pub(super) fn warning(mut self, text: Option<&str>) -> Self {
        self.warnings.extend(text.map(str::to_owned));
        self
    }

    /// The whole answer; `gzip` says whether the client takes that.
    fn into_body(self, gzip: bool) -> Body {
        let text = self.into_text();
        if !gzip || text.len() < LARGE {
            return Body { bytes: text, is_gzip: false };
        }
        let mut encoder = GzEncoder::new(Vec::with_capacity(text.len() / 8), Compression::fast());
        match encoder.write_all(&text).and_then(|()| encoder.finish()) {
            Ok(bytes) => Body { bytes, is_gzip: true },
            Err(_) => Body { bytes: text, is_gzip: false },
        }
    }

    fn into_text(self) -> Vec<u8> {
        let mut text = self.text;
        for (name, remarks) in [("warnings", &self.warnings), ("infos", &self.infos)] {
            if remarks.is_empty() {
                continue;
            }
            text.extend_from_slice(format!(",\"{name}\":[").as_bytes());
            for (at, remark) in remarks.iter().enumerate() {
                if at > 0 {
                    text.push(b',');
                }
                json::text_into(&mut text, remark);
            }
            text.push(b']');
        }
        text.push(b'}');
        text
    }
}

/// What is sent.
struct Body {
    bytes: Vec<u8>,
    is_gzip: bool,
}

/// Whether a client takes gzip, by its `Accept-Encoding`.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let refused = parts.any(|part| {
            part.strip_prefix("q=").is_some_and(|weight| weight.parse().is_ok_and(|weight: f32| weight <= 0.0))
        });
        (name.eq_ignore_ascii_case("gzip") || name == "*") && !refused
    })
}

/// What Prometheus says when a `limit` was met.
const TRUNCATED: &str = "results truncated due to limit";

/// Cuts `items` down to `limit`; the warning says that it did.
pub(super) fn truncate<T>(items: &mut Vec<T>, limit: Option<usize>) -> Option<&'static str> {
    let limit = limit.filter(|limit| items.len() > *limit)?;
    items.truncate(limit);
    Some(TRUNCATED)
}

/// One request's way through the host.
pub(super) struct Asked<'a> {
    pub(super) shared: &'a Shared,
    pub(super) parameters: Parameters,
    /// How long it waited for its turn.
    pub(super) queued: Duration,
}

/// What is done for a request.
pub(super) type Work = fn(&Asked<'_>) -> Result<Reply, QueryError>;

/// Answers what reads series: on a blocking thread, a few at a time.
pub(super) async fn evaluated(shared: Shared, headers: &HeaderMap, text: String, work: Work) -> Response {
    let gzip = takes_gzip(headers);
    let asked = Instant::now();
    let patience = shared.parts().engine.limits.time;
    let Ok(permit) = tokio::time::timeout(patience, shared.queries().acquire()).await else {
        let message = format!("the host was busy with other queries for {patience:?}; ask again later");
        return refused(&QueryError { kind: ErrorKind::Timeout, message });
    };
    let queued = asked.elapsed();
    let worker = shared.clone();
    let done = tokio::task::spawn_blocking(move || {
        let parameters = Parameters::parse(&text)?;
        work(&Asked { shared: &worker, parameters, queued }).map(|reply| reply.into_body(gzip))
    });
    let result = done.await;
    // The semaphore is never closed; a permit that cannot be had would only mean less restraint.
    drop(permit);
    answer(result.unwrap_or_else(|error| {
        tracing::error!(%error, "a query panicked");
        Err(QueryError {
            kind: ErrorKind::Internal,
            message: "the query failed within the host; its log says why".to_owned(),
        })
    }))
}

/// Answers at once what is already in memory.
pub(super) fn at_once(shared: &Shared, text: Option<String>, work: Work) -> Response {
    let parameters = Parameters::parse(text.as_deref().unwrap_or_default());
    let result = parameters.and_then(|parameters| work(&Asked { shared, parameters, queued: Duration::ZERO }));
    answer(result.map(|reply| reply.into_body(false)))
}

/// The same for a POST: parameters of its form come before those of the address.
pub(super) async fn posted(
    shared: Shared,
    headers: &HeaderMap,
    query: Option<String>,
    body: Result<Bytes, BytesRejection>,
    work: Work,
) -> Response {
    match body {
        Ok(body) => {
            let form = String::from_utf8_lossy(&body);
            evaluated(shared, headers, format!("{form}&{}", query.unwrap_or_default()), work).await
        }
        Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let message = format!("the form is longer than {} KiB", LONGEST_FORM >> 10);
            super::refusal(StatusCode::PAYLOAD_TOO_LARGE, "bad_data", &message)
        }
        Err(error) => refused(&bad(format!("the form could not be read: {error}"))),
    }
}

fn answer(result: Result<Body, QueryError>) -> Response {
    match result {
        Ok(Body { bytes, is_gzip: false }) => written(StatusCode::OK, bytes),
        Ok(Body { bytes, is_gzip: true }) => {
            let headers = [
                (header::CONTENT_TYPE, "application/json"),
                (header::CONTENT_ENCODING, "gzip"),
                (header::VARY, "accept-encoding"),
            ];
            (headers, bytes).into_response()
        }
        Err(error) => refused(&error),
    }
}

fn refused(error: &QueryError) -> Response {
    let status = StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    written(status, json::failure(error))
}

pub(super) fn written(status: StatusCode, text: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn gzip_is_for_those_who_take_it() {
        for (said, takes) in [
            ("gzip", true),
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("*", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0", false),
            ("identity", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(said))]);
            assert_eq!(takes_gzip(&headers), takes, "{said}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
