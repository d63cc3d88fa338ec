//! Servers of HTTP that say what a test wants, byte for byte, on ports of their own.

use std::sync::Arc;

use anyhow::Result;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A server; it ends with the test.
pub(crate) struct Server {
    pub(crate) port: u16,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A request: method, path and body.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
}

/// An answer with its length.
pub(crate) fn answer(status: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

impl Server {
    /// Answers each request by what `say` makes of it.
    pub(crate) async fn start(say: impl Fn(&Asked) -> Vec<u8> + Send + Sync + 'static) -> Result<Self> {
        let say = Arc::new(say);
        Self::serve(move |mut stream| {
            let say = say.clone();
            async move {
                if let Some(asked) = asked(&mut stream).await {
                    let _ = stream.write_all(&say(&asked)).await;
                    let _ = stream.shutdown().await;
                }
            }
        })
        .await
    }

    /// Says the same to everyone.
    pub(crate) async fn fixed(answer: Vec<u8>) -> Result<Self> {
        Self::start(move |_| answer.clone()).await
    }

    /// Takes requests and says nothing.
    pub(crate) async fn silent() -> Result<Self> {
        Self::serve(|mut stream| async move {
            // Until the other side gives up.
            let mut ignored = [0; 1024];
            while stream.read(&mut ignored).await.unwrap_or(0) > 0 {}
        })
        .await
    }

    /// Says lines for ever.
    pub(crate) async fn endless() -> Result<Self> {
        Self::serve(|mut stream| async move {
            if asked(&mut stream).await.is_some() {
                let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n";
                let mut going = stream.write_all(head).await;
                let lines = "endless_total 1\n".repeat(4096);
                while going.is_ok() {
                    going = stream.write_all(lines.as_bytes()).await;
                }
            }
        })
        .await
    }

    async fn serve<F: Future<Output = ()> + Send + 'static>(
        one: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(one(stream));
            }
        });
        Ok(Self { port, task })
    }
}

/// The whole request, its body by its length.
async fn asked(stream: &mut TcpStream) -> Option<Asked> {
    let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(part.get(..read)?);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(bytes.get(..end)?).into_owned();
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        if bytes.len() >= end + 4 + length.unwrap_or(0) {
            let mut words = head.split(' ');
            let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
            return Some(Asked { method, path, body: bytes.split_off(end + 4) });
        }
    }
}
