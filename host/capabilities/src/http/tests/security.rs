//! TLS: what it agrees on, whom it trusts, and what it says of the others.

use std::sync::Arc;

use expect_test::expect;

use super::{fetch, get, sentence, with};
use crate::Dialer;
use crate::http::{Http, Request, Response, Version};
use crate::testing::{Authority, Identity, Server, dialer, ok};

/// HTTP for one server, which trusts `authority`.
fn trusting(authority: &Authority, server: &Server) -> Http {
    let scope = [format!("https://localhost:{}/*", server.address.port())];
    with(&scope.each_ref().map(String::as_str), |options| options.dialer = dialer(authority))
}

fn secure(server: &Server) -> Request {
    get(format!("https://localhost:{}/", server.address.port()))
}

async fn serve(identity: &Identity, protocols: &[&str]) -> Server {
    Server::https(identity, protocols, |request| ok(format!("{:?}", request.version()))).await
}

/// What an answer says of the server's trustworthiness.
fn untrusted(answer: &Response) -> Option<&str> {
    answer.tls.as_ref().unwrap().untrusted.as_deref()
}

#[tokio::test]
async fn a_good_certificate_is_trusted_and_told() {
    let authority = Authority::new();
    let server = serve(&authority.certify(&["localhost", "127.0.0.1"], 2020, 2090), &["h2", "http/1.1"]).await;
    let answer = fetch(&trusting(&authority, &server), secure(&server)).await.unwrap();
    let tls = answer.tls.as_ref().unwrap();
    assert_eq!((tls.version.as_str(), untrusted(&answer)), ("TLSv1.3", None));
    let own = &tls.chain[0];
    assert_eq!((own.subject.as_str(), own.issuer.as_str()), ("CN=Test server", "CN=Test root"));
    assert_eq!(own.names, ["localhost", "127.0.0.1"]);
    assert_eq!((own.not_before_ms, own.not_after_ms), (1_577_923_200_000, 3_792_268_800_000));
    assert_eq!(own.fingerprint.len(), 64);
    assert!(answer.timing.tls > 0.0 && answer.timing.resolve > 0.0);
}

#[tokio::test]
async fn tls_decides_on_the_version_of_http_unless_the_plugin_does() {
    let authority = Authority::new();
    let identity = authority.certify(&["localhost"], 2020, 2090);
    let both = serve(&identity, &["h2", "http/1.1"]).await;
    let old = serve(&identity, &["http/1.1"]).await;
    let mute = serve(&identity, &[]).await;
    for (server, version, spoken) in [
        (&both, Version::Any, "HTTP/2.0"),
        (&both, Version::Http2, "HTTP/2.0"),
        (&both, Version::Http1, "HTTP/1.1"),
        (&old, Version::Any, "HTTP/1.1"),
        (&mute, Version::Any, "HTTP/1.1"),
    ] {
        let answer = fetch(&trusting(&authority, server), Request { version, ..secure(server) }).await.unwrap();
        assert_eq!((answer.version.as_str(), answer.body.as_slice()), (spoken, spoken.as_bytes()));
    }
    let request = Request { version: Version::Http2, ..secure(&mute) };
    expect!["https://SERVER/ does not speak HTTP/2"]
        .assert_eq(&mute.hide(&sentence(&trusting(&authority, &mute), request).await));
    let request = Request { version: Version::Http2, ..secure(&old) };
    expect!["https://SERVER/ ended the TLS handshake with the alert NoApplicationProtocol"]
        .assert_eq(&old.hide(&sentence(&trusting(&authority, &old), request).await));
}

#[tokio::test]
async fn a_certificate_that_cannot_be_trusted_is_an_error_or_a_remark_but_always_told() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    for (identity, why) in [
        (authority.certify(&["localhost"], 2010, 2020), "it expired on 2020-03-04"),
        (authority.certify(&["localhost"], 2085, 2090), "it is valid only from 2085-01-02 on"),
        (
            authority.certify(&["a.example", "b.example"], 2020, 2090),
            "it is not for `localhost` but for a.example, b.example",
        ),
        (Identity::self_signed(&["localhost"]), "it is signed by itself, not by an issuer that this machine trusts"),
        (stranger.certify(&["localhost"], 2020, 2090), "its issuer `CN=Test root` is not one that this machine trusts"),
    ] {
        let server = serve(&identity, &["http/1.1"]).await;
        let http = trusting(&authority, &server);
        let text = server.hide(&sentence(&http, secure(&server)).await);
        if why.starts_with("its issuer") {
            // Two authorities of the same name: which words are found for it depends on the keys.
            assert!(text.starts_with("https://SERVER/: its certificate is not trusted: it"), "{text}");
        } else {
            assert_eq!(text, format!("https://SERVER/: its certificate is not trusted: {why}"));
        }
        let answer = fetch(&http, Request { verify: false, ..secure(&server) }).await.unwrap();
        assert_eq!(answer.status, 200);
        assert!(text.ends_with(untrusted(&answer).unwrap()), "the same words either way");
        assert_eq!(answer.tls.unwrap().chain.len(), 1);
    }
}

#[tokio::test]
async fn an_added_root_that_is_none_is_told() {
    let authority = Authority::new();
    let server = serve(&authority.certify(&["localhost"], 2020, 2090), &[]).await;
    let scope = [format!("https://localhost:{}/*", server.address.port())];
    let http = with(&scope.each_ref().map(String::as_str), |options| {
        options.dialer = Arc::new(Dialer::new(vec![b"nonsense".to_vec()]));
    });
    let text = sentence(&http, secure(&server)).await;
    assert!(text.starts_with("the machine's trusted certificates cannot be used: an added root is none: "), "{text}");
}
