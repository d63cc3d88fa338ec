//! Interfaces that stand in for one another: `/sys/class/net/*/bonding` (Documentation/networking/bonding.rst).

use std::path::Path;

use crate::CapabilityError;
use crate::sysfs;

/// Bonds, and parts of one, that are told at most.
const MOST: usize = 64;

/// Interfaces bound into one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bond {
    /// Its own name.
    pub name: String,
    /// `active-backup`, `802.3ad`.
    pub mode: String,
    /// Those that it is made of.
    pub parts: Vec<BondPart>,
}

/// One of a bond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BondPart {
    /// The interface.
    pub name: String,
    /// It has a link.
    pub up: bool,
    /// Packets go by it.
    pub active: bool,
    /// How often its link was lost.
    pub failures: u64,
}

pub(super) fn read(class: &Path) -> Result<Vec<Bond>, CapabilityError> {
    let path = class.join("bonding_masters");
    let masters = sysfs::bytes(&path).map_err(|error| CapabilityError::of_file(&path, &error))?;
    let bonds: Vec<Bond> = words(&masters).take(MOST).filter_map(|name| bond(class, name)).collect();
    if bonds.is_empty() {
        // The driver is loaded, and nothing is bound.
        return Err(CapabilityError::NotPresent(format!("{}: names no interface", path.display())));
    }
    Ok(bonds)
}

fn bond(class: &Path, name: String) -> Option<Bond> {
    let folder = class.join(&name).join("bonding");
    let parts = sysfs::bytes(&folder.join("slaves")).ok()?;
    // `active-backup 1`
    let mode = sysfs::text(&folder.join("mode")).unwrap_or_default();
    let active = sysfs::text(&folder.join("active_slave"));
    let part = |name: String| {
        let own = class.join(&name).join("bonding_slave");
        let state = sysfs::text(&own.join("state"));
        BondPart {
            up: sysfs::text(&own.join("mii_status")).is_some_and(|status| status == "up"),
            // Modes that share the load have no single one; each says for itself whether it takes part.
            active: active.as_ref().map_or_else(|| state.as_deref() == Some("active"), |active| *active == name),
            failures: sysfs::count(&own.join("link_failure_count")).unwrap_or_default(),
            name,
        }
    };
    let mode = mode.split(' ').next().unwrap_or_default().to_owned();
    Some(Bond { name, mode, parts: words(&parts).take(MOST).map(part).collect() })
}

/// Names of interfaces hold no blanks and no `/`; what has one would lead out of the folder.
fn words(text: &[u8]) -> impl Iterator<Item = String> {
    let words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.filter_map(|word| String::from_utf8(word.to_vec()).ok()).filter(|word| !word.contains('/') && word != "..")
}
