//! What a real server answers.

use std::collections::BTreeSet;
use std::sync::Arc;

use autobot_capabilities::CapabilityError;
use autobot_capabilities::redis::{Batch, Node, Redis, RedisOptions};
use redis::Commands as _;

use super::ask::{ask, batch, error, options, redis_at, reply, target, text, words};
use super::server::Server;

#[tokio::test]
async fn one_pipeline_answers_each_command_in_its_place() {
    let server = Server::start(&[]);
    let () = server.admin().set("key", "value").unwrap();
    let redis = redis_at(&server.url());
    let commands = ["PING", "DBSIZE", "INFO server", "TYPE key", "LLEN key", "TIME", "OBJECT ENCODING none"];
    let answer = ask(&redis, batch(0, &commands)).await.unwrap();
    let nodes: Vec<&[Node]> = answer.replies.iter().map(|reply| reply.nodes.as_slice()).collect();
    assert_eq!(nodes[0], [Node::Status("PONG".to_owned())]);
    assert_eq!(nodes[1], [Node::Integer(1)]);
    assert!(text(&nodes[2][0]).contains("redis_version:"));
    assert_eq!(nodes[3], [Node::Status("string".to_owned())]);
    assert!(matches!(&nodes[4][0], Node::Failure(text) if text.starts_with("WRONGTYPE ")), "{:?}", nodes[4]);
    assert!(matches!(nodes[5], [Node::Items(2), Node::Bulk(_), Node::Bulk(_)]), "{:?}", nodes[5]);
    assert_eq!(nodes[6], [Node::Nil]);
    assert!(answer.elapsed > 0.0 && answer.connect > 0.0);
}

