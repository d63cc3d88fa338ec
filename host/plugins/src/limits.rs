//! What one instance may use up, and how memory is counted.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// Bounds of one plugin instance. Beyond time, memory, tables or calls it is restarted; the rest is refused to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory in bytes. Default 64 MiB.
    pub memory: u64,
    /// Wall time of one call, waiting included. Default 10 s.
    pub deadline: Duration,
    /// Time that a guest may compute in one call without coming to an end. Default 1 s.
    pub computing: Duration,
    /// Series at once, and families. Default 10,000.
    pub series: usize,
    /// Series never seen before, an hour; over restarts too. Default 10,000.
    pub new_series: u32,
    /// Samples of one collection. Default 20,000.
    pub samples: usize,
    /// Length of a label's value in bytes. Default 1,024.
    pub label_bytes: usize,
    /// Elements of a table. Default 20,000.
    pub table_elements: usize,
    /// Calls to the host in one collection. Default 10,000.
    pub calls: u32,
    /// Requests of one call that are on their way at once. Default 16.
    pub in_flight: usize,
    /// Bytes handed to the host in one call. Default 8 MiB (the engine's own default lets 128 MiB through).
    pub transfer_bytes: usize,
    /// Bytes that the host hands over as the answer to one call. Default 8 MiB.
    pub response_bytes: usize,
    /// Lines of log in one call; the rest is left out. Default 20.
    pub log_lines: u32,
    /// Length of a line of log in bytes; the rest is cut. Default 1,024.
    pub log_bytes: usize,
    /// Keys and values of its state together, in bytes. Default 64 KiB.
    pub state_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 64 << 20,
            deadline: Duration::from_secs(10),
            computing: Duration::from_secs(1),
            series: 10_000,
            new_series: 10_000,
            samples: 20_000,
            label_bytes: 1_024,
            table_elements: 20_000,
            calls: 10_000,
            in_flight: 16,
            transfer_bytes: 8 << 20,
            response_bytes: 8 << 20,
            log_lines: 20,
            log_bytes: 1_024,
            state_bytes: 64 << 10,
        }
    }
}

/// The new series that an instance may still begin: a bucket that an hour fills.
#[derive(Debug)]
pub(crate) struct Allowance {
    most: f64,
    left: f64,
    filled: Duration,
}

impl Allowance {
    /// A full bucket at `now`, a time of a clock that never goes back.
    pub(crate) fn new(most: u32, now: Duration) -> Self {
        Self { most: most.into(), left: most.into(), filled: now }
    }

    /// Takes `count`; all or nothing.
    pub(crate) fn take(&mut self, count: usize, now: Duration) -> bool {
        let hours = now.saturating_sub(self.filled).as_secs_f64() / 3600.0;
        self.left = (self.left + hours * self.most).min(self.most);
        self.filled = now;
        let enough = count as f64 <= self.left;
        if enough {
            self.left -= count as f64;
        }
        enough
    }
}

/// Counts memory and tables; remembers that it said no, because the error that follows does not tell why.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory: u64,
    table_elements: usize,
    pub(crate) refused: Option<String>,
    /// The most memory that it had.
    pub(crate) taken: u64,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { memory: limits.memory, table_elements: limits.table_elements, refused: None, taken: 0 }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        if desired as u64 <= self.memory {
            self.taken = self.taken.max(desired as u64);
            return Ok(true);
        }
        let sentence = format!("it wanted {} KiB of memory and may have {} KiB", desired >> 10, self.memory >> 10);
        self.refused = Some(sentence.clone());
        Err(wasmtime::Error::msg(sentence))
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        if desired <= self.table_elements {
            return Ok(true);
        }
        let sentence = format!("it wanted a table of {desired} elements and may have {}", self.table_elements);
        self.refused = Some(sentence.clone());
        Err(wasmtime::Error::msg(sentence))
    }

    fn instances(&self) -> usize {
        16
    }

    fn tables(&self) -> usize {
        16
    }

    fn memories(&self) -> usize {
        2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_fills_the_allowance_and_no_more() {
        let at = Duration::from_secs;
        let mut allowance = Allowance::new(100, at(50));
        assert!(allowance.take(100, at(50)));
        assert!(!allowance.take(1, at(50)), "it is used up");
        assert!(allowance.take(50, at(50 + 1800)), "half an hour gives half");
        assert!(!allowance.take(101, at(50 + 100_000)), "never more than the whole");
        assert!(allowance.take(100, at(50 + 100_000)));
        assert!(!allowance.take(1, at(0)), "a clock that goes back gives nothing");
    }
}
