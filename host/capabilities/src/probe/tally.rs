//! What was sent to a target and what came back of it.

use std::io;
use std::time::Duration;

use tokio::time::Instant;

use super::Plan;

/// Requests are numbered from 0 in the order of sending.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) sent: u32,
    pub(super) reordered: u32,
    pub(super) duplicates: u32,
    /// Why something did not get there, the last reason only.
    pub(super) trouble: Option<io::Error>,
    timeout: Duration,
    /// One for each that was sent.
    requests: Vec<Request>,
    answered: u32,
    /// The last request that was answered, in the order of sending.
    latest: usize,
}

#[derive(Debug)]
struct Request {
    at: Instant,
    round_trip: Option<Duration>,
}

impl Tally {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            sent: 0,
            reordered: 0,
            duplicates: 0,
            trouble: None,
            timeout: plan.timeout,
            requests: Vec::new(),
            answered: 0,
            latest: 0,
        }
    }

    /// The next request goes out now.
    pub(super) fn sends(&mut self) {
        self.sent += 1;
        self.requests.push(Request { at: Instant::now(), round_trip: None });
    }

    /// An answer to request `number` came at `at`. One to a request that was never made, or too late, counts for nothing.
    pub(super) fn receives(&mut self, number: usize, at: Instant) {
        let Some(request) = self.requests.get_mut(number) else { return };
        let round_trip = at.saturating_duration_since(request.at);
        if round_trip > self.timeout {
            return;
        }
        if request.round_trip.is_some() {
            self.duplicates = self.duplicates.saturating_add(1);
            return;
        }
        request.round_trip = Some(round_trip);
        self.answered += 1;
        if number < self.latest {
            self.reordered += 1;
        }
        self.latest = self.latest.max(number);
    }

    /// Whether everything that was sent was answered.
    pub(super) fn is_answered(&self) -> bool {
        self.answered == self.sent
    }

    /// When the last request that was sent has had its time.
    pub(super) fn deadline(&self) -> Instant {
        self.requests.last().map_or_else(Instant::now, |last| last.at + self.timeout)
    }

    /// Seconds, of each answer that came, in the order of sending.
    pub(super) fn round_trips(&self) -> Vec<f64> {
        self.requests.iter().filter_map(|request| request.round_trip).map(|time| time.as_secs_f64()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_once_and_by_their_order() {
        let plan = Plan { count: 5, interval: Duration::ZERO, timeout: Duration::from_secs(1), size: 16 };
        let mut tally = Tally::new(&plan);
        (0..5).for_each(|_| tally.sends());
        let start = tally.requests[0].at;
        for (number, millis) in [(1, 100), (0, 200), (0, 300), (3, 400), (2, 500), (4, 1_900), (7, 600)] {
            tally.receives(number, start + Duration::from_millis(millis));
        }
        assert_eq!((tally.sent, tally.reordered, tally.duplicates), (5, 2, 1));
        assert_eq!(tally.round_trips().len(), 4);
        assert_eq!(tally.round_trips()[0], 0.2);
        assert!(!tally.is_answered());
    }
}
