//! What a plugin may ask of the machine. In a component each function is an import, in tests a recorded fact.

use crate::Error;

/// One module for each interface: its records, and its functions by target.
macro_rules! capability {
    ($(#[$doc:meta])* $interface:ident { $($record:ident),* } $($function:ident => $fact:ident: $answer:ty, $says:literal;)*) => {
        $(#[$doc])*
        pub mod $interface {
            use super::Error;
            #[allow(unused_imports, clippy::allow_attributes, reason = "not every interface has functions that give these")]
            use crate::Pressure;
            pub use crate::bindings::autobot::plugin::$interface::{$($record),*};

            $(
                #[doc = $says]
                pub fn $function() -> Result<$answer, Error> {
                    #[cfg(target_family = "wasm")]
                    return crate::bindings::autobot::plugin::$interface::$function();
                    #[cfg(not(target_family = "wasm"))]
                    return crate::testing::fact(concat!(stringify!($interface), ".", stringify!($function)), |facts| facts.$fact.clone());
                }
            )*
        }
    };
}

capability! {
    /// Processors. Needs the capability `cpu`.
    cpu { Core, Frequency, Snapshot, Times }
    read => cpu: Snapshot, "Times of the processors, load, context switches.";
    frequencies => frequencies: Vec<Frequency>, "Current frequency of each core that tells it. Wakes cores on some kernels.";
    stalls => cpu_stalls: Pressure, "How long tasks waited for a processor.";
}

capability! {
    /// Memory and swap. Needs the capability `memory`.
    memory { Paging, Snapshot }
    read => memory: Snapshot, "Memory and swap.";
    stalls => memory_stalls: Pressure, "How long tasks waited for memory.";
}

capability! {
    /// File systems and block devices. Needs the capability `disk`.
    disk { Device, Mount }
    mounts => mounts: Vec<Mount>, "Local file systems that hold data, each once.";
    devices => devices: Vec<Device>, "Whole devices that have done anything.";
    stalls => io_stalls: Pressure, "How long tasks waited for input and output.";
}

capability! {
    /// Network interfaces and sockets. Needs the capability `net`.
    net { Link, SocketCounts }
    links => links: Vec<Link>, "Network interfaces.";
    sockets => sockets: SocketCounts, "Numbers of sockets.";
}

capability! {
    /// The kernel as a whole. Needs the capability `kernel`.
    kernel { Snapshot }
    read => kernel: Snapshot, "When the machine was started.";
}

/// Processes, summed by name and user. Needs the capability `process`.
pub mod process {
    use super::Error;
    pub use crate::bindings::autobot::plugin::process::{Counts, Group, Owner, Snapshot};

    /// Looks at all processes: the `limit` groups that used most CPU time since the look before, the `limit` with the most
    /// memory, and those of `also` that exist.
    pub fn look(limit: u32, also: &[Owner]) -> Result<Snapshot, Error> {
        #[cfg(target_family = "wasm")]
        return crate::bindings::autobot::plugin::process::look(limit, also);
        #[cfg(not(target_family = "wasm"))]
        return crate::testing::look(limit, also);
    }
}

/// Files that the operator granted. Needs the capability `files`, with path globs as its scope.
pub mod files {
    use super::Error;
    pub use crate::bindings::autobot::plugin::files::Content;

    /// Every file that matches a pattern, with at most `limit_bytes` of each.
    pub fn read_all(patterns: &[String], limit_bytes: u32) -> Result<Vec<Content>, Error> {
        #[cfg(target_family = "wasm")]
        return crate::bindings::autobot::plugin::files::read_all(patterns, limit_bytes);
        #[cfg(not(target_family = "wasm"))]
        return crate::testing::files(patterns, limit_bytes);
    }

    /// The paths of every file that matches a pattern.
    pub fn list_all(patterns: &[String]) -> Result<Vec<String>, Error> {
        #[cfg(target_family = "wasm")]
        return crate::bindings::autobot::plugin::files::list_all(patterns);
        #[cfg(not(target_family = "wasm"))]
        return crate::testing::files(patterns, 0).map(|found| found.into_iter().map(|file| file.path).collect());
    }
}

/// The host's clocks.
pub mod clock {
    use crate::Timestamp;

    /// The time of day.
    pub fn now() -> Timestamp {
        #[cfg(target_family = "wasm")]
        return crate::bindings::autobot::plugin::clock::now();
        #[cfg(not(target_family = "wasm"))]
        return crate::testing::now();
    }

    /// Microseconds from an arbitrary start; never goes back.
    pub fn monotonic_micros() -> u64 {
        #[cfg(target_family = "wasm")]
        return crate::bindings::autobot::plugin::clock::monotonic_micros();
        #[cfg(not(target_family = "wasm"))]
        return crate::testing::now() * 1000;
    }
}

/// A small store of the plugin's own that outlives restarts.
pub mod state {
    use super::Error;
    #[cfg(target_family = "wasm")]
    use crate::bindings::autobot::plugin::state as host;
    #[cfg(not(target_family = "wasm"))]
    use crate::testing::state as host;

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
