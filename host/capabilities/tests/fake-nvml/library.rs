//! The library of `nvml.c`, built by the test that uses it, and the text file that it answers from. End-to-end tests use it
//! too; no product does.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot build its library has failed")]

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

/// What a laptop's GPU says at work.
pub(crate) const LAPTOP: &str = "\
- driver 580.82.07
- cuda 13000
- devices 1
0 name NVIDIA GeForce RTX 4070 Laptop GPU
0 uuid GPU-5f3c2a10-77aa-4d1e-9b1e-0123456789ab
0 bus 00000000:01:00.0
0 utilization 37 12
0 encoder 5 167000
0 decoder 0 167000
0 memory 8585740288 362807296 2147483648
0 bar1 8589934592 6291456
0 temperature.0 61
0 threshold.0 105
0 threshold.1 102
0 power 54321
0 enforced_limit 80000
0 default_limit 80000
0 energy 987654321
0 clock.0 2175
0 clock.1 2175
0 clock.2 8001
0 clock.3 1785
0 max_clock.0 3105
0 max_clock.2 8001
0 state 2
0 reasons 5
0 generation 4
0 width 8
0 max_generation 4
0 max_width 8
0 throughput.0 1000
0 throughput.1 250000
0 replays 3
0 persistence 0
0 samples
0 compute 4242 1073741824
0 graphics 4242 1073741824
0 graphics 1701 -
0 sample 4242 1794999999900000 33 10
0 sample 4242 1794999999500000 99 99
0 sample 1701 1794999990000000 50 50
- process.1701 /usr/lib/xorg/Xorg :0 -auth /run/secret
";

/// A driver of its own, in a folder of its own.
pub(crate) struct Nvml {
    pub(crate) folder: TempDir,
}

impl Nvml {
    /// The state without the library.
    pub(crate) fn absent(state: &str) -> Self {
        let fake = Self { folder: tempfile::tempdir().unwrap() };
        fake.says(state);
        fake
    }

    pub(crate) fn new(state: &str) -> Self {
        let fake = Self::absent(state);
        fake.install();
        fake
    }

    /// From now on.
    pub(crate) fn says(&self, state: &str) {
        // A reader in between sees one or the other.
        let next = self.folder.path().join("state.next");
        std::fs::write(&next, state).unwrap();
        std::fs::rename(next, self.folder.path().join("state")).unwrap();
    }

    pub(crate) fn library(&self) -> PathBuf {
        self.folder.path().join("libnvidia-ml.so.1")
    }

    /// Builds the library to where it is looked for.
    pub(crate) fn install(&self) {
        let source = self.folder.path().join("nvml.c");
        std::fs::write(&source, include_str!("nvml.c")).unwrap();
        let built = self.folder.path().join("built.so");
        let state = format!("-DSTATE_FILE=\"{}\"", self.folder.path().join("state").display());
        let arguments =
            ["-shared", "-fPIC", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Werror", "-o"];
        let done = Command::new("cc").args(arguments).arg(&built).arg(state).arg(source).status();
        let done =
            done.expect("the tests of GPUs need a C compiler: install gcc (Debian: `apt install gcc libc6-dev`)");
        assert!(done.success(), "`cc` could not build nvml.c");
        std::fs::rename(built, self.library()).unwrap();
    }
}
