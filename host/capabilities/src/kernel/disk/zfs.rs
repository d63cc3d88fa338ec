//! ZFS: `/proc/spl/kstat/zfs`, its pools and its cache (arcstats).

use std::path::Path;

use crate::CapabilityError;
use crate::kernel::source::read_file;
use crate::kernel::text::{lines, whole_number};
use crate::sysfs;

/// Pools that are told at most.
const MOST: usize = 100;

/// The pools of a machine and what they keep in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Zfs {
    /// All that are imported.
    pub pools: Vec<Pool>,
    /// Bytes of the cache now.
    pub size: u64,
    /// Bytes that it means to have.
    pub target: u64,
    /// Bytes that it may have.
    pub most: u64,
    /// What was found in it since the module was loaded.
    pub hits: u64,
    /// And what was not.
    pub misses: u64,
}

/// One pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// `ONLINE`, `DEGRADED`, `FAULTED`, `SUSPENDED`.
    pub state: String,
}

pub(super) fn read(folder: &Path) -> Result<Zfs, CapabilityError> {
    let text = read_file(&folder.join("arcstats"))?;
    let mut zfs = arc(&text);
    for name in sysfs::names(folder).unwrap_or_default().into_iter().take(MOST) {
        if let Some(state) = sysfs::text(&folder.join(&name).join("state")) {
            zfs.pools.push(Pool { name, state });
        }
    }
    Ok(zfs)
}

/// `name  type  data`, under two lines of headings.
fn arc(text: &[u8]) -> Zfs {
    let mut zfs = Zfs::default();
    for mut line in lines(text).skip(2) {
        let (Some(name), Some(_), Some(value)) = (line.field(), line.field(), line.field()) else { continue };
        let target = match name {
            b"hits" => &mut zfs.hits,
            b"misses" => &mut zfs.misses,
            b"size" => &mut zfs.size,
            b"c" => &mut zfs.target,
            b"c_max" => &mut zfs.most,
            _ => continue,
        };
        *target = whole_number(value).unwrap_or_default();
    }
    zfs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_cache_is_found_among_its_hundred_numbers() {
        let text =
            b"13 1 0x01 96 26112 1 2\nname type data\nhits 4 10\nmisses 4 3\nc 4 700\nc_max 4 800\nsize 4 600\nx 4\n";
        let expected = Zfs { hits: 10, misses: 3, target: 700, most: 800, size: 600, ..Zfs::default() };
        assert_eq!(arc(text), expected);
    }

    proptest! {
        #[test]
        fn any_text_is_read(bytes: Vec<u8>) {
            let _ = arc(&bytes);
        }
    }
}
