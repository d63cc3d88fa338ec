//! One process's `stat`, proc_pid_stat(5).

use crate::kernel::text::{Line, whole_number};

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProcessState {
    Running,
    Sleeping,
    Blocked,
    Stopped,
    Zombie,
    Idle,
}

/// The columns that are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProcessStat {
    pub(super) name: Vec<u8>,
    pub(super) state: ProcessState,
    pub(super) cpu_ticks: u64,
    pub(super) threads: u32,
    /// Ticks since boot.
    pub(super) started: u64,
    pub(super) resident_pages: u64,
    /// One of the kernel's own.
    pub(super) is_kernel: bool,
}

/// `PF_KTHREAD` of the kernel's `sched.h`.
const KERNEL_THREAD: u64 = 0x0020_0000;

/// Nothing when the text is not whole: a process that is being torn down is left out, it is no error.
pub(super) fn parse(text: &[u8]) -> Option<ProcessStat> {
    // The name may hold blanks and parentheses of its own.
    let open = text.iter().position(|&byte| byte == b'(')?;
    let close = text.iter().rposition(|&byte| byte == b')')?;
    let name = text.get(open + 1..close)?;
    let mut line = Line::whole(text.get(close + 1..)?);
    let mut number = |skip: usize| -> Option<u64> {
        line.skip(skip);
        whole_number(line.field()?)
    };
    let state = match Line::whole(text.get(close + 1..)?).field()? {
        b"R" => ProcessState::Running,
        b"D" => ProcessState::Blocked,
        b"T" | b"t" => ProcessState::Stopped,
        b"Z" | b"X" | b"x" => ProcessState::Zombie,
        b"I" => ProcessState::Idle,
        // S, and what older kernels had: W, K, P.
        _ => ProcessState::Sleeping,
    };
    let flags = number(6)?;
    let user = number(4)?;
    let system = number(0)?;
    let threads = number(4)?;
    let started = number(1)?;
    let resident_pages = number(1)?;
    let name = match name.iter().position(|&byte| byte == b'/') {
        // `kworker/0:1-events`: one of many that come and go.
        Some(slash) if flags & KERNEL_THREAD != 0 => &name[..slash],
        _ => name,
    };
    Some(ProcessStat {
        is_kernel: flags & KERNEL_THREAD != 0,
        name: name.to_vec(),
        state,
        cpu_ticks: user.saturating_add(system),
        threads: u32::try_from(threads).unwrap_or(u32::MAX),
        started,
        resident_pages,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REST: &str = "18416 18416 14864 0 -1 4194304 99 0 0 0 7 5 0 0 20 0 3 0 1084742 3133440 358 1844 94 94 14 0 0";

    #[test]
    fn columns_are_found_whatever_the_name_holds() {
        for name in ["cat", "(sd-pam)", "tmux: server", "a) R 1 (b", ""] {
            let stat = parse(format!("18479 ({name}) S {REST}\n").as_bytes()).unwrap();
            let expected = ProcessStat {
                name: name.as_bytes().to_vec(),
                state: ProcessState::Sleeping,
                cpu_ticks: 12,
                threads: 3,
                started: 1_084_742,
                resident_pages: 358,
                is_kernel: false,
            };
            assert_eq!(stat, expected);
        }
    }

    #[test]
    fn kernel_threads_are_called_by_what_they_have_in_common() {
        let rest = REST.replace("4194304", "69238880");
        assert_eq!(parse(format!("9 (kworker/0:1-ev) I {rest}").as_bytes()).unwrap().name, b"kworker");
        assert_eq!(parse(format!("9 (a/b) S {REST}").as_bytes()).unwrap().name, b"a/b");
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_left_out(bytes: Vec<u8>) {
            let _ = parse(&bytes);
            let _ = parse(&[b"1 (x) R 1 1 1 1 1 1 ", &bytes[..]].concat());
        }

        #[test]
        fn a_text_that_is_cut_off_is_left_out(length in 0usize..60) {
            let whole = format!("18479 (cat) S {REST}\n");
            prop_assert_eq!(parse(&whole.as_bytes()[..length]), None);
        }
    }
}
