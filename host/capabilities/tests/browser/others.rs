//! Targets that are no browsers, or not granted.

use std::sync::Arc;
use std::time::Duration;

use autobot_capabilities::CapabilityError;
use autobot_capabilities::browser::{Browser, BrowserOptions};
use expect_test::{Expect, expect};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use crate::chromium::{Chromium, browser_at, options};
use crate::site::Site;

async fn check(url: &str, expected: Expect) {
    let error = browser_at(url).version_of("main").await.unwrap_err();
    let port = url.split([':', '/']).nth(4).unwrap();
    expected.assert_eq(&error.to_string().replace(port, "PORT"));
}

#[tokio::test]
async fn a_target_has_to_be_granted_and_to_be_a_browser() {
    let browser = browser_at("ws://127.0.0.1:1");
    let error = async |target| browser.pages(target).await.unwrap_err().to_string();
    assert_eq!(browser.pages("other").await, Err(CapabilityError::Denied("other".to_owned())));
    expect!["invalid: the target `api` is a `http`, not a `cdp`"].assert_eq(&error("api").await);
    expect!["invalid: the configuration has no target `nothing`; add it under `targets`, with its `cdp` URL"]
        .assert_eq(&error("nothing").await);
    let error = browser_at("file:///tmp").pages("main").await.unwrap_err();
    expect!["invalid: the `cdp` URL of the target `main` begins with `file:`; write it like `ws://127.0.0.1:9222` or `http://127.0.0.1:9222`"].assert_eq(&error.to_string());
}

#[tokio::test]
async fn a_refused_connection_is_a_sentence() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    check(&format!("ws://{address}"), expect!["unreachable: no browser listens at ws://127.0.0.1:PORT/ (target `main`): Connection refused (os error 111); start it with `--remote-debugging-port`"]).await;
}

#[tokio::test]
async fn what_is_no_browser_is_told_apart() {
    let site = Site::open().await;
    check(&site.url("/"), expect!["what listens at http://127.0.0.1:PORT/ (target `main`) is no browser's DevTools: `/json/version` tells of none; start a Chromium with `--remote-debugging-port`"]).await;
    let url = site.url("/good?token=hush").replace("http:", "ws:");
    check(&url, expect!["what listens at ws://127.0.0.1:PORT/good (target `main`) is no browser's DevTools: it answers 200 OK to a WebSocket; start a Chromium with `--remote-debugging-port`"]).await;
}

#[tokio::test]
async fn one_who_speaks_something_else_or_hangs_up_is_told_apart() {
    let says = async |answer: &'static [u8], scheme: &str| {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let mut stream = listener.accept().await.unwrap().0;
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(answer).await.unwrap();
        });
        let error = browser_at(&format!("{scheme}://{address}/x")).version_of("main").await.unwrap_err();
        error.to_string().replace(&address.port().to_string(), "PORT")
    };
    let redis = b"-ERR unknown command\r\n";
    expect!["what listens at http://127.0.0.1:PORT/x (target `main`) is no browser's DevTools: its answer to `GET /json/version` is no HTTP; start a Chromium with `--remote-debugging-port`"].assert_eq(&says(redis, "http").await);
    expect!["what listens at ws://127.0.0.1:PORT/x (target `main`) is no browser's DevTools: WebSocket protocol error: httparse error: invalid HTTP version; start a Chromium with `--remote-debugging-port`"].assert_eq(&says(redis, "ws").await);
    for scheme in ["http", "ws"] {
        let error = says(b"", scheme).await;
        assert!(error.contains("broke before it said what it is"), "{error}");
    }
}

/// Answers as the `run-server` of Playwright 1.65 does: recorded from one.
#[tokio::test]
async fn a_playwright_server_is_known_by_its_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut socket = accept_async(listener.accept().await.unwrap().0).await.unwrap();
        assert!(socket.next().await.unwrap().unwrap().to_text().unwrap().contains("Browser.getVersion"));
        let answer = r#"{"id":1,"error":{"error":{"message":"Target page, context or browser has been closed","stack":"TargetClosedError: Target page, context or browser has been closed\n    at DispatcherConnection.dispatch (coreBundle.js:20471:54)","name":"TargetClosedError"}}}"#;
        socket.send(Message::text(answer)).await.unwrap();
        while socket.next().await.is_some() {}
    });
    check(&format!("ws://{address}/0123"), expect!["ws://127.0.0.1:PORT/0123 (target `main`) is a Playwright server, which speaks a protocol of its own; start its browser with `--remote-debugging-port` (as for `connectOverCDP`) and give the target that port"]).await;
}

#[tokio::test]
async fn one_who_never_answers_costs_no_more_than_the_patience() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for scheme in ["ws", "http"] {
        for path in ["", "/devtools/browser/0"] {
            let url = format!("{scheme}://{}{path}", listener.local_addr().unwrap());
            let patience = Duration::from_millis(100);
            let browser = Browser::new(BrowserOptions { patience, ..options(&url) });
            assert!(matches!(browser.contexts("main").await, Err(CapabilityError::Timeout(_))), "{url}");
        }
    }
}

/// A proxy that speaks TLS in front of a browser, as hosted browsers have one.
#[tokio::test]
async fn a_browser_behind_tls_is_used_when_it_is_trusted() {
    let chromium = Chromium::start();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (cert, key) = (made.cert.der().clone(), PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap());
    let server = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let server = server.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let acceptor = TlsAcceptor::from(Arc::new(server.with_single_cert(vec![cert.clone()], key).unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let behind = chromium.host().to_owned();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Fails for clients that do not trust it.
            let Ok(mut front) = acceptor.accept(stream).await else { continue };
            let mut back = TcpStream::connect(&behind).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut front, &mut back).await });
        }
    });
    let trusting = |roots: RootCertStore| {
        let client = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let client = client.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
        Some(Arc::new(client.with_no_client_auth()))
    };
    let mut roots = RootCertStore::empty();
    roots.add(cert).unwrap();
    for scheme in ["https", "wss"] {
        let options = options(&format!("{scheme}://localhost:{port}"));
        let browser = |tls| Browser::new(BrowserOptions { tls, ..options.clone() });
        assert_eq!(browser(trusting(roots.clone())).contexts("main").await, Ok(0));
        let error = async |tls| {
            let error = browser(tls).contexts("main").await.unwrap_err().to_string();
            error.replace(&port.to_string(), "PORT").replace(scheme, "SCHEME")
        };
        expect!["not present: SCHEME://localhost:PORT/ (target `main`) needs TLS, which this host was not given"]
            .assert_eq(&error(None).await);
        expect!["unreachable: TLS with SCHEME://localhost:PORT/ (target `main`) failed: invalid peer certificate: UnknownIssuer"]
            .assert_eq(&error(trusting(RootCertStore::empty())).await);
    }
}
