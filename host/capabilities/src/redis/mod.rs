//! Commands to a Redis or Valkey that only read, in pipelines, to targets of the operator's configuration.
//!
//! The host connects, logs in and keeps connections; who asks knows a target's name alone. Commands that are not in the
//! table of `allow.rs` are refused, passwords are taken out of what comes back (`secrets.rs`), and a server that lies cannot
//! make the host hold more than it may (`guard.rs`). This module parses no RESP: the client library does.

mod allow;
mod connection;
mod guard;
mod login;
mod nodes;
mod pool;
mod secrets;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use redis::Value;
use rustls::ClientConfig;
use tokio::time::{Instant, timeout_at};

use self::connection::{Connection, Trouble};
use self::guard::{Budget, Fault};
use self::login::Login;
use self::pool::{Key, Pool};
use crate::{CapabilityError, TargetKind, Targets};

/// Batches of one call.
const MOST_BATCHES: usize = 1_000;
/// Commands of one batch.
const MOST_COMMANDS: usize = 1_000;
/// Bytes of one batch's commands with their arguments.
const MOST_REQUEST: usize = 256 * 1024;
/// Nodes that all batches of a call may answer together; each takes some fifty bytes.
const MOST_NODES: usize = 200_000;
/// When a batch names no timeout.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
/// No batch takes longer, whatever it names.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);

/// A piece of a reply. Node 0 is the reply, an aggregate is followed by its children, depth first.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Nothing.
    Nil,
    /// True or false; of RESP3.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction; of RESP3.
    Double(f64),
    /// A simple string: `OK`.
    Status(String),
    /// Bytes.
    Bulk(Vec<u8>),
    /// An error: `WRONGTYPE ...`.
    Failure(String),
    /// Number of children that follow: of an array, a set or a push.
    Items(u32),
    /// Number of pairs that follow, keys and values alternating: of a map. RESP2 has none and says `Items`.
    Pairs(u32),
}

/// A reply, flattened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// At least one.
    pub nodes: Vec<Node>,
}

/// What came back of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// In the order of the commands. What the server refused (`LOADING`, `MOVED`, `NOPERM`) is a `Failure` here.
    pub replies: Vec<Reply>,
    /// Seconds from sending the first command to the last reply, connecting not included.
    pub elapsed: f64,
    /// Seconds that connecting and logging in took; 0 when the connection was there.
    pub connect: f64,
}

/// Commands for one database of one target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// A name of the operator's `targets`.
    pub target: String,
    /// Its number. One in the target's URL is not used.
    pub database: u32,
    /// Each a command with its arguments: `["INFO", "all"]`.
    pub commands: Vec<Vec<String>>,
    /// Of everything together; 0: 5 s. At most 60 s.
    pub timeout_micros: u64,
}

/// What one holder of the capability may do, and within which bounds.
#[derive(Clone, Debug)]
pub struct RedisOptions {
    /// Names of the targets that are granted.
    pub scope: Vec<String>,
    /// All targets of the configuration.
    pub targets: Arc<Targets>,
    /// Batches of a call that run side by side, each with a connection of its own.
    pub in_flight: usize,
    /// Bytes that all batches of a call may answer together.
    pub response_bytes: usize,
    /// How long a connection that nobody uses is kept.
    pub kept_for: Duration,
    /// How certificates are judged; `None`: by the roots that this machine trusts.
    pub tls: Option<Arc<ClientConfig>>,
}

impl RedisOptions {
    /// 16 batches side by side, 4 MiB of answers, connections kept for a minute, the machine's own roots.
    pub fn new(scope: Vec<String>, targets: Arc<Targets>) -> Self {
        Self { scope, targets, in_flight: 16, response_bytes: 4 << 20, kept_for: Duration::from_secs(60), tls: None }
    }
}

/// The capability `redis` of one holder. Its kept connections close when it is dropped.
#[derive(Debug)]
pub struct Redis {
    options: RedisOptions,
    pool: Arc<Pool>,
}

impl Redis {
    /// Nothing is connected yet.
    pub fn new(options: RedisOptions) -> Self {
        let pool = Pool::new(options.kept_for);
        Self { options, pool }
    }

