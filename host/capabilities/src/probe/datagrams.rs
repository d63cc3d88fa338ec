//! Sends datagrams at their times and takes what comes back, until all is answered or the last has had its time.

use std::io;

use tokio::time::{Instant, sleep_until};

use super::{Plan, Tally};

/// Errors of a socket that are taken as losses before it is given up, beyond one for each request.
const MOST_ERRORS: u32 = 16;

/// A socket that is connected to the target.
pub(super) trait Wire {
    /// Sends request `number`.
    async fn send(&self, number: u16) -> io::Result<()>;

    /// Waits for a datagram; the number of the request that it answers, if it answers one. Dropping it loses nothing.
    async fn receive(&mut self) -> io::Result<Option<u16>>;
}

pub(super) async fn exchange(wire: &mut impl Wire, plan: &Plan) -> Tally {
    let mut tally = Tally::new(plan);
    let start = Instant::now();
    let mut errors = 0;
    let mut until = start;
    while errors < plan.count + MOST_ERRORS {
        let is_sending = tally.sent < plan.count;
        if !is_sending && tally.is_answered() {
            break;
        }
        tokio::select! {
            // The clock first: a peer that floods must not keep this from ending.
            biased;
            () = sleep_until(until) => {
                if !is_sending {
                    break;
                }
                let number = u16::try_from(tally.sent).unwrap_or(u16::MAX);
                tally.sends();
                if let Err(error) = wire.send(number).await {
                    errors += 1;
                    tally.trouble = Some(error);
                }
                until = if tally.sent < plan.count { start + plan.interval * tally.sent } else { tally.deadline() };
            }
            received = wire.receive() => match received {
                Ok(Some(number)) => tally.receives(usize::from(number), Instant::now()),
                Ok(None) => {}
                Err(error) => {
                    errors += 1;
                    tally.trouble = Some(error);
                }
            },
        }
    }
    tally
}

/// A number that others cannot guess: the seeds of the standard library's hash maps are random.
pub(super) fn cookie() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};
    RandomState::new().build_hasher().finish()
}
