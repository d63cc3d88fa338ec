//! A web site in the test's own process.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

const GOOD: &str = "<!doctype html><html lang=en><title>Good</title><link rel=stylesheet href=/style.css>
<body><div id=gap></div><p>All is well.</p><script>
requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
  document.getElementById('gap').style.height = '200px';
  const until = performance.now() + 150;
  while (performance.now() < until) {}
}, 50)));
</script></html>";

const BAD: &str = "<!doctype html><html lang=en><title>Bad</title><body><p>Not all is well.</p>
<img src=/missing.png alt=''><script>
console.log('of no interest');
console.error('it went wrong:', 3, new TypeError('no such thing'));
setTimeout(() => { throw new RangeError('too far'); });
</script></html>";

pub(crate) struct Site {
    address: SocketAddr,
    /// Paths as they are asked for.
    pub(crate) asked: mpsc::UnboundedReceiver<String>,
}

impl Site {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (asking, asked) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, address, asking.clone()));
            }
        });
        Self { address, asked }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Waits until someone asks for `path`.
    pub(crate) async fn until_asked(&mut self, path: &str) {
        while self.asked.recv().await.expect("the site is closed") != path {}
    }
}

async fn serve(mut stream: TcpStream, address: SocketAddr, asking: mpsc::UnboundedSender<String>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap().to_owned();
    let _ = asking.send(path.clone());
    // Another site in the browser's eyes, and so a process of its own.
    let elsewhere = format!("http://localhost:{}", address.port());
    let html = "text/html; charset=utf-8";
    let place = path.split('?').next().unwrap();
    let (status, kind, body) = match &place[place.rfind('/').unwrap()..] {
        "/good" => ("200 OK", html, GOOD.to_owned()),
        "/bad" => ("200 OK", html, BAD.to_owned()),
        "/style.css" => ("200 OK", "text/css", "p { color: black }".to_owned()),
        "/redirect" => ("302 Found\r\nLocation: /good?token=hush#hush", html, String::new()),
        "/untitled" => ("200 OK", html, "<p>No title".to_owned()),
        "/pending" => ("200 OK", html, "<title>Pending</title><p>Text<img src=silent alt=''>".to_owned()),
        "/dialog" => ("200 OK", html, "<title>Dialog</title><script>alert('Anyone?')</script><p>Text".to_owned()),
        "/busy" => {
            ("200 OK", html, "<p>Text<script>onload = () => setTimeout(() => { for (;;); })</script>".to_owned())
        }
        "/frames" => ("200 OK", html, format!("<p>Text<iframe src={elsewhere}/bad></iframe>")),
        "/download" => ("200 OK\r\nContent-Disposition: attachment", "application/x-thing", "bytes".to_owned()),
        "/silent" => {
            // Until the browser gives up.
            let _ = stream.read_u8().await;
            return;
        }
        "/version" => ("200 OK", "text/plain", "Running".to_owned()),
        _ => ("404 Not Found", html, "<!doctype html><title>None</title><p>There is no such page.".to_owned()),
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
    let _ = stream.write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes()).await;
}
