//! What the measurements must know of the machine.

use std::fs;
use std::path::Path;

use rustix::thread::{CpuSet, sched_getaffinity};

/// How many processors this process may use at once: its affinity and its control group's quota count.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The numbers of the processors that this thread may run on.
pub(super) fn allowed() -> Vec<usize> {
    let Ok(set) = sched_getaffinity(None) else { return Vec::new() };
    (0..CpuSet::MAX_CPU).filter(|cpu| set.is_set(*cpu)).collect()
}

/// The last-level caches of all processors together, in bytes: each cache of the highest level counted once, by the set
/// of processors that share it. `None` where the kernel does not say.
pub(crate) fn cache_bytes(root: &Path) -> Option<u64> {
    let mut caches: Vec<(u32, String, u64)> = Vec::new();
    for cpu in fs::read_dir(root.join("sys/devices/system/cpu")).ok()?.flatten() {
        for index in fs::read_dir(cpu.path().join("cache")).into_iter().flatten().flatten() {
            let read = |name: &str| fs::read_to_string(index.path().join(name)).map(|text| text.trim().to_owned());
            let (Ok(level), Ok(shared), Ok(size)) = (read("level"), read("shared_cpu_list"), read("size")) else {
                continue;
            };
            if let (Ok(level), Some(size)) = (level.parse(), size_of(&size)) {
                caches.push((level, shared, size));
            }
        }
    }
    let last = caches.iter().map(|(level, _, _)| *level).max()?;
    caches.retain(|(level, _, _)| *level == last);
    caches.sort();
    caches.dedup();
    Some(caches.iter().map(|(_, _, size)| size).sum())
}

/// `512K`, `32M`, as sysfs writes sizes of caches.
fn size_of(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..)? {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

/// Memory that may be taken without making others suffer: what the kernel calls available, or what the control group
/// leaves if that is less.
pub(crate) fn available_memory(root: &Path) -> Option<u64> {
    let meminfo = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let kib = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?.split_whitespace().next()?;
    let available = kib.parse::<u64>().ok()?.checked_mul(1024)?;
    Some(group_memory(root).map_or(available, |left| left.min(available)))
}

/// What the control group (version 2) of this process and those above it leave of their memory limits.
fn group_memory(root: &Path) -> Option<u64> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let top = root.join("sys/fs/cgroup");
    let number = |path: &Path| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let folder = top.join(own);
    folder
        .ancestors()
        .take_while(|folder| folder.starts_with(&top))
        .filter_map(|folder| {
            let limit = number(&folder.join("memory.max"))?;
            Some(limit.saturating_sub(number(&folder.join("memory.current"))?))
        })
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, name: &str, text: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn a_cache_that_two_processors_share_counts_once() {
        let root = tempfile::tempdir().unwrap();
        for (cpu, shared) in [(0, "0-1"), (1, "0-1"), (2, "2-3"), (3, "2-3")] {
            for (index, level, shared, size) in [(0, "1", cpu.to_string(), "48K"), (3, "3", shared.to_owned(), "16M")] {
                let folder = format!("sys/devices/system/cpu/cpu{cpu}/cache/index{index}");
                write(root.path(), &format!("{folder}/level"), level);
                write(root.path(), &format!("{folder}/shared_cpu_list"), &shared);
                write(root.path(), &format!("{folder}/size"), size);
            }
        }
        assert_eq!(cache_bytes(root.path()), Some(32 << 20));
        assert_eq!(cache_bytes(Path::new("/nowhere")), None);
    }

    #[test]
    fn the_tightest_limit_says_what_memory_is_left() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "proc/meminfo", "MemTotal: 100 kB\nMemAvailable:       64 kB\n");
        assert_eq!(available_memory(root.path()), Some(65_536));
        write(root.path(), "proc/self/cgroup", "0::/a/b\n");
        write(root.path(), "sys/fs/cgroup/a/memory.max", "40000\n");
        write(root.path(), "sys/fs/cgroup/a/memory.current", "10000\n");
        write(root.path(), "sys/fs/cgroup/a/b/memory.max", "max\n");
        assert_eq!(available_memory(root.path()), Some(30_000));
    }

    #[test]
    fn this_machine_has_a_processor_and_memory() {
        assert!(processors() >= 1);
        assert!(!allowed().is_empty());
        assert!(available_memory(Path::new("/")).unwrap() > 1 << 20);
    }
}
