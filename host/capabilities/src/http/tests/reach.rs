//! What a plugin can reach, and whose credentials go where.

use std::sync::Arc;

use expect_test::expect;
use parking_lot::Mutex;

use super::{fetch, get, get_of, http, sentence, with_targets};
use crate::http::{Header, Http, HttpOptions, READ_BYTES, Request};
use crate::testing::{Server, ok, redirect, target, targets};
use crate::{CapabilityError, Dialer, Secret, Target, TargetKind};

/// What a server was asked for: path and `authorization`.
type Asked = Arc<Mutex<Vec<(String, Option<String>)>>>;

/// Notes who asks, redirects `/to/URL` and answers everything else.
async fn witness() -> (Server, Asked) {
    let asked = Asked::default();
    let server = {
        let asked = asked.clone();
        Server::http(move |request| {
            let authorization = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
            asked.lock().push((request.uri().to_string(), authorization));
            match request.uri().query().and_then(|query| query.strip_prefix("to=")) {
                Some(location) => redirect(302, location),
                None => ok("fine"),
            }
        })
        .await
    };
    (server, asked)
}

fn with_password(url: String) -> Target {
    Target { user: Some("monitor".to_owned()), password: Some(Secret::new("hush".to_owned())), ..target(url) }
}

/// `monitor:hush`
const BASIC: &str = "Basic bW9uaXRvcjpodXNo";

#[tokio::test]
async fn an_empty_scope_allows_nothing() {
    let (server, asked) = witness().await;
    let targets = targets([("main", target(server.url("/")))]);
    let http = with_targets(&[], targets);
    assert_eq!(fetch(&http, get(server.url("/"))).await, Err(CapabilityError::Denied(server.url("/"))));
    assert_eq!(fetch(&http, get_of("main", "/")).await, Err(CapabilityError::Denied("main".to_owned())));
    assert!(asked.lock().is_empty(), "what is denied is not asked for");
}

#[tokio::test]
async fn a_scope_that_is_none_is_refused_at_once() {
    let options = |entry: &str| HttpOptions {
        dialer: Arc::new(Dialer::new(vec![])),
        scope: vec![entry.to_owned()],
        targets: targets([]),
        in_flight: 1,
        response_bytes: 1,
        read_bytes: READ_BYTES,
    };
    let error = Http::new(options("ws://127.0.0.1/*")).err().unwrap();
    expect!["invalid: `ws://127.0.0.1/*` does not begin with one of http://, https://"].assert_eq(&error.to_string());
}

#[tokio::test]
async fn a_url_is_denied_without_its_query_and_refused_with_a_user() {
    let http = http(&["http://127.0.0.1:8080/*"]);
    expect!["denied: http://evil/x"].assert_eq(&sentence(&http, get("http://evil/x?token=hush")).await);
    expect!["invalid: the URL of http://evil/ holds a user name or a password; credentials belong to a target"]
        .assert_eq(&sentence(&http, get("http://127.0.0.1:8080@evil/")).await);
    expect!["invalid: a URL of `ftp`, where `http` or `https` is spoken"]
        .assert_eq(&sentence(&http, get("ftp://127.0.0.1:8080/")).await);
    expect!["invalid: this is no absolute URL: relative URL without a base"]
        .assert_eq(&sentence(&http, get("/health")).await);
    expect!["invalid: a URL of more than 8192 bytes"]
        .assert_eq(&sentence(&http, get(format!("http://127.0.0.1:8080/{}", "x".repeat(9000)))).await);
}

#[tokio::test]
async fn a_target_is_reached_by_name_with_its_credentials_and_no_other_way() {
    let (server, asked) = witness().await;
    let bearer = Target { bearer: Some(Secret::new("t0ken".to_owned())), ..target(server.url("/deep/")) };
    let targets = targets([("main", with_password(server.url("/api"))), ("bearer", bearer)]);
    let http = with_targets(&["main", "bearer"], targets);
    for path in ["", "/health?x=1", "?y", "//evil/x", "/a/../b", "/#top"] {
        assert_eq!(fetch(&http, get_of("main", path)).await.unwrap().status, 200, "{path}");
    }
    let answer = fetch(&http, get_of("bearer", "/z")).await.unwrap();
    assert_eq!(answer.url, server.url("/deep/z"));
    let with = |credentials: &str, path: &str| (path.to_owned(), Some(credentials.to_owned()));
    assert_eq!(
        *asked.lock(),
        [
            with(BASIC, "/api"),
            with(BASIC, "/api/health?x=1"),
            with(BASIC, "/api?y"),
            with(BASIC, "/api//evil/x"),
            with(BASIC, "/api/b"),
            with(BASIC, "/api/"),
            with("Bearer t0ken", "/deep/z"),
        ]
    );
    assert_eq!(
        fetch(&http, get(server.url("/api/health"))).await,
        Err(CapabilityError::Denied(server.url("/api/health"))),
        "the name is granted, not the address behind it"
    );
    assert!(matches!(fetch(&http, get_of("other", "/")).await, Err(CapabilityError::Denied(_))));
}

#[tokio::test]
async fn nothing_leads_up_from_a_target() {
    let (server, asked) = witness().await;
    let http = with_targets(&["main"], targets([("main", with_password(server.url("/api")))]));
    for path in
        ["/../admin", "/x/../../admin", "/%2e%2e/admin", "/..%2fadmin", "/..%252fadmin", "/\\..\\..\\admin", "/..;/x"]
    {
        let denied = fetch(&http, get_of("main", path)).await;
        assert!(matches!(denied, Err(CapabilityError::Denied(_))), "{path}: {denied:?}");
    }
    for url in ["http://evil/", "evil", "@evil/", ":80/", &server.url("/api")] {
        let refused = fetch(&http, get_of("main", url)).await;
        assert!(matches!(refused, Err(CapabilityError::Invalid(_))), "{url}: {refused:?}");
    }
    assert!(asked.lock().is_empty());
    expect!["denied: http://SERVER/admin, which is not below the target `main`"]
        .assert_eq(&server.hide(&sentence(&http, get_of("main", "/../admin")).await));
}

