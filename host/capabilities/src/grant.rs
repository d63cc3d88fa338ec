//! Capabilities by name, and what an operator granted of them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One capability: one interface of the WIT. Matches on it are exhaustive, so that a new one cannot be forgotten at the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// `cpu`
    Cpu,
    /// `memory`
    Memory,
    /// `disk`
    Disk,
    /// `net`
    Net,
    /// `process`
    Process,
    /// `kernel`
    Kernel,
    /// `sensors`
    Sensors,
    /// `power-supply`
    PowerSupply,
    /// `cgroups`
    Cgroups,
    /// `gpu`
    Gpu,
    /// `npu`
    Npu,
    /// `services`
    Services,
    /// `containers`
    Containers,
    /// `files`
    Files,
    /// `http`
    Http,
    /// `websocket`
    Websocket,
    /// `redis`
    Redis,
    /// `probe`
    Probe,
    /// `browser`
    Browser,
}

impl Capability {
    /// All of them, in the order in which people want them listed.
    pub const ALL: [Self; 19] = [
        Self::Cpu,
        Self::Memory,
        Self::Disk,
        Self::Net,
        Self::Process,
        Self::Kernel,
        Self::Sensors,
        Self::PowerSupply,
        Self::Cgroups,
        Self::Gpu,
        Self::Npu,
        Self::Services,
        Self::Containers,
        Self::Files,
        Self::Http,
        Self::Websocket,
        Self::Redis,
        Self::Probe,
        Self::Browser,
    ];

    /// The interface's name, as it stands in a component's imports and in a grant.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Disk => "disk",
            Self::Net => "net",
            Self::Process => "process",
            Self::Kernel => "kernel",
            Self::Sensors => "sensors",
            Self::PowerSupply => "power-supply",
            Self::Cgroups => "cgroups",
            Self::Gpu => "gpu",
            Self::Npu => "npu",
            Self::Services => "services",
            Self::Containers => "containers",
            Self::Files => "files",
            Self::Http => "http",
            Self::Websocket => "websocket",
            Self::Redis => "redis",
            Self::Probe => "probe",
            Self::Browser => "browser",
        }
    }

    /// What a plugin can do with it, for the person who grants it: the end of 'this plugin may ...'.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Cpu => "read the time, load, frequency and pressure of the processors",
            Self::Memory => "read how much memory and swap is in use",
            Self::Disk => "read the names, space and activity of disks and file systems",
            Self::Net => "read the names and counters of network interfaces, and numbers of sockets",
            Self::Process => "read the names, users, CPU time and memory of processes (no command lines)",
            Self::Kernel => {
                "read when the machine was started, how full the kernel's tables are, and its counts of interrupts"
            }
            Self::Sensors => "read temperatures, fans, voltages and power of this machine",
            Self::PowerSupply => "read the state of batteries and chargers",
            Self::Cgroups => "read the names of control groups, and what processor time, memory and disk they use",
            Self::Gpu => "read NVIDIA GPUs: use, memory, temperature, power, and the names of processes on them",
            Self::Npu => "read the use, clock and memory of neural processors",
            Self::Services => "read the names, states and use of systemd's units",
            Self::Containers => "read the names, images, states and use of containers",
            Self::Files => "read files below the granted paths",
            Self::Http => "send requests to the granted targets and URLs",
            Self::Websocket => "open WebSockets to the granted targets and URLs",
            Self::Redis => "send commands that only read to the granted Redis targets",
            Self::Probe => "send echo requests, connections and test data to the granted machines",
            Self::Browser => "look into the granted browsers, and open any page that they reach",
        }
    }

    /// Whether a grant must say for what (targets, URLs, paths); the others are simply given or not.
    pub const fn is_scoped(self) -> bool {
        self.example_scope().is_some()
    }

    /// An entry of the list that a grant of it holds; `None` for those that are granted wholly.
    pub const fn example_scope(self) -> Option<&'static str> {
        match self {
            Self::Cpu
            | Self::Memory
            | Self::Disk
            | Self::Net
            | Self::Process
            | Self::Kernel
            | Self::Sensors
            | Self::PowerSupply
            | Self::Cgroups
            | Self::Gpu
            | Self::Npu
            | Self::Services
            | Self::Containers => None,
            Self::Files => Some("/var/log/app/*.log"),
            Self::Http => Some("http://127.0.0.1:8080/**"),
            Self::Websocket => Some("ws://127.0.0.1:8080/**"),
            Self::Redis => Some("redis-main"),
            Self::Probe => Some("distributed_vms"),
            Self::Browser => Some("browser-main"),
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no capability's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a capability; there are {all}", all = Capability::ALL.map(Capability::name).join(", "))]
pub struct UnknownCapability(pub String);

impl FromStr for Capability {
    type Err = UnknownCapability;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|one| one.name() == name).ok_or_else(|| UnknownCapability(name.to_owned()))
    }
}

