//! Locks the child in before it loads a stranger's library: no new privileges, little memory, no files but those granted, no
//! system call that reaches beyond the process.

use std::collections::BTreeMap;

use landlock::{
    ABI, Access as _, AccessFs, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetStatus, Scope,
};
use rustix::process::{Resource, Rlimit, Signal, setrlimit};
use seccompiler::{SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule};

/// Where the loader looks for libraries.
const LIBRARIES: [&str; 5] = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache"];
/// What the program itself takes beside the plugin's memory.
const OWN_MEMORY: u64 = 24 << 20;
/// Open files.
const FILES: u64 = 64;

/// Locks this process in for good. Gives what the kernel cannot do, in words.
pub(super) fn enter(readable: &[String], memory: u64) -> Result<Option<&'static str>, String> {
    let failed = |what: &'static str| move |error: std::io::Error| format!("{what}: {error}");
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| failed("its end with the host's could not be arranged")(error.into()))?;
    rustix::thread::set_no_new_privs(true)
        .map_err(|error| failed("new privileges could not be ruled out")(error.into()))?;
    limits(memory).map_err(failed("its limits could not be set"))?;
    let landlocked = landlock(readable).map_err(|error| format!("landlock failed: {error}"))?;
    seccomp().map_err(|error| format!("seccomp failed: {error}"))?;
    Ok((!landlocked).then_some("this kernel has no landlock: a native plugin can read what the host's user can read"))
}

fn limits(memory: u64) -> std::io::Result<()> {
    let fixed = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
    for (resource, most) in [
        (Resource::Data, memory.saturating_add(OWN_MEMORY)),
        (Resource::Nofile, FILES),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Memlock, 0),
        (Resource::Msgqueue, 0),
    ] {
        setrlimit(resource, fixed(most))?;
    }
    Ok(())
}

/// Whether it took hold.
fn landlock(readable: &[String]) -> Result<bool, landlock::RulesetError> {
    let abi = ABI::V6;
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(landlock::AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?;
    let places = LIBRARIES.iter().map(|place| (*place, read | AccessFs::Execute));
    for (place, access) in places.chain(readable.iter().map(|place| (place.as_str(), read))) {
        // A place that is not there needs no rule; of a file only what fits one is taken.
        let Ok(opened) = PathFd::new(place) else { continue };
        let access = if std::path::Path::new(place).is_dir() { access } else { access & AccessFs::from_file(abi) };
        rules = rules.add_rule(PathBeneath::new(opened, access))?;
    }
    Ok(rules.restrict_self()?.ruleset != RulesetStatus::NotEnforced)
}

/// Two filters, of which the stricter wins: one says that `clone3` does not exist (its flags lie in memory, where no filter
/// can see them, and libraries then use `clone`), the other lets through what a process needs that keeps to itself.
fn seccomp() -> Result<(), seccompiler::Error> {
    let not_there = [(libc::SYS_clone3, Vec::new())].into_iter().collect::<BTreeMap<_, _>>();
    let errno = |number: i32| SeccompAction::Errno(number.unsigned_abs());
    let arch = std::env::consts::ARCH.try_into()?;
    let first = SeccompFilter::new(not_there, SeccompAction::Allow, errno(libc::ENOSYS), arch)?;
    let mut allowed: BTreeMap<i64, Vec<SeccompRule>> = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    // Threads, but no processes.
    let thread = SeccompCondition::new(
        0,
        SeccompCmpArgLen::Qword,
        SeccompCmpOp::MaskedEq(libc::CLONE_THREAD as u64),
        libc::CLONE_THREAD as u64,
    )?;
    allowed.insert(libc::SYS_clone, vec![SeccompRule::new(vec![thread])?]);
    let second = SeccompFilter::new(allowed, errno(libc::EPERM), SeccompAction::Allow, arch)?;
    for filter in [first, second] {
        let program: seccompiler::BpfProgram = filter.try_into()?;
        seccompiler::apply_filter(&program)?;
    }
    Ok(())
}

/// Nothing here starts a program, opens a socket, traces, mounts, or signals another process (`tgkill` reaches others only with
/// their ids, and `kill` is missing: without capabilities it could reach processes of the same user).
const ALLOWED: &[i64] = &[
    libc::SYS_read,
    libc::SYS_pread64,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_pwrite64,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_openat,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_statfs,
    libc::SYS_fstatfs,
    libc::SYS_lseek,
    libc::SYS_getdents64,
    libc::SYS_readlinkat,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_getcwd,
    libc::SYS_ioctl,
    libc::SYS_fcntl,
    libc::SYS_dup,
    libc::SYS_pipe2,
    libc::SYS_eventfd2,
    libc::SYS_ppoll,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_clone3,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_rseq,
    libc::SYS_membarrier,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_getrandom,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_tgkill,
    libc::SYS_restart_syscall,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_getrusage,
    libc::SYS_prctl,
    libc::SYS_exit,
    libc::SYS_exit_group,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_open,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_stat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lstat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_access,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_readlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_epoll_wait,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_arch_prctl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_time,
];
