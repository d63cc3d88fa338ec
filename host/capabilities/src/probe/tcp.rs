//! The time that `connect` takes. Nothing is sent over the connections.

use std::io;
use std::net::SocketAddr;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};

use super::{Plan, Tally};

pub(super) async fn ping(address: SocketAddr, plan: &Plan) -> Tally {
    let mut tally = Tally::new(plan);
    // As many as the plan has requests.
    let mut pending = FuturesUnordered::new();
    let start = Instant::now();
    loop {
        let is_sending = tally.sent < plan.count;
        if !is_sending && pending.is_empty() {
            return tally;
        }
        tokio::select! {
            biased;
            () = sleep_until(start + plan.interval * tally.sent), if is_sending => {
                let number = usize::try_from(tally.sent).unwrap_or(usize::MAX);
                tally.sends();
                pending.push(async move {
                    let connected = timeout(plan.timeout, TcpStream::connect(address)).await;
                    (number, connected.map(|connected| connected.map(drop)), Instant::now())
                });
            }
            Some((number, connected, at)) = pending.next() => match connected {
                Ok(Ok(())) => tally.receives(number, at),
                // The machine is there and says that nobody listens.
                Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => tally.receives(number, at),
                Ok(Err(error)) => tally.trouble = Some(error),
                Err(_) => {}
            },
        }
    }
}