#[tokio::test]
async fn databases_side_by_side_answer_in_the_order_of_asking() {
    let server = Server::start(&[]);
    let mut admin = server.admin();
    for database in 0..16 {
        let mut fill = redis::pipe();
        fill.cmd("SELECT").arg(database).ignore();
        for key in 0..database {
            fill.set(key, "x").ignore();
        }
        let () = fill.query(&mut admin).unwrap();
    }
    let redis = Arc::new(redis_at(&server.url()));
    for _ in 0..2 {
        let asked = (0..16).map(|database| batch(database, &["DBSIZE"])).collect();
        let redis = Arc::clone(&redis);
        // As a task, as the host does it: so the future has to be one that may move between threads.
        let answers = tokio::spawn(async move { redis.pipeline_all(asked).await }).await.unwrap();
        let sizes: Vec<Node> = answers.into_iter().map(|answer| answer.unwrap().replies[0].nodes[0].clone()).collect();
        assert_eq!(sizes, (0..16).map(Node::Integer).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_connection_is_kept_and_each_database_has_its_own() {
    let server = Server::start(&[]);
    let redis = redis_at(&server.url());
    let first = ask(&redis, batch(0, &["CLIENT ID"])).await.unwrap();
    let again = ask(&redis, batch(0, &["CLIENT ID"])).await.unwrap();
    assert_eq!(first.replies, again.replies);
    assert!(first.connect > 0.0);
    assert_eq!(again.connect, 0.0);
    let other = ask(&redis, batch(3, &["CLIENT ID"])).await.unwrap();
    assert_ne!(first.replies, other.replies);
    // Two at once cannot share one.
    let both = redis.pipeline_all(vec![batch(0, &["CLIENT ID"]), batch(0, &["CLIENT ID"])]).await;
    assert_ne!(both[0].as_ref().unwrap().replies, both[1].as_ref().unwrap().replies);
}

#[tokio::test]
async fn no_more_run_side_by_side_than_may() {
    let server = Server::start(&[]);
    let redis = Redis::new(RedisOptions { in_flight: 2, ..options([("main", target(&server.url(), None, None))]) });
    let answers = redis.pipeline_all(vec![batch(0, &["CLIENT ID"]); 16]).await;
    let numbers: BTreeSet<String> =
        answers.into_iter().map(|answer| format!("{:?}", answer.unwrap().replies)).collect();
    assert!((1..=2).contains(&numbers.len()), "{numbers:?}");
}

#[tokio::test]
async fn a_server_that_is_full_says_so() {
    let server = Server::start(&[]);
    let mut only = server.admin();
    let () = redis::cmd("CONFIG").arg("SET").arg("maxclients").arg(1).query(&mut only).unwrap();
    let error = error(&redis_at(&server.url()), "PING").await;
    assert!(error.to_string().ends_with("refused the login: ERR max number of clients reached"), "{error}");
}

#[tokio::test]
async fn a_server_that_was_restarted_is_asked_anew() {
    let mut server = Server::start(&[]);
    let redis = redis_at(&server.url());
    assert!(ask(&redis, batch(0, &["PING"])).await.is_ok());
    server.restart();
    let answer = ask(&redis, batch(0, &["PING"])).await.unwrap();
    assert!(answer.connect > 0.0);
    server.stop();
    assert!(matches!(error(&redis, "PING").await, CapabilityError::Unreachable(_)));
    server.restart();
    assert!(ask(&redis, batch(0, &["PING"])).await.is_ok());
}

#[tokio::test]
async fn no_password_comes_out_of_the_configuration_or_the_slow_log() {
    let server = Server::start(&["--slowlog-log-slower-than", "0"]);
    let mut admin = server.admin();
    for (name, value) in [("masterauth", "hush-1"), ("masteruser", "replica"), ("requirepass", "hush-2")] {
        let () = redis::cmd("CONFIG").arg("SET").arg(name).arg(value).query(&mut admin).unwrap();
    }
    let () = redis::cmd("ACL").arg("SETUSER").arg("other").arg(">hush-3").query(&mut admin).unwrap();
    let () = redis::cmd("AUTH").arg("default").arg("hush-2").query(&mut admin).unwrap();
    let () = redis::cmd("SET").arg("key").arg("kept").query(&mut admin).unwrap();
    let redis = Redis::new(options([("main", target(&server.url(), None, Some("hush-2")))]));
    let answer = ask(&redis, batch(0, &["CONFIG GET *", "SLOWLOG GET 128", "CLIENT LIST", "INFO all"])).await.unwrap();
    let shown = answer.replies.iter().flat_map(|reply| &reply.nodes).filter_map(|node| match node {
        Node::Bulk(bytes) => Some(String::from_utf8_lossy(bytes)),
        _ => None,
    });
    let shown: Vec<_> = shown.collect();
    assert!(!shown.iter().any(|text| text.contains("hush")), "{shown:?}");
    for word in ["requirepass", "replica", "SETUSER", "kept"] {
        assert!(shown.iter().any(|text| text == word), "{word}");
    }
    let Node::Pairs(_) = answer.replies[0].nodes[0] else { panic!("RESP3 has maps") };
    let at = answer.replies[0].nodes.iter().position(|node| *node == Node::Bulk(b"requirepass".to_vec())).unwrap();
    assert_eq!(answer.replies[0].nodes[at + 1], Node::Nil);
}

#[tokio::test]
async fn an_answer_beyond_the_bound_is_refused_and_the_next_is_not() {
    let server = Server::start(&[]);
    let small = RedisOptions { response_bytes: 2_000, ..options([("main", target(&server.url(), None, None))]) };
    let redis = Redis::new(small);
    let too_large = error(&redis, "COMMAND DOCS").await;
    assert!(
        matches!(&too_large, CapabilityError::TooLarge(text) if text.contains("more than 2000 bytes")),
        "{too_large}"
    );
    assert_eq!(reply(&redis, "PING").await.nodes, [Node::Status("PONG".to_owned())]);
    // What one call may answer counts for all of its batches together.
    let both = redis.pipeline_all(vec![batch(0, &["INFO memory"]), batch(1, &["INFO memory"])]).await;
    assert!(both.iter().any(|one| matches!(one, Err(CapabilityError::TooLarge(_)))), "{both:?}");
}

#[tokio::test]
async fn what_is_not_granted_or_not_asked_rightly_never_reaches_a_server() {
    let server = Server::start(&[]);
    let url = server.url();
    let redis = Redis::new(options([("main", target(&url, None, None)), ("other", target(&url, None, None))]));
    let refused = async |batch: Batch| ask(&redis, batch).await.unwrap_err().to_string();
    let other = Batch { target: "other".to_owned(), ..batch(0, &["PING"]) };
    assert_eq!(refused(other).await, "denied: the grant of `redis` does not name the target `other`");
    assert_eq!(refused(batch(0, &[])).await, "invalid: the batch for `main` holds no commands");
    let long = "x".repeat(300_000);
    assert!(
        refused(batch(0, &[&format!("EXISTS {long}")]))
            .await
            .starts_with("too large: the batch for `main` has 1 commands")
    );
    assert!(refused(batch(0, &["PING", "FLUSHALL"])).await.starts_with("denied: `FLUSHALL` is not among"));
    let lost = Redis::new(RedisOptions::new(vec!["main".to_owned()], Arc::default()));
    assert!(matches!(error(&lost, "PING").await, CapabilityError::Invalid(_)));
    let many = vec![batch(0, &["PING"]); 1_001];
    let answers = redis.pipeline_all(many).await;
    assert!(answers.len() == 1_001 && answers.iter().all(|one| matches!(one, Err(CapabilityError::TooLarge(_)))));
    let seen: String = redis::cmd("INFO").arg("commandstats").query(&mut server.admin()).unwrap();
    assert!(!seen.contains("cmdstat_flushall"));
}

/// The server knows which of its commands write or block. Not one of them passes, subcommands included.
#[tokio::test]
async fn nothing_passes_that_the_server_says_would_write_or_block() {
    let server = Server::start(&[]);
    let all: redis::Value = redis::cmd("COMMAND").query(&mut server.admin()).unwrap();
    let redis = redis_at(&server.url());
    let (mut passed, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for (name, flags) in commands(&all) {
        let arguments = ["", " 1", " 1 1", " 1 1 1"].map(|tail| format!("{}{tail}", name.replace('|', " ")));
        let asked = arguments.iter().map(|command| Batch { commands: vec![words(command)], ..batch(0, &[]) });
        let answers = redis.pipeline_all(asked.collect()).await;
        let changes = ["write", "blocking", "may_replicate"].iter().any(|flag| flags.contains(*flag));
        if answers.iter().all(|one| matches!(one, Err(CapabilityError::Denied(_)))) {
            refused.insert(name);
        } else {
            assert!(!changes, "{name} passed, with the flags {flags:?}");
            passed.insert(name);
        }
    }
    assert!(passed.len() > 50, "{passed:?}");
    assert!(refused.len() > 250, "{refused:?}");
    let dumped: Option<i64> = server.admin().get("1").unwrap();
    assert_eq!(dumped, None);
}

/// Name and flags of each command and subcommand in a reply to `COMMAND`.
fn commands(value: &redis::Value) -> Vec<(String, BTreeSet<String>)> {
    let redis::Value::Array(all) = value else { return Vec::new() };
    let mut found = Vec::new();
    for one in all {
        let redis::Value::Array(parts) = one else { continue };
        let name: String = redis::from_redis_value(parts[0].clone()).unwrap();
        let flags: Vec<String> = redis::from_redis_value(parts[2].clone()).unwrap();
        found.push((name, flags.into_iter().collect()));
        found.extend(parts.get(9).map(commands).unwrap_or_default());
    }
    found
}
