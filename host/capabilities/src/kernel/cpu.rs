//! Processors: `/proc/stat`, `/proc/loadavg`, and the frequencies in `/sys`.

use std::path::{Path, PathBuf};

use super::source::Source;
use super::text::{Line, Malformed, lines, narrow, whole_number};
use crate::{CapabilityError, sysfs};

/// Microseconds since boot, by mode. Time of virtual machines' guests is part of `user` and `nice`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the kernel's modes, proc_stat(5)")]
pub struct CpuTimes {
    pub user: u64,
    pub nice: u64,
    pub system: u64,
    pub idle: u64,
    pub iowait: u64,
    pub irq: u64,
    pub softirq: u64,
    pub steal: u64,
    pub guest: u64,
    pub guest_nice: u64,
}

/// One processor that is online.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Core {
    /// The kernel's number of it.
    pub id: u32,
    /// Its times.
    pub times: CpuTimes,
}

/// All processors at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CpuSnapshot {
    /// Sums over all of them.
    pub total: CpuTimes,
    /// Each, by number.
    pub cores: Vec<Core>,
    /// Load average over a minute.
    pub load1: f64,
    /// Over five minutes.
    pub load5: f64,
    /// Over a quarter of an hour.
    pub load15: f64,
    /// Since boot.
    pub context_switches: u64,
    /// Threads that run or could.
    pub runnable: u32,
    /// Threads that wait for a device.
    pub blocked: u32,
}

/// Between what the frequency of one processor may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaling {
    /// The kernel's number of the processor.
    pub core: u32,
    /// Hertz.
    pub lowest: u64,
    /// Hertz.
    pub highest: u64,
    /// Who chooses: `schedutil`, `performance`.
    pub governor: String,
}

/// Current frequency of one processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frequency {
    /// The kernel's number of the processor.
    pub core: u32,
    /// Hertz.
    pub hertz: u64,
}

pub(super) struct Reader {
    stat: Source,
    loadavg: Source,
    micros_per_tick: u64,
}

impl Reader {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            stat: Source::single(root.join("proc/stat")),
            loadavg: Source::single(root.join("proc/loadavg")),
            micros_per_tick: micros_per_tick(),
        }
    }

    pub(super) fn read(&mut self) -> Result<CpuSnapshot, CapabilityError> {
        let mut snapshot = self.stat.parse(|text| parse_stat(text, self.micros_per_tick))?;
        [snapshot.load1, snapshot.load5, snapshot.load15] = self.loadavg.parse(parse_loadavg)?;
        Ok(snapshot)
    }
}

/// The kernel counts processor time in ticks of this length for user space (`USER_HZ`).
pub(super) fn micros_per_tick() -> u64 {
    1_000_000 / rustix::param::clock_ticks_per_second().clamp(1, 1_000_000)
}

fn parse_stat(text: &[u8], micros_per_tick: u64) -> Result<CpuSnapshot, Malformed> {
    let mut snapshot = CpuSnapshot::default();
    let mut seen = false;
    for mut line in lines(text) {
        // `intr` is kilobytes long: it must not be cut into fields.
        if line.rest.starts_with(b"cpu") {
            let name = line.expect_field("a name")?;
            let times = parse_times(&mut line, micros_per_tick)?;
            if name == b"cpu" {
                snapshot.total = times;
                seen = true;
            } else {
                let id = whole_number(&name[3..]).ok_or_else(|| line.not_a_number("the processor", name))?;
                snapshot.cores.push(Core { id: narrow(id), times });
            }
        } else if line.rest.starts_with(b"ctxt ") {
            line.skip(1);
            snapshot.context_switches = line.number("context switches")?;
        } else if line.rest.starts_with(b"procs_running ") {
            line.skip(1);
            snapshot.runnable = narrow(line.number("threads that run")?);
        } else if line.rest.starts_with(b"procs_blocked ") {
            line.skip(1);
            snapshot.blocked = narrow(line.number("threads that wait")?);
        }
    }
    if seen { Ok(snapshot) } else { Err(Malformed::file("has no line `cpu`")) }
}

fn parse_times(line: &mut Line<'_>, micros_per_tick: u64) -> Result<CpuTimes, Malformed> {
    let scale = |ticks: u64| ticks.saturating_mul(micros_per_tick);
    Ok(CpuTimes {
        user: scale(line.number("user")?),
        nice: scale(line.number("nice")?),
        system: scale(line.number("system")?),
        idle: scale(line.number("idle")?),
        iowait: scale(line.number_or_zero("iowait")?),
        irq: scale(line.number_or_zero("irq")?),
        softirq: scale(line.number_or_zero("softirq")?),
        steal: scale(line.number_or_zero("steal")?),
        guest: scale(line.number_or_zero("guest")?),
        guest_nice: scale(line.number_or_zero("guest_nice")?),
    })
}

