//! Files that change under the host: one debounced signal per watched set, whatever way editors write.
//!
//! The folders above the files are watched, never the files: an editor that saves by renaming leaves a watch on a
//! file behind, and a symbolic link that is swapped shows only in its folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

/// Quiet time after which a burst of events counts as one change.
const QUIET: Duration = Duration::from_millis(25);
/// The longest a steady stream of events can put a change off.
const LONGEST: Duration = Duration::from_millis(500);

/// Watches folders until it is dropped.
pub(crate) struct Watch {
    _watcher: RecommendedWatcher,
    touched: Arc<Notify>,
}

impl Watch {
    /// Watches `paths`: a folder with all below it, a file through its folder.
    pub(crate) fn new(paths: &[PathBuf]) -> Result<Self> {
        let touched = Arc::new(Notify::new());
        let (signal, wanted) = (touched.clone(), paths.to_vec());
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
            Ok(event) if !concerns(&event, &wanted) => {}
            // An error means that events were lost: looking again is right then too.
            _ => signal.notify_one(),
        })
        .context("the kernel's file notifications could not be had (see fs.inotify.max_user_instances)")?;
        for path in paths {
            let (folder, mode) = if path.is_dir() {
                (path.as_path(), RecursiveMode::Recursive)
            } else {
                (
                    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")),
                    RecursiveMode::NonRecursive,
                )
            };
            if folder.is_dir() {
                watcher.watch(folder, mode).with_context(|| format!("{} could not be watched", folder.display()))?;
            }
        }
        Ok(Self { _watcher: watcher, touched })
    }

    /// Returns when something changed and then stayed quiet for a moment.
    pub(crate) async fn changed(&self) {
        self.touched.notified().await;
        let settled = async { while tokio::time::timeout(QUIET, self.touched.notified()).await.is_ok() {} };
        let _ = tokio::time::timeout(LONGEST, settled).await;
    }
}

/// Reading is no change; neither is a file beside the one that is meant.
fn concerns(event: &notify::Event, wanted: &[PathBuf]) -> bool {
    if matches!(event.kind, EventKind::Access(notify::event::AccessKind::Open(_) | notify::event::AccessKind::Read)) {
        return false;
    }
    // A link swapped beside a watched file (`..data` of Kubernetes) changes it without naming it: the folder counts.
    event.paths.is_empty()
        || event.paths.iter().any(|path| {
            wanted
                .iter()
                .any(|wanted| path.starts_with(wanted) || (path.parent() == wanted.parent() && path.is_symlink()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_way_of_saving_a_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cpu.rhai");
        std::fs::write(&file, "one").unwrap();
        let watch = Watch::new(&[folder.path().to_path_buf()]).unwrap();
        for way in ["in place", "renamed over", "removed", "made anew"] {
            match way {
                "renamed over" => {
                    std::fs::write(folder.path().join(".cpu.rhai.swp"), "two").unwrap();
                    std::fs::rename(folder.path().join(".cpu.rhai.swp"), &file).unwrap();
                }
                "removed" => std::fs::remove_file(&file).unwrap(),
                _ => std::fs::write(&file, way).unwrap(),
            }
            tokio::time::timeout(Duration::from_secs(10), watch.changed())
                .await
                .unwrap_or_else(|_| panic!("not noticed: {way}"));
        }
    }

    #[tokio::test]
    async fn a_single_file_is_watched_through_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("autobot.yaml");
        std::fs::write(&file, "one").unwrap();
        let watch = Watch::new(std::slice::from_ref(&file)).unwrap();
        std::fs::write(folder.path().join("new"), "two").unwrap();
        std::fs::rename(folder.path().join("new"), &file).unwrap();
        tokio::time::timeout(Duration::from_secs(10), watch.changed())
            .await
            .expect("a rename over the file is a change of it");
    }
}
