//! The tests. A test is a row: what is new only in its numbers needs no code.

use crate::measure::{Direction, Placement, Threads, Work};
use crate::{Better, Component, Suite, Test, Unit};

/// The tests of a suite, in the order in which they run.
pub fn list(suite: Suite) -> Vec<&'static Test> {
    TESTS.iter().filter(|test| suite.holds(test.suite)).collect()
}

const MIB: usize = 1 << 20;
const KIB4: usize = 4 << 10;

static TESTS: [Test; 10] = [
    Test {
        id: "cpu.single",
        suite: Suite::System,
        component: Component::Cpu,
        title: "CPU, one core",
        unit: Unit::EventsPerSecond,
        better: Better::Higher,
        measures: "64-bit integer division with floating-point square roots and comparisons: primes below 10,000 found by trial division, on one thread",
        method: "sysbench cpu --cpu-max-prime=10000 --threads=1 run",
        work: Work::Primes { threads: Threads::One },
    },
    Test {
        id: "cpu.all",
        suite: Suite::System,
        component: Component::Cpu,
        title: "CPU, all cores",
        unit: Unit::EventsPerSecond,
        better: Better::Higher,
        measures: "the same work on as many threads as there are processors to use",
        method: "sysbench cpu --cpu-max-prime=10000 --threads=$(nproc) run",
        work: Work::Primes { threads: Threads::All },
    },
    Test {
        id: "memory.triad",
        suite: Suite::System,
        component: Component::Memory,
        title: "Memory bandwidth, triad",
        unit: Unit::GigabytesPerSecond,
        better: Better::Higher,
        measures: "a[i] = b[i] + 3 c[i] over three arrays, each four times the last-level caches, on all processors; 24 bytes counted an element",
        method: "STREAM triad (OpenMP)",
        work: Work::Triad,
    },
    Test {
        id: "disk.sequential_write",
        suite: Suite::System,
        component: Component::Disk,
        title: "Disk, sequential write",
        unit: Unit::MegabytesPerSecond,
        better: Better::Higher,
        measures: "blocks of 1 MiB written over an existing file past the page cache, one at a time",
        method: "fio --rw=write --bs=1M --direct=1 --ioengine=psync --overwrite=1",
        work: Work::Sequential { direction: Direction::Write, block: MIB },
    },
    Test {
        id: "disk.sequential_read",
        suite: Suite::System,
        component: Component::Disk,
        title: "Disk, sequential read",
        unit: Unit::MegabytesPerSecond,
        better: Better::Higher,
        measures: "blocks of 1 MiB read past the page cache, one at a time",
        method: "fio --rw=read --bs=1M --direct=1 --ioengine=psync",
        work: Work::Sequential { direction: Direction::Read, block: MIB },
    },
    Test {
        id: "disk.random_read",
        suite: Suite::System,
        component: Component::Disk,
        title: "Disk, random 4 KiB read",
        unit: Unit::OperationsPerSecond,
        better: Better::Higher,
        measures: "blocks of 4 KiB read past the page cache at random places of the file, one at a time",
        method: "fio --rw=randread --bs=4k --direct=1 --ioengine=psync --norandommap",
        work: Work::RandomRead { block: KIB4 },
    },
    Test {
        id: "disk.fsync",
        suite: Suite::System,
        component: Component::Disk,
        title: "Disk, fsync",
        unit: Unit::Microseconds,
        better: Better::Lower,
        measures: "the time of fsync after each write of 4 KiB: what a database waits for at every commit",
        method: "fio --rw=write --bs=4k --fsync=1 --ioengine=psync --overwrite=1 (its sync latency)",
        work: Work::Fsync { block: KIB4 },
    },
    Test {
        id: "kernel.context_switch",
        suite: Suite::System,
        component: Component::Kernel,
        title: "Context switch, one core",
        unit: Unit::Microseconds,
        better: Better::Lower,
        measures: "half a round trip of a byte between two threads on the same processor by two pipes: a switch, a read and a write",
        method: "perf bench sched pipe -T, bound by taskset to one processor; lmbench lat_ctx",
        work: Work::PingPong { placement: Placement::OneProcessor },
    },
    Test {
        id: "kernel.wake_up",
        suite: Suite::System,
        component: Component::Kernel,
        title: "Context switch, free",
        unit: Unit::Microseconds,
        better: Better::Lower,
        measures: "the same with threads that the scheduler places: it holds the cost of waking another processor",
        method: "perf bench sched pipe -T",
        work: Work::PingPong { placement: Placement::Free },
    },
    Test {
        id: "kernel.system_call",
        suite: Suite::System,
        component: Component::Kernel,
        title: "System call",
        unit: Unit::Nanoseconds,
        better: Better::Lower,
        measures: "getppid by the raw instruction: into the kernel and back, with the mitigations that are on",
        method: "lmbench lat_syscall null; perf bench syscall basic",
        work: Work::SystemCall,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_begin_with_their_component() {
        let ids: BTreeSet<&str> = TESTS.iter().map(|test| test.id).collect();
        assert_eq!(ids.len(), TESTS.len());
        for test in &TESTS {
            assert!(test.id.starts_with(&format!("{}.", test.component)), "{}", test.id);
        }
    }
}
