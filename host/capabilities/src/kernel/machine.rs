//! What the machine is: facts that do not change while it runs.

use std::fs;

use autobot_model::Timestamp;
use serde::Serialize;

use super::Kernel;

/// What the machine is. A part that could not be read is empty or zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MachineInfo {
    /// Its host name.
    pub name: String,
    /// Release of its kernel: `6.12.9-amd64`.
    pub kernel: String,
    /// Its system as the distribution calls it: `Debian GNU/Linux 12 (bookworm)`.
    pub os: String,
    /// Processors that are online.
    pub processors: usize,
    /// Memory.
    pub memory_bytes: u64,
    /// When it was started.
    pub boot_ms: Timestamp,
}

pub(super) fn read(kernel: &Kernel) -> MachineInfo {
    let line =
        |path: &str| fs::read_to_string(kernel.root.join(path)).map(|text| text.trim().to_owned()).unwrap_or_default();
    let release = ["etc/os-release", "usr/lib/os-release"]
        .iter()
        .find_map(|path| fs::read_to_string(kernel.root.join(path)).ok().and_then(|text| pretty_name(&text)));
    MachineInfo {
        name: line("proc/sys/kernel/hostname"),
        kernel: line("proc/sys/kernel/osrelease"),
        os: release.unwrap_or_else(|| line("proc/sys/kernel/ostype")),
        processors: kernel.cpu().map(|cpu| cpu.cores.len()).unwrap_or_default(),
        memory_bytes: kernel.memory().map(|memory| memory.total).unwrap_or_default(),
        boot_ms: kernel.uptime().map(|uptime| uptime.boot).unwrap_or_default(),
    }
}

/// `PRETTY_NAME="..."` of os-release(5).
fn pretty_name(text: &str) -> Option<String> {
    of_release(text, "PRETTY_NAME")
}

/// The value of one `KEY="..."` of os-release(5), which has a shell's quotes.
pub(super) fn of_release(text: &str, key: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?.trim();
    let bare = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(value);
    Some(bare.replace("\\\"", "\"").replace("\\$", "$"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pretty_name_is_freed_of_its_quotes() {
        for (text, name) in [
            ("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n", Some("Debian GNU/Linux 12 (bookworm)")),
            ("PRETTY_NAME='Alpine \"Edge\"'", Some("Alpine \"Edge\"")),
            ("PRETTY_NAME=Void", Some("Void")),
            ("NAME=x", None),
        ] {
            assert_eq!(pretty_name(text).as_deref(), name);
        }
    }
}
