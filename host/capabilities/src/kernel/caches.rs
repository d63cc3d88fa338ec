//! What the kernel has found of names and files and remembers: `/proc/sys/fs/dentry-state` and `inode-nr`
//! (Documentation/admin-guide/sysctl/fs.rst).

use std::path::Path;

use super::source::Source;
use super::text::{Line, Malformed};
use crate::CapabilityError;

/// Names and files that are remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caches {
    /// Names.
    pub names: u64,
    /// Of them, those that nobody uses.
    pub names_unused: u64,
    /// Files.
    pub inodes: u64,
    /// Of them, those that nobody uses.
    pub inodes_unused: u64,
}

pub(super) struct Reader {
    names: Source,
    inodes: Source,
}

impl Reader {
    pub(super) fn new(root: &Path) -> Self {
        let sysctl = |name: &str| Source::single(root.join("proc/sys/fs").join(name));
        Self { names: sysctl("dentry-state"), inodes: sysctl("inode-nr") }
    }

    pub(super) fn read(&mut self) -> Result<Caches, CapabilityError> {
        let (names, names_unused) = self.names.parse(pair)?;
        let (inodes, inodes_unused) = self.inodes.parse(pair)?;
        Ok(Caches { names, names_unused, inodes, inodes_unused })
    }
}

/// Both files begin with how many there are and how many of these are unused. The kernel sums the counts of its processors
/// without stopping them, and may find less than none.
fn pair(text: &[u8]) -> Result<(u64, u64), Malformed> {
    let mut line = Line::whole(text);
    let mut next = |what: &str| {
        let field = line.expect_field(what)?;
        match field.strip_prefix(b"-") {
            Some(rest) if !rest.is_empty() && rest.iter().all(u8::is_ascii_digit) => Ok(0),
            _ => super::text::whole_number(field).ok_or_else(|| line.not_a_number(what, field)),
        }
    };
    Ok((next("all")?, next("the unused")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn less_than_none_is_none_and_broken_lines_are_named() {
        assert_eq!(pair(b"358281\t356067\t45\t0\t125539\t0\n"), Ok((358_281, 356_067)));
        assert_eq!(pair(b"10 -3\n"), Ok((10, 0)));
        let named = |text: &[u8]| pair(text).unwrap_err().in_file(Path::new("/f")).to_string();
        assert_eq!(named(b"10\n"), "/f, line 1: ends before the unused");
        assert_eq!(named(b"- 3\n"), "/f, line 1: expected a number for all, found `-`");
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>) {
            let _ = pair(&bytes);
        }
    }
}
