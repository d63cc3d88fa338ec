//! What a plugin may ask of the machine. In a component each function is an import, in tests a recorded fact.

/// One module for each interface: its records, and its functions: the host's in a component, the host's across another border in
/// a native library, a stand-in's in tests.
macro_rules! capability {
    ($(#[$doc:meta])* $interface:ident { $($record:ident),* }
        $($function:ident($($name:ident: $kind:ty),*) -> $answer:ty, $called:literal, $says:literal;)*) => {
        $(#[$doc])*
        pub mod $interface {
            #[allow(unused_imports, clippy::allow_attributes, reason = "not every interface has functions that give these")]
            use crate::{Error, Pressure};
            pub use crate::bindings::autobot::plugin::$interface::{$($record),*};

            $(
                #[doc = $says]
                pub fn $function($($name: $kind),*) -> $answer {
                    #[cfg(target_family = "wasm")]
                    return crate::bindings::autobot::plugin::$interface::$function($($name),*);
                    #[cfg(not(target_family = "wasm"))]
                    return match crate::native::ask($called, &($($name),*)) {
                        Some(answer) => answer,
                        None => crate::testing::fact($called, &($($name),*)),
                    };
                }
            )*
        }
    };
}

capability! {
    /// Processors. Needs the capability `cpu`.
    cpu { Core, Frequency, Scaling, Snapshot, Times, Turns }
    read() -> Result<Snapshot, Error>, "cpu.read", "Times of the processors, load, context switches.";
    frequencies() -> Result<Vec<Frequency>, Error>, "cpu.frequencies", "Current frequency of each core that tells it. Wakes cores on some kernels.";
    scalings() -> Result<Vec<Scaling>, Error>, "cpu.scalings", "Bounds of the frequency of each core that tells them; they seldom change.";
    schedule() -> Result<Vec<Turns>, Error>, "cpu.schedule", "How long tasks ran on each core, and waited for it.";
    stalls() -> Result<Pressure, Error>, "cpu.stalls", "How long tasks waited for a processor.";
}

capability! {
    /// Memory and swap. Needs the capability `memory`.
    memory { Controller, Module, Node, Paging, Snapshot, Uses }
    read() -> Result<Snapshot, Error>, "memory.read", "Memory and swap.";
    stalls() -> Result<Pressure, Error>, "memory.stalls", "How long tasks waited for memory.";
    nodes() -> Result<Vec<Node>, Error>, "memory.nodes", "Memory by node; most machines have one.";
    controllers() -> Result<Vec<Controller>, Error>, "memory.controllers", "Faults that memory found in itself.";
}

capability! {
    /// File systems and block devices. Needs the capability `disk`.
    disk { Details, Device, DiskArray, FaultCount, Mount, Pool, ZfsState }
    mounts() -> Result<Vec<Mount>, Error>, "disk.mounts", "File systems that hold data, each once.";
    devices() -> Result<Vec<Device>, Error>, "disk.devices", "Whole devices that have done anything.";
    describe() -> Result<Vec<Details>, Error>, "disk.describe", "What these devices are, and how they do; seldom changes.";
    arrays() -> Result<Vec<DiskArray>, Error>, "disk.arrays", "Arrays of disks.";
    faults() -> Result<Vec<FaultCount>, Error>, "disk.faults", "Errors that file systems count of themselves.";
    zfs() -> Result<ZfsState, Error>, "disk.zfs", "The pools and the cache of ZFS.";
    stalls() -> Result<Pressure, Error>, "disk.stalls", "How long tasks waited for input and output.";
}

capability! {
    /// Network interfaces, sockets and protocols. Needs the capability `net`.
    net {
        Bond, BondPart, Details, IcmpCounts, IpCounts, Link, NeighbourCount, ProtocolCounts, SocketCounts, Softnet, TcpCounts,
        TrackingCounts, UdpCounts, UdpQueues
    }
    links() -> Result<Vec<Link>, Error>, "net.links", "Network interfaces.";
    describe() -> Result<Vec<Details>, Error>, "net.describe", "How they are set up, and how they are; seldom changes.";
    bonds() -> Result<Vec<Bond>, Error>, "net.bonds", "Interfaces that stand in for one another.";
    sockets() -> Result<SocketCounts, Error>, "net.sockets", "Numbers of sockets.";
    protocols() -> Result<ProtocolCounts, Error>, "net.protocols", "What IP, ICMP, UDP and TCP counted.";
    softnets() -> Result<Vec<Softnet>, Error>, "net.softnets", "Packets that each processor took from the cards.";
    queues() -> Result<UdpQueues, Error>, "net.queues", "The buffers of all UDP sockets; dear, so not for every collection.";
    neighbours() -> Result<Vec<NeighbourCount>, Error>, "net.neighbours", "Neighbours by interface.";
    tracking() -> Result<TrackingCounts, Error>, "net.tracking", "Connections that the firewall follows.";
}

capability! {
    /// The kernel as a whole. Needs the capability `kernel`.
    kernel { CacheCounts, ClockState, Events, InterruptLine, Limit, MachineInfo, Snapshot }
    read() -> Result<Snapshot, Error>, "kernel.read", "When the machine was started.";
    clock() -> Result<ClockState, Error>, "kernel.clock", "How the kernel keeps time.";
    caches() -> Result<CacheCounts, Error>, "kernel.caches", "What the kernel remembers of names and files.";
    machine() -> Result<MachineInfo, Error>, "kernel.machine", "What the machine is.";
    limits() -> Result<Vec<Limit>, Error>, "kernel.limits", "How much of what the kernel has a number of is taken.";
    activity(limit: u32) -> Result<Events, Error>, "kernel.activity", "Forks and interrupts since boot; the `limit` busiest lines of them.";
}

capability! {
    /// Temperatures, fans, voltages and power. Needs the capability `sensors`.
    sensors { Quantity, Reading, Throttling }
    read() -> Result<Vec<Reading>, Error>, "sensors.read", "What can be read of all sensors.";
    throttled() -> Result<Vec<Throttling>, Error>, "sensors.throttled", "How often heat held back the processors.";
}

capability! {
    /// Batteries and chargers. Needs the capability `power-supply`.
    power_supply { Supply }
    read() -> Result<Vec<Supply>, Error>, "power-supply.read", "Batteries and chargers.";
}

capability! {
    /// Control groups: services, containers, slices. Needs the capability `cgroups`.
    cgroups { Group }
    read(depth: u32, limit: u32) -> Result<Vec<Group>, Error>, "cgroups.read", "The `limit` busiest groups down to `depth`.";
}

capability! {
    /// NVIDIA GPUs. Needs the capability `gpu`.
    gpu { Device, Errors, Process, Snapshot }
    read() -> Result<Snapshot, Error>, "gpu.read", "All GPUs.";
}

capability! {
    /// Neural processors. Needs the capability `npu`.
    npu { Device }
    read() -> Result<Vec<Device>, Error>, "npu.read", "All NPUs.";
}

capability! {
    /// Processes, summed by name and user. Needs the capability `process`.
    process { Counts, Group, InputOutput, Owner, Snapshot, Sum }
    look(limit: u32, also: &[Owner], patterns: &[Vec<String>]) -> Result<Snapshot, Error>, "process.look", "Looks at all processes: the `limit` groups that used most CPU time since the look before, the `limit` with the most memory, the `limit` that read and wrote most, those of `also` that exist, and the sums over each list of patterns.";
}

capability! {
    /// Files that the operator granted. Needs the capability `files`, with path globs as its scope.
    files { Content }
    read_all(patterns: &[String], limit_bytes: u32) -> Result<Vec<Content>, Error>, "files.read-all", "Every file that matches a pattern, with at most `limit_bytes` of each.";
    list_all(patterns: &[String]) -> Result<Vec<String>, Error>, "files.list-all", "The paths of every file that matches a pattern.";
}

capability! {
    /// Units of systemd. Needs the capability `services`.
    services { Counts, Snapshot, Unit }
    read(patterns: &[String]) -> Result<Snapshot, Error>, "services.read", "Units whose names match one of the globs (`redis*.service`).";
}

capability! {
    /// Containers of Docker or Podman. Needs the capability `containers`.
    containers { Container, Snapshot }
    read() -> Result<Snapshot, Error>, "containers.read", "All containers, running ones first.";
}

capability! {
    /// Requests over HTTP. Needs the capability `http`, with targets and URL globs as its scope.
    http { Request, Response, Timing, Version }
    fetch_all(requests: &[Request]) -> Vec<Result<Response, Error>>, "http.fetch-all", "Answers in the order of the requests, which are made side by side.";
}

capability! {
    /// Whether WebSockets answer. Needs the capability `websocket`, with targets and URL globs as its scope.
    websocket { Check, Outcome }
    check_all(checks: &[Check]) -> Vec<Result<Outcome, Error>>, "websocket.check-all", "Opens each, pings it, sends the message, closes.";
}

capability! {
    /// Commands to Redis that only read. Needs the capability `redis`, with names of targets as its scope.
    redis { Answer, Batch, Node, Reply }
    pipeline_all(batches: &[Batch]) -> Vec<Result<Answer, Error>>, "redis.pipeline-all", "Sends each batch as one pipeline, side by side.";
}

capability! {
    /// Echo requests, connections and test data. Needs the capability `probe`, with machines as its scope.
    probe { Method, Outcome, Target, Throughput, Transfer }
    ping_all(targets: &[Target]) -> Vec<Result<Outcome, Error>>, "probe.ping-all", "Round trips to each, side by side.";
    transfer_all(transfers: &[Transfer]) -> Vec<Result<Throughput, Error>>, "probe.transfer-all", "Bytes to an echo service and back, one after the other.";
}

capability! {
    /// Browsers, by the DevTools protocol. Needs the capability `browser`, with names of targets as its scope.
    browser { Command, Load, Page, Process, Version, Visit }
    version_of(target: &str) -> Result<Version, Error>, "browser.version-of", "What it is.";
    pages(target: &str) -> Result<Vec<Page>, Error>, "browser.pages", "All that it holds.";
    contexts(target: &str) -> Result<u32, Error>, "browser.contexts", "How many contexts it has beside its own.";
    processes(target: &str) -> Result<Vec<Process>, Error>, "browser.processes", "Its processes.";
    run_all(target: &str, commands: &[Command]) -> Result<Vec<Result<String, Error>>, Error>, "browser.run-all", "Commands of the protocol that only read.";
    visit_all(target: &str, visits: &[Visit]) -> Result<Vec<Result<Load, Error>>, Error>, "browser.visit-all", "Opens each page in a context of its own, measures it, and closes it.";
}

/// The host's clocks.
pub mod clock {
    use crate::Timestamp;

    /// The time of day.
    pub fn now() -> Timestamp {
        #[cfg(target_family = "wasm")]
        return crate::bindings::autobot::plugin::clock::now();
        #[cfg(not(target_family = "wasm"))]
        return crate::native::ask("clock.now", &()).unwrap_or_else(crate::testing::now);
    }

    /// Microseconds from an arbitrary start; never goes back.
    pub fn monotonic_micros() -> u64 {
        #[cfg(target_family = "wasm")]
        return crate::bindings::autobot::plugin::clock::monotonic_micros();
        #[cfg(not(target_family = "wasm"))]
        return crate::native::ask("clock.monotonic-micros", &()).unwrap_or_else(|| crate::testing::now() * 1000);
    }
}

/// A small store of the plugin's own that outlives restarts.
pub mod state {
    use crate::Error;
    #[cfg(target_family = "wasm")]
    use crate::bindings::autobot::plugin::state as host;
    #[cfg(not(target_family = "wasm"))]
    use crate::native::state as host;

    /// What was last stored under `key`.
    pub fn get(key: &str) -> Result<Option<Vec<u8>>, Error> {
        host::get(key)
    }

    /// Stores `value` under `key`.
    pub fn set(key: &str, value: &[u8]) -> Result<(), Error> {
        host::set(key, value)
    }

    /// Forgets `key`.
    pub fn delete(key: &str) -> Result<(), Error> {
        host::delete(key)
    }

    /// All keys.
    pub fn keys() -> Result<Vec<String>, Error> {
        host::keys()
    }
}
