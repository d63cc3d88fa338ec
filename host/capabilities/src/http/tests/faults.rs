//! Servers that lie, stall or break: each ends in a sentence that names the place and the step.

use std::sync::Arc;
use std::time::Duration;

use expect_test::{Expect, expect};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::{fetch, get, http, sentence, with};
use crate::http::{Request, Version};
use crate::testing::{Server, ok};
use crate::{CapabilityError, Dialer};

/// Long enough for everything that does answer, short enough to wait for.
const SHORT: u64 = 1_000_000;

/// A server that reads a request, says `bytes`, and then does what `then` says.
async fn saying<F: Future<Output = ()> + Send>(
    bytes: impl Into<Vec<u8>>,
    then: impl Fn(TcpStream) -> F + Copy + Send + Sync + 'static,
) -> Server {
    let bytes = bytes.into();
    Server::raw(move |mut stream| {
        let bytes = bytes.clone();
        async move {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(&bytes).await;
            then(stream).await;
        }
    })
    .await
}

/// Keeps the connection until the client leaves.
async fn stall(mut stream: TcpStream) {
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
}

async fn close(stream: TcpStream) {
    drop(stream);
}

async fn reset(stream: TcpStream) {
    stream.set_zero_linger().unwrap();
}

/// Says the same thing until the client leaves.
async fn on_and_on(mut stream: TcpStream) {
    while stream.write_all(b"x-more: of the same\r\n").await.is_ok() {}
}

/// Says much at once until the client leaves.
async fn on_and_on_in_lumps(mut stream: TcpStream) {
    let lump = vec![b'x'; 64 * 1024];
    while stream.write_all(&lump).await.is_ok() {}
}

async fn check(server: &Server, request: Request, expected: Expect) -> CapabilityError {
    let error = fetch(&http(&[&server.url("/**")]), request).await.unwrap_err();
    expected.assert_eq(&steady(&server.hide(&error.to_string())));
    error
}

/// `text` without how long a step took, which is not for a test to say.
fn steady(text: &str) -> String {
    let mut parts = text.split(" after ");
    let mut steady = parts.next().unwrap().to_owned();
    for part in parts {
        let unit =
            part.split_once(' ').map(|(_, unit)| unit).filter(|unit| unit.starts_with("ms") || unit.starts_with("us"));
        match unit {
            Some(unit) => steady += &format!(" after a while{}", &unit[2..]),
            None => steady += &format!(" after {part}"),
        }
    }
    steady
}

fn soon(server: &Server) -> Request {
    Request { timeout_micros: SHORT, ..get(server.url("/x?key=hush")) }
}

#[tokio::test]
async fn a_refused_connection_is_a_sentence() {
    // A port that is bound but not listened on refuses, and nobody else can take it.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/", socket.local_addr().unwrap());
    let error = fetch(&http(&[&url]), get(url.clone())).await.unwrap_err();
    assert_eq!(error, CapabilityError::Unreachable(format!("{url} refused the connection")));
}

#[tokio::test]
async fn a_connection_that_nobody_accepts_times_out() {
    // The queue of a listener that accepts nothing is full at last, and the kernel drops what comes then.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) = tokio::time::timeout(Duration::from_secs(1), TcpStream::connect(address)).await {
        waiting.push(stream);
    }
    let url = format!("http://{address}/");
    let request = Request { timeout_micros: SHORT, ..get(url.clone()) };
    assert_eq!(
        fetch(&http(&[&url]), request).await.unwrap_err(),
        CapabilityError::Timeout(format!("{url} did not accept a connection within 1 s"))
    );
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_a_sentence() {
    // A label this long is refused before anybody is asked for it.
    let name = "x".repeat(64);
    let url = format!("http://{name}/");
    let text = sentence(&http(&[&url]), get(url.clone())).await;
    assert!(text.starts_with(&format!("unreachable: {url}: the name `{name}` does not resolve: ")), "{text}");
}

