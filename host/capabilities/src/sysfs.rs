//! Attributes of devices: folders of small files, each with one value, which come and go with the devices.
//!
//! Unlike the files of `/proc`, they are opened anew each time: there may be hundreds, and a descriptor kept of a device
//! that was taken out answers `ENODEV` for ever. What cannot be read (a driver that fails, a file gone since the folder was
//! listed) is `None` and left out by the callers.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// sysfs gives a page at most; files of control groups may be longer, and what is longer than this is cut.
const LARGEST: u64 = 1 << 20;
/// Entries of one folder that are looked at.
const MOST_ENTRIES: usize = 4096;
/// Characters of a name.
const LONGEST_NAME: usize = 128;

/// The content of a file.
pub(crate) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut content)?;
    Ok(content)
}

/// The content as printable text; `None` when there is none.
pub(crate) fn text(path: &Path) -> Option<String> {
    Some(printable(&bytes(path).ok()?)).filter(|text| !text.is_empty())
}

/// The content as a whole number. Drivers write voltages and temperatures below zero.
pub(crate) fn number(path: &Path) -> Option<i64> {
    std::str::from_utf8(&bytes(path).ok()?).ok()?.trim().parse().ok()
}

/// The content as a count.
pub(crate) fn count(path: &Path) -> Option<u64> {
    std::str::from_utf8(&bytes(path).ok()?).ok()?.trim().parse().ok()
}

/// The content as `0` or anything else.
pub(crate) fn flag(path: &Path) -> Option<bool> {
    number(path).map(|number| number != 0)
}

/// The names in a folder, `hwmon2` before `hwmon10`.
pub(crate) fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = std::fs::read_dir(folder)?.take(MOST_ENTRIES);
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_by_cached_key(|name| natural(name));
    Ok(names)
}

/// The names of the folders in a folder. Links are none.
pub(crate) fn folders(folder: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    let entries = std::fs::read_dir(folder)?.take(MOST_ENTRIES).flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut names: Vec<_> = folders.map(|entry| entry.file_name()).collect();
    names.sort();
    Ok(names)
}

/// The last part of where a link leads.
pub(crate) fn link_name(path: &Path) -> Option<String> {
    let target = std::fs::read_link(path).ok()?;
    Some(printable(target.file_name()?.as_encoded_bytes())).filter(|name| !name.is_empty())
}

/// Sorts names by their numbers, as people do.
pub(crate) fn natural(name: &str) -> Vec<(String, u64)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let word = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(word);
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (digits, after) = after.split_at(digits);
        parts.push((word.to_owned(), digits.parse().unwrap_or(u64::MAX)));
        rest = after;
    }
    parts
}

/// What a driver or firmware wrote, on one line and readable: makers put line ends, padding and worse into names.
pub(crate) fn printable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut name = String::new();
    for word in text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty()) {
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(word);
    }
    if let Some((end, _)) = name.char_indices().nth(LONGEST_NAME) {
        name.truncate(end);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_become_one_readable_line() {
        assert_eq!(printable(b"  CPU\tFan\n#1\x00\x1b[0m \n"), "CPU Fan #1 [0m");
        assert_eq!(printable(b"Batt\xff\xe9rie"), "Batt\u{fffd}\u{fffd}rie");
        assert_eq!(printable(&[b'x'; 1000]).len(), LONGEST_NAME);
        assert_eq!(printable(b"\n"), "");
    }

    #[test]
    fn numbers_in_names_sort_by_value() {
        let mut names =
            ["hwmon10", "hwmon2", "intel-rapl:0:10", "intel-rapl:0:9", "hwmon", "b", "18446744073709551616"];
        names.sort_by_cached_key(|name| natural(name));
        assert_eq!(
            names,
            ["18446744073709551616", "b", "hwmon2", "hwmon10", "hwmon", "intel-rapl:0:9", "intel-rapl:0:10"]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_become_a_name_without_control_characters(bytes: Vec<u8>) {
            let name = printable(&bytes);
            prop_assert!(!name.contains(char::is_control) && name.chars().count() <= LONGEST_NAME);
            prop_assert_eq!(name.trim(), name.as_str());
            let _ = natural(&name);
        }
    }
}
