//! Prometheus' remote write, which both peers take: a `WriteRequest` in protocol buffers, in snappy's block format.
//!
//! Field numbers are those of `prompb/remote.proto` and `prompb/types.proto` (Prometheus 2.42). Snappy is written as one literal
//! (format_description.txt of google/snappy): nothing is gained on loopback by making it small.

use autobot_model::{SeriesKey, Timestamp};

/// Header lines of a request.
pub(crate) const HEADERS: [&str; 3] =
    ["Content-Type: application/x-protobuf", "Content-Encoding: snappy", "X-Prometheus-Remote-Write-Version: 0.1.0"];

/// Series with their labels encoded, and samples that wait to be sent.
#[derive(Debug)]
pub(crate) struct Pending {
    series: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) samples: usize,
}

impl Pending {
    pub(crate) fn new<'a>(keys: impl Iterator<Item = &'a SeriesKey>) -> Self {
        Self { series: keys.map(|key| (labels(key), Vec::new())).collect(), samples: 0 }
    }

    pub(crate) fn add(&mut self, series: usize, time: Timestamp, value: f64) {
        let mut sample = Vec::with_capacity(20);
        sample.push(1 << 3 | 1);
        sample.extend_from_slice(&value.to_le_bytes());
        sample.push(2 << 3);
        varint(&mut sample, time.0 as u64);
        field(&mut self.series[series].1, 2, &sample);
        self.samples += 1;
    }

    /// The body of a request with all that waits.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        let mut request = Vec::new();
        for (labels, samples) in self.series.iter_mut().filter(|(_, samples)| !samples.is_empty()) {
            request.push(1 << 3 | 2);
            varint(&mut request, (labels.len() + samples.len()) as u64);
            request.extend_from_slice(labels);
            request.append(samples);
        }
        self.samples = 0;
        snappy(&request)
    }
}

/// Sorted by name, as the protocol asks; the metric's name is one of them and sorts by its own.
fn labels(key: &SeriesKey) -> Vec<u8> {
    let mut all: Vec<(&str, &str)> = key.labels.iter().chain([("__name__", &*key.name)]).collect();
    all.sort_unstable();
    let mut out = Vec::new();
    for (name, value) in all {
        let mut label = Vec::new();
        field(&mut label, 1, name.as_bytes());
        field(&mut label, 2, value.as_bytes());
        field(&mut out, 1, &label);
    }
    out
}

fn field(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    out.push(number << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn snappy(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 10);
    varint(&mut out, bytes.len() as u64);
    // A literal whose length less one stands in four bytes.
    out.push(63 << 2);
    out.extend_from_slice(&((bytes.len() as u32).wrapping_sub(1)).to_le_bytes());
    out.extend_from_slice(bytes);
    out
}