    /// Sends each batch as one pipeline, `in_flight` of them side by side; answers in the order of the batches. A batch's
    /// timeout begins when it is its turn. Needs a Tokio runtime; may be dropped at any time, which closes the connections
    /// in use.
    pub async fn pipeline_all(&self, batches: Vec<Batch>) -> Vec<Result<Answer, CapabilityError>> {
        if batches.len() > MOST_BATCHES {
            let error = CapabilityError::TooLarge(format!(
                "{} batches in one call; at most {MOST_BATCHES} are taken",
                batches.len()
            ));
            return batches.iter().map(|_| Err(error.clone())).collect();
        }
        let budget = Budget::new(self.options.response_bytes, MOST_NODES);
        stream::iter(batches)
            .map(|batch| {
                let budget = Arc::clone(&budget);
                async move { self.pipeline(&batch, &budget).await }
            })
            .buffered(self.options.in_flight.max(1))
            .collect()
            .await
    }

    async fn pipeline(&self, batch: &Batch, budget: &Arc<Budget>) -> Result<Answer, CapabilityError> {
        self.check(batch)?;
        let target = self.options.targets.find(&batch.target, TargetKind::Redis)?;
        let login = Login::new(&batch.target, target, batch.database)?;
        let timeout = match batch.timeout_micros {
            0 => DEFAULT_TIMEOUT,
            micros => Duration::from_micros(micros).min(LONGEST_TIMEOUT),
        };
        let work = self.exchange(batch, &login, budget, Deadline { at: Instant::now() + timeout, timeout });
        let (values, elapsed, connect) = work.await?;
        let replies = batch.commands.iter().zip(values).map(|(command, mut value)| {
            secrets::hide(command, &mut value);
            nodes::flatten(value)
        });
        Ok(Answer { replies: replies.collect(), elapsed: elapsed.as_secs_f64(), connect: connect.as_secs_f64() })
    }

    fn check(&self, batch: &Batch) -> Result<(), CapabilityError> {
        if !self.options.scope.contains(&batch.target) {
            return Err(CapabilityError::Denied(format!(
                "the grant of `redis` does not name the target `{}`",
                batch.target
            )));
        }
        if batch.commands.is_empty() {
            return Err(CapabilityError::Invalid(format!("the batch for `{}` holds no commands", batch.target)));
        }
        let bytes: usize = batch.commands.iter().flatten().map(String::len).fold(0, usize::saturating_add);
        if batch.commands.len() > MOST_COMMANDS || bytes > MOST_REQUEST {
            return Err(CapabilityError::TooLarge(format!(
                "the batch for `{}` has {} commands and {bytes} bytes; at most {MOST_COMMANDS} and {MOST_REQUEST} are taken",
                batch.target,
                batch.commands.len()
            )));
        }
        batch.commands.iter().try_for_each(|command| allow::check(command))
    }

    /// The replies, how long they took, and how long the connection took.
    async fn exchange(
        &self,
        batch: &Batch,
        login: &Login,
        budget: &Arc<Budget>,
        deadline: Deadline,
    ) -> Result<(Vec<Value>, Duration, Duration), CapabilityError> {
        let key = Key { target: batch.target.clone(), database: batch.database };
        if let Some(kept) = self.pool.take(&key) {
            match self.send(batch, &key, login, kept, budget, deadline).await {
                // The server was restarted, or tired of waiting. Everything here only reads, so it may be asked again.
                Err(Trouble::Ended(Fault::Closed | Fault::Broken(_))) => {}
                Err(trouble) => return Err(login.explain(trouble, deadline.timeout)),
                Ok((values, elapsed)) => return Ok((values, elapsed, Duration::ZERO)),
            }
        }
        let started = Instant::now();
        let connected = timeout_at(deadline.at, login.connect(self.options.tls.as_ref())).await;
        let fresh = connected.map_err(|_| login.connect_timeout(deadline.timeout))??;
        let connect = started.elapsed();
        match self.send(batch, &key, login, fresh, budget, deadline).await {
            Err(trouble) => Err(login.explain(trouble, deadline.timeout)),
            Ok((values, elapsed)) => Ok((values, elapsed, connect)),
        }
    }

    /// Sends the batch over `connection` and keeps it when all went well; else it is closed, as when this is dropped.
    async fn send(
        &self,
        batch: &Batch,
        key: &Key,
        login: &Login,
        mut connection: Connection,
        budget: &Arc<Budget>,
        deadline: Deadline,
    ) -> Result<(Vec<Value>, Duration), Trouble> {
        let sent = Instant::now();
        let answered = timeout_at(deadline.at, connection.pipeline(&batch.commands, Arc::clone(budget))).await;
        let values = answered.map_err(|_| Trouble::Silent)??;
        let elapsed = sent.elapsed();
        login.check_replies(&values)?;
        if connection.is_clean() {
            self.pool.keep(key.clone(), connection);
        }
        Ok((values, elapsed))
    }
}

/// When a batch has to be done, and how long that is from its start.
#[derive(Clone, Copy)]
struct Deadline {
    at: Instant,
    timeout: Duration,
}
