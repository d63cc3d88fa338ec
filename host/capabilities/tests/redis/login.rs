//! Getting in: passwords, users, TLS, old servers; and what a person reads when it fails.

use std::path::Path;
use std::sync::Arc;

use autobot_capabilities::redis::{Node, Redis, RedisOptions};
use expect_test::expect;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use super::ask::{ask, batch, error, options, redis_at, reply, target};
use super::liar::{CLOSE, Event, Liar, NO_HELLO};
use super::server::Server;

const USERS: &str = "user default on >hush ~* &* +@all\nuser monitor on >watch ~* +ping +info +acl|whoami\n";

fn with_users() -> (Server, u16) {
    Server::on_port(
        |folder| std::fs::write(folder.join("users.acl"), USERS).unwrap(),
        |port, folder| {
            let file = folder.join("users.acl").display().to_string();
            ["--port", &port.to_string(), "--aclfile", &file].map(str::to_owned).to_vec()
        },
    )
}

#[tokio::test]
async fn users_log_in_with_their_passwords_alone() {
    let (_server, port) = with_users();
    let url = format!("redis://127.0.0.1:{port}");
    let redis = |user, password| Redis::new(options([("main", target(&url, user, password))]));
    let name = |text: &str| [Node::Bulk(text.as_bytes().to_vec())];
    assert_eq!(reply(&redis(None, Some("hush")), "ACL WHOAMI").await.nodes, name("default"));
    assert_eq!(reply(&redis(Some("monitor"), Some("watch")), "ACL WHOAMI").await.nodes, name("monitor"));

    let told = async |user, password| {
        error(&redis(user, password), "PING").await.to_string().replace(&port.to_string(), "PORT")
    };
    expect!["main: 127.0.0.1:PORT wants a password; add `password` (and `user`) to `targets.main`"]
        .assert_eq(&told(None, None).await);
    let wrong = expect![
        "main: 127.0.0.1:PORT refused the user or the password; correct `user` and `password` of `targets.main`"
    ];
    wrong.assert_eq(&told(None, Some("guess")).await);
    wrong.assert_eq(&told(Some("monitor"), Some("hush")).await);

    // What one user may not do is that command's failure and nobody else's.
    let answer = ask(&redis(Some("monitor"), Some("watch")), batch(0, &["PING", "DBSIZE"])).await.unwrap();
    assert_eq!(answer.replies[0].nodes, [Node::Status("PONG".to_owned())]);
    assert!(matches!(&answer.replies[1].nodes[..], [Node::Failure(text)] if text.starts_with("NOPERM ")));
    let elsewhere = ask(&redis(Some("monitor"), Some("watch")), batch(3, &["PING"])).await.unwrap_err();
    assert!(elsewhere.to_string().contains("refused the login"), "{elsewhere}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named() {
    let server = Server::start(&[]);
    let error = ask(&redis_at(&server.url()), batch(99, &["PING"])).await.unwrap_err();
    expect!["invalid: main: there is no database 99: ERR DB index is out of range"].assert_eq(&error.to_string());
}

#[tokio::test]
async fn a_server_of_old_is_spoken_to_as_it_can() {
    let liar = Liar::start(&[&[NO_HELLO], &["+OK\r\n", "*2\r\n$4\r\nport\r\n$4\r\n6379\r\n"]]).await;
    let redis = Redis::new(options([("main", target(&liar.url, None, Some("hush")))]));
    let answer = ask(&redis, batch(0, &["CONFIG GET port"])).await.unwrap();
    let bulk = |text: &str| Node::Bulk(text.as_bytes().to_vec());
    assert_eq!(answer.replies[0].nodes, [Node::Items(2), bulk("port"), bulk("6379")]);
}

#[tokio::test]
async fn a_password_that_a_server_repeats_goes_no_further() {
    let liar = Liar::start(&[&["-ERR what is `AUTH` `default` `hush-hush`?\r\n"]]).await;
    let redis = Redis::new(options([("main", target(&liar.url, None, Some("hush-hush")))]));
    let error = error(&redis, "PING").await.to_string();
    assert!(error.ends_with("refused the login: ERR what is `AUTH` `default` `(secret)`?"), "{error}");
}

#[tokio::test]
async fn without_hello_the_first_command_tells_that_a_password_is_wanted() {
    let liar = Liar::start(&[&[NO_HELLO], &["-NOAUTH Authentication required.\r\n"]]).await;
    let error = error(&redis_at(&liar.url), "PING").await.to_string();
    assert!(error.ends_with("wants a password; add `password` (and `user`) to `targets.main`"), "{error}");
}

#[tokio::test]
async fn a_server_that_hangs_up_at_the_greeting_is_unreachable() {
    let mut liar = Liar::start(&[&[CLOSE]]).await;
    let error = error(&redis_at(&liar.url), "PING").await.to_string();
    assert!(error.starts_with("unreachable: main: "), "{error}");
    assert!(matches!(liar.events.recv().await, Some(Event::Asked(0, hello)) if hello.contains("HELLO")));
}

#[tokio::test]
async fn nobody_there_is_a_sentence() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let told = async |url: &str| error(&redis_at(url), "PING").await.to_string().replace(&port.to_string(), "PORT");
    expect!["unreachable: main: 127.0.0.1:PORT refused the connection (is Redis running there?)"]
        .assert_eq(&told(&format!("redis://127.0.0.1:{port}/7")).await);
    expect!["unreachable: main: [::1]:PORT refused the connection (is Redis running there?)"]
        .assert_eq(&told(&format!("redis://[::1]:{port}")).await);
    expect!["unreachable: main: /no/such/redis.sock does not exist (is Redis running, with this `unixsocket`?)"]
        .assert_eq(&told("unix:///no/such/redis.sock").await);
    expect!["invalid: main: `http://127.0.0.1` is not the URL of a Redis, as `redis://HOST:PORT`, `rediss://HOST:PORT` or `unix:///PATH`: it cannot be parsed"]
        .assert_eq(&told("http://127.0.0.1").await);
}

