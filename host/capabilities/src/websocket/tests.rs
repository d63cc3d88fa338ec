//! The capability `websocket` against real servers on loopback.

use std::sync::Arc;

use expect_test::expect;
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::Response as Answer;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_async, accept_hdr_async};

use super::{Check, Outcome, WebSocket, WebSocketOptions};
use crate::http::Header;
use crate::testing::{Authority, Server, dialer, ok, redirect, target, targets};
use crate::{CapabilityError, Dialer, Secret, Target, Targets};

fn options(scope: &[&str]) -> WebSocketOptions {
    WebSocketOptions {
        dialer: Arc::new(Dialer::new(vec![])),
        scope: scope.iter().map(|entry| (*entry).to_owned()).collect(),
        targets: targets([]),
        in_flight: 4,
        response_bytes: 1 << 20,
    }
}

fn websocket(scope: &[&str]) -> WebSocket {
    WebSocket::new(options(scope)).unwrap()
}

fn with_targets(scope: &[&str], targets: Arc<Targets>) -> WebSocket {
    WebSocket::new(WebSocketOptions { targets, ..options(scope) }).unwrap()
}

fn url(server: &Server, path: &str) -> String {
    format!("ws://{}{path}", server.address)
}

fn check_of(url: impl Into<String>) -> Check {
    Check { url: url.into(), keep: 100, verify: true, ..Check::default() }
}

async fn check(websocket: &WebSocket, check: Check) -> Result<Outcome, CapabilityError> {
    websocket.check_all(vec![check]).await.pop().unwrap()
}

/// The sentence of a check of `server` that fails.
async fn sentence(server: &Server, one: Check) -> String {
    let error = check(&websocket(&[&url(server, "/**")]), one).await.unwrap_err();
    server.hide(&error.to_string())
}

/// Sends every message back, until the client leaves.
async fn echo<S: AsyncRead + AsyncWrite + Unpin>(mut socket: WebSocketStream<S>) {
    while let Some(Ok(message)) = socket.next().await {
        if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
            return;
        }
    }
}

async fn echo_server() -> Server {
    Server::raw(async |stream: TcpStream| echo(accept_async(stream).await.unwrap()).await).await
}

#[tokio::test]
async fn a_websocket_is_opened_pinged_spoken_to_and_closed() {
    let (told, closed) = tokio::sync::oneshot::channel();
    let told = parking_lot::Mutex::new(Some(told));
    let server = Server::raw(move |stream| {
        let told = told.lock().take();
        async move {
            let mut socket = accept_async(stream).await.unwrap();
            let mut seen = Vec::new();
            while let Some(Ok(message)) = socket.next().await {
                seen.push(match &message {
                    Message::Ping(_) => "ping",
                    Message::Text(_) => "text",
                    Message::Close(_) => "close",
                    _ => "other",
                });
                if message.is_text() {
                    socket.send(message).await.unwrap();
                }
            }
            told.unwrap().send(seen).unwrap();
        }
    })
    .await;
    let one = Check { message: "gr\u{fc}\u{df}e".to_owned(), ..check_of(url(&server, "/live?x=1#y")) };
    let outcome = check(&websocket(&[&url(&server, "/*")]), one).await.unwrap();
    assert!(outcome.ping.unwrap() > 0.0 && outcome.echo.unwrap() > 0.0 && outcome.handshake > 0.0);
    assert!(outcome.connect > 0.0);
    assert_eq!((outcome.resolve, outcome.tls_handshake), (0.0, 0.0));
    assert_eq!(String::from_utf8(outcome.reply).unwrap(), "gr\u{fc}\u{df}e");
    assert_eq!((outcome.subprotocol, outcome.tls), (None, None));
    assert_eq!(outcome.remote_address, server.address.to_string());
    assert_eq!(closed.await.unwrap(), ["ping", "text", "close"]);
}

#[tokio::test]
async fn without_a_message_there_is_no_echo_and_no_more_is_kept_than_was_asked_for() {
    let server = echo_server().await;
    let websocket = websocket(&[&url(&server, "/")]);
    let quiet = check(&websocket, check_of(url(&server, "/"))).await.unwrap();
    assert!(quiet.ping.is_some());
    assert_eq!((quiet.echo, quiet.reply), (None, vec![]));
    let short = check(&websocket, Check { message: "abcdef".to_owned(), keep: 3, ..check_of(url(&server, "/")) }).await;
    assert_eq!(short.unwrap().reply, b"abc");
}

