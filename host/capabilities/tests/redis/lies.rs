//! Servers that answer what no Redis would, or nothing.

use std::time::Duration;

use autobot_capabilities::CapabilityError;
use autobot_capabilities::redis::{Batch, Node, Redis, RedisOptions};

use super::ask::{ask, batch, error, options, redis_at, reply, target};
use super::liar::{CLOSE, Event, HELLO, Liar};

/// What a person reads when the answer to PING is `answer`.
async fn told(connections: &[&[&str]]) -> String {
    let liar = Liar::start(connections).await;
    let told = error(&redis_at(&liar.url), "PING").await.to_string();
    told.replace(liar.url.trim_start_matches("redis://"), "HOST:PORT")
}

#[tokio::test]
async fn what_is_no_resp_is_quoted() {
    let begins = "main: HOST:PORT does not speak as a Redis does: ";
    for (answer, shown) in [
        (&[HELLO, "HTTP/1.1 400 Bad Request\r\n\r\n"] as &[_], "a reply begins with `HTTP/1.1 400 Bad Req`"),
        (&[HELLO, "$nine\r\n"], "a length reads `$nine`"),
        (&[HELLO, "$3\r\nabcdef\r\n"], "a reply begins with `f\\r\\n`"),
        (&[HELLO, ":12x\r\n"], "a reply cannot be parsed"),
        (&["\0\0\0"], "a reply begins with `\\0\\0\\0`"),
        (&[":12x\r\n"], "its greeting cannot be parsed"),
    ] {
        let told = told(&[answer]).await;
        assert_eq!(told.strip_prefix(begins), Some(shown), "{told}");
    }
}

#[tokio::test]
async fn what_would_never_end_is_refused_at_once() {
    for answer in ["$999999999999\r\n", "*999999999999\r\n", "%99999999999999999\r\n", "~300000\r\n"] {
        let told = told(&[&[HELLO, answer]]).await;
        assert!(
            told.starts_with("too large: main: the answers of this call would have more than "),
            "{answer}: {told}"
        );
    }
    let told = told(&[&["$999999999999\r\n"]]).await;
    assert!(told.starts_with("too large: "), "{told}");
}

#[tokio::test]
async fn nesting_without_end_is_refused() {
    let deep = "*1\r\n".repeat(10_000);
    let told = told(&[&[HELLO, &deep]]).await;
    assert!(told.ends_with("a reply cannot be parsed"), "{told}");
}

#[tokio::test]
async fn silence_ends_with_the_timeout_wherever_it_falls() {
    // Before the greeting, after it, within a string, within a list.
    for lines in [&[] as &[_], &[HELLO], &[HELLO, "$10\r\nabc"], &[HELLO, "*2\r\n:1\r\n"]] {
        let liar = Liar::start(&[lines]).await;
        let short = Batch { timeout_micros: 200_000, ..batch(0, &["PING"]) };
        let told = ask(&redis_at(&liar.url), short).await.unwrap_err();
        assert!(matches!(&told, CapabilityError::Timeout(text) if text.ends_with(" 0.2 s")), "{told}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_is_unreachable() {
    let told = told(&[&[HELLO, CLOSE]]).await;
    assert!(told.starts_with("unreachable: main: "), "{told}");
}

#[tokio::test]
async fn what_a_server_refuses_is_the_failure_of_that_command() {
    let liar = Liar::start(&[&[
        HELLO,
        "-LOADING Redis is loading the dataset in memory\r\n-MOVED 3999 127.0.0.1:6381\r\n:3\r\n",
    ]])
    .await;
    let answer = ask(&redis_at(&liar.url), batch(0, &["DBSIZE", "TYPE key", "LASTSAVE"])).await.unwrap();
    let nodes: Vec<Node> = answer.replies.into_iter().flat_map(|reply| reply.nodes).collect();
    assert_eq!(
        nodes,
        [
            Node::Failure("LOADING Redis is loading the dataset in memory".to_owned()),
            Node::Failure("MOVED 3999 127.0.0.1:6381".to_owned()),
            Node::Integer(3),
        ]
    );
}

#[tokio::test]
async fn an_answer_counts_even_when_the_server_hangs_up_right_after_it() {
    let mut liar = Liar::start(&[&[HELLO, "+PONG\r\n", CLOSE]]).await;
    let redis = redis_at(&liar.url);
    for _ in 0..2 {
        assert_eq!(reply(&redis, "PING").await.nodes, [Node::Status("PONG".to_owned())]);
    }
    // The second was first tried on the kept connection, which the server closed.
    let mut asked = Vec::new();
    while asked.len() < 5 {
        if let Event::Asked(connection, _) = liar.events.recv().await.unwrap() {
            asked.push(connection);
        }
    }
    assert_eq!(asked, [0, 0, 0, 1, 1]);
}

#[tokio::test]
async fn a_dropped_request_closes_its_connection_and_the_next_has_a_new_one() {
    let mut liar = Liar::start(&[&[HELLO, "+PONG\r\n"], &[HELLO, "+PONG\r\n"]]).await;
    let redis = redis_at(&liar.url);
    assert_eq!(reply(&redis, "PING").await.nodes, [Node::Status("PONG".to_owned())]);
    assert!(matches!(liar.events.recv().await, Some(Event::Asked(0, _))));
    assert!(matches!(liar.events.recv().await, Some(Event::Asked(0, _))));
    // To the second request on it, the first connection says nothing.
    tokio::select! {
        _ = ask(&redis, batch(0, &["DBSIZE"])) => panic!("nobody answered"),
        event = liar.events.recv() => assert!(matches!(event, Some(Event::Asked(0, text)) if text.contains("DBSIZE"))),
    }
    assert_eq!(liar.events.recv().await, Some(Event::Closed(0)));
    assert_eq!(reply(&redis, "PING").await.nodes, [Node::Status("PONG".to_owned())]);
    assert!(matches!(liar.events.recv().await, Some(Event::Asked(1, _))));
}

#[tokio::test]
async fn a_connection_that_nobody_uses_is_closed() {
    let mut liar = Liar::start(&[&[HELLO, "+PONG\r\n"]]).await;
    let options = options([("main", target(&liar.url, None, None))]);
    let redis = Redis::new(RedisOptions { kept_for: Duration::from_millis(20), ..options });
    assert_eq!(reply(&redis, "PING").await.nodes, [Node::Status("PONG".to_owned())]);
    while liar.events.recv().await.unwrap() != Event::Closed(0) {}
    assert_eq!(reply(&redis, "PING").await.nodes, [Node::Status("PONG".to_owned())]);
}
