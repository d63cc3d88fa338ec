//! File systems: `/proc/self/mountinfo`, and `statvfs` for their space.
//!
//! Local ones are asked by whoever calls: the kernel answers from what it has in memory. A network file system whose server is away
//! keeps its caller for as long as that lasts, and nothing can end the call; those, and whatever lies below them,
//! are asked by threads of their own and waited for only so long.

mod apart;
mod choose;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::source::Source;
use super::text::to_text;
use crate::CapabilityError;
use apart::{Apart, Asked};
use choose::Entry;

/// One mounted file system; sizes in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// What is mounted: `/dev/sda2`, `tmpfs`.
    pub device: String,
    /// Where.
    pub mount_point: String,
    /// `ext4`, `btrfs`.
    pub fs_type: String,
    /// Whether nobody may write.
    pub read_only: bool,
    /// Its size.
    pub total: u64,
    /// Not in use.
    pub free: u64,
    /// Not in use and not kept for root.
    pub available: u64,
    /// Inodes; 0 where they are not counted.
    pub inodes: u64,
    /// Of them, unused.
    pub inodes_free: u64,
    /// Why there are no numbers.
    pub problem: Option<String>,
    /// Lives on another machine, or is a program's (FUSE).
    pub remote: bool,
}

/// What `statvfs` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Space {
    total: u64,
    free: u64,
    available: u64,
    inodes: u64,
    inodes_free: u64,
}

/// Mounts that are told at most, local ones first: a machine with more has one for each of its users, or a loop.
const MOST: usize = 1000;

pub(super) struct Reader {
    root: PathBuf,
    mountinfo: Source,
    apart: Apart,
}

impl Reader {
    pub(super) fn new(root: &Path) -> Self {
        Self::with(root, Apart::new(ask))
    }

    fn with(root: &Path, apart: Apart) -> Self {
        Self { root: root.to_owned(), mountinfo: Source::records(root.join("proc/self/mountinfo")), apart }
    }

    pub(super) fn read(&mut self) -> Result<Vec<Mount>, CapabilityError> {
        let mut chosen = self.mountinfo.parse(|text| choose::parse(text).map(choose::choose))?;
        let hanging: Vec<Vec<u8>> =
            chosen.iter().filter(|entry| entry.may_hang()).map(|entry| entry.mount_point.clone()).collect();
        // To get to what is mounted below a folder, one goes through that folder.
        let apart = |entry: &Entry| hanging.iter().any(|folder| is_at_or_below(&entry.mount_point, folder));
        if !hanging.is_empty() {
            chosen.sort_by_key(|entry| apart(entry));
        }
        chosen.truncate(MOST);
        let local = chosen.iter().position(apart).unwrap_or(chosen.len());
        let (local, remote) = chosen.split_at(local);
        let mut mounts: Vec<Mount> = Vec::with_capacity(chosen.len());
        for entry in local {
            mounts.extend(self.path(entry).and_then(|path| told(entry, ask(&path).map_err(|error| error.into()))));
        }
        let paths: Vec<PathBuf> = remote.iter().filter_map(|entry| self.path(entry)).collect();
        let answers = self.apart.ask(&paths);
        mounts.extend(remote.iter().zip(answers).filter_map(|(entry, answer)| told(entry, answer)));
        Ok(mounts)
    }

    fn path(&self, entry: &Entry) -> Option<PathBuf> {
        Some(self.root.join(Path::new(OsStr::from_bytes(&entry.mount_point)).strip_prefix("/").ok()?))
    }
}

fn is_at_or_below(place: &[u8], folder: &[u8]) -> bool {
    place.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/") || folder == b"/")
}

fn ask(path: &Path) -> io::Result<Space> {
    let space = rustix::fs::statvfs(path)?;
    Ok(Space {
        total: space.f_blocks.saturating_mul(space.f_frsize),
        free: space.f_bfree.saturating_mul(space.f_frsize),
        available: space.f_bavail.saturating_mul(space.f_frsize),
        inodes: space.f_files,
        inodes_free: space.f_ffree,
    })
}

/// A mount that went away meanwhile, that may not be looked at, or that has no space of its own is left out.
fn told(entry: &Entry, answer: Result<Space, Asked>) -> Option<Mount> {
    let (space, problem) = match answer {
        Ok(space) if space.total == 0 => return None,
        Ok(space) => (space, None),
        Err(Asked::Gone) => return None,
        Err(Asked::Problem(problem)) => {
            (Space { total: 0, free: 0, available: 0, inodes: 0, inodes_free: 0 }, Some(problem))
        }
    };
    Some(Mount {
        device: to_text(&entry.device),
        mount_point: to_text(&entry.mount_point),
        fs_type: to_text(&entry.fs_type),
        read_only: entry.read_only,
        total: space.total,
        free: space.free,
        available: space.available,
        inodes: space.inodes,
        inodes_free: space.inodes_free,
        problem,
        remote: entry.is_remote(),
    })
}
