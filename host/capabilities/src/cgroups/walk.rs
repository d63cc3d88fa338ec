//! Which groups there are: a walk through the folders, with what decides who is told.

use std::path::{Path, PathBuf};

use super::stat::{self, CpuUse};
use crate::{CapabilityError, sysfs};

/// Groups that one walk meets, at most; a machine with more is told by the first of them.
const MOST_FOUND: usize = 20_000;
/// Deeper than any known use; below it processes are not counted.
const DEEPEST: usize = 32;

/// A group with processes in it or below.
pub(super) struct Found {
    /// Below the top, without a leading slash.
    pub(super) path: PathBuf,
    /// Processes in it and below.
    pub(super) processes: u64,
    /// Of those groups only that are not too deep to be told.
    pub(super) cpu: Option<CpuUse>,
    above: Option<usize>,
}

/// All groups below `top` with processes; those down to `depth` with their CPU time.
pub(super) fn walk(top: &Path, depth: usize) -> Result<Vec<Found>, CapabilityError> {
    let mut found: Vec<Found> = Vec::new();
    let mut open: Vec<(PathBuf, usize, Option<usize>)> = Vec::new();
    let first = sysfs::folders(top).map_err(|error| CapabilityError::of_file(top, &error))?;
    open.extend(first.into_iter().rev().map(|name| (PathBuf::from(name), 1, None)));
    while let Some((path, level, above)) = open.pop() {
        let folder = top.join(&path);
        // A group that ended since the folder was listed has no such file.
        if found.len() >= MOST_FOUND || !stat::is_populated(&folder) {
            continue;
        }
        let cpu = if level <= depth { stat::cpu(&folder) } else { None };
        found.push(Found { path: path.clone(), processes: stat::processes(&folder), cpu, above });
        let this = found.len() - 1;
        if level < DEEPEST && may_have_more(&folder) {
            let inside = sysfs::folders(&folder).unwrap_or_default();
            open.extend(inside.into_iter().rev().map(|name| (path.join(name), level + 1, Some(this))));
        }
    }
    // A group stands behind the one that it is in: from the end, each hands its sum on.
    for at in (0..found.len()).rev() {
        if let Some(above) = found[at].above {
            found[above].processes = found[above].processes.saturating_add(found[at].processes);
        }
    }
    Ok(found)
}

/// Whether there may be folders in a folder: each has a link to it, beside its own two (fs/kernfs/inode.c of the kernel). Most
/// groups have none, and listing their seventy files costs more than all that is read of them.
fn may_have_more(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(folder).is_ok_and(|found| found.nlink() != 2)
}
