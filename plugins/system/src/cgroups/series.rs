//! The series of one control group.

use autobot_plugin_sdk::cgroups::Group;
use autobot_plugin_sdk::{Family, Kind, Metrics};

pub(crate) static CPU_TIME: Family = Family::counter(
    "cgroup_cpu_time_seconds_total",
    "s",
    "CPU time of a control group, all below it included, by mode.",
)
.labels(&["cgroup", "mode"]);
pub(crate) static CPU_UTILIZATION: Family =
    Family::gauge("cgroup_cpu_utilization_ratio", "1", "CPU time of a control group by the time; 1 is one processor.")
        .labels(&["cgroup"]);
pub(crate) static CPU_LIMIT: Family =
    Family::gauge("cgroup_cpu_limit", "1", "Processors that a control group may use, where it has a limit.")
        .labels(&["cgroup"]);
pub(crate) static CPU_LIMIT_UTILIZATION: Family = Family::gauge(
    "cgroup_cpu_limit_utilization_ratio",
    "1",
    "Share that a control group uses of the processors that it may use.",
)
.labels(&["cgroup"]);
pub(crate) static THROTTLED_TIME: Family = Family::counter(
    "cgroup_cpu_throttled_seconds_total",
    "s",
    "How long a control group was held back because of its limit of CPU time.",
)
.labels(&["cgroup"]);
pub(crate) static THROTTLED_PERIODS: Family = Family::counter(
    "cgroup_cpu_throttled_periods_total",
    "1",
    "In how many periods of its limit of CPU time a control group was held back.",
)
.labels(&["cgroup"]);
pub(crate) static MEMORY: Family =
    Family::gauge("cgroup_memory_usage_bytes", "By", "Memory of a control group.").labels(&["cgroup"]);
pub(crate) static MEMORY_STATE: Family = Family::gauge(
    "cgroup_memory_state_bytes",
    "By",
    "Of a control group's memory, that of programs (`anonymous`) and of the page cache (`file`).",
)
.labels(&["cgroup", "state"]);
pub(crate) static MEMORY_LIMIT: Family =
    Family::gauge("cgroup_memory_limit_bytes", "By", "Memory that a control group may have, where it has a limit.")
        .labels(&["cgroup"]);
pub(crate) static MEMORY_UTILIZATION: Family = Family::gauge(
    "cgroup_memory_utilization_ratio",
    "1",
    "Share that a control group has of the memory that it may have.",
)
.labels(&["cgroup"]);
pub(crate) static SWAP: Family =
    Family::gauge("cgroup_memory_swap_bytes", "By", "Swap of a control group.").labels(&["cgroup"]);
pub(crate) static OOM_KILLS: Family = Family::counter(
    "cgroup_memory_oom_kills_total",
    "1",
    "Processes of a control group that were killed for want of memory.",
)
.labels(&["cgroup"]);
pub(crate) static IO: Family =
    Family::counter("cgroup_disk_io_bytes_total", "By", "Bytes read and written by a control group.")
        .labels(&["cgroup", "direction"]);
pub(crate) static OPERATIONS: Family =
    Family::counter("cgroup_disk_operations_total", "1", "Reads and writes of a control group.")
        .labels(&["cgroup", "direction"]);
pub(crate) static PROCESSES: Family =
    Family::gauge("cgroup_process_count", "1", "Processes in a control group and below.").labels(&["cgroup"]);
pub(crate) static STALLED: Family = Family::counter(
    "cgroup_pressure_stalled_seconds_total",
    "s",
    "How long some, or all, tasks of a control group waited for a resource.",
)
.labels(&["cgroup", "resource", "scope"]);

/// How many series a group may have.
const MOST: usize = 25;

