//! Who uses a GPU.

use std::collections::BTreeMap;
use std::path::Path;

use nvml_wrapper::Nvml;
use nvml_wrapper::enums::device::UsedGpuMemory;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::struct_wrappers::device::ProcessUtilizationSample;

use super::device::{ratio, told};
use super::{GpuOptions, Process};
use crate::sysfs::{self, printable};

/// Processes of one GPU, at most: those with the most memory.
const MOST_PROCESSES: usize = 256;
/// Bytes of a name that NVML may give.
const LONGEST_NAME: usize = 1024;
const SECOND_MICROS: u64 = 1_000_000;

pub(super) fn read(device: &nvml_wrapper::Device<'_>, options: &GpuOptions) -> Result<Vec<Process>, NvmlError> {
    let computing = told(device.running_compute_processes())?.unwrap_or_default();
    let drawing = told(device.running_graphics_processes())?.unwrap_or_default();
    // One that does both is told with all its memory by both.
    let mut found: BTreeMap<u32, Option<u64>> = BTreeMap::new();
    for process in computing.into_iter().chain(drawing) {
        let memory = match process.used_gpu_memory {
            UsedGpuMemory::Used(bytes) => Some(bytes),
            UsedGpuMemory::Unavailable => None,
        };
        let known = found.entry(process.pid).or_default();
        *known = (*known).max(memory);
    }
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|(pid, memory)| (std::cmp::Reverse(*memory), *pid));
    found.truncate(MOST_PROCESSES);
    let shares = shares(device, options)?;
    let processes = found.into_iter().map(|(pid, memory)| {
        let share = |percent: fn(&ProcessUtilizationSample) -> u32| {
            let shares = shares.as_ref()?;
            // Of those that did nothing there is no sample.
            let percent = shares.get(&pid).map_or(0, percent);
            (percent <= 100).then(|| ratio(percent))
        };
        Process {
            pid,
            name: name(device.nvml(), pid, &options.root),
            memory,
            utilization: share(|sample| sample.sm_util),
            memory_utilization: share(|sample| sample.mem_util),
        }
    });
    Ok(processes.collect())
}

/// The newest sample of the last second for each process that did something; nothing where the driver does not tell.
fn shares(
    device: &nvml_wrapper::Device<'_>,
    options: &GpuOptions,
) -> Result<Option<BTreeMap<u32, ProcessUtilizationSample>>, NvmlError> {
    let now = u64::try_from(options.clock.now().0).unwrap_or_default().saturating_mul(1000);
    let since = now.saturating_sub(SECOND_MICROS);
    let samples = match device.process_utilization_stats(since) {
        // So it says that there are none since then.
        Err(NvmlError::NotFound) => Some(Vec::new()),
        answer => told(answer)?,
    };
    let newest = |samples: Vec<ProcessUtilizationSample>| {
        let mut newest: BTreeMap<u32, ProcessUtilizationSample> = BTreeMap::new();
        for sample in samples {
            if newest.get(&sample.pid).is_none_or(|known| known.timestamp <= sample.timestamp) {
                newest.insert(sample.pid, sample);
            }
        }
        newest
    };
    Ok(samples.map(newest))
}

/// The kernel's name of the process; where that cannot be read, NVML's.
fn name(nvml: &Nvml, pid: u32, root: &Path) -> String {
    sysfs::text(&root.join(format!("proc/{pid}/comm")))
        .or_else(|| nvml.sys_process_name(pid, LONGEST_NAME).ok().map(|text| base_name(&text)))
        .unwrap_or_default()
}

/// NVML gives a path, and some drivers the arguments behind it, which are nobody's business. They are cut at the first blank,
/// even if that was part of the path.
fn base_name(text: &str) -> String {
    let program = text.split_whitespace().next().unwrap_or_default();
    printable(program.rsplit(['/', '\\']).next().unwrap_or_default().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn of_a_command_line_only_the_programs_name_is_left() {
        for (text, name) in [
            ("/usr/bin/python3", "python3"),
            ("/opt/app/serve --token=secret /etc/x", "serve"),
            ("Xorg", "Xorg"),
            ("C:\\app\\game.exe -x", "game.exe"),
            ("/opt/My App/run --password p", "My"),
            ("", ""),
        ] {
            assert_eq!(base_name(text), name);
        }
    }

    proptest! {
        #[test]
        fn a_name_has_neither_blanks_nor_paths(text: String) {
            let name = base_name(&text);
            prop_assert!(!name.contains([' ', '/', '\\']));
        }
    }
}
