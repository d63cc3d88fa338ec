//! Which of the lines of `/proc/self/mountinfo` are file systems that hold data, and which of them may keep one waiting.

use std::collections::HashMap;

use crate::kernel::text::{Line, Malformed, lines};

/// Kernel interfaces and images, which have no space of their own: node_exporter's default list.
const PSEUDO: [&str; 25] = [
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "erofs",
    "fusectl",
    "hugetlbfs",
    "iso9660",
    "mqueue",
    "nsfs",
    "proc",
    "procfs",
    "pstore",
    "ramfs",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "squashfs",
    "sysfs",
    "tracefs",
];

/// File systems of another machine: asking one waits for as long as that machine is away.
const NETWORK: [&str; 12] =
    ["nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "glusterfs", "lustre", "9p", "virtiofs"];

/// One line of `mountinfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// `major:minor`
    number: Vec<u8>,
    /// The folder within the file system that is mounted.
    root: Vec<u8>,
    pub(super) mount_point: Vec<u8>,
    pub(super) read_only: bool,
    pub(super) fs_type: Vec<u8>,
    pub(super) device: Vec<u8>,
}

impl Entry {
    /// It lives on another machine, or is a program's.
    pub(super) fn is_remote(&self) -> bool {
        is_one_of(&self.fs_type, &NETWORK) || self.fs_type.starts_with(b"fuse.") || self.fs_type == b"fuse"
    }

    /// Whoever asks it may wait: it is remote, or a program's although on a disk (NTFS-3G).
    pub(super) fn may_hang(&self) -> bool {
        self.is_remote() || self.fs_type == b"fuseblk"
    }
}

fn is_one_of(fs_type: &[u8], list: &[&str]) -> bool {
    list.iter().any(|name| name.as_bytes() == fs_type)
}

pub(super) fn parse(text: &[u8]) -> Result<Vec<Entry>, Malformed> {
    lines(text).map(parse_line).collect()
}

/// `27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard`
fn parse_line(mut line: Line<'_>) -> Result<Entry, Malformed> {
    line.skip(2);
    let number = line.expect_field("the device's number")?.to_vec();
    let root = unescape(line.expect_field("the root")?);
    let mount_point = unescape(line.expect_field("the mount point")?);
    let options = line.expect_field("the options")?;
    let read_only = options.split(|&byte| byte == b',').any(|option| option == b"ro");
    while line.expect_field("the separator")? != b"-" {}
    let fs_type = line.expect_field("the type")?.to_vec();
    // The source may be empty, which shows as two blanks: the next field then is the options of the super block.
    let device = unescape(line.field().unwrap_or_default());
    Ok(Entry { number, root, mount_point, read_only, fs_type, device })
}

/// Blanks and backslashes are written as three octal digits.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&byte, after)) = rest.split_first() {
        let octal = (byte == b'\\').then(|| after.get(..3)).flatten().and_then(|digits| {
            let text =
                std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|digit| digit.is_ascii_digit()))?;
            u8::from_str_radix(text, 8).ok()
        });
        match octal {
            Some(escaped) => {
                bytes.push(escaped);
                rest = &after[3..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    bytes
}

/// The mounts that say something about space, one for each file system, in the order in which they were mounted.
pub(super) fn choose(entries: Vec<Entry>) -> Vec<Entry> {
    // Of two mounts at one place only the later can be seen.
    let mut visible: HashMap<&[u8], usize> = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        visible.insert(&entry.mount_point, at);
    }
    let mut best: HashMap<&[u8], usize> = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        if visible.get(entry.mount_point.as_slice()) != Some(&at) || !holds_data(entry) {
            continue;
        }
        let rank = |at: usize| (entries[at].root != b"/", entries[at].mount_point.len(), at);
        let known = best.entry(&entry.number).or_insert(at);
        if rank(at) < rank(*known) {
            *known = at;
        }
    }
    let mut chosen: Vec<usize> = best.into_values().collect();
    chosen.sort_unstable();
    chosen.into_iter().map(|at| entries[at].clone()).collect()
}

fn holds_data(entry: &Entry) -> bool {
    // A container's overlay is left out, but within one it is the root of everything.
    let hidden_overlay = entry.fs_type == b"overlay" && entry.mount_point != b"/";
    !is_one_of(&entry.fs_type, &PSEUDO) && !hidden_overlay && !is_internal(&entry.mount_point)
}

