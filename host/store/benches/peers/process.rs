//! What the kernel says of a process: bytes written, memory held.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Bytes that the process caused to be written to storage, by pages as they become dirty (proc_pid_io(5)).
pub(crate) fn written(pid: u32) -> Result<u64> {
    number(&format!("/proc/{pid}/io"), "write_bytes:").map(|bytes| bytes as u64)
}

/// Resident memory now, in MiB.
pub(crate) fn resident_mib(pid: u32) -> Result<f64> {
    Ok(number(&format!("/proc/{pid}/status"), "VmRSS:")? / 1024.0)
}

/// The most resident memory so far, in MiB.
pub(crate) fn peak_mib(pid: u32) -> Result<f64> {
    Ok(number(&format!("/proc/{pid}/status"), "VmHWM:")? / 1024.0)
}

fn number(file: &str, name: &str) -> Result<f64> {
    let text = fs::read_to_string(file).with_context(|| format!("{file} cannot be read"))?;
    let line =
        text.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("{file} has no {name}"))?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// Bytes of all files below a folder; a file that goes away meanwhile counts nothing.
pub(crate) fn folder_bytes(folder: &Path) -> u64 {
    let of = |entry: fs::DirEntry| match entry.metadata() {
        Ok(data) if data.is_dir() => folder_bytes(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    };
    fs::read_dir(folder).into_iter().flatten().flatten().map(of).sum()
}
