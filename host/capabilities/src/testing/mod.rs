//! Servers for the tests of what goes over a network: real ones, on loopback, that end with the test.

mod tls;

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::{Dialer, Target, TargetKind, Targets};

pub(crate) use tls::{Authority, Identity};

/// What answers a request.
pub(crate) type Answer = Arc<dyn Fn(Request<Bytes>) -> Response<Full<Bytes>> + Send + Sync>;

/// A server that ends when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Server {
    /// Does `with` with every connection.
    pub(crate) async fn raw<F: Future<Output = ()> + Send + 'static>(
        with: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(with(stream));
            }
        });
        Self { address, _tasks: tasks }
    }

    /// HTTP/1.1.
    pub(crate) async fn http(answer: impl Fn(Request<Bytes>) -> Response<Full<Bytes>> + Send + Sync + 'static) -> Self {
        let answer: Answer = Arc::new(answer);
        Self::raw(move |stream| speak(stream, false, answer.clone())).await
    }

    /// HTTP/2 without TLS.
    pub(crate) async fn http2(
        answer: impl Fn(Request<Bytes>) -> Response<Full<Bytes>> + Send + Sync + 'static,
    ) -> Self {
        let answer: Answer = Arc::new(answer);
        Self::raw(move |stream| speak(stream, true, answer.clone())).await
    }

    /// HTTP over TLS, in the version that the client likes best of `protocols`.
    pub(crate) async fn https(
        identity: &Identity,
        protocols: &[&str],
        answer: impl Fn(Request<Bytes>) -> Response<Full<Bytes>> + Send + Sync + 'static,
    ) -> Self {
        let answer: Answer = Arc::new(answer);
        let acceptor = TlsAcceptor::from(Arc::new(identity.config(protocols)));
        Self::raw(move |stream| {
            let (acceptor, answer) = (acceptor.clone(), answer.clone());
            async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                speak(stream, http2, answer).await;
            }
        })
        .await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Its address as it stands in what people read, so that an expected text holds for every port.
    pub(crate) fn hide(&self, text: &str) -> String {
        text.replace(&self.address.to_string(), "SERVER")
            .replace(&format!("localhost:{}", self.address.port()), "SERVER")
    }
}

/// Answers what comes over `stream`.
pub(crate) async fn speak(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, http2: bool, answer: Answer) {
    let service = service_fn(move |request: Request<hyper::body::Incoming>| {
        let answer = answer.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok::<_, hyper::Error>(answer(Request::from_parts(head, body)))
        }
    });
    let io = TokioIo::new(stream);
    // How the client leaves is its business.
    let _ = if http2 {
        hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(io, service).await
    } else {
        hyper::server::conn::http1::Builder::new().serve_connection(io, service).await
    };
}

/// An answer of `200` with `body`.
pub(crate) fn ok(body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    Response::new(Full::new(body.into()))
}

/// An answer that points to `location`.
pub(crate) fn redirect(status: u16, location: &str) -> Response<Full<Bytes>> {
    Response::builder().status(status).header("location", location).body(Full::default()).unwrap()
}

/// A dialer that trusts `authority` beside what the machine trusts.
pub(crate) fn dialer(authority: &Authority) -> Arc<Dialer> {
    Arc::new(Dialer::new(vec![authority.root()]))
}

/// A target of HTTP without credentials.
pub(crate) fn target(url: String) -> Target {
    Target { kind: TargetKind::Http, url, user: None, password: None, bearer: None }
}

/// Targets by name.
pub(crate) fn targets(of: impl IntoIterator<Item = (&'static str, Target)>) -> Arc<Targets> {
    Arc::new(of.into_iter().map(|(name, target)| (name.to_owned(), target)).collect())
}