/// What one plugin instance may use. Nothing, until something is added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grant {
    /// Each granted capability with its scope: what it may be used for. Empty for those that have none.
    scopes: BTreeMap<Capability, Vec<String>>,
}

impl Grant {
    /// Every capability that needs no scope: what the shipped plugins hold.
    pub fn unscoped() -> Self {
        Capability::ALL.into_iter().filter(|one| !one.is_scoped()).fold(Self::default(), |grant, one| grant.with(one))
    }

    /// This grant and `capability`, without a scope.
    pub fn with(mut self, capability: Capability) -> Self {
        self.scopes.entry(capability).or_default();
        self
    }

    /// This grant and `capability` for `scope` (targets, URL globs, path globs), added to what it had.
    pub fn with_scope(mut self, capability: Capability, scope: impl IntoIterator<Item = String>) -> Self {
        self.scopes.entry(capability).or_default().extend(scope);
        self
    }

    /// Whether `capability` may be used at all. A scoped one with an empty scope may not.
    pub fn allows(&self, capability: Capability) -> bool {
        self.scopes.get(&capability).is_some_and(|scope| !capability.is_scoped() || !scope.is_empty())
    }

    /// What `capability` may be used for; empty when it is not granted or has no scope.
    pub fn scope(&self, capability: Capability) -> &[String] {
        self.scopes.get(&capability).map_or(&[], Vec::as_slice)
    }

    /// The granted capabilities with their scopes.
    pub fn iter(&self) -> impl Iterator<Item = (Capability, &[String])> {
        self.scopes.iter().map(|(one, scope)| (*one, scope.as_slice()))
    }

    /// Whether everything that `other` grants is granted here, word by word.
    pub fn covers(&self, other: &Self) -> bool {
        other.iter().all(|(one, scope)| {
            self.scopes.contains_key(&one) && scope.iter().all(|entry| self.scope(one).contains(entry))
        })
    }

    /// What is granted here or there.
    pub fn union(mut self, other: &Self) -> Self {
        for (capability, scope) in &other.scopes {
            let mine = self.scopes.entry(*capability).or_default();
            for one in scope.iter().filter(|one| !mine.contains(one)).cloned().collect::<Vec<_>>() {
                mine.push(one);
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn names_lead_to_their_capability_and_unknown_ones_are_told_what_there_is() {
        for one in Capability::ALL {
            assert_eq!(one.name().parse(), Ok(one));
        }
        let error = "gpus".parse::<Capability>().unwrap_err();
        expect!["`gpus` is not a capability; there are cpu, memory, disk, net, process, kernel, sensors, power-supply, cgroups, gpu, npu, services, containers, files, http, websocket, redis, probe, browser"]
            .assert_eq(&error.to_string());
        for one in Capability::ALL {
            assert!(error.to_string().contains(one.name()), "{one} is missing in the sentence");
        }
    }

    #[test]
    fn nothing_is_allowed_that_was_not_granted() {
        let grant = Grant::default().with(Capability::Cpu);
        assert!(grant.allows(Capability::Cpu));
        assert!(!grant.allows(Capability::Process));
        assert!(Capability::ALL.into_iter().all(|one| Grant::unscoped().allows(one) != one.is_scoped()));
        assert!(Capability::ALL.into_iter().all(|one| !Grant::default().allows(one)));
    }

    #[test]
    fn less_covers_no_more() {
        let files =
            |scope: &[&str]| Grant::default().with_scope(Capability::Files, scope.iter().map(|one| (*one).to_owned()));
        assert!(files(&["/a", "/b"]).covers(&files(&["/b"])));
        assert!(!files(&["/a"]).covers(&files(&["/a", "/b"])));
        assert!(!files(&["/a"]).covers(&Grant::default().with(Capability::Cpu)));
        assert!(Grant::default().covers(&Grant::default()));
    }

    #[test]
    fn a_union_holds_both_sides_once() {
        let left = Grant::default().with(Capability::Cpu).with_scope(Capability::Files, ["/a".to_owned()]);
        let right = Grant::default().with_scope(Capability::Files, ["/a".to_owned(), "/b".to_owned()]);
        let both = left.union(&right);
        assert_eq!(both.scope(Capability::Files), ["/a", "/b"]);
        assert!(both.allows(Capability::Cpu));
    }
}