#[tokio::test]
async fn a_plugin_brings_credentials_only_where_the_target_has_none() {
    let (server, asked) = witness().await;
    let targets = targets([("open", target(server.url("/"))), ("shut", with_password(server.url("/")))]);
    let http = with_targets(&["open", "shut"], targets);
    let headers = vec![Header { name: "Authorization".to_owned(), value: "Bearer own".to_owned() }];
    let own = |name: &str| Request { headers: headers.clone(), ..get_of(name, "/") };
    fetch(&http, own("open")).await.unwrap();
    assert_eq!(asked.lock()[0].1.as_deref(), Some("Bearer own"));
    expect!["invalid: the header `Authorization` is the host's to set: the target has credentials"]
        .assert_eq(&sentence(&http, own("shut")).await);
}

#[tokio::test]
async fn a_redirect_out_of_the_scope_is_denied_and_says_where_it_pointed() {
    let (server, _) = witness().await;
    let (inner, asked) = witness().await;
    let http = http(&[&server.url("/*")]);
    let to = |location: &str| Request { redirects: 5, ..get(server.url(&format!("/?to={location}"))) };
    let text = sentence(&http, to(&inner.url("/secret?token=hush"))).await;
    expect!["denied: http://INNER/secret, where http://SERVER/ redirects to"]
        .assert_eq(&server.hide(&text).replace(&inner.address.to_string(), "INNER"));
    for location in [
        "//evil.invalid/",
        "file:///etc/passwd",
        "http://user:hush@evil.invalid/",
        &format!("http://user:hush@{}/", server.address),
        &format!("https://{}/", server.address),
        &server.url("/a/b"),
    ] {
        let denied = fetch(&http, to(location)).await.unwrap_err();
        assert!(matches!(denied, CapabilityError::Denied(_)), "{location}: {denied}");
        assert!(!denied.to_string().contains("hush"), "{denied}");
    }
    assert!(asked.lock().is_empty());
}

#[tokio::test]
async fn credentials_stay_with_the_targets_own_origin() {
    let (server, asked) = witness().await;
    let (other, asked_there) = witness().await;
    let scope = ["main", &other.url("/*")];
    let http = with_targets(&scope, targets([("main", with_password(server.url("/api")))]));
    let to = |location: &str| Request { redirects: 5, ..get_of("main", &format!("/?to={location}")) };

    fetch(&http, to("/elsewhere")).await.unwrap();
    assert_eq!(
        asked.lock().last().unwrap(),
        &("/elsewhere".to_owned(), Some(BASIC.to_owned())),
        "the origin is the target's"
    );

    fetch(&http, to(&other.url("/"))).await.unwrap();
    assert_eq!(*asked_there.lock(), [("/".to_owned(), None)], "covered by a glob, so asked, but without credentials");

    let back = fetch(&http, to(&other.url(&format!("/?to={}", server.url("/"))))).await;
    assert!(matches!(back, Err(CapabilityError::Denied(_))), "who left a target comes back by a glob or not at all");
}

#[tokio::test]
async fn a_plugins_own_credentials_do_not_follow_to_another_origin() {
    let (server, _) = witness().await;
    let (other, asked_there) = witness().await;
    let http = http(&[&server.url("/*"), &other.url("/*")]);
    let headers = vec![Header { name: "authorization".to_owned(), value: "Bearer own".to_owned() }];
    let request = Request { headers, redirects: 1, ..get(server.url(&format!("/?to={}", other.url("/")))) };
    fetch(&http, request).await.unwrap();
    assert_eq!(*asked_there.lock(), [("/".to_owned(), None)]);
}

#[tokio::test]
async fn a_target_that_is_no_place_of_http_is_told_without_its_secrets() {
    let secret = |url: &str| with_password(url.to_owned());
    let redis = Target { kind: TargetKind::Redis, ..secret("redis://127.0.0.1") };
    let odd = Target { bearer: Some(Secret::new("line\nbreak".to_owned())), ..secret("http://127.0.0.1:1/") };
    let targets = targets([
        ("redis", redis),
        ("none", secret("nonsense")),
        ("ftp", secret("ftp://127.0.0.1/")),
        ("user", secret("http://a:hush@127.0.0.1/")),
        ("odd", odd),
    ]);
    let http = with_targets(&["redis", "none", "ftp", "user", "odd", "missing"], targets);
    let mut told = String::new();
    for name in ["redis", "none", "ftp", "user", "odd", "missing"] {
        told += &format!("{}\n", sentence(&http, get_of(name, "/")).await);
    }
    assert!(!told.contains("hush"));
    expect![[r#"
        invalid: the target `redis` is a `redis`, not a `http`
        invalid: the URL of the target `none` is none: relative URL without a base
        invalid: the URL of the target `ftp` is neither `http` nor `https`
        invalid: the URL of the target `user` holds a user name or a password; they have keys of their own
        invalid: the credentials of the target `odd` have characters that HTTP cannot send
        invalid: the configuration has no target `missing`; add it under `targets`, with its `http` URL
    "#]]
    .assert_eq(&told);
}
