//! How far other machines are away: round trips by ICMP, TCP and UDP, and throughput through an echo service.
//!
//! Talks to the hosts that the grant names, and to no others. Every probe ends at a moment that is known when it starts,
//! whatever the other side does. What the figures mean, and whether they are good, is for others to say.

mod datagrams;
mod icmp;
mod packet;
mod resolve;
mod scope;
mod tally;
mod tcp;
mod transfer;
mod udp;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};

use self::scope::Scope;
use self::tally::Tally;
use crate::CapabilityError;

/// Targets of one call.
const MOST_TARGETS: usize = 1_000;
/// Transfers of one call; they run one after another.
const MOST_TRANSFERS: usize = 100;
/// Requests to one target.
const MOST_COUNT: u32 = 100;
/// Bytes of payload, so that a request fits into one packet of Ethernet.
const MOST_SIZE: u32 = 1_400;
/// What a datagram needs to be told from others.
const LEAST_UDP_SIZE: u32 = 16;
/// A probe that would take longer, its last timeout included, is refused.
const LONGEST: Duration = Duration::from_secs(120);

/// How to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Echo requests, by an unprivileged socket where the kernel allows it (`net.ipv4.ping_group_range`), else by a raw one.
    Icmp,
    /// The time that `connect` takes; a refused connection is an answer, too.
    Tcp,
    /// Datagrams to an echo service (RFC 862).
    Udp,
}

/// Whom to ask, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeTarget {
    /// A machine's name, or a host name or address that the grant covers.
    pub host: String,
    /// Not of ICMP.
    pub port: u16,
    /// How.
    pub method: Method,
    /// How many to send, 1 to 100.
    pub count: u32,
    /// How far apart. They overlap: none waits for the answer to the one before.
    pub interval_micros: u64,
    /// How long to wait for each. Not 0.
    pub timeout_micros: u64,
    /// Bytes of payload, at most 1400; of UDP at least 16, of TCP without a meaning.
    pub size: u32,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Requests.
    pub sent: u32,
    /// Answers in time; what came twice counts once.
    pub received: u32,
    /// Seconds, of each answer that came, in the order of sending.
    pub round_trips: Vec<f64>,
    /// Answers that came after one that was sent later.
    pub reordered: u32,
    /// Answers beyond the first to a request, until all requests were answered.
    pub duplicates: u32,
    /// Seconds that the name took to resolve; 0 for an address.
    pub resolve: f64,
    /// Where it was sent.
    pub address: String,
    /// As it was asked for.
    pub method: Method,
    /// Time to live of the last answer; of ICMP where the kernel tells.
    pub ttl: Option<u32>,
}

/// What to send to a TCP echo service and read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// As of a [`ProbeTarget`].
    pub host: String,
    /// Of the echo service.
    pub port: u16,
    /// Not 0. Sending ends after so many,
    pub bytes: u64,
    /// or after so long, not 0.
    pub duration_micros: u64,
    /// How long to wait for the connection, and in the end for what is on its way. Not 0.
    pub timeout_micros: u64,
}

/// How fast it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Throughput {
    /// Bytes that went there and came back.
    pub bytes: u64,
    /// Seconds from the first sent to the last received.
    pub elapsed: f64,
    /// Where it was sent.
    pub address: String,
}

/// What one holder of the capability may do, and within which bounds.
#[derive(Clone, Debug)]
pub struct ProbeOptions {
    /// What is granted: names of machines, `distributed_vms` for all of them, host names, addresses.
    pub scope: Vec<String>,
    /// The site's machines: names with their addresses.
    pub machines: BTreeMap<String, String>,
    /// Targets that are asked side by side.
    pub in_flight: usize,
}

/// The capability `probe` of one holder.
#[derive(Clone, Debug)]
pub struct Probe {
    scope: Scope,
    in_flight: usize,
}

impl Probe {
    /// Nothing is opened yet.
    pub fn new(options: ProbeOptions) -> Self {
        Self { scope: Scope::new(options.scope, options.machines), in_flight: options.in_flight.max(1) }
    }

    /// Asks all targets, `in_flight` of them side by side; answers in the order of the targets. Each ends after its
    /// `count` intervals and one timeout, and another timeout where a name has to be resolved. Needs a Tokio runtime; may be
    /// dropped at any time.
    pub async fn ping_all(&self, targets: Vec<ProbeTarget>) -> Vec<Result<Outcome, CapabilityError>> {
        if targets.len() > MOST_TARGETS {
            let error = CapabilityError::TooLarge(format!("{} targets; a call takes {MOST_TARGETS}", targets.len()));
            return targets.iter().map(|_| Err(error.clone())).collect();
        }
        stream::iter(targets)
            .map(|target| async move { self.ping(&target).await })
            .buffered(self.in_flight)
            .collect()
            .await
    }

    /// Sends to TCP echo services and reads back, one after the other, so that they do not disturb each other. Each ends
    /// after its duration and one timeout, and another timeout for its name and its connection each.
    pub async fn transfer_all(&self, transfers: Vec<Transfer>) -> Vec<Result<Throughput, CapabilityError>> {
        if transfers.len() > MOST_TRANSFERS {
            let error =
                CapabilityError::TooLarge(format!("{} transfers; a call takes {MOST_TRANSFERS}", transfers.len()));
            return transfers.iter().map(|_| Err(error.clone())).collect();
        }
        let mut done = Vec::with_capacity(transfers.len());
        for transfer in &transfers {
            done.push(self.transfer(transfer).await);
        }
        done
    }