fn parse_loadavg(text: &[u8]) -> Result<[f64; 3], Malformed> {
    let mut line = Line::whole(text);
    Ok([
        line.fraction("the load of 1 minute")?,
        line.fraction("the load of 5 minutes")?,
        line.fraction("the load of 15 minutes")?,
    ])
}

/// Reads `cpufreq/scaling_cur_freq` of every processor that has it.
pub(super) struct FrequencyReader {
    folder: PathBuf,
    /// Found at the first read; looked for again when one of them fails.
    cores: Vec<(u32, Source)>,
}

impl FrequencyReader {
    pub(super) fn new(root: &Path) -> Self {
        Self { folder: root.join("sys/devices/system/cpu"), cores: Vec::new() }
    }

    pub(super) fn read(&mut self) -> Result<Vec<Frequency>, CapabilityError> {
        if self.cores.is_empty() {
            self.find()?;
        }
        let mut frequencies = Vec::with_capacity(self.cores.len());
        let mut complete = true;
        for (core, source) in &mut self.cores {
            // A core may go offline between two reads: its file then fails, the others' do not.
            match source.parse(|text| Line::whole(text).number("the frequency")) {
                Ok(kilohertz) => frequencies.push(Frequency { core: *core, hertz: kilohertz.saturating_mul(1000) }),
                Err(_) => complete = false,
            }
        }
        if !complete {
            self.cores.clear();
        }
        if frequencies.is_empty() {
            return Err(self.absent());
        }
        Ok(frequencies)
    }

    /// Bounds and governors; read seldom, so through no kept descriptor.
    pub(super) fn scalings(&mut self) -> Result<Vec<Scaling>, CapabilityError> {
        if self.cores.is_empty() {
            self.find()?;
        }
        let told = self.cores.iter().filter_map(|(core, _)| {
            let folder = self.folder.join(format!("cpu{core}/cpufreq"));
            let hertz = |file: &str| Some(sysfs::count(&folder.join(file))?.saturating_mul(1000));
            Some(Scaling {
                core: *core,
                lowest: hertz("scaling_min_freq")?,
                highest: hertz("scaling_max_freq")?,
                governor: sysfs::text(&folder.join("scaling_governor")).unwrap_or_default(),
            })
        });
        let told: Vec<Scaling> = told.collect();
        if told.is_empty() { Err(self.absent()) } else { Ok(told) }
    }

    fn find(&mut self) -> Result<(), CapabilityError> {
        let entries =
            std::fs::read_dir(&self.folder).map_err(|error| CapabilityError::of_file(&self.folder, &error))?;
        for entry in entries.flatten() {
            let name = entry.file_name();
            let number = name.as_encoded_bytes().strip_prefix(b"cpu").and_then(whole_number);
            let path = entry.path().join("cpufreq/scaling_cur_freq");
            if let Some(number) = number.filter(|_| path.exists()) {
                self.cores.push((narrow(number), Source::single(path)));
            }
        }
        self.cores.sort_by_key(|(number, _)| *number);
        if self.cores.is_empty() { Err(self.absent()) } else { Ok(()) }
    }

    fn absent(&self) -> CapabilityError {
        CapabilityError::NotPresent(format!("{}: no processor tells its frequency", self.folder.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn kernels_that_write_fewer_columns_are_read_and_broken_lines_are_named() {
        let old = parse_stat(b"cpu  1 2 3 4\ncpu0 1 2 3 4\nbtime 7\n", 10_000).unwrap();
        assert_eq!(
            old.total,
            CpuTimes { user: 10_000, nice: 20_000, system: 30_000, idle: 40_000, ..Default::default() }
        );
        assert_eq!(old.cores.len(), 1);
        for (text, problem) in [
            (&b"cpu  1 2 3\n"[..], "/f, line 1: ends before idle"),
            (b"cpu  1 2 3 4\ncpux 1 2 3 4\n", "/f, line 2: expected a number for the processor, found `cpux`"),
            (b"cpu  1 2 3 -4\n", "/f, line 1: expected a number for idle, found `-4`"),
            (b"ctxt 3\n", "/f: has no line `cpu`"),
            (b"", "/f: has no line `cpu`"),
        ] {
            assert_eq!(parse_stat(text, 1).unwrap_err().in_file(Path::new("/f")).to_string(), problem);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>, ticks in 1u64..) {
            let _ = parse_loadavg(&bytes);
            let _ = parse_stat(&[b"cpu  1 2 3 4\ncpu", &bytes[..]].concat(), ticks);
        }

        #[test]
        fn times_near_the_end_of_their_range_do_not_wrap(user: u64) {
            let text = format!("cpu {user} 0 0 0\n");
            prop_assert_eq!(parse_stat(text.as_bytes(), 10_000).unwrap().total.user, user.saturating_mul(10_000));
        }
    }
}