/// Places of the kernel, of containers, and the files that container engines mount: node_exporter's default list and three more.
fn is_internal(mount_point: &[u8]) -> bool {
    let below = |folder: &str| {
        mount_point.strip_prefix(folder.as_bytes()).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    };
    let strictly_below = |folder: &str| mount_point.strip_prefix(folder.as_bytes()).is_some_and(|rest| rest.len() > 1);
    ["/dev", "/proc", "/sys", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"].iter().any(|folder| below(folder))
        || ["/run/credentials", "/var/lib/docker", "/var/lib/containers/storage"]
            .iter()
            .any(|folder| strictly_below(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::text::to_text;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn check(text: &str, expected: Expect) {
        let shown: Vec<String> = choose(parse(text.as_bytes()).unwrap())
            .iter()
            .map(|entry| {
                let texts = [&entry.device, &entry.mount_point, &entry.fs_type].map(|bytes| to_text(bytes));
                let read_only = if entry.read_only { " | ro" } else { "" };
                format!("{}{read_only}{}\n", texts.join(" | "), if entry.is_remote() { " | remote" } else { "" })
            })
            .collect();
        expected.assert_eq(&shown.concat());
    }

    #[test]
    fn file_systems_without_data_are_left_out() {
        check(
            "22 27 0:21 / /proc rw - proc proc rw\n\
             27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw\n\
             28 27 0:31 / /run rw - tmpfs tmpfs rw\n\
             29 27 0:32 / /dev/shm rw - tmpfs tmpfs rw\n\
             30 27 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro\n\
             31 27 0:40 / /mnt/share rw - nfs4 server:/x rw\n\
             32 27 0:41 / /home/me/far rw - fuse.sshfs me@far: rw\n\
             33 27 0:42 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw\n\
             34 27 8:17 / /mnt/backup\\040disk ro - xfs /dev/sdb1 rw\n",
            expect![[r#"
                /dev/vda | / | ext4
                tmpfs | /run | tmpfs
                server:/x | /mnt/share | nfs4 | remote
                me@far: | /home/me/far | fuse.sshfs | remote
                /dev/sdb1 | /mnt/backup disk | xfs | ro
            "#]],
        );
    }

    #[test]
    fn one_device_is_counted_once_at_its_own_root_or_at_the_shortest_path() {
        check(
            "1 0 8:2 / / rw - ext4 /dev/sda2 rw\n\
             2 1 8:2 /srv/data /data rw - ext4 /dev/sda2 rw\n\
             3 1 8:3 /exports/a /x rw - ext4 /dev/sda3 rw\n\
             4 1 8:3 / /mnt/all/of/it rw - ext4 /dev/sda3 rw\n\
             5 1 0:50 /@home /home rw - btrfs /dev/sdc rw\n\
             6 1 0:50 /@srv /srv/longer rw - btrfs /dev/sdc rw\n",
            expect![[r#"
                /dev/sda2 | / | ext4
                /dev/sda3 | /mnt/all/of/it | ext4
                /dev/sdc | /home | btrfs
            "#]],
        );
    }

    #[test]
    fn in_a_container_the_overlay_is_the_root_and_mounted_files_are_left_out() {
        check(
            "1 0 0:99 / / rw - overlay overlay rw\n\
             2 1 8:1 /var/lib/docker/c/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n\
             3 1 0:21 / /proc rw - proc proc rw\n",
            expect![[r#"
                overlay | / | overlay
            "#]],
        );
    }

    #[test]
    fn a_mount_that_lies_under_another_is_not_seen() {
        check(
            "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:30 / /tmp rw - tmpfs old rw\n3 1 0:31 / /tmp rw - tmpfs new rw\n",
            expect![[r#"
                /dev/sda1 | / | ext4
                new | /tmp | tmpfs
            "#]],
        );
    }

    #[test]
    fn broken_lines_are_named() {
        let error = parse(b"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /x rw shared:1\n").unwrap_err();
        assert_eq!(error.in_file(std::path::Path::new("/f")).to_string(), "/f, line 2: ends before the separator");
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>) {
            let _ = parse(&[b"1 0 8:1 / ", &bytes[..]].concat()).map(choose);
            let _ = unescape(&bytes);
        }
    }
}
