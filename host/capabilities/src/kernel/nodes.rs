//! Memory by node: `/sys/devices/system/node` (Documentation/admin-guide/numastat.rst).

use std::path::{Path, PathBuf};

use super::source::Source;
use super::table::{Rows, Slots, slots};
use super::text::{Malformed, lines, narrow, whole_number};
use crate::{CapabilityError, sysfs};

/// Nodes that are told at most.
const MOST: usize = 64;

/// Memory that is near to some of the processors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryNode {
    /// The kernel's number of it.
    pub id: u32,
    /// Bytes.
    pub total: u64,
    /// Of them, used for nothing.
    pub free: u64,
    /// Of files.
    pub file: u64,
    /// Of processes.
    pub anonymous: u64,
    /// Waiting to be written.
    pub dirty: u64,
    /// Pages taken from here, as was wanted; counted since boot, as the rest.
    pub hits: u64,
    /// Taken from here though wanted elsewhere.
    pub misses: u64,
    /// Wanted here and taken elsewhere.
    pub foreign: u64,
    /// Taken in turns.
    pub interleaved: u64,
    /// Taken by tasks that ran here.
    pub local: u64,
    /// By others.
    pub other: u64,
}

const MEMINFO: Slots<MemoryNode> = slots!(MemoryNode {
    "MemTotal" => total,
    "MemFree" => free,
    "FilePages" => file,
    "AnonPages" => anonymous,
    "Dirty" => dirty,
});
const NUMASTAT: Slots<MemoryNode> = slots!(MemoryNode {
    "numa_hit" => hits,
    "numa_miss" => misses,
    "numa_foreign" => foreign,
    "interleave_hit" => interleaved,
    "local_node" => local,
    "other_node" => other,
});

pub(super) struct Reader {
    folder: PathBuf,
    /// Found at the first read, and again when one of them fails.
    nodes: Vec<Node>,
    counts: Rows<MemoryNode>,
}

struct Node {
    id: u32,
    meminfo: Source,
    numastat: Source,
}

impl Reader {
    pub(super) fn new(root: &Path) -> Self {
        Self { folder: root.join("sys/devices/system/node"), nodes: Vec::new(), counts: Rows::new(NUMASTAT, b' ') }
    }

    pub(super) fn read(&mut self) -> Result<Vec<MemoryNode>, CapabilityError> {
        if self.nodes.is_empty() {
            self.find()?;
        }
        let read = self.nodes.iter_mut().map(|node| node.read(&mut self.counts)).collect();
        if matches!(read, Err(CapabilityError::NotPresent(_) | CapabilityError::Failed(_))) {
            self.nodes.clear();
        }
        read
    }

    fn find(&mut self) -> Result<(), CapabilityError> {
        let names = sysfs::names(&self.folder).map_err(|error| CapabilityError::of_file(&self.folder, &error))?;
        let numbered =
            names.iter().filter_map(|name| Some((name, whole_number(name.strip_prefix("node")?.as_bytes())?)));
        self.nodes = numbered.take(MOST).map(|(name, id)| Node::new(&self.folder.join(name), narrow(id))).collect();
        if self.nodes.is_empty() {
            return Err(CapabilityError::NotPresent(format!("{}: has no nodes", self.folder.display())));
        }
        Ok(())
    }
}

impl Node {
    fn new(folder: &Path, id: u32) -> Self {
        Self { id, meminfo: Source::single(folder.join("meminfo")), numastat: Source::single(folder.join("numastat")) }
    }

    fn read(&mut self, counts: &mut Rows<MemoryNode>) -> Result<MemoryNode, CapabilityError> {
        let mut node = MemoryNode { id: self.id, ..MemoryNode::default() };
        self.meminfo.parse(|text| parse_meminfo(text, &mut node))?;
        self.numastat.parse(|text| counts.parse(text, &mut node))?;
        Ok(node)
    }
}

/// `Node 0 MemTotal:       24684092 kB`
fn parse_meminfo(text: &[u8], node: &mut MemoryNode) -> Result<(), Malformed> {
    for mut line in lines(text) {
        line.skip(2);
        let name = line.field().and_then(|name| name.strip_suffix(b":")).unwrap_or_default();
        let Some((name, slot)) = MEMINFO.iter().find(|(wanted, _)| wanted.as_bytes() == name) else { continue };
        *slot(node) = line.number(name)?.saturating_mul(1024);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_line_begins_with_its_node() {
        let mut node = MemoryNode::default();
        parse_meminfo(b"Node 0 MemTotal: 8 kB\nNode 0 FilePages:   3 kB\nNode 0 HugePages_Total: 0\n", &mut node)
            .unwrap();
        assert_eq!((node.total, node.file), (8192, 3072));
        let error = parse_meminfo(b"Node 0 MemTotal: -8 kB\n", &mut node).unwrap_err();
        let problem = "/f, line 1: expected a number for MemTotal, found `-8`";
        assert_eq!(error.in_file(Path::new("/f")).to_string(), problem);
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>) {
            let _ = parse_meminfo(&[b"Node 0 MemTotal: ", &bytes[..]].concat(), &mut MemoryNode::default());
        }
    }
}
