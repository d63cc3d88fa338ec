//! Arrays of disks: `/sys/block/md*/md` (Documentation/admin-guide/md.rst).

use std::path::Path;

use crate::CapabilityError;
use crate::kernel::text::narrow;
use crate::sysfs;

/// Arrays that are told at most.
const MOST: usize = 64;
/// The kernel counts sizes in sectors of this length.
const SECTOR: u64 = 512;

/// One array.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DiskArray {
    /// `md0`
    pub name: String,
    /// `raid1`
    pub level: String,
    /// `clean`, `active`, `inactive`.
    pub state: String,
    /// `idle`, `resync`, `recover`, `check`; empty of levels without redundancy.
    pub action: String,
    /// Members that it is made for.
    pub wanted: u32,
    /// How many of them are missing.
    pub degraded: u32,
    /// Members that work.
    pub working: u32,
    /// Members that failed and are still listed.
    pub failed: u32,
    /// Members that stand by.
    pub spare: u32,
    /// Its size.
    pub bytes: u64,
    /// Share of what the action has done.
    pub done: Option<f64>,
    /// Places where members disagreed at the last check.
    pub mismatches: u64,
}

pub(super) fn read(block: &Path) -> Result<Vec<DiskArray>, CapabilityError> {
    let names = sysfs::names(block).map_err(|error| CapabilityError::of_file(block, &error))?;
    let arrays = names.into_iter().filter(|name| name.starts_with("md"));
    let arrays: Vec<DiskArray> = arrays.take(MOST).filter_map(|name| array(&block.join(&name), name)).collect();
    if arrays.is_empty() {
        return Err(CapabilityError::NotPresent(format!("{}: has no array of disks", block.display())));
    }
    Ok(arrays)
}

fn array(folder: &Path, name: String) -> Option<DiskArray> {
    let md = folder.join("md");
    let text = |file: &str| sysfs::text(&md.join(file)).unwrap_or_default();
    let count = |file: &str| sysfs::count(&md.join(file)).unwrap_or_default();
    // An array that was stopped leaves its device behind, without a level.
    let level = sysfs::text(&md.join("level"))?;
    let mut array = DiskArray {
        level,
        state: text("array_state"),
        action: text("sync_action"),
        // While an array is reshaped: `4 (3)`.
        wanted: text("raid_disks").split(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default(),
        degraded: narrow(count("degraded")),
        bytes: sysfs::count(&folder.join("size")).unwrap_or_default().saturating_mul(SECTOR),
        done: sysfs::text(&md.join("sync_completed")).and_then(|text| done(&text)),
        mismatches: count("mismatch_cnt"),
        name,
        ..DiskArray::default()
    };
    for member in sysfs::names(&md).unwrap_or_default().iter().filter(|name| name.starts_with("dev-")) {
        let state = text(&format!("{member}/state"));
        let is = |word: &str| state.split(',').any(|one| one == word);
        let count = match () {
            () if is("faulty") => &mut array.failed,
            () if is("in_sync") || is("journal") => &mut array.working,
            () => &mut array.spare,
        };
        *count = count.saturating_add(1);
    }
    Some(array)
}

/// `1024 / 4096`, in sectors; `none`, `delayed`.
fn done(text: &str) -> Option<f64> {
    let (done, all) = text.split_once('/')?;
    let (done, all): (u64, u64) = (done.trim().parse().ok()?, all.trim().parse().ok()?);
    (all > 0).then(|| (done as f64 / all as f64).min(1.0))
}
