//! Where a device is: what tells two chips of one name apart, and stays the same when the machine starts again.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::sysfs::printable;

/// The place of the device in the folder `device`, a folder of sysfs without links: `pci-0200`, `i2c-4-50`, `isa-0001`; else
/// the folder's name. As lm-sensors names them, because people know these names.
pub(super) fn place(device: &Path) -> String {
    let parts: Vec<&str> = device.iter().rev().filter_map(|part| part.to_str()).collect();
    if let Some(place) = parts.iter().find_map(|part| pci(part).or_else(|| i2c(part))) {
        return place;
    }
    let Some(name) = parts.first() else { return "unknown".to_owned() };
    match name.rsplit_once('.').and_then(|(_, number)| number.parse::<u32>().ok()) {
        Some(number) => format!("isa-{number:04x}"),
        None => printable(name.as_bytes()),
    }
}

/// `0000:02:00.0`
fn pci(part: &str) -> Option<String> {
    let hex = |text: &str, digits: usize| (text.len() == digits).then(|| u32::from_str_radix(text, 16).ok()).flatten();
    let mut fields = part.split(':');
    let (domain, bus, rest) = (fields.next()?, fields.next()?, fields.next()?);
    let (slot, function) = rest.split_once('.')?;
    if fields.next().is_some() {
        return None;
    }
    let (domain, bus, slot, function) = (hex(domain, 4)?, hex(bus, 2)?, hex(slot, 2)?, hex(function, 1)?);
    Some(format!("pci-{:04x}", domain << 16 | bus << 8 | (slot & 0x1f) << 3 | function & 7))
}

/// `4-0050`: bus and address.
fn i2c(part: &str) -> Option<String> {
    let (bus, address) = part.split_once('-')?;
    let address = (address.len() == 4).then(|| u32::from_str_radix(address, 16).ok()).flatten()?;
    Some(format!("i2c-{}-{address:02x}", bus.parse::<u32>().ok()?))
}

/// Names that are remembered.
const MOST_NAMES: usize = 4096;

/// Names, each of which stands for one chip only, from look to look: when the first of two chips goes, the second does not
/// take over its name, and with it its series.
#[derive(Default)]
pub(super) struct Names {
    /// By name, place, and which of those alike.
    known: HashMap<(String, String, usize), String>,
    given: HashSet<String>,
    met: HashMap<(String, String), usize>,
}

impl Names {
    /// Before the chips of a look.
    pub(super) fn begin(&mut self) {
        self.met.clear();
        if self.known.len() > MOST_NAMES {
            // Devices come and go without an end: it begins anew, and a few may be called otherwise.
            self.known.clear();
            self.given.clear();
        }
    }

    /// `name` for the first that bears it, `name-place` for the next.
    pub(super) fn unique(&mut self, name: String, place: &str) -> String {
        // Two chips of one name at one place: a card with two sensors' chips.
        let met = self.met.entry((name.clone(), place.to_owned())).or_default();
        *met += 1;
        let key = (name, place.to_owned(), *met);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let placed = format!("{}-{place}", key.0);
        let numbered = (2u32..).map(|number| format!("{placed}-{number}"));
        let free = [key.0.clone(), placed.clone()].into_iter().chain(numbered).find(|name| !self.given.contains(name));
        let free = free.unwrap_or(placed);
        self.given.insert(free.clone());
        self.known.insert(key, free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn places_are_called_as_lm_sensors_calls_them() {
        for (device, expected) in [
            ("/sys/devices/pci0000:00/0000:00:1b.4/0000:02:00.0/nvme/nvme0", "pci-0200"),
            ("/sys/devices/pci0000:00/0000:00:1f.4/i2c-4/4-0050", "i2c-4-50"),
            ("/sys/devices/pci0000:00/0000:00:18.3", "pci-00c3"),
            ("/sys/devices/pci10000:e0/0001:e1:00.0/nvme/nvme1", "pci-1e100"),
            ("/sys/devices/platform/coretemp.1", "isa-0001"),
            ("/sys/devices/virtual/thermal/thermal_zone3", "thermal_zone3"),
            ("/", "/"),
            ("", "unknown"),
        ] {
            assert_eq!(place(Path::new(device)), expected, "{device}");
        }
    }

    #[test]
    fn only_the_first_of_a_name_is_called_by_it_alone() {
        let mut names = Names::default();
        let mut next = |place: &str| names.unique("nvme".to_owned(), place);
        assert_eq!(next("pci-0100"), "nvme");
        assert_eq!(next("pci-0200"), "nvme-pci-0200");
        assert_eq!(next("pci-0200"), "nvme-pci-0200-2");
    }

    #[test]
    fn a_name_is_not_handed_on_when_the_first_that_bore_it_goes_away() {
        let mut names = Names::default();
        let mut look = |places: &[&str]| {
            names.begin();
            places.iter().map(|place| names.unique("nvme".to_owned(), place)).collect::<Vec<_>>()
        };
        assert_eq!(look(&["pci-0100", "pci-0200", "pci-0200"]), ["nvme", "nvme-pci-0200", "nvme-pci-0200-2"]);
        assert_eq!(look(&["pci-0200", "pci-0200"]), ["nvme-pci-0200", "nvme-pci-0200-2"]);
        assert_eq!(look(&["pci-0300", "pci-0100"]), ["nvme-pci-0300", "nvme"]);
        for card in 0..3 * MOST_NAMES {
            look(&[&card.to_string()]);
        }
        assert!(names.known.len() <= MOST_NAMES + 1 && names.given.len() <= MOST_NAMES + 1);
    }

    proptest! {
        #[test]
        fn any_path_is_a_place(path: String) {
            prop_assert!(!place(Path::new(&path)).contains(char::is_control));
        }
    }
}