    async fn ping(&self, target: &ProbeTarget) -> Result<Outcome, CapabilityError> {
        let host = self.scope.address(&target.host)?;
        let plan = plan(target)?;
        let (address, resolve) = resolve::resolve(&host, target.port, plan.timeout).await?;
        let (tally, ttl) = match target.method {
            Method::Icmp => icmp::ping(address.ip(), &plan).await?,
            Method::Udp => (udp::ping(address, &plan).await?, None),
            Method::Tcp => (tcp::ping(address, &plan).await, None),
        };
        let Tally { sent, reordered, duplicates, .. } = tally;
        let round_trips = tally.round_trips();
        let received = u32::try_from(round_trips.len()).unwrap_or(u32::MAX);
        match tally.trouble {
            // Losses are a result; that nothing can get there, or that nobody serves there, is a reason.
            Some(error) if received == 0 => Err(CapabilityError::Unreachable(match target.method {
                Method::Icmp => format!("{} ({}): {error}", target.host, address.ip()),
                Method::Tcp => format!("{} ({address}): {error}", target.host),
                Method::Udp => format!("{} ({address}): {error} (does an echo service run there?)", target.host),
            })),
            _ => Ok(Outcome {
                sent,
                received,
                round_trips,
                reordered,
                duplicates,
                resolve: resolve.as_secs_f64(),
                address: address.ip().to_string(),
                method: target.method,
                ttl,
            }),
        }
    }

    async fn transfer(&self, transfer: &Transfer) -> Result<Throughput, CapabilityError> {
        let host = self.scope.address(&transfer.host)?;
        let bounds = transfer::bounds(transfer)?;
        let (address, _) = resolve::resolve(&host, transfer.port, bounds.timeout).await?;
        transfer::run(&transfer.host, address, &bounds).await
    }
}

/// A target's numbers, within their bounds.
#[derive(Clone, Copy, Debug)]
struct Plan {
    count: u32,
    interval: Duration,
    timeout: Duration,
    size: usize,
}

fn plan(target: &ProbeTarget) -> Result<Plan, CapabilityError> {
    let invalid = |text: String| Err(CapabilityError::Invalid(format!("the probe of `{}`: {text}", target.host)));
    let ProbeTarget { port, method, count, size, .. } = *target;
    let (interval, timeout) =
        (Duration::from_micros(target.interval_micros), Duration::from_micros(target.timeout_micros));
    let whole = interval.checked_mul(count).and_then(|sum| sum.checked_add(timeout));
    if !(1..=MOST_COUNT).contains(&count) {
        invalid(format!("its count is {count}, not 1 to {MOST_COUNT}"))
    } else if timeout.is_zero() {
        invalid("its timeout is 0, so no answer could be in time".to_owned())
    } else if whole.is_none_or(|whole| whole > LONGEST) {
        invalid(format!("its intervals and its timeout add up to more than {} s", LONGEST.as_secs()))
    } else if size > MOST_SIZE {
        invalid(format!("its size is {size} bytes, more than {MOST_SIZE}"))
    } else if method == Method::Udp && size < LEAST_UDP_SIZE {
        invalid(format!("its size is {size} bytes, but datagrams need {LEAST_UDP_SIZE} to be told apart"))
    } else if method != Method::Icmp && port == 0 {
        invalid("its port is 0; only ICMP goes without one".to_owned())
    } else {
        Ok(Plan { count, interval, timeout, size: usize::try_from(size).unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn numbers_out_of_bounds_are_named() {
        let target = ProbeTarget {
            host: "main".to_owned(),
            port: 7,
            method: Method::Udp,
            count: 10,
            interval_micros: 1_000_000,
            timeout_micros: 1_000_000,
            size: 64,
        };
        assert!(plan(&target).is_ok());
        let told = |target: ProbeTarget| plan(&target).unwrap_err().to_string();
        expect!["invalid: the probe of `main`: its count is 0, not 1 to 100"]
            .assert_eq(&told(ProbeTarget { count: 0, ..target.clone() }));
        expect!["invalid: the probe of `main`: its count is 101, not 1 to 100"]
            .assert_eq(&told(ProbeTarget { count: 101, ..target.clone() }));
        expect!["invalid: the probe of `main`: its timeout is 0, so no answer could be in time"]
            .assert_eq(&told(ProbeTarget { timeout_micros: 0, ..target.clone() }));
        expect!["invalid: the probe of `main`: its intervals and its timeout add up to more than 120 s"]
            .assert_eq(&told(ProbeTarget { interval_micros: u64::MAX, ..target.clone() }));
        expect!["invalid: the probe of `main`: its size is 1401 bytes, more than 1400"]
            .assert_eq(&told(ProbeTarget { size: 1401, ..target.clone() }));
        expect!["invalid: the probe of `main`: its size is 15 bytes, but datagrams need 16 to be told apart"]
            .assert_eq(&told(ProbeTarget { size: 15, ..target.clone() }));
        expect!["invalid: the probe of `main`: its port is 0; only ICMP goes without one"]
            .assert_eq(&told(ProbeTarget { port: 0, ..target.clone() }));
        assert!(plan(&ProbeTarget { port: 0, size: 0, method: Method::Icmp, ..target }).is_ok());
    }
}
