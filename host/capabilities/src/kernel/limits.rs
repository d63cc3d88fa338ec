//! How much of what the kernel has a number of is taken: `/proc/sys/fs`, `/proc/sys/kernel`, `/proc/sys/net/netfilter`
//! (Documentation/admin-guide/sysctl/fs.rst and kernel.rst, Documentation/networking/nf_conntrack-sysctl.rst).
//!
//! Inodes are not among them: `inode-nr` tells how many are in memory, but since Linux 2.4 nothing bounds them, and a
//! number without an end is no limit.

use std::path::Path;

use super::source::{Source, optional};
use super::text::{Line, Malformed, lines, whole_number};
use crate::CapabilityError;

/// One thing of which there is a given number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// `file_descriptors`, `threads`, `processes`, `conntrack`, `neighbours`, `aio`, `entropy`.
    pub name: String,
    /// How many are taken.
    pub used: u64,
    /// How many there can be.
    pub most: u64,
}

pub(super) struct Reader {
    file_nr: Source,
    loadavg: Source,
    threads_max: Source,
    pid_max: Source,
    tracked: Source,
    tracked_most: Source,
    entropy: Source,
    pool: Source,
    aio: Source,
    aio_most: Source,
    arp: Source,
    arp_most: Source,
}

impl Reader {
    pub(super) fn new(root: &Path) -> Self {
        // The handlers of sysctl give their whole text at once, and nothing to those who read on.
        let sysctl = |path: &str| Source::single(root.join("proc/sys").join(path));
        Self {
            file_nr: sysctl("fs/file-nr"),
            loadavg: Source::single(root.join("proc/loadavg")),
            threads_max: sysctl("kernel/threads-max"),
            pid_max: sysctl("kernel/pid_max"),
            tracked: sysctl("net/netfilter/nf_conntrack_count"),
            tracked_most: sysctl("net/netfilter/nf_conntrack_max"),
            entropy: sysctl("kernel/random/entropy_avail"),
            pool: sysctl("kernel/random/poolsize"),
            aio: sysctl("fs/aio-nr"),
            aio_most: sysctl("fs/aio-max-nr"),
            arp: Source::records(root.join("proc/net/arp")),
            arp_most: sysctl("net/ipv4/neigh/default/gc_thresh3"),
        }
    }

    pub(super) fn read(&mut self) -> Result<Vec<Limit>, CapabilityError> {
        let mut limits = Vec::new();
        let mut add = |name: &str, found: Option<(u64, u64)>| {
            limits.extend(found.map(|(used, most)| Limit { name: name.to_owned(), used, most }));
        };
        add("file_descriptors", optional(self.file_nr.parse(parse_file_nr))?);
        let tasks = optional(self.loadavg.parse(parse_tasks))?;
        // Each thread has a number of its own, so that the numbers of processes run out by threads.
        add("processes", tasks.zip(optional(number(&mut self.pid_max, "the greatest process id"))?));
        add("threads", tasks.zip(optional(number(&mut self.threads_max, "the most threads"))?));
        // Absent where no firewall follows connections.
        let tracked = optional(number(&mut self.tracked, "tracked connections"))?;
        add("conntrack", tracked.zip(optional(number(&mut self.tracked_most, "the most tracked connections"))?));
        // Beyond it no new neighbour can be talked to.
        let neighbours = optional(self.arp.parse(|text| Ok(lines(text).skip(1).count() as u64)))?;
        add("neighbours", neighbours.zip(optional(number(&mut self.arp_most, "the most neighbours"))?));
        let aio = optional(number(&mut self.aio, "asynchronous operations"))?;
        add("aio", aio.zip(optional(number(&mut self.aio_most, "the most asynchronous operations"))?));
        // Bits. What is taken is what is missing, so that a full pool reads as none taken.
        let entropy = optional(number(&mut self.entropy, "bits of entropy"))?;
        let pool = optional(number(&mut self.pool, "the pool's size"))?;
        add("entropy", entropy.zip(pool).map(|(available, size)| (size.saturating_sub(available), size)));
        if limits.is_empty() {
            return Err(CapabilityError::NotPresent(
                "this kernel tells no limits: `/proc/sys` has none of those known here".to_owned(),
            ));
        }
        Ok(limits)
    }
}

fn number(source: &mut Source, what: &str) -> Result<u64, CapabilityError> {
    source.parse(|text| Line::whole(text).number(what))
}

/// `allocated  free  most`; those that are free are allocated and wait for use.
fn parse_file_nr(text: &[u8]) -> Result<(u64, u64), Malformed> {
    let mut line = Line::whole(text);
    let allocated = line.number("allocated files")?;
    let free = line.number("free files")?;
    Ok((allocated.saturating_sub(free), line.number("the most files")?))
}

/// The total of `0.00 0.01 0.05 2/131 16095`: all tasks there are.
fn parse_tasks(text: &[u8]) -> Result<u64, Malformed> {
    let mut line = Line::whole(text);
    line.skip(3);
    let field = line.expect_field("numbers of tasks")?;
    let total = field.split(|&byte| byte == b'/').nth(1).and_then(whole_number);
    total.ok_or_else(|| line.not_a_number("all tasks", field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn broken_lines_are_named() {
        let named = |error: Malformed| error.in_file(Path::new("/f")).to_string();
        assert_eq!(named(parse_file_nr(b"802\t0\n").unwrap_err()), "/f, line 1: ends before the most files");
        assert_eq!(
            named(parse_tasks(b"0.1 0.2 0.3 131 5").unwrap_err()),
            "/f, line 1: expected a number for all tasks, found `131`"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>) {
            let _ = parse_file_nr(&bytes);
            let _ = parse_tasks(&[b"0 0 0 1/", &bytes[..]].concat());
        }
    }
}
