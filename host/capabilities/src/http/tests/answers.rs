//! What servers answer, and how it is handed over.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use expect_test::expect;
use http_body_util::Full;
use hyper::Response as Answer;
use tokio::sync::Barrier;

use super::{fetch, get, http, sentence, with};
use crate::CapabilityError;
use crate::http::{Header, Request, Version};
use crate::testing::{Server, ok, redirect};

const ALL: [&str; 1] = ["http://127.0.0.1:1/**"];

fn header(name: &str, value: &str) -> Header {
    Header { name: name.to_owned(), value: value.to_owned() }
}

#[tokio::test]
async fn an_answer_comes_with_its_status_headers_body_and_times() {
    let server = Server::http(|request| {
        assert_eq!(request.headers()["host"], request.headers()["x-expected"]);
        assert!(request.headers()["user-agent"].to_str().unwrap().starts_with("autobot-host/"));
        let body = format!("{} {} {:?}", request.method(), request.uri(), request.body());
        Answer::builder().status(418).header("x-kind", "tea").body(Full::from(body)).unwrap()
    })
    .await;
    let http = http(&[&server.url("/**")]);
    let request = Request {
        method: "PUT".to_owned(),
        body: b"leaves".to_vec(),
        headers: vec![header("X-Expected", &server.address.to_string())],
        ..get(server.url("/pot/../cup?size=2#top"))
    };
    let answer = fetch(&http, request).await.unwrap();
    assert_eq!((answer.status, answer.version.as_str(), answer.complete), (418, "HTTP/1.1", true));
    assert_eq!(String::from_utf8(answer.body).unwrap(), "PUT /cup?size=2 b\"leaves\"");
    assert_eq!(answer.body_bytes, 25);
    assert!(answer.headers.contains(&header("x-kind", "tea")), "{:?}", answer.headers);
    assert_eq!((answer.remote_address, answer.url), (server.address.to_string(), server.url("/cup?size=2")));
    let timing = answer.timing;
    assert!(timing.connect > 0.0 && timing.first_byte > 0.0);
    assert_eq!((timing.resolve, timing.tls), (0.0, 0.0), "there was no name to resolve and no TLS");
    assert!(timing.total >= timing.connect + timing.first_byte + timing.body);
    assert_eq!((answer.redirected, answer.tls), (0, None));
}

#[tokio::test]
async fn a_name_is_resolved_and_its_other_addresses_tried() {
    // On most machines `localhost` is `::1` as well, where nobody listens.
    let server = Server::http(|_| ok("here")).await;
    let url = format!("http://localhost:{}/", server.address.port());
    let answer = fetch(&http(&[&url]), get(url.clone())).await.unwrap();
    assert_eq!((answer.body.as_slice(), answer.url), (&b"here"[..], url));
    assert!(answer.timing.resolve > 0.0);
}

#[tokio::test]
async fn only_as_much_of_a_body_is_kept_as_was_asked_for_and_all_of_it_is_counted() {
    let server = Server::http(|_| ok(vec![b'x'; 100_000])).await;
    let http = http(&[&server.url("/*")]);
    for (keep, kept) in [(0, 0), (10, 10), (200_000, 100_000)] {
        let answer = fetch(&http, Request { keep_body: keep, ..get(server.url("/")) }).await.unwrap();
        assert_eq!((answer.body.len(), answer.body_bytes, answer.complete), (kept, 100_000, true));
    }
    let head = fetch(&http, Request { method: "HEAD".to_owned(), ..get(server.url("/")) }).await.unwrap();
    assert_eq!((head.body.len(), head.body_bytes, head.complete), (0, 0, true));
}

#[tokio::test]
async fn a_body_longer_than_the_host_reads_is_left_and_called_incomplete() {
    let server = Server::http(|_| ok(vec![b'x'; 3_000_000])).await;
    let http = with(&[&server.url("/*")], |options| options.read_bytes = 1_000_000);
    let answer = fetch(&http, Request { keep_body: 5, ..get(server.url("/")) }).await.unwrap();
    assert!(!answer.complete);
    assert_eq!(answer.body, b"xxxxx");
    assert!(answer.body_bytes > 1_000_000 && answer.body_bytes < 3_000_000);
}

