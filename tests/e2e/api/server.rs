//! A server that answers, and one for every way of not answering: plain bytes over loopback, so that each fault is exactly what it says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use futures_util::{SinkExt as _, StreamExt as _};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_tungstenite::tungstenite::Message;

/// GET operations of the reference site's document.
pub(crate) const OPERATIONS: usize = 518;
/// How long the paced answer waits before its head, and again before its body.
pub(crate) const PACE: Duration = Duration::from_millis(80);

/// A server that ends when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Seen>,
    _tasks: JoinSet<()>,
}

#[derive(Default)]
struct Seen {
    requests: AtomicUsize,
    with_credentials: AtomicUsize,
    changing: AtomicUsize,
    now: AtomicUsize,
    at_once: AtomicUsize,
}

impl Server {
    async fn raw<F: Future<Output = ()> + Send + 'static>(
        address: SocketAddr,
        with: impl Fn(TcpStream, Arc<Seen>) -> F + Send + 'static,
    ) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(1024)?;
        let (address, seen) = (listener.local_addr()?, Arc::new(Seen::default()));
        let (mut tasks, theirs) = (JoinSet::new(), seen.clone());
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, work) = (theirs.clone(), with(stream, theirs.clone()));
                connections.spawn(async move {
                    let now = seen.now.fetch_add(1, Ordering::SeqCst).saturating_add(1);
                    seen.at_once.fetch_max(now, Ordering::SeqCst);
                    work.await;
                    seen.now.fetch_sub(1, Ordering::SeqCst);
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self { address, seen, _tasks: tasks })
    }

    pub(crate) async fn http() -> Result<Self> {
        Self::http_on(0).await
    }

    pub(crate) async fn http_on(port: u16) -> Result<Self> {
        Self::raw(([127, 0, 0, 1], port).into(), |stream, seen| async move {
            let _ = answer(stream, &seen).await;
        })
        .await
    }

    pub(crate) async fn https(identity: &Identity) -> Result<Self> {
        let acceptor = TlsAcceptor::from(Arc::new(identity.config()));
        Self::raw(([127, 0, 0, 1], 0).into(), move |stream, seen| {
            let acceptor = acceptor.clone();
            async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    let _ = answer(stream, &seen).await;
                }
            }
        })
        .await
    }

    /// Sends back what comes, or takes it and says nothing.
    pub(crate) async fn websocket(echoes: bool) -> Result<Self> {
        Self::raw(([127, 0, 0, 1], 0).into(), move |stream, _| async move {
            let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
            while let Some(Ok(message)) = socket.next().await {
                let back = match message {
                    Message::Text(text) if echoes => Message::Text(text),
                    _ => continue,
                };
                if socket.send(back).await.is_err() {
                    return;
                }
            }
        })
        .await
    }

    /// Takes connections and says nothing.
    pub(crate) async fn silent() -> Result<Self> {
        Self::raw(([127, 0, 0, 1], 0).into(), |mut stream, _| async move {
            let mut bytes = [0; 1024];
            while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
        })
        .await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn requests(&self) -> usize {
        self.seen.requests.load(Ordering::SeqCst)
    }

    pub(crate) fn with_credentials(&self) -> usize {
        self.seen.with_credentials.load(Ordering::SeqCst)
    }

    /// Requests whose method is neither GET nor HEAD.
    pub(crate) fn changing(&self) -> usize {
        self.seen.changing.load(Ordering::SeqCst)
    }

    /// Connections that were open at once.
    pub(crate) fn at_once(&self) -> usize {
        self.seen.at_once.load(Ordering::SeqCst)
    }
}

/// A port whose queue of connections is full, so that nobody gets as far as a connection.
pub(crate) struct Full {
    pub(crate) address: SocketAddr,
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl Full {
    pub(crate) async fn new() -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(([127, 0, 0, 1], 0).into())?;
        let listener = socket.listen(0)?;
        let address = listener.local_addr()?;
        let mut queue = Vec::new();
        // Linux takes one more than it is told; what does not stand at once is left in the queue all the same.
        while let Ok(stream) = tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await {
            queue.push(stream?);
        }
        Ok(Self { address, _listener: listener, _queue: queue })
    }
}

