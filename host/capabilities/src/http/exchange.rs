//! One request and its answer over one connection.
//!
//! What the connection needs to live runs in tasks that end when the exchange is dropped, at whatever point that is.

use std::io;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::rt::Executor;
use hyper::upgrade::Upgraded;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::headers::{MOST_BYTES, MOST_HEADERS};
use crate::CapabilityError;
use crate::dial::{Deadline, in_words};

/// How long a connection may take to say goodbye.
const GOODBYE: Duration = Duration::from_millis(100);
/// Bytes that a server may send of one answer of HTTP/2 before they are read.
const WINDOW: u32 = 256 * 1024;

/// Bytes of one answer of HTTP/1.1 that are read at once.
const BUFFER: usize = 64 * 1024;
/// How hyper words it; the method that asks for it is only there for servers.
const HEAD_TOO_LARGE: &str = "message head is too large";

/// What goes over the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaks {
    Http1,
    Http2,
}

/// Whom an exchange is with.
#[derive(Clone, Copy)]
pub(crate) struct With<'a> {
    /// What errors call it.
    pub(crate) place: &'a str,
    pub(crate) deadline: Deadline,
    /// How long the connection took to stand.
    pub(crate) connected: Duration,
}

/// An answer whose head has come.
pub(crate) struct Exchange {
    pub(crate) response: Response<Incoming>,
    /// From the request to the head of the answer.
    pub(crate) first_byte: Duration,
    sender: Sender,
    tasks: Tasks,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl Exchange {
    /// Sends `request` over `wire` and waits for the head of the answer.
    pub(crate) async fn begin(
        wire: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        speaks: Speaks,
        request: Request<Full<Bytes>>,
        with: With<'_>,
    ) -> Result<Self, CapabilityError> {
        let tasks = Tasks::default();
        let work = async {
            let mut sender = tasks.open(TokioIo::new(wire), speaks).await?;
            let start = Instant::now();
            let response = match &mut sender {
                Sender::Http1(sender) => sender.send_request(request).await?,
                Sender::Http2(sender) => sender.send_request(request).await?,
            };
            Ok((sender, response, start.elapsed()))
        };
        let late = |within: &str| {
            format!("{} did not answer {within} (connected after {})", with.place, in_words(with.connected))
        };
        let done: hyper::Result<_> = with.deadline.bound(work, late).await?;
        let (sender, response, first_byte) = done.map_err(|error| with.failure(&error, speaks, Step::Head))?;
        // HTTP/1.1 counts them while it reads.
        if response.headers().len() > MOST_HEADERS {
            return Err(with.too_many_headers());
        }
        Ok(Self { response, first_byte, sender, tasks })
    }

    /// Takes over the connection after an answer of `101`.
    pub(crate) async fn upgrade(self) -> hyper::Result<TokioIo<Upgraded>> {
        hyper::upgrade::on(self.response).await.map(TokioIo::new)
    }

    /// Ends the connection in good order where that is quick.
    pub(crate) async fn end(self) {
        let Self { response, sender, tasks, .. } = self;
        drop((response, sender));
        let mut left = std::mem::take(&mut *tasks.0.lock());
        // What takes longer is cut off when `left` is dropped.
        let _ = timeout(GOODBYE, async { while left.join_next().await.is_some() {} }).await;
    }
}

/// How far an answer has come when it fails.
pub(crate) enum Step {
    Head,
    /// With so many bytes of the body.
    Body(u64),
}

impl With<'_> {
    fn too_many_headers(self) -> CapabilityError {
        CapabilityError::TooLarge(format!(
            "{} sent more than {MOST_HEADERS} headers, or {MOST_BYTES} bytes of them",
            self.place
        ))
    }

    /// What went wrong, in a sentence.
    pub(crate) fn failure(self, error: &hyper::Error, speaks: Speaks, step: Step) -> CapabilityError {
        let place = self.place;
        let when = match step {
            Step::Head => "before it answered".to_owned(),
            Step::Body(bytes) => format!("before its answer was complete, after {bytes} bytes of it"),
        };
        let (deepest, kind) = roots_of(error);
        if error.is_parse() && deepest == HEAD_TOO_LARGE {
            return self.too_many_headers();
        }
        match kind {
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => {
                CapabilityError::Unreachable(format!("{place} reset the connection {when}"))
            }
            Some(io::ErrorKind::UnexpectedEof) => {
                CapabilityError::Unreachable(format!("{place} closed the connection {when}"))
            }
            _ if error.is_incomplete_message() || error.is_closed() || error.is_canceled() => {
                CapabilityError::Unreachable(format!("{place} closed the connection {when}"))
            }
            _ if speaks == Speaks::Http2 => {
                CapabilityError::Failed(format!("{place} broke off HTTP/2 {when}, or does not speak it: {deepest}"))
            }
            _ if error.is_parse() => CapabilityError::Failed(format!("{place} answers in what is not HTTP: {deepest}")),
            _ => CapabilityError::Failed(format!("{place} ended the exchange {when}: {deepest}")),
        }
    }
}

/// The innermost cause in words, and the kind of failure of the connection if there was one.
fn roots_of(error: &hyper::Error) -> (String, Option<io::ErrorKind>) {
    let mut deepest: &dyn std::error::Error = error;
    let mut kind = None;
    loop {
        if let Some(io) = deepest.downcast_ref::<io::Error>() {
            kind = Some(io.kind());
        }
        match deepest.source() {
            Some(source) => deepest = source,
            None => return (deepest.to_string(), kind),
        }
    }
}

/// The tasks of one connection. Dropping it ends them.
#[derive(Default)]
struct Tasks(Arc<Mutex<JoinSet<()>>>);

impl Tasks {
    async fn open<T>(&self, io: TokioIo<T>, speaks: Speaks) -> hyper::Result<Sender>
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        match speaks {
            Speaks::Http1 => {
                let mut builder = http1::Builder::new();
                builder.max_headers(MOST_HEADERS).max_header_size(MOST_BYTES).max_buf_size(BUFFER);
                let (sender, connection) = builder.handshake(io).await?;
                // What becomes of the connection is seen in the answer.
                self.spawn(async { drop(connection.with_upgrades().await) });
                Ok(Sender::Http1(sender))
            }
            Speaks::Http2 => {
                let mut builder = http2::Builder::new(Spawner(Arc::downgrade(&self.0)));
                builder.max_header_list_size(u32::try_from(MOST_BYTES).unwrap_or(u32::MAX));
                builder.initial_stream_window_size(WINDOW).initial_connection_window_size(WINDOW);
                let (sender, connection) = builder.handshake(io).await?;
                self.spawn(async { drop(connection.await) });
                Ok(Sender::Http2(sender))
            }
        }
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.lock().spawn(task);
    }
}

/// How HTTP/2 starts tasks of its own. It does not hold them, so that they cannot hold themselves.
#[derive(Clone)]
struct Spawner(Weak<Mutex<JoinSet<()>>>);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Spawner {
    fn execute(&self, task: F) {
        if let Some(tasks) = self.0.upgrade() {
            tasks.lock().spawn(task);
        }
    }
}
