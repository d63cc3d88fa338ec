//! What one instance may use up, and how memory is counted.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// Bounds of one plugin instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory in bytes. Default 64 MiB.
    pub memory: u64,
    /// Wall time of one call, waiting included. Default 10 s.
    pub deadline: Duration,
    /// Time that a guest may compute in one call without coming to an end. Default 1 s.
    pub computing: Duration,
    /// Series at once. Default 10,000.
    pub series: u32,
    /// Elements of all tables. Default 20,000.
    pub table_elements: usize,
    /// Length of a label's value in bytes. Default 1,024.
    pub label_bytes: usize,
    /// Lines of log in one call; the rest is counted. Default 20.
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
            table_elements: 20_000,
            label_bytes: 1_024,
            log_lines: 20,
            log_bytes: 1_024,
            state_bytes: 64 << 10,
        }
    }
}

/// Bytes that a guest may pass to the host in one call; the engine's default lets 128 MiB through.
pub(crate) const HOSTCALL_FUEL: usize = 8 << 20;

/// Counts memory and tables; remembers that it said no, because the error that follows does not tell why.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory: u64,
    table_elements: usize,
    pub(crate) refused: Option<String>,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { memory: limits.memory, table_elements: limits.table_elements, refused: None }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        if desired as u64 <= self.memory {
            return Ok(true);
        }
        let sentence = format!("it wanted {} MiB of memory and may have {} MiB", desired >> 20, self.memory >> 20);
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