#[tokio::test]
async fn a_server_that_says_nothing_times_out_after_it_was_connected_to() {
    let server = saying("", stall).await;
    let expected = expect!["timed out: http://SERVER/x did not answer within 1 s (connected after a while)"];
    assert!(matches!(check(&server, soon(&server), expected).await, CapabilityError::Timeout(_)));
}

#[tokio::test]
async fn half_a_head_is_no_answer() {
    let server = saying("HTTP/1.1 200 OK\r\nx-a: ", stall).await;
    let expected = expect!["timed out: http://SERVER/x did not answer within 1 s (connected after a while)"];
    check(&server, soon(&server), expected).await;
    let server = saying("HTTP/1.1 200 OK\r\nx-a: ", close).await;
    let expected = expect!["unreachable: http://SERVER/x closed the connection before it answered"];
    assert!(matches!(check(&server, soon(&server), expected).await, CapabilityError::Unreachable(_)));
}

#[tokio::test]
async fn a_body_that_stops_in_its_middle_times_out_and_tells_how_far_it_came() {
    let server = saying("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", stall).await;
    let expected = expect![
        "timed out: http://SERVER/x did not end its answer within 1 s (it began after a while, 4 bytes of its body came)"
    ];
    check(&server, soon(&server), expected).await;
}

#[tokio::test]
async fn a_body_shorter_than_was_promised_is_an_error() {
    let server = saying("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", close).await;
    let expected = expect![
        "unreachable: http://SERVER/x closed the connection before its answer was complete, after 4 bytes of it"
    ];
    check(&server, soon(&server), expected).await;
    let server = saying("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n", close).await;
    let expected = expect![
        "unreachable: http://SERVER/x closed the connection before its answer was complete, after 4 bytes of it"
    ];
    check(&server, soon(&server), expected).await;
}

#[tokio::test]
async fn a_reset_is_told_from_a_close() {
    let server = saying("", reset).await;
    let expected = expect!["unreachable: http://SERVER/x reset the connection before it answered"];
    check(&server, soon(&server), expected).await;
    let server = saying("", close).await;
    let expected = expect!["unreachable: http://SERVER/x closed the connection before it answered"];
    check(&server, soon(&server), expected).await;
}

#[tokio::test]
async fn headers_without_end_are_cut_off() {
    let server = saying("HTTP/1.1 200 OK\r\n", on_and_on).await;
    let expected = expect!["too large: http://SERVER/x sent more than 100 headers, or 16384 bytes of them"];
    assert!(matches!(check(&server, get(server.url("/x")), expected).await, CapabilityError::TooLarge(_)));
    let many = format!("HTTP/1.1 200 OK\r\n{}content-length: 0\r\n\r\n", "x: y\r\n".repeat(100));
    let server = saying(many, close).await;
    let expected = expect!["too large: http://SERVER/x sent more than 100 headers, or 16384 bytes of them"];
    check(&server, get(server.url("/x")), expected).await;
}

#[tokio::test]
async fn headers_without_end_are_cut_off_in_http_2_as_well() {
    let server = Server::http2(|request| {
        let mut answer = ok("");
        let value = if request.uri().path() == "/long" { "y".repeat(500) } else { "y".to_owned() };
        for at in 0..120 {
            answer
                .headers_mut()
                .insert(hyper::header::HeaderName::try_from(format!("x-{at}")).unwrap(), value.parse().unwrap());
        }
        answer
    })
    .await;
    let expected = expect!["too large: http://SERVER/many sent more than 100 headers, or 16384 bytes of them"];
    check(&server, Request { version: Version::Http2, ..get(server.url("/many")) }, expected).await;
    let long = Request { version: Version::Http2, ..get(server.url("/long")) };
    let text = sentence(&http(&[&server.url("/**")]), long).await;
    assert!(server.hide(&text).starts_with("http://SERVER/long broke off HTTP/2 before it answered"), "{text}");
}

