//! How interfaces are set up and how they are: `/sys/class/net` (Documentation/ABI/testing/sysfs-class-net).

use std::path::Path;

use crate::CapabilityError;
use crate::kernel::text::whole_number;
use crate::sysfs;

/// Interfaces that are described at most.
const MOST: usize = 200;
/// `IFF_UP` of the kernel's `if.h`.
const UP: u64 = 1;

/// One interface, as the kernel and its driver describe it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkDetails {
    /// Its name.
    pub name: String,
    /// Switched on.
    pub up: bool,
    /// A cable and another side are there; not known of one that is off.
    pub carrier: Option<bool>,
    /// `up`, `down`, `unknown` (RFC 2863).
    pub state: String,
    /// Bytes in a second.
    pub speed: Option<u64>,
    /// `full`, `half`; empty where it has no meaning.
    pub duplex: String,
    /// Bytes of a packet.
    pub mtu: u64,
    /// Packets that may wait to be sent.
    pub queue_length: u64,
    /// How often the carrier came.
    pub carrier_ups: u64,
    /// How often it went.
    pub carrier_downs: u64,
    /// Packets that nobody wanted.
    pub rx_unhandled: u64,
    /// Empty of a virtual one.
    pub driver: String,
    /// The bridge or bond that it is a part of.
    pub part_of: String,
    /// What the operator called it.
    pub alias: String,
}

pub(super) fn read(class: &Path) -> Result<Vec<LinkDetails>, CapabilityError> {
    let names = sysfs::names(class).map_err(|error| CapabilityError::of_file(class, &error))?;
    // `bonding_masters` is a file among the folders. One that went away since the listing has no flags.
    Ok(names.into_iter().filter_map(|name| describe(&class.join(&name), name)).take(MOST).collect())
}

fn describe(folder: &Path, name: String) -> Option<LinkDetails> {
    let flags = flags(&folder.join("flags"))?;
    let up = flags & UP != 0;
    let count = |file: &str| sysfs::count(&folder.join(file)).unwrap_or_default();
    let text = |file: &str| sysfs::text(&folder.join(file)).unwrap_or_default();
    Some(LinkDetails {
        up,
        // Reading it of one that is off is refused.
        carrier: up.then(|| sysfs::flag(&folder.join("carrier"))).flatten(),
        state: text("operstate"),
        // Megabits; -1 or refused where it is not known, and 2^32-1 of some drivers.
        speed: sysfs::count(&folder.join("speed"))
            .filter(|megabits| (1..u64::from(u32::MAX)).contains(megabits))
            .map(|megabits| megabits.saturating_mul(125_000)),
        duplex: Some(text("duplex")).filter(|duplex| duplex != "unknown").unwrap_or_default(),
        mtu: count("mtu"),
        queue_length: count("tx_queue_len"),
        carrier_ups: count("carrier_up_count"),
        carrier_downs: count("carrier_down_count"),
        rx_unhandled: count("statistics/rx_nohandler"),
        driver: sysfs::link_name(&folder.join("device/driver")).unwrap_or_default(),
        part_of: sysfs::link_name(&folder.join("master")).unwrap_or_default(),
        alias: text("ifalias"),
        name,
    })
}

/// `0x1003`
fn flags(path: &Path) -> Option<u64> {
    let text = sysfs::text(path)?;
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => whole_number(text.as_bytes()),
    }
}
