//! Asking in few words.

use std::sync::Arc;

use autobot_capabilities::redis::{Answer, Batch, Node, Redis, RedisOptions, Reply};
use autobot_capabilities::{CapabilityError, Secret, Target, TargetKind, Targets};

/// A target with that URL.
pub(crate) fn target(url: &str, user: Option<&str>, password: Option<&str>) -> Target {
    Target {
        kind: TargetKind::Redis,
        url: url.to_owned(),
        user: user.map(str::to_owned),
        password: password.map(|text| Secret::new(text.to_owned())),
        bearer: None,
    }
}

pub(crate) fn options(targets: impl IntoIterator<Item = (&'static str, Target)>) -> RedisOptions {
    let targets: Targets = targets.into_iter().map(|(name, target)| (name.to_owned(), target)).collect();
    RedisOptions::new(vec!["main".to_owned()], Arc::new(targets))
}

/// What is granted `main` alone, at that URL without a password.
pub(crate) fn redis_at(url: &str) -> Redis {
    Redis::new(options([("main", target(url, None, None))]))
}

pub(crate) fn words(command: &str) -> Vec<String> {
    command.split(' ').map(str::to_owned).collect()
}

pub(crate) fn batch(database: u32, commands: &[&str]) -> Batch {
    let commands = commands.iter().map(|command| words(command)).collect();
    Batch { target: "main".to_owned(), database, commands, timeout_micros: 0 }
}

pub(crate) async fn ask(redis: &Redis, batch: Batch) -> Result<Answer, CapabilityError> {
    redis.pipeline_all(vec![batch]).await.pop().unwrap()
}

/// The reply to one command.
pub(crate) async fn reply(redis: &Redis, command: &str) -> Reply {
    ask(redis, batch(0, &[command])).await.unwrap().replies.pop().unwrap()
}

pub(crate) async fn error(redis: &Redis, command: &str) -> CapabilityError {
    ask(redis, batch(0, &[command])).await.unwrap_err()
}

pub(crate) fn text(node: &Node) -> &str {
    match node {
        Node::Bulk(bytes) => std::str::from_utf8(bytes).unwrap(),
        other => panic!("{other:?} is no text"),
    }
}