/// Each with its labels beside the path.
static SERIES: [(&Family, &[&str]); MOST] = [
    (&CPU_TIME, &["user"]),
    (&CPU_TIME, &["system"]),
    (&CPU_UTILIZATION, &[]),
    (&CPU_LIMIT, &[]),
    (&CPU_LIMIT_UTILIZATION, &[]),
    (&THROTTLED_TIME, &[]),
    (&THROTTLED_PERIODS, &[]),
    (&MEMORY, &[]),
    (&MEMORY_STATE, &["anonymous"]),
    (&MEMORY_STATE, &["file"]),
    (&MEMORY_LIMIT, &[]),
    (&MEMORY_UTILIZATION, &[]),
    (&SWAP, &[]),
    (&OOM_KILLS, &[]),
    (&IO, &["read"]),
    (&IO, &["write"]),
    (&OPERATIONS, &["read"]),
    (&OPERATIONS, &["write"]),
    (&PROCESSES, &[]),
    (&STALLED, &["cpu", "some"]),
    (&STALLED, &["cpu", "full"]),
    (&STALLED, &["memory", "some"]),
    (&STALLED, &["memory", "full"]),
    (&STALLED, &["io", "some"]),
    (&STALLED, &["io", "full"]),
];

/// The values of [`SERIES`], where there are some. What a controller that is off does not count is left out, and so is what
/// only a limit makes possible.
fn values(group: &Group, ratio: f64) -> [Option<f64>; MOST] {
    let seconds = |micros: u64| Some(micros as f64 / 1e6);
    let count = |count: u64| Some(count as f64);
    let limited = group.cpu_limit.is_some() || group.throttled_periods > 0;
    let with_memory = |value: u64| group.memory.map(|_| value as f64);
    let share = |limit: u64| (limit > 0).then(|| round(group.memory.unwrap_or_default() as f64 / limit as f64));
    let did_io = (group.reads | group.writes | group.read_bytes | group.written_bytes) > 0;
    let io = |value: u64| did_io.then_some(value as f64);
    let stalls = [&group.cpu_stalls, &group.memory_stalls, &group.io_stalls].map(|pressure| {
        let some = pressure.as_ref().and_then(|pressure| seconds(pressure.some.total_micros));
        let full = pressure.as_ref().and_then(|pressure| seconds(pressure.full.as_ref()?.total_micros));
        (some, full)
    });
    let per_limit = group.cpu_limit.filter(|limit| *limit > 0.0).map(|limit| round(ratio / limit));
    [
        seconds(group.cpu_user_micros),
        seconds(group.cpu_system_micros),
        Some(ratio),
        group.cpu_limit,
        per_limit,
        limited.then_some(group.throttled_micros).and_then(seconds),
        limited.then_some(group.throttled_periods).and_then(count),
        group.memory.and_then(count),
        with_memory(group.memory_anonymous),
        with_memory(group.memory_file),
        group.memory_limit.and_then(count),
        group.memory_limit.and_then(share),
        group.memory_swap.and_then(count),
        with_memory(group.oom_kills),
        io(group.read_bytes),
        io(group.written_bytes),
        io(group.reads),
        io(group.writes),
        count(group.processes),
        stalls[0].0,
        stalls[0].1,
        stalls[1].0,
        stalls[1].1,
        stalls[2].0,
        stalls[2].1,
    ]
}

/// Sets all that is known of a group. Of one that is not `told` this time the counters stand where they stood, so that a rate
/// over them stays one, and the others have no value.
pub(super) fn set_all(group: &Group, ratio: f64, is_told: bool, metrics: &mut Metrics) {
    for (series, value) in SERIES.iter().zip(values(group, ratio)) {
        let Some(value) = value else { continue };
        let stays = is_told || series.0.kind == Kind::Counter;
        set(series, &group.path, if stays { value } else { f64::NAN }, metrics);
    }
}

fn set((family, labels): &(&'static Family, &[&str]), path: &str, value: f64, metrics: &mut Metrics) {
    match **labels {
        [] => metrics.set(family, &[path], value),
        [one] => metrics.set(family, &[path, one], value),
        [one, two] => metrics.set(family, &[path, one, two], value),
        // No family has more.
        _ => {}
    }
}

/// To four decimals: times of the kernel are whole microseconds, and a look takes longer than that.
pub(super) fn round(ratio: f64) -> f64 {
    (ratio * 1e4).round() / 1e4
}
