//! The disk that fails on demand (`faulty.c`), built, preloaded into a child, and steered from within it.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::program;

const CONTROL: &str = "FAULTY_CONTROL";
pub(crate) const NEEDS: &str = "this takes a C compiler, of Debian's package `gcc`";

pub(crate) const WRITES: i64 = 1;
pub(crate) const SYNCS: i64 = 2;
pub(crate) const TRUNCATIONS: i64 = 4;
pub(crate) const READS: i64 = 8;

pub(crate) const DATABASE: i64 = 1;
pub(crate) const LOG: i64 = 2;
pub(crate) const INDEX: i64 = 4;
pub(crate) const ACKNOWLEDGED: i64 = 8;

/// errno(3) of Linux; 0 is a write of half as much as was wanted.
pub(crate) const EIO: i64 = 5;
pub(crate) const ENOSPC: i64 = 28;
pub(crate) const SHORT: i64 = 0;

/// Builds the library in `folder`.
pub(crate) fn build(folder: &Path) -> PathBuf {
    let library = folder.join("faulty.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/faulty.c");
    let mut compiler = program("cc");
    compiler.args(["-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o"]).arg(&library).arg(source);
    let output = compiler.output().unwrap_or_else(|error| panic!("`cc` cannot be started: {error}; {NEEDS}"));
    assert!(output.status.success(), "{}\n{NEEDS}", String::from_utf8_lossy(&output.stderr));
    library
}

/// Has `command` run on a disk that fails as `folder` says.
pub(crate) fn failing(mut command: Command, library: &Path, folder: &Path) -> Command {
    let control = folder.join("control");
    std::fs::write(&control, [0; 72]).unwrap();
    command.env("LD_PRELOAD", library).env(CONTROL, control);
    command
}

/// What is to fail, in the words of `faulty.c`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) calls: i64,
    pub(crate) files: i64,
    /// Calls that succeed first.
    pub(crate) skip: i64,
    /// Calls that fail then.
    pub(crate) count: i64,
    pub(crate) error: i64,
}

/// The disk of this process.
pub(crate) struct Disk(File);

impl Disk {
    pub(crate) fn own() -> Self {
        let control = std::env::var_os(CONTROL).expect("the disk was preloaded");
        Self(OpenOptions::new().read(true).write(true).open(control).unwrap())
    }

    /// From now on it fails like this.
    pub(crate) fn fail(&self, fault: Fault) {
        self.put(0, 0);
        self.put(7, 0);
        self.put(8, 0);
        self.put(1, fault.files);
        self.put(2, fault.skip);
        self.put(3, fault.count);
        self.put(4, fault.error);
        self.put(5, 0);
        self.put(6, 0);
        self.put(0, fault.calls);
    }

    /// From now on these bytes of the database cannot be read.
    pub(crate) fn bad_sector(&self, bytes: std::ops::Range<i64>) {
        self.fail(Fault { calls: 0, files: DATABASE, skip: 0, count: i64::MAX, error: EIO });
        self.put(7, bytes.start);
        self.put(8, bytes.end);
        self.put(0, READS);
    }

    /// From now on it works.
    pub(crate) fn heal(&self) {
        self.put(0, 0);
    }

    /// Calls that were selected since the fault was named.
    pub(crate) fn seen(&self) -> i64 {
        self.get(5)
    }

    /// Those of them that failed.
    pub(crate) fn failed(&self) -> i64 {
        self.get(6)
    }

    fn put(&self, place: u64, number: i64) {
        self.0.write_all_at(&number.to_le_bytes(), place * 8).unwrap();
    }

    fn get(&self, place: u64) -> i64 {
        let mut bytes = [0; 8];
        self.0.read_exact_at(&mut bytes, place * 8).unwrap();
        i64::from_le_bytes(bytes)
    }
}
