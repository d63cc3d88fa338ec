//! Names of users: `/etc/passwd`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::text::{lines, to_text, whole_number};

/// How long names are kept before the file is read again.
const KEPT: Duration = Duration::from_secs(600);
/// Users known at once; a machine with more shows the rest by number.
const MOST: usize = 10_000;

/// Names by number. Users that the file does not have (a container's, a directory service's) are called by their number.
pub(super) struct Users {
    path: PathBuf,
    read_at: Option<Duration>,
    names: HashMap<u32, Arc<str>>,
}

impl Users {
    pub(super) fn new(root: &Path) -> Self {
        Self { path: root.join("etc/passwd"), read_at: None, names: HashMap::new() }
    }

    /// The name of user `id` as of `now` (monotonic).
    pub(super) fn name(&mut self, id: u32, now: Duration) -> Arc<str> {
        if self.read_at.is_none_or(|at| now.saturating_sub(at) > KEPT) {
            self.read_at = Some(now);
            // Without the file there are numbers.
            self.names = std::fs::read(&self.path).map(|text| parse(&text)).unwrap_or_default();
        }
        self.names.get(&id).cloned().unwrap_or_else(|| id.to_string().into())
    }
}

/// `name:password:uid:...`; lines that are not so are passed over, as every program does with this file.
fn parse(text: &[u8]) -> HashMap<u32, Arc<str>> {
    let mut names = HashMap::new();
    for line in lines(text).take(MOST) {
        let mut fields = line.rest.split(|&byte| byte == b':');
        let (Some(name), Some(_), Some(id)) = (fields.next(), fields.next(), fields.next()) else { continue };
        if let Some(id) = whole_number(id).and_then(|id| u32::try_from(id).ok()) {
            // Of two names for one number the first counts.
            names.entry(id).or_insert_with(|| to_text(name).into());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_come_from_the_file_and_numbers_stand_in_for_the_rest() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("etc")).unwrap();
        let file = root.path().join("etc/passwd");
        std::fs::write(&file, "root:x:0:0:root:/root:/bin/bash\ntoor:x:0:0::/:\n# odd\n\nredis:x:105:110::/:\n")
            .unwrap();
        let mut users = Users::new(root.path());
        let mut names = |seconds| [0, 105, 70_000].map(|id| users.name(id, Duration::from_secs(seconds)).to_string());
        assert_eq!(names(0), ["root", "redis", "70000"]);
        std::fs::write(&file, "app:x:70000:1::/:\n").unwrap();
        assert_eq!(names(600), ["root", "redis", "70000"]);
        assert_eq!(names(601), ["0", "105", "app"]);
    }

    proptest! {
        #[test]
        fn any_text_gives_names(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }
    }
}