/// Reads one request and answers by its path.
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin + Linger, seen: &Seen) -> Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        // TLS, by its first byte.
        if request.first() == Some(&0x16) {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await?;
            return Ok(());
        }
        if stream.read_buf(&mut request).await? == 0 || request.len() > 64 * 1024 {
            return Ok(());
        }
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    let mut words = text.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    seen.requests.fetch_add(1, Ordering::SeqCst);
    if text.to_lowercase().contains("authorization: bearer hush\r\n") {
        seen.with_credentials.fetch_add(1, Ordering::SeqCst);
    }
    if !matches!(method, "GET" | "HEAD") {
        seen.changing.fetch_add(1, Ordering::SeqCst);
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let head = |status: &str, length: usize, more: &str| {
        format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nx-served-by: tests\r\nconnection: close\r\n{more}\r\n"
        )
    };
    let whole = |status: &str, body: &str| head(status, body.len(), "") + body;
    let bytes = match path {
        "/reset" => {
            stream.write_all((head("200 OK", 100, "") + "0123456789").as_bytes()).await?;
            stream.flush().await?;
            stream.linger();
            return Ok(());
        }
        "/short" => head("200 OK", 100, "") + "0123456789",
        "/huge" => {
            stream.write_all(head("200 OK", 20 << 20, "").as_bytes()).await?;
            let block = vec![b'x'; 1 << 20];
            for _ in 0..20 {
                stream.write_all(&block).await?;
            }
            return Ok(());
        }
        "/line" => {
            stream.write_all(head("200 OK", 10 << 20, "").as_bytes()).await?;
            stream.write_all(&vec![b'x'; 10 << 20]).await?;
            stream.shutdown().await?;
            return Ok(());
        }
        "/loop" => head("302 Found", 0, "location: /loop\r\n"),
        "/once" => head("302 Found", 0, "location: /ok\r\n"),
        "/away" => head("302 Found", 0, &format!("location: http://{query}/secret\r\n")),
        "/half-json" => whole("200 OK", "{\"status\": "),
        "/garbage" => "SSH-2.0-OpenSSH_9.9\r\n".to_owned(),
        "/hang-head" => return forever(stream, "").await,
        "/hang-in-head" => return forever(stream, "HTTP/1.1 200 OK\r\ncontent-le").await,
        "/hang-body" => return forever(stream, &(head("200 OK", 100, "") + "0123456789")).await,
        "/paced" => {
            tokio::time::sleep(PACE).await;
            stream.write_all(head("200 OK", 5, "").as_bytes()).await?;
            stream.flush().await?;
            tokio::time::sleep(PACE).await;
            "paced".to_owned()
        }
        "/broken" => whole("500 Internal Server Error", "no"),
        "/json" => whole("200 OK", "{\"status\": \"ok\", \"nodes\": [{\"up\": true, \"load\": 0.5}]}"),
        "/openapi.json" => whole("200 OK", &document()),
        path if path.starts_with("/api/") || path == "/ok" => whole("200 OK", "fine"),
        _ => whole("404 Not Found", "nothing here"),
    };
    stream.write_all(bytes.as_bytes()).await?;
    stream.shutdown().await?;
    Ok(())
}

/// Says this much, and no more until the client has gone.
async fn forever(mut stream: impl AsyncRead + AsyncWrite + Unpin, said: &str) -> Result<()> {
    stream.write_all(said.as_bytes()).await?;
    stream.flush().await?;
    let mut bytes = [0; 1024];
    while stream.read(&mut bytes).await? > 0 {}
    Ok(())
}

/// Ends a connection by a reset.
trait Linger {
    fn linger(&self) {}
}

impl Linger for TcpStream {
    fn linger(&self) {
        self.set_zero_linger().expect("loopback can reset");
    }
}

impl<T> Linger for tokio_rustls::server::TlsStream<T> {}

/// An OpenAPI document of as many operations as the reference site has, and some that cannot be asked for.
fn document() -> String {
    let mut paths = serde_json::Map::new();
    for at in 0..OPERATIONS {
        let (path, get) = match at % 4 {
            0 => {
                let id = serde_json::json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer", "example": at}});
                (format!("/api/items{at}/{{id}}"), serde_json::json!({"tags": ["items"], "parameters": [id]}))
            }
            1 => {
                let limit = serde_json::json!({"name": "limit", "in": "query", "schema": {"type": "integer"}});
                (format!("/api/lists/{at}"), serde_json::json!({"parameters": [limit]}))
            }
            _ => {
                (format!("/api/things/{at}"), serde_json::json!({"tags": ["things", "more"], "responses": {"200": {}}}))
            }
        };
        paths.insert(path, serde_json::json!({"get": get, "post": {"responses": {}}}));
    }
    let id = serde_json::json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}});
    paths.insert("/api/users/{id}".to_owned(), serde_json::json!({"get": {"parameters": [id]}}));
    paths.insert("/api/logout".to_owned(), serde_json::json!({"post": {}}));
    paths.insert(
        "/api/events".to_owned(),
        serde_json::json!({"get": {"responses": {"200": {"content": {"text/event-stream": {}}}}}}),
    );
    serde_json::json!({"openapi": "3.1.0", "info": {"title": "Site", "version": "1"}, "paths": paths}).to_string()
}

/// Signs certificates.
pub(crate) struct Authority {
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key.
pub(crate) struct Identity {
    certificate: Vec<u8>,
    key: KeyPair,
}

impl Authority {
    pub(crate) fn new() -> Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, "Test root");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate()?;
        let pem = params.self_signed(&key)?.pem();
        Ok(Self { pem, issuer: Issuer::new(params, key) })
    }

    /// A certificate for this machine's loopback address between these years.
    pub(crate) fn certify(&self, from: i32, to: i32) -> Result<Identity> {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()])?;
        (params.not_before, params.not_after) = (date_time_ymd(from, 1, 2), date_time_ymd(to, 3, 4));
        let key = KeyPair::generate()?;
        Ok(Identity { certificate: params.signed_by(&key, &self.issuer)?.der().to_vec(), key })
    }
}

impl Identity {
    /// A certificate that nobody but itself vouches for.
    pub(crate) fn self_signed() -> Result<Self> {
        let key = KeyPair::generate()?;
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()])?;
        Ok(Self { certificate: params.self_signed(&key)?.der().to_vec(), key })
    }

    fn config(&self) -> ServerConfig {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).expect("a key");
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone().into()], key)
            .expect("the key of the certificate")
    }
}
