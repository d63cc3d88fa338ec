//! The files of one group.

use std::path::Path;

use super::Group;
use super::walk::Found;
use crate::kernel::text::{Line, lines, whole_number};
use crate::kernel::{Pressure, pressure};
use crate::sysfs;

/// `cpu.stat`, which every group has, whichever controllers are on.
#[derive(Clone, Copy, Default)]
pub(super) struct CpuUse {
    pub(super) usage_micros: u64,
    user_micros: u64,
    system_micros: u64,
    throttled_micros: u64,
    throttled_periods: u64,
}

/// Whether `cgroup.events` tells of processes in the group or below.
pub(super) fn is_populated(folder: &Path) -> bool {
    sysfs::bytes(&folder.join("cgroup.events")).is_ok_and(|text| value(&text, b"populated") == Some(1))
}

/// The processes in the group itself. Of groups of threads the kernel refuses to tell: theirs count above.
pub(super) fn processes(folder: &Path) -> u64 {
    sysfs::bytes(&folder.join("cgroup.procs")).map_or(0, |text| lines(&text).count() as u64)
}

pub(super) fn cpu(folder: &Path) -> Option<CpuUse> {
    let text = sysfs::bytes(&folder.join("cpu.stat")).ok()?;
    let micros = |name: &str| value(&text, name.as_bytes());
    Some(CpuUse {
        usage_micros: micros("usage_usec")?,
        user_micros: micros("user_usec").unwrap_or_default(),
        system_micros: micros("system_usec").unwrap_or_default(),
        throttled_micros: micros("throttled_usec").unwrap_or_default(),
        throttled_periods: micros("nr_throttled").unwrap_or_default(),
    })
}

/// Everything about a group; nothing when it ended meanwhile. Files of controllers that are off are not there.
pub(super) fn group(top: &Path, found: &Found) -> Option<Group> {
    let folder = top.join(&found.path);
    if !folder.is_dir() {
        return None;
    }
    let cpu = found.cpu?;
    let text = |file: &str| sysfs::bytes(&folder.join(file)).unwrap_or_default();
    // `max` is no number, and no limit.
    let number = |file: &str| whole_number(text(file).trim_ascii());
    let stalls = |file: &str| -> Option<Pressure> { pressure::parse(&text(file)).ok() };
    let memory = text("memory.stat");
    let io = io(&text("io.stat"));
    Some(Group {
        path: format!("/{}", path(&found.path)),
        processes: found.processes,
        cpu_micros: cpu.usage_micros,
        cpu_user_micros: cpu.user_micros,
        cpu_system_micros: cpu.system_micros,
        throttled_micros: cpu.throttled_micros,
        throttled_periods: cpu.throttled_periods,
        memory: number("memory.current"),
        memory_limit: number("memory.max"),
        memory_swap: number("memory.swap.current"),
        memory_anonymous: value(&memory, b"anon").unwrap_or_default(),
        memory_file: value(&memory, b"file").unwrap_or_default(),
        oom_kills: value(&text("memory.events"), b"oom_kill").unwrap_or_default(),
        cpu_limit: cpu_limit(&text("cpu.max")),
        read_bytes: io[0],
        written_bytes: io[1],
        reads: io[2],
        writes: io[3],
        cpu_stalls: stalls("cpu.pressure"),
        memory_stalls: stalls("memory.pressure"),
        io_stalls: stalls("io.pressure"),
    })
}

/// What is new about a group that used no CPU time since it said this: processes, and memory, which others can take from it.
/// Nothing when it ended meanwhile, or is another by now.
pub(super) fn again(top: &Path, found: &Found, known: Group) -> Option<Group> {
    let cpu = found.cpu?;
    let memory = match known.memory {
        Some(_) => Some(whole_number(sysfs::bytes(&top.join(&found.path).join("memory.current")).ok()?.trim_ascii())?),
        None => None,
    };
    let is_same = known.cpu_micros == cpu.usage_micros && known.throttled_periods == cpu.throttled_periods;
    is_same.then_some(Group { processes: found.processes, memory, ..known })
}

/// The path's parts, each made readable: `\x2d` of systemd stays as it is.
fn path(path: &Path) -> String {
    let parts: Vec<String> = path.iter().map(|part| sysfs::printable(part.as_encoded_bytes())).collect();
    parts.join("/")
}

/// The number behind `name` in a file of lines `name number`.
fn value(text: &[u8], name: &[u8]) -> Option<u64> {
    lines(text).find_map(|mut line| (line.field()? == name).then(|| whole_number(line.field()?)).flatten())
}

/// `150000 100000` is one processor and a half, `max 100000` no limit.
fn cpu_limit(text: &[u8]) -> Option<f64> {
    let mut line = Line::whole(text);
    let quota = whole_number(line.field()?)?;
    let period = whole_number(line.field()?).filter(|period| *period > 0)?;
    Some(quota as f64 / period as f64)
}

/// Bytes read and written, reads and writes: `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0` for each device, summed.
fn io(text: &[u8]) -> [u64; 4] {
    let mut sums = [0u64; 4];
    for mut line in lines(text) {
        while let Some(field) = line.field() {
            for (sum, name) in sums.iter_mut().zip([&b"rbytes="[..], b"wbytes=", b"rios=", b"wios="]) {
                let number = field.strip_prefix(name).and_then(whole_number);
                *sum = sum.saturating_add(number.unwrap_or_default());
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn limits_are_told_only_where_there_are_some() {
        assert_eq!(cpu_limit(b"150000 100000\n"), Some(1.5));
        for none in [&b"max 100000\n"[..], b"", b"5", b"5 0"] {
            assert_eq!(cpu_limit(none), None);
        }
    }

    #[test]
    fn devices_are_summed_and_those_that_did_nothing_have_no_numbers() {
        let text = b"8:16 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=9 dios=9\n8:0 \n259:0 rbytes=1 wbytes=x wios=18446744073709551615\n";
        assert_eq!(io(text), [11, 20, 1, u64::MAX]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(bytes: Vec<u8>) {
            let _ = (cpu_limit(&bytes), io(&bytes), value(&bytes, b"anon"));
            let _ = io(&[b"8:0 rbytes=18446744073709551615 rbytes=", &bytes[..]].concat());
        }
    }
}
