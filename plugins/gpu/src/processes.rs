//! Who uses a GPU: the top by memory and by work, summed by name. Numbers of processes are never told.
//!
//! A name that was in a top stays for ten minutes after it has left it, as 0 once it has no process, so that a chart shows
//! where a load went. At most thirty names are kept of each GPU.

use std::collections::BTreeMap;

use autobot_plugin_sdk::gpu::Process;
use autobot_plugin_sdk::{Family, Timestamp};

use crate::gpu::{Gpu, number, rounded};

pub(crate) static MEMORY_USAGE: Family = Family::gauge(
    "hw_gpu_process_memory_usage_bytes",
    "By",
    "Memory of the GPU in use by the top processes, summed by name.",
)
.labels(&["id", "process"]);
pub(crate) static UTILIZATION: Family = Family::gauge(
    "hw_gpu_process_utilization_ratio",
    "1",
    "Share of the GPU's time that the top processes took in the last second, summed by name.",
)
.labels(&["id", "process"]);

const STAYS_MS: u64 = 10 * 60 * 1000;
/// Of one GPU.
const MOST_NAMES: usize = 30;
/// What a process is called that nobody tells the name of: one of another container, or of Windows beside WSL.
const UNNAMED: &str = "unknown";

/// What is remembered from collect to collect.
pub(crate) struct Processes {
    top: usize,
    at: Timestamp,
    /// By the id of the GPU, of which the host gives at most 64; those that are gone leave with their last name.
    gpus: BTreeMap<String, BTreeMap<String, Name>>,
}

/// A name that is or was in a top.
#[derive(Clone, Copy)]
struct Name {
    /// When it was in a top last.
    seen: Timestamp,
    /// Which of its sums the driver has told: of these it is told as 0 when its processes have ended.
    told: Told,
}

#[derive(Clone, Copy, Default)]
struct Told {
    memory: bool,
    utilization: bool,
}

/// All processes of one name.
#[derive(Clone, Copy, Default)]
struct Sum {
    memory: Option<u64>,
    utilization: Option<f64>,
}

impl Processes {
    pub(crate) fn new(top: usize) -> Self {
        Self { top, at: 0, gpus: BTreeMap::new() }
    }

    /// Begins a collection, and forgets names that have not been in a top for long.
    pub(crate) fn begin(&mut self, at: Timestamp) {
        self.at = at;
        for names in self.gpus.values_mut() {
            names.retain(|_, name| at.saturating_sub(name.seen) <= STAYS_MS);
        }
        self.gpus.retain(|_, names| !names.is_empty());
    }

    pub(crate) fn collect(&mut self, gpu: &mut Gpu<'_>) {
        if self.top == 0 {
            return;
        }
        let sums = sums(&gpu.device.processes);
        let by_memory = top(self.top, sums.iter().map(|(name, sum)| (*name, number(sum.memory))));
        let by_work = top(self.top, sums.iter().map(|(name, sum)| (*name, sum.utilization)));
        if !self.gpus.contains_key(&gpu.id) {
            if by_memory.is_empty() && by_work.is_empty() {
                return;
            }
            self.gpus.insert(gpu.id.clone(), BTreeMap::new());
        }
        let Some(names) = self.gpus.get_mut(&gpu.id) else { return };
        for name in by_memory.into_iter().chain(by_work) {
            match names.get_mut(name) {
                Some(known) => known.seen = self.at,
                None => {
                    names.insert(name.to_owned(), Name { seen: self.at, told: Told::default() });
                }
            }
        }
        while names.len() > MOST_NAMES {
            let Some(oldest) = names.iter().min_by_key(|(_, name)| name.seen).map(|(name, _)| name.clone()) else {
                break;
            };
            names.remove(&oldest);
        }
        for (process, Name { told, .. }) in names {
            let sum = match sums.get(process.as_str()) {
                Some(sum) => *sum,
                // Of a name without a process the sums are 0.
                None => Sum { memory: told.memory.then_some(0), utilization: told.utilization.then_some(0.0) },
            };
            if let Some(bytes) = sum.memory {
                told.memory = true;
                gpu.metrics.set(&MEMORY_USAGE, &[&gpu.id, process], bytes as f64);
            }
            if let Some(share) = sum.utilization {
                told.utilization = true;
                gpu.metrics.set(&UTILIZATION, &[&gpu.id, process], rounded(share, 4));
            }
        }
    }
}

/// What is not told of any process of a name is not told of the name.
fn sums(processes: &[Process]) -> BTreeMap<&str, Sum> {
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for process in processes {
        let name = if process.name.is_empty() { UNNAMED } else { process.name.as_str() };
        let sum = sums.entry(name).or_default();
        if let Some(bytes) = process.memory {
            sum.memory = Some(sum.memory.unwrap_or(0).saturating_add(bytes));
        }
        if let Some(share) = process.utilization {
            sum.utilization = Some(sum.utilization.unwrap_or(0.0) + share);
        }
    }
    sums
}

/// The names of the `limit` largest values above 0.
fn top<'a>(limit: usize, values: impl Iterator<Item = (&'a str, Option<f64>)>) -> Vec<&'a str> {
    let above = |(name, value): (&'a str, Option<f64>)| Some((name, value.filter(|value| *value > 0.0)?));
    let mut all: Vec<(&str, f64)> = values.filter_map(above).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    all.into_iter().take(limit).map(|(name, _)| name).collect()
}
