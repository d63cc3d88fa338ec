//! Whom a grant covers.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::CapabilityError;

/// The entry of a grant that stands for all of the site's machines.
const ALL_MACHINES: &str = "distributed_vms";

#[derive(Clone, Debug)]
pub(super) struct Scope {
    granted: Vec<String>,
    machines: BTreeMap<String, String>,
}

impl Scope {
    pub(super) fn new(granted: Vec<String>, machines: BTreeMap<String, String>) -> Self {
        Self { granted, machines }
    }

    /// Where `host` is: a machine's address for its name, else what was handed over.
    ///
    /// # Errors
    /// `Denied` when the grant does not cover it. Names are not resolved for that: what counts is what stands there.
    pub(super) fn address(&self, host: &str) -> Result<String, CapabilityError> {
        if let Some(address) = self.machines.get(host).filter(|_| self.covers_machine(host)) {
            return Ok(address.clone());
        }
        let is_granted = self.granted.iter().any(|entry| entry != ALL_MACHINES && is_same(entry, host));
        let is_machine = || {
            let mut machines = self.machines.iter();
            machines.any(|(name, address)| is_same(address, host) && self.covers_machine(name))
        };
        if is_granted || is_machine() {
            return Ok(host.to_owned());
        }
        Err(CapabilityError::Denied(format!("the grant of `probe` does not cover `{host}`")))
    }

    fn covers_machine(&self, name: &str) -> bool {
        self.granted.iter().any(|entry| entry == name || entry == ALL_MACHINES)
    }
}

/// Addresses are the same however they are written, names whatever their case.
fn is_same(one: &str, other: &str) -> bool {
    match (one.parse::<IpAddr>(), other.parse::<IpAddr>()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one.eq_ignore_ascii_case(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_covers_what_it_names() {
        let machines = [("main", "10.0.0.1"), ("redis", "10.0.0.2"), ("six", "fd00::1")];
        let machines: BTreeMap<_, _> = machines.map(|(name, address)| (name.to_owned(), address.to_owned())).into();
        for (granted, host, address) in [
            (&["redis"][..], "redis", Some("10.0.0.2")),
            (&["redis"], "10.0.0.2", Some("10.0.0.2")),
            (&["redis"], "main", None),
            (&["redis"], "10.0.0.1", None),
            (&["distributed_vms"], "main", Some("10.0.0.1")),
            (&["distributed_vms"], "fd00:0::1", Some("fd00:0::1")),
            (&["distributed_vms"], "example.org", None),
            (&["distributed_vms"], "distributed_vms", None),
            (&["example.org"], "Example.ORG", Some("Example.ORG")),
            (&["example.org"], "www.example.org", None),
            (&["::1"], "0:0:0:0:0:0:0:1", Some("0:0:0:0:0:0:0:1")),
            // The address of a machine that is granted by it, not by its name.
            (&["10.0.0.1"], "10.0.0.1", Some("10.0.0.1")),
            (&["10.0.0.1"], "main", None),
            (&[], "main", None),
        ] {
            let scope = Scope::new(granted.iter().map(|one| (*one).to_owned()).collect(), machines.clone());
            let found = scope.address(host);
            assert_eq!(found.clone().ok().as_deref(), address, "{granted:?} {host}");
            assert!(found.is_ok() || matches!(found, Err(CapabilityError::Denied(_))));
        }
    }
}