/// A server with a certificate for 127.0.0.1, and the one who signed it.
fn with_tls() -> (Server, u16, CertificateDer<'static>) {
    let mut authority = CertificateParams::new([]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let write = |folder: &Path| {
        std::fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
        std::fs::write(folder.join("server.pem"), certificate.pem()).unwrap();
        std::fs::write(folder.join("server.key"), key.serialize_pem()).unwrap();
    };
    let (server, port) = Server::on_port(write, |port, folder| {
        let file = |name: &str| folder.join(name).display().to_string();
        let (port, certificate, key, authority) =
            (port.to_string(), file("server.pem"), file("server.key"), file("ca.pem"));
        let arguments = ["--tls-port", &port, "--tls-cert-file", &certificate, "--tls-key-file", &key];
        let more = ["--tls-ca-cert-file", &authority, "--tls-auth-clients", "no"];
        arguments.iter().chain(&more).map(|one| (*one).to_owned()).collect()
    });
    (server, port, authority.der().clone())
}

fn trusting(authority: Option<CertificateDer<'static>>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(authority);
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    Arc::new(config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots).with_no_client_auth())
}

#[tokio::test]
async fn tls_is_spoken_with_a_server_that_is_trusted_only() {
    let (_server, port, authority) = with_tls();
    let redis = |port: u16, tls| {
        let options = options([("main", target(&format!("rediss://127.0.0.1:{port}"), None, None))]);
        Redis::new(RedisOptions { tls, ..options })
    };
    let trusted = redis(port, Some(trusting(Some(authority))));
    for connects in [true, false] {
        let answer = ask(&trusted, batch(2, &["PING", "INFO all"])).await.unwrap();
        assert_eq!(answer.replies[0].nodes, [Node::Status("PONG".to_owned())]);
        assert_eq!(answer.connect > 0.0, connects);
    }
    let told = error(&redis(port, Some(trusting(None))), "PING").await.to_string().replace(&port.to_string(), "PORT");
    expect!["main: the certificate of 127.0.0.1:PORT is not trusted: UnknownIssuer"].assert_eq(&told);

    // By the machine's own roots, it is not trusted either, if the machine has any.
    let told = error(&redis(port, None), "PING").await.to_string();
    assert!(told.contains("is not trusted") || told.contains("trusts no certificates"), "{told}");

    let liar = Liar::start(&[&["-ERR what is that?\r\n"]]).await;
    let port = liar.url.rsplit(':').next().unwrap().parse().unwrap();
    let told = error(&redis(port, Some(trusting(None))), "PING").await.to_string();
    assert!(told.ends_with("does not speak TLS; use `redis://` for it"), "{told}");
}
