//! Groups of processes that the operator made by patterns of their names.

use autobot_plugin_sdk::Metrics;
use autobot_plugin_sdk::process::Sum;

use crate::family::families;
use crate::number::seconds;
use crate::settings::Groups;

families! {
    COUNT: gauge "system_process_group_count" "1" ["group"] "Processes of the group.";
    THREADS: gauge "system_process_group_threads" "1" ["group"] "Their threads.";
    CPU_TIME: counter "system_process_group_cpu_time_seconds_total" "s" ["group"] "CPU time that they used.";
    MEMORY: gauge "system_process_group_memory_usage_bytes" "By" ["group"] "Their resident memory.";
    DISK_IO: counter "system_process_group_disk_io_bytes_total" "By" ["group", "direction"]
        "Bytes that they read from and wrote to disks.";
    OPEN_FILES: gauge "system_process_group_open_files" "1" ["group"] "Files that they have open.";
}

/// The groups of the settings: names, and for each its patterns.
pub(crate) struct ProcessGroups {
    names: Vec<String>,
    patterns: Vec<Vec<String>>,
}

impl ProcessGroups {
    pub(crate) fn new(groups: &Groups) -> Self {
        let (names, patterns) = groups.iter().map(|(name, patterns)| (name.clone(), patterns.clone())).unzip();
        Self { names, patterns }
    }

    pub(crate) fn patterns(&self) -> &[Vec<String>] {
        &self.patterns
    }

    /// A group without a process is there with zeros: that it has none is what one wants to know.
    pub(crate) fn collect(&self, sums: &[Sum], metrics: &mut Metrics) {
        for (name, sum) in self.names.iter().zip(sums) {
            let name = name.as_str();
            metrics.set(&COUNT, &[name], f64::from(sum.processes));
            metrics.set(&THREADS, &[name], f64::from(sum.threads));
            metrics.set(&CPU_TIME, &[name], seconds(sum.cpu_micros));
            metrics.set(&MEMORY, &[name], sum.resident_bytes as f64);
            if let Some(io) = &sum.io {
                metrics.set(&DISK_IO, &[name, "read"], io.read_bytes as f64);
                metrics.set(&DISK_IO, &[name, "write"], io.written_bytes as f64);
            }
            if let Some(files) = sum.open_files {
                metrics.set(&OPEN_FILES, &[name], files as f64);
            }
        }
    }
}