#[tokio::test]
async fn a_body_without_end_is_left_after_what_the_host_reads() {
    let server = saying("HTTP/1.1 200 OK\r\n\r\n", on_and_on_in_lumps).await;
    let request = Request { keep_body: 3, timeout_micros: 60_000_000, ..get(server.url("/x")) };
    let answer = fetch(&http(&[&server.url("/**")]), request).await.unwrap();
    assert!(!answer.complete && answer.body_bytes > crate::http::READ_BYTES);
    assert_eq!(answer.body, b"xxx");
}

#[tokio::test]
async fn what_is_not_http_is_told() {
    let server = saying("220 mail.example.org ESMTP\r\n", stall).await;
    let expected = expect!["http://SERVER/x answers in what is not HTTP: invalid HTTP version parsed"];
    assert!(matches!(check(&server, soon(&server), expected).await, CapabilityError::Failed(_)));
    let server = saying("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n", stall).await;
    let text = sentence(&http(&[&server.url("/**")]), soon(&server)).await;
    let text = server.hide(&text);
    assert!(
        text.starts_with("http://SERVER/x ended the exchange before its answer was complete, after 0 bytes"),
        "{text}"
    );
}

#[tokio::test]
async fn a_switch_of_protocols_that_nobody_asked_for_ends() {
    let server =
        saying("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nmore", stall).await;
    let answer = fetch(&http(&[&server.url("/**")]), soon(&server)).await.unwrap();
    assert_eq!((answer.status, answer.body_bytes), (101, 0));
}

#[tokio::test]
async fn news_on_the_way_are_not_the_answer() {
    let server =
        saying("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", stall).await;
    let answer = fetch(&http(&[&server.url("/**")]), soon(&server)).await.unwrap();
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_server_without_http_2_that_is_asked_for_it_is_a_sentence() {
    let server = Server::http(|_| ok("")).await;
    let request = Request { version: Version::Http2, ..get(server.url("/x")) };
    let text = server.hide(&sentence(&http(&[&server.url("/**")]), request).await);
    assert!(
        text.starts_with("http://SERVER/x broke off HTTP/2 before it answered, or does not speak it: ")
            || text == "unreachable: http://SERVER/x closed the connection before it answered"
            || text == "unreachable: http://SERVER/x reset the connection before it answered",
        "{text}"
    );
}

#[tokio::test]
async fn tls_where_there_is_none_is_a_sentence() {
    // One dialer, which has read the machine's roots when a silent server is waited for.
    let dialer = Arc::new(Dialer::new(vec![]));
    let ask = async |server: &Server, timeout_micros| {
        let url = server.url("/x").replace("http", "https");
        let http = with(&[&url], |options| options.dialer = dialer.clone());
        steady(&server.hide(&sentence(&http, Request { timeout_micros, ..get(url.clone()) }).await))
    };
    let server = saying("HTTP/1.1 400 Bad Request\r\n\r\n", stall).await;
    expect!["https://SERVER/x does not speak TLS there: received corrupt message of type InvalidContentType"]
        .assert_eq(&ask(&server, 0).await);
    let server = saying("", close).await;
    expect!["unreachable: https://SERVER/x closed the connection during the TLS handshake"]
        .assert_eq(&ask(&server, 0).await);
    let server = saying("", reset).await;
    expect!["unreachable: https://SERVER/x reset the connection during the TLS handshake"]
        .assert_eq(&ask(&server, 0).await);
    let server = saying("", stall).await;
    expect!["timed out: https://SERVER/x did not finish the TLS handshake within 1 s (connected after a while)"]
        .assert_eq(&ask(&server, SHORT).await);
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_no_connection_behind() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    for version in [Version::Http1, Version::Http2] {
        let http = http(&[&url]);
        let request = Request { version, ..get(url.clone()) };
        let mut stream = tokio::select! {
            _ = http.fetch_all(vec![request]) => panic!("nobody answered"),
            stream = async {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut byte = [0];
                stream.read_exact(&mut byte).await.unwrap();
                stream
            } => stream,
        };
        let mut rest = Vec::new();
        // Ends only when the other side is gone.
        let _ = stream.read_to_end(&mut rest).await;
    }
}