#[tokio::test]
async fn the_answers_of_one_call_share_one_budget() {
    let server = Server::http(|_| ok(vec![b'x'; 40_000])).await;
    let http = with(&[&server.url("/*")], |options| options.response_bytes = 100_000);
    let answers = http.fetch_all(vec![get(server.url("/")); 3]).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 2);
    let error = answers.into_iter().find_map(Result::err).unwrap();
    expect![
        "too large: the answers of this call have more than 100000 bytes together; ask for less of each, or for fewer"
    ]
    .assert_eq(&error.to_string());
    let unwanted = vec![Request { keep_body: 10, ..get(server.url("/")) }; 20];
    assert!(http.fetch_all(unwanted).await.iter().all(Result::is_ok), "what is not kept costs nothing");
}

#[tokio::test]
async fn requests_are_made_at_once_and_answered_in_their_order() {
    // Nobody is answered before four have asked.
    let together = Arc::new(Barrier::new(4));
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let server = {
        let (now, most) = (now.clone(), most.clone());
        Server::raw(move |mut stream| {
            let (together, now, most) = (together.clone(), now.clone(), most.clone());
            async move {
                use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                let mut head = vec![0; 1000];
                let read = stream.read(&mut head).await.unwrap();
                let path = String::from_utf8_lossy(&head[..read]).split(' ').nth(1).unwrap().to_owned();
                together.wait().await;
                now.fetch_sub(1, Ordering::SeqCst);
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{path}", path.len());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        })
        .await
    };
    let http = with(&[&server.url("/*")], |options| options.in_flight = 4);
    let requests = (0..8).map(|at| get(server.url(&format!("/{at}")))).collect();
    let bodies: Vec<_> = http.fetch_all(requests).await.into_iter().map(|one| one.unwrap().body).collect();
    let bodies: Vec<_> = bodies.iter().map(|body| String::from_utf8_lossy(body)).collect();
    assert_eq!(bodies, ["/0", "/1", "/2", "/3", "/4", "/5", "/6", "/7"]);
    assert_eq!(most.load(Ordering::SeqCst), 4, "no more than was allowed, and no fewer");
}

#[tokio::test]
async fn a_failure_is_its_own_and_a_call_has_no_end_of_requests() {
    let server = Server::http(|_| ok("fine")).await;
    let http = http(&[&server.url("/*")]);
    let answers = http.fetch_all(vec![get("http://127.0.0.1:1/"), get(server.url("/")), get("nonsense")]).await;
    assert!(matches!(answers[0], Err(CapabilityError::Denied(_))));
    assert_eq!(answers[1].as_ref().unwrap().body, b"fine");
    assert!(matches!(answers[2], Err(CapabilityError::Invalid(_))));
    let answers = http.fetch_all(vec![get("nonsense"); 1001]).await;
    expect!["too large: 1001 requests in one call; at most 1000 are made"]
        .assert_eq(&answers[1000].as_ref().unwrap_err().to_string());
    assert!(matches!(answers[999], Err(CapabilityError::Invalid(_))));
    assert!(http.fetch_all(vec![]).await.is_empty());
}

#[tokio::test]
async fn http_2_is_spoken_without_tls_where_it_is_asked_for() {
    let server = Server::http2(|request| {
        assert!(request.headers().get("host").is_none() && request.headers().get("connection").is_none());
        ok(format!("{:?} {}", request.version(), request.uri()))
    })
    .await;
    let http = http(&[&server.url("/*")]);
    let answer = fetch(&http, Request { version: Version::Http2, ..get(server.url("/a?b")) }).await.unwrap();
    assert_eq!(answer.version, "HTTP/2.0");
    assert_eq!(String::from_utf8(answer.body).unwrap(), format!("HTTP/2.0 {}", server.url("/a?b")));
}

#[tokio::test]
async fn redirects_are_followed_as_often_as_asked_for_and_the_next_is_the_answer() {
    let server = Server::http(|request| match request.uri().path() {
        "/a" => redirect(302, "/b"),
        "/b" => redirect(307, "c"),
        "/c" => ok("arrived"),
        "/nowhere" => redirect(301, "http://[oops/"),
        "/mute" => Answer::builder().status(302).body(Full::default()).unwrap(),
        other => panic!("{other}"),
    })
    .await;
    let http = http(&[&server.url("/*")]);
    let follow = |path: &str, redirects| Request { redirects, ..get(server.url(path)) };
    for (redirects, status, redirected, path) in
        [(0, 302, 0, "/a"), (1, 307, 1, "/b"), (2, 200, 2, "/c"), (9, 200, 2, "/c")]
    {
        let answer = fetch(&http, follow("/a", redirects)).await.unwrap();
        assert_eq!((answer.status, answer.redirected, answer.url), (status, redirected, server.url(path)));
    }
    assert_eq!(fetch(&http, follow("/mute", 3)).await.unwrap().status, 302, "it points nowhere, so it is the answer");
    expect!["http://SERVER/nowhere redirects to what is no URL"]
        .assert_eq(&server.hide(&sentence(&http, follow("/nowhere", 3)).await));
}

#[tokio::test]
async fn a_redirect_keeps_or_changes_the_method_as_the_standard_says() {
    let server = Server::http(|request| match request.uri().path().strip_prefix("/to/") {
        Some(status) => redirect(status.parse().unwrap(), "/end"),
        None => ok(format!(
            "{} {:?} {:?}",
            request.method(),
            request.body(),
            request.headers().get("content-type").map(|kind| kind.to_str().unwrap())
        )),
    })
    .await;
    let http = http(&[&server.url("/**")]);
    for (status, method, end) in [
        (301, "POST", "GET b\"\" None"),
        (302, "POST", "GET b\"\" None"),
        (303, "PUT", "GET b\"\" None"),
        (302, "PUT", "PUT b\"x\" Some(\"text/plain\")"),
        (307, "POST", "POST b\"x\" Some(\"text/plain\")"),
        (308, "POST", "POST b\"x\" Some(\"text/plain\")"),
    ] {
        let request = Request {
            method: method.to_owned(),
            body: b"x".to_vec(),
            headers: vec![header("content-type", "text/plain")],
            redirects: 1,
            ..get(server.url(&format!("/to/{status}")))
        };
        let answer = fetch(&http, request).await.unwrap();
        assert_eq!(String::from_utf8(answer.body).unwrap(), end, "{status} {method}");
    }
}

#[tokio::test]
async fn headers_that_are_the_hosts_or_no_headers_are_refused() {
    let http = http(&ALL);
    for (name, value) in [
        ("Host", "evil"),
        ("content-length", "5"),
        ("Transfer-Encoding", "chunked"),
        ("connection", "keep-alive"),
        ("upgrade", "websocket"),
        ("Proxy-Authorization", "Basic eA=="),
        ("sec-websocket-key", "x"),
        ("a b", "x"),
        ("", "x"),
        ("x", "a\r\nhost: evil"),
        ("x", "a\0"),
    ] {
        let request = Request { headers: vec![header(name, value)], ..get("http://127.0.0.1:1/") };
        assert!(matches!(fetch(&http, request).await, Err(CapabilityError::Invalid(_))), "{name}: {value}");
    }
    let many = Request { headers: vec![header("x", "y"); 101], ..get("http://127.0.0.1:1/") };
    assert!(matches!(fetch(&http, many).await, Err(CapabilityError::TooLarge(_))));
    let long = Request { headers: vec![header("x", &"y".repeat(20_000))], ..get("http://127.0.0.1:1/") };
    assert!(matches!(fetch(&http, long).await, Err(CapabilityError::TooLarge(_))));
    for method in ["", "GE T", "CONNECT", "GET\r\n"] {
        let request = Request { method: method.to_owned(), ..get("http://127.0.0.1:1/") };
        assert!(matches!(fetch(&http, request).await, Err(CapabilityError::Invalid(_))), "{method}");
    }
}

#[tokio::test]
async fn what_a_server_sends_back_of_credentials_is_not_handed_over() {
    let server = Server::http(|_| {
        let answer = Answer::builder().header("authorization", "Basic c2VjcmV0").header("set-cookie", "a=b");
        answer.header("x-odd", &b"\xe4"[..]).body(Full::<Bytes>::default()).unwrap()
    })
    .await;
    let answer = fetch(&http(&[&server.url("/")]), get(server.url("/"))).await.unwrap();
    assert!(!format!("{answer:?}").contains("c2VjcmV0"));
    assert!(answer.headers.contains(&header("set-cookie", "a=b")));
    assert!(answer.headers.contains(&header("x-odd", "\u{fffd}")));
}

#[test]
fn a_call_may_move_between_threads() {
    fn moves<T: Send>(_: &T) {}
    let http = http(&ALL);
    moves(&http.fetch_all(vec![]));
}