#[tokio::test]
async fn replies_of_one_call_share_one_budget() {
    let server = echo_server().await;
    let websocket = WebSocket::new(WebSocketOptions { response_bytes: 150, ..options(&[&url(&server, "/")]) }).unwrap();
    let one = Check { message: "x".repeat(100), ..check_of(url(&server, "/")) };
    let outcomes = websocket.check_all(vec![one.clone(), one]).await;
    assert_eq!(outcomes.iter().filter(|one| matches!(one, Err(CapabilityError::TooLarge(_)))).count(), 1);
}

#[tokio::test]
async fn a_server_that_never_pongs_may_still_answer_a_message() {
    let server = Server::raw(async |stream: TcpStream| {
        let mut stream = accept_async(stream).await.unwrap().into_inner();
        // Frames of a client: two bytes, a mask of four, less than 126 bytes masked with it.
        loop {
            let mut head = [0; 6];
            if stream.read_exact(&mut head).await.is_err() {
                return;
            }
            let mut payload = vec![0; usize::from(head[1] & 0x7f)];
            stream.read_exact(&mut payload).await.unwrap();
            let plain: Vec<u8> = payload.iter().zip(head[2..].iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
            if head[0] == 0x81 {
                let answer = [&[0x81, u8::try_from(plain.len()).unwrap()], &plain[..]].concat();
                stream.write_all(&answer).await.unwrap();
            }
        }
    })
    .await;
    let one = Check { message: "hello".to_owned(), timeout_micros: 2_000_000, ..check_of(url(&server, "/")) };
    let outcome = check(&websocket(&[&url(&server, "/")]), one).await.unwrap();
    assert_eq!((outcome.ping, outcome.reply), (None, b"hello".to_vec()));
    assert!(outcome.echo.is_some());
}

#[tokio::test]
async fn a_server_that_is_silent_after_the_handshake_answers_neither() {
    let server = Server::raw(async |stream: TcpStream| {
        let stream = accept_async(stream).await.unwrap().into_inner();
        let _ = tokio::io::copy(&mut { stream }, &mut tokio::io::sink()).await;
    })
    .await;
    let one = Check { message: "hello".to_owned(), timeout_micros: 1_000_000, ..check_of(url(&server, "/")) };
    let outcome = check(&websocket(&[&url(&server, "/")]), one).await.unwrap();
    assert_eq!((outcome.ping, outcome.echo), (None, None));
}

#[tokio::test]
async fn what_comes_before_the_message_is_not_its_echo() {
    let server = Server::raw(async |stream: TcpStream| {
        let mut socket = accept_async(stream).await.unwrap();
        socket.send(Message::text("welcome")).await.unwrap();
        echo(socket).await;
    })
    .await;
    let one = Check { message: "hello".to_owned(), ..check_of(url(&server, "/")) };
    assert_eq!(check(&websocket(&[&url(&server, "/")]), one).await.unwrap().reply, b"hello");
}

#[tokio::test]
async fn a_server_that_leaves_is_told_by_its_own_reason() {
    let server = Server::raw(async |stream: TcpStream| {
        let mut socket = accept_async(stream).await.unwrap();
        let why = CloseFrame { code: 1008.into(), reason: "not today".into() };
        let _ = socket.close(Some(why)).await;
        while let Some(Ok(_)) = socket.next().await {}
    })
    .await;
    expect!["unreachable: ws://SERVER/ closed the WebSocket before it answered a ping (1008: not today)"]
        .assert_eq(&sentence(&server, check_of(url(&server, "/"))).await);
}

#[tokio::test]
async fn a_subprotocol_is_chosen_from_those_offered_or_it_is_an_error() {
    let server = Server::raw(async |stream: TcpStream| {
        #[expect(clippy::result_large_err, reason = "the shape that the library asks for")]
        let choose = |request: &Request, mut response: Response| {
            let chosen = request.uri().path().trim_start_matches('/');
            if !chosen.is_empty() {
                response.headers_mut().insert("sec-websocket-protocol", chosen.parse().unwrap());
            }
            Ok(response)
        };
        if let Ok(socket) = accept_hdr_async(stream, choose).await {
            echo(socket).await;
        }
    })
    .await;
    let websocket = websocket(&[&url(&server, "/*")]);
    let offer = |path: &str, names: &[&str]| Check {
        subprotocols: names.iter().map(|name| (*name).to_owned()).collect(),
        ..check_of(url(&server, path))
    };
    let chosen = check(&websocket, offer("/v2", &["v1", "v2"])).await.unwrap();
    assert_eq!(chosen.subprotocol.as_deref(), Some("v2"));
    assert_eq!(check(&websocket, offer("/", &["v1"])).await.unwrap().subprotocol, None);
    expect!["ws://SERVER/v3 opens no proper WebSocket: it chose a subprotocol that was not offered"]
        .assert_eq(&sentence(&server, offer("/v3", &["v1"])).await);
    for wrong in ["", "a b", "a,b", "a\r\nx: y"] {
        let refused = check(&websocket, offer("/", &[wrong])).await;
        assert!(matches!(refused, Err(CapabilityError::Invalid(_))), "{wrong}");
    }
    let many = vec!["v1"; 21];
    assert!(matches!(check(&websocket, offer("/", &many)).await, Err(CapabilityError::TooLarge(_))));
}

#[tokio::test]
async fn another_answer_than_101_is_told_with_its_status() {
    let server = Server::http(|request| match request.uri().path() {
        "/ok" => ok("a page"),
        "/moved" => redirect(302, "ws://elsewhere.invalid/"),
        _ => Answer::builder().status(403).body(ok("").into_body()).unwrap(),
    })
    .await;
    let mut told = String::new();
    for path in ["/ok", "/moved", "/shut"] {
        told += &format!("{}\n", sentence(&server, check_of(url(&server, path))).await);
    }
    expect![[r#"
        ws://SERVER/ok answered 200 OK, not with a WebSocket
        ws://SERVER/moved answered 302 Found, not with a WebSocket
        ws://SERVER/shut answered 403 Forbidden, not with a WebSocket
    "#]]
    .assert_eq(&told);
}

#[tokio::test]
async fn a_handshake_that_only_looks_like_one_is_refused() {
    for (headers, told) in [
        ("", "its answer 101 names another protocol"),
        ("upgrade: h2c\r\nconnection: upgrade\r\n", "its answer 101 names another protocol"),
        ("upgrade: websocket\r\nconnection: upgrade\r\n", "it did not answer to the key that was sent"),
        (
            "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: c3RhbGU=\r\n",
            "it did not answer to the key that was sent",
        ),
    ] {
        let server = Server::raw(move |mut stream| async move {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let answer = format!("HTTP/1.1 101 Switching Protocols\r\n{headers}\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        })
        .await;
        let text = sentence(&server, check_of(url(&server, "/"))).await;
        assert_eq!(text, format!("ws://SERVER/ opens no proper WebSocket: {told}"));
    }
}

#[tokio::test]
async fn extensions_that_nobody_offered_are_refused() {
    let server = Server::raw(async |stream: TcpStream| {
        #[expect(clippy::result_large_err, reason = "the shape that the library asks for")]
        let extend = |_: &Request, mut response: Response| {
            response.headers_mut().insert("sec-websocket-extensions", "permessage-deflate".parse().unwrap());
            Ok(response)
        };
        if let Ok(socket) = accept_hdr_async(stream, extend).await {
            echo(socket).await;
        }
    })
    .await;
    expect!["ws://SERVER/ opens no proper WebSocket: it uses extensions that were not offered"]
        .assert_eq(&sentence(&server, check_of(url(&server, "/"))).await);
}

/// A server that says `bytes` once the WebSocket is open, and reads on.
async fn saying(bytes: &'static [u8]) -> Server {
    Server::raw(move |stream| async move {
        let mut stream = accept_async(stream).await.unwrap().into_inner();
        stream.write_all(bytes).await.unwrap();
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    })
    .await
}

#[tokio::test]
async fn frames_that_are_none_and_messages_without_end_are_sentences() {
    let garbage = saying(b"\xff\x00").await;
    let text = sentence(&garbage, check_of(url(&garbage, "/"))).await;
    assert!(text.starts_with("ws://SERVER/ does not keep to the protocol of WebSockets: "), "{text}");
    // It announces eight exabytes.
    let endless = saying(b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff").await;
    expect!["too large: ws://SERVER/ sent a message of more than 1048576 bytes"]
        .assert_eq(&sentence(&endless, check_of(url(&endless, "/"))).await);
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_handshake_is_a_sentence() {
    let server = Server::raw(async |stream: TcpStream| {
        drop(accept_async(stream).await.unwrap());
    })
    .await;
    let text = sentence(&server, check_of(url(&server, "/"))).await;
    assert!(
        text == "unreachable: ws://SERVER/ closed the WebSocket before it answered a ping"
            || text.starts_with("unreachable: ws://SERVER/ broke off the WebSocket: "),
        "{text}"
    );
}

#[tokio::test]
async fn a_server_that_never_shakes_hands_times_out() {
    let server = Server::raw(async |mut stream: TcpStream| {
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    })
    .await;
    let text = sentence(&server, Check { timeout_micros: 1_000_000, ..check_of(url(&server, "/")) }).await;
    assert!(text.starts_with("timed out: ws://SERVER/ did not answer within 1 s (connected after "), "{text}");
}

#[tokio::test]
async fn the_scope_decides_here_as_well() {
    let server = echo_server().await;
    let denied =
        |scope: &'static [&'static str], url: String| async move { check(&websocket(scope), check_of(url)).await };
    assert_eq!(denied(&[], url(&server, "/")).await, Err(CapabilityError::Denied(url(&server, "/"))));
    assert!(matches!(denied(&["ws://127.0.0.1/*"], url(&server, "/")).await, Err(CapabilityError::Denied(_))));
    assert!(matches!(denied(&["ws://127.0.0.1/*"], server.url("/")).await, Err(CapabilityError::Invalid(_))));
    let error = WebSocket::new(options(&["http://127.0.0.1/*"])).err().unwrap();
    expect!["invalid: `http://127.0.0.1/*` does not begin with one of ws://, wss://"].assert_eq(&error.to_string());
}

#[tokio::test]
async fn a_target_of_http_is_spoken_to_with_its_credentials() {
    let server = Server::raw(async |stream: TcpStream| {
        #[expect(clippy::result_large_err, reason = "the shape that the library asks for")]
        let look = |request: &Request, response: Response| {
            assert_eq!(request.headers()["authorization"], "Bearer t0ken");
            assert_eq!(request.uri(), "/api/live?x=1");
            Ok(response)
        };
        echo(accept_hdr_async(stream, look).await.unwrap()).await;
    })
    .await;
    let secret = Target { bearer: Some(Secret::new("t0ken".to_owned())), ..target(server.url("/api")) };
    let websocket = with_targets(&["main"], targets([("main", secret)]));
    let of = |path: &str| Check { target: Some("main".to_owned()), ..check_of(path) };
    assert!(check(&websocket, of("/live?x=1")).await.unwrap().ping.is_some());
    assert!(matches!(check(&websocket, of("/../x")).await, Err(CapabilityError::Denied(_))));
    let headers = vec![Header { name: "authorization".to_owned(), value: "own".to_owned() }];
    let refused = check(&websocket, Check { headers, ..of("/live") }).await;
    assert!(matches!(refused, Err(CapabilityError::Invalid(_))));
}

#[tokio::test]
async fn over_tls_the_certificate_is_told() {
    let authority = Authority::new();
    let acceptor =
        TlsAcceptor::from(Arc::new(authority.certify(&["localhost"], 2010, 2020).config(&["h2", "http/1.1"])));
    let server = Server::raw(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            echo(accept_async(stream).await.unwrap()).await;
        }
    })
    .await;
    let url = format!("wss://localhost:{}/", server.address.port());
    let websocket = WebSocket::new(WebSocketOptions { dialer: dialer(&authority), ..options(&[&url]) }).unwrap();
    expect!["wss://SERVER/: its certificate is not trusted: it expired on 2020-03-04"]
        .assert_eq(&server.hide(&check(&websocket, check_of(url.clone())).await.unwrap_err().to_string()));
    let outcome = check(&websocket, Check { verify: false, ..check_of(url) }).await.unwrap();
    assert_eq!(outcome.tls.unwrap().untrusted.as_deref(), Some("it expired on 2020-03-04"));
    assert!(outcome.ping.is_some() && outcome.tls_handshake > 0.0);
}

#[test]
fn a_call_may_move_between_threads() {
    fn moves<T: Send>(_: &T) {}
    let websocket = websocket(&[]);
    moves(&websocket.check_all(vec![]));
}
