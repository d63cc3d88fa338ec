//! A server that says what a test wants it to, and tells what happened to it.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// What a server without RESP3 says to `HELLO`.
pub(crate) const NO_HELLO: &str = "-ERR unknown command `HELLO`, with args beginning with: `3`\r\n";
/// What one with RESP3 says.
pub(crate) const HELLO: &str = "%1\r\n$5\r\nproto\r\n:3\r\n";

/// What happened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The request that came in on the connection of that number, from 0.
    Asked(usize, String),
    /// That connection was closed from the other side.
    Closed(usize),
}

/// Serves connections one after another, and each at its own pace. For every request, the next of its lines is said; when
/// there are no more, it falls silent, or closes the connection after [`CLOSE`].
pub(crate) struct Liar {
    pub(crate) url: String,
    pub(crate) events: mpsc::UnboundedReceiver<Event>,
}

/// In place of a line: close.
pub(crate) const CLOSE: &str = "CLOSE";

impl Liar {
    /// Says the lines of `connections[n]` to the `n`th connection, and those of the last one to all that follow.
    pub(crate) async fn start(connections: &[&[&str]]) -> Self {
        let connections: Vec<Vec<String>> =
            connections.iter().map(|lines| lines.iter().map(|line| (*line).to_owned()).collect()).collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let (tell, events) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            for number in 0.. {
                let (mut stream, _) = listener.accept().await.unwrap();
                let lines = connections[number.min(connections.len() - 1)].clone();
                let tell = tell.clone();
                tokio::spawn(async move {
                    let mut lines = lines.into_iter();
                    let mut request = vec![0; 65_536];
                    loop {
                        let count = stream.read(&mut request).await.unwrap_or(0);
                        if count == 0 {
                            let _ = tell.send(Event::Closed(number));
                            return;
                        }
                        let text = String::from_utf8_lossy(&request[..count]).into_owned();
                        let _ = tell.send(Event::Asked(number, text));
                        match lines.next() {
                            Some(line) if line == CLOSE => return,
                            // The other side may have hung up at what it was told before.
                            Some(line) => drop(stream.write_all(line.as_bytes()).await),
                            None => {}
                        }
                    }
                });
            }
        });
        Self { url, events }
    }
}
