//! One connection: the client library's, over a stream that is watched.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Pipeline, RedisConnectionInfo, RedisError, Value};

use super::guard::{Budget, Fault, Guarded, Stream, Watch};

/// What a server may say while it is logged in to.
const MOST_GREETING_BYTES: usize = 256 * 1024;
const MOST_GREETING_NODES: usize = 1_000;

/// Why a connection gave no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Its stream ended.
    Ended(Fault),
    /// The server refused.
    Refused(RedisError),
    /// The server refuses everything until somebody logs in.
    NeedsPassword,
    /// Nothing came in time.
    Silent,
}

/// Whoever has it, has it alone. Dropping it closes it, in whatever state it is.
pub(super) struct Connection {
    handle: MultiplexedConnection,
    /// Moves the bytes. It is polled only while somebody waits for an answer, so there is no task that could outlive this.
    driver: Pin<Box<dyn Future<Output = ()> + Send>>,
    watch: Arc<Watch>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("watch", &self.watch).finish_non_exhaustive()
    }
}

impl Connection {
    /// Logs in over `stream`, and chooses the database.
    pub(super) async fn log_in(stream: Box<dyn Stream>, info: &RedisConnectionInfo) -> Result<Self, Trouble> {
        let watch = Watch::new(Budget::new(MOST_GREETING_BYTES, MOST_GREETING_NODES));
        let guarded = Guarded::new(stream, Arc::clone(&watch));
        // The caller has a deadline for everything together.
        let config = AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
        match MultiplexedConnection::new_with_config(info, guarded, config).await {
            Ok((handle, driver)) => Ok(Self { handle, driver: Box::pin(driver), watch }),
            Err(error) => Err(watch.fault().map_or(Trouble::Refused(error), Trouble::Ended)),
        }
    }

    /// Sends all commands at once; the replies in their order, with at most what `budget` has left.
    pub(super) async fn pipeline(
        &mut self,
        commands: &[Vec<String>],
        budget: Arc<Budget>,
    ) -> Result<Vec<Value>, Trouble> {
        self.watch.charge(budget);
        let mut pipeline = Pipeline::with_capacity(commands.len());
        for command in commands {
            let mut packed = redis::Cmd::new();
            for word in command {
                packed.arg(word);
            }
            pipeline.add_command(packed);
        }
        let mut answer = std::pin::pin!(self.handle.send_packed_commands(&pipeline, 0, commands.len()));
        let answer = tokio::select! {
            biased;
            answer = &mut answer => answer,
            () = &mut self.driver => {
                // Its last act may have been to hand over the answer. Without it nobody else can, so this ends at once.
                self.driver = Box::pin(std::future::pending());
                answer.await
            }
        };
        match answer.ok().filter(|values| values.len() == commands.len()) {
            Some(values) => Ok(values),
            None => Err(Trouble::Ended(
                self.watch.fault().unwrap_or_else(|| Fault::Garbage("a reply cannot be parsed".to_owned())),
            )),
        }
    }

    /// Whether it may be used again.
    pub(super) fn is_clean(&self) -> bool {
        self.watch.is_clean()
    }
}
