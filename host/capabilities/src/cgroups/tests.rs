//! A recorded server, trees that change between two looks, and this machine.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect;
use tempfile::TempDir;

use super::Cgroups;
use crate::CapabilityError;

fn recorded() -> Cgroups {
    Cgroups::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/server-22-cores"))
}

fn paths(cgroups: &Cgroups, depth: usize, limit: usize) -> Vec<String> {
    cgroups.read(depth, limit).unwrap().into_iter().map(|group| group.path).collect()
}

/// A tree of groups, each with a process, as it is below the mount.
struct Tree {
    folder: TempDir,
    top: PathBuf,
}

impl Tree {
    fn at(mount: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().join(mount);
        fs::create_dir_all(&top).unwrap();
        fs::write(top.join("cgroup.controllers"), "\n").unwrap();
        Self { folder, top }
    }

    fn group(&self, path: &str, micros: u64) {
        let group = self.top.join(path);
        fs::create_dir_all(&group).unwrap();
        fs::write(group.join("cgroup.events"), "populated 1\nfrozen 0\n").unwrap();
        fs::write(group.join("cgroup.procs"), "1\n").unwrap();
        fs::write(group.join("cpu.stat"), format!("usage_usec {micros}\n")).unwrap();
    }
}

#[test]
fn a_service_tells_all_that_its_controllers_count() {
    let groups = recorded().read(8, 1000).unwrap();
    let redis = groups.iter().find(|group| group.path.ends_with("redis.service")).unwrap();
    expect![[r#"
        Group {
            path: "/system.slice/redis.service",
            processes: 2,
            cpu_micros: 7000000000,
            cpu_user_micros: 5250000000,
            cpu_system_micros: 1750000000,
            throttled_micros: 480000,
            throttled_periods: 12,
            memory: Some(
                2147483648,
            ),
            memory_limit: Some(
                4294967296,
            ),
            memory_swap: Some(
                1048576,
            ),
            memory_anonymous: 1900000000,
            memory_file: 200000000,
            oom_kills: 1,
            cpu_limit: Some(
                1.5,
            ),
            read_bytes: 4097000,
            written_bytes: 8192000,
            reads: 1001,
            writes: 2000,
            cpu_stalls: Some(
                Pressure {
                    some: Stall {
                        avg10: 0.125,
                        avg60: 0.001,
                        avg300: 0.0002,
                        total_micros: 63902684,
                    },
                    full: Some(
                        Stall {
                            avg10: 0.0,
                            avg60: 0.0,
                            avg300: 0.0,
                            total_micros: 31951342,
                        },
                    ),
                },
            ),
            memory_stalls: Some(
                Pressure {
                    some: Stall {
                        avg10: 0.0,
                        avg60: 0.001,
                        avg300: 0.0002,
                        total_micros: 10,
                    },
                    full: Some(
                        Stall {
                            avg10: 0.0,
                            avg60: 0.0,
                            avg300: 0.0,
                            total_micros: 5,
                        },
                    ),
                },
            ),
            io_stalls: Some(
                Pressure {
                    some: Stall {
                        avg10: 0.015,
                        avg60: 0.001,
                        avg300: 0.0002,
                        total_micros: 200,
                    },
                    full: Some(
                        Stall {
                            avg10: 0.0,
                            avg60: 0.0,
                            avg300: 0.0,
                            total_micros: 100,
                        },
                    ),
                },
            ),
        }
    "#]]
    .assert_eq(&format!("{redis:#?}\n"));
}

#[test]
fn groups_come_by_cpu_time_down_to_the_depth_and_empty_ones_not_at_all() {
    assert_eq!(paths(&recorded(), 1, 1000), ["/system.slice", "/user.slice", "/init.scope"]);
    assert_eq!(paths(&recorded(), 2, 3), ["/system.slice", "/system.slice/redis.service", "/user.slice"]);
    assert_eq!(paths(&recorded(), 99, 1000).len(), 7);
    assert!(paths(&recorded(), 0, 1000).is_empty() && paths(&recorded(), 8, 0).is_empty());
}

#[test]
fn processes_count_above_even_when_their_groups_are_too_deep_to_be_told() {
    let groups = recorded().read(1, 1000).unwrap();
    let counts: Vec<_> = groups.iter().map(|group| (group.path.as_str(), group.processes)).collect();
    assert_eq!(counts, [("/system.slice", 3), ("/user.slice", 3), ("/init.scope", 1)]);
}

#[test]
fn those_that_used_the_most_since_the_look_before_come_first() {
    let tree = Tree::at("sys/fs/cgroup");
    let cgroups = Cgroups::open(tree.folder.path());
    for (path, micros) in [("old", 9_000), ("busy", 100), ("calm", 50), ("calm/deep", 40)] {
        tree.group(path, micros);
    }
    assert_eq!(paths(&cgroups, 1, 10), ["/old", "/busy", "/calm"]);
    tree.group("busy", 200);
    tree.group("calm", 60);
    tree.group("new", 30);
    assert_eq!(paths(&cgroups, 1, 10), ["/busy", "/new", "/calm", "/old"]);
    // A service that was started again begins at 0, and what it used since then counts.
    tree.group("old", 70);
    tree.group("busy", 201);
    assert_eq!(paths(&cgroups, 1, 2), ["/old", "/busy"]);
    fs::remove_dir_all(tree.top.join("old")).unwrap();
    assert_eq!(paths(&cgroups, 2, 1), ["/calm/deep"], "first seen at this depth: all that it used");
    assert_eq!(paths(&cgroups, 1, 10).len(), 3);
    tree.group("calm/deep", 41);
    tree.group("new", 50);
    assert_eq!(paths(&cgroups, 2, 2), ["/new", "/calm/deep"], "a look less deep forgets nothing");
    assert_eq!(cgroups.before.lock().used.len(), 4, "of groups that are gone nothing is kept");
}

#[test]
fn version_2_beside_version_1_is_found_and_version_1_alone_is_not_present() {
    let tree = Tree::at("sys/fs/cgroup/unified");
    tree.group("system.slice", 5);
    fs::create_dir_all(tree.folder.path().join("sys/fs/cgroup/memory/system.slice")).unwrap();
    assert_eq!(paths(&Cgroups::open(tree.folder.path()), 8, 10), ["/system.slice"]);
    let old = tempfile::tempdir().unwrap();
    fs::create_dir_all(old.path().join("sys/fs/cgroup/cpu")).unwrap();
    let error = Cgroups::open(old.path()).read(1, 1).unwrap_err();
    expect!["not present: /sys/fs/cgroup: no control groups of version 2 here; boot with `systemd.unified_cgroup_hierarchy=1`"]
        .assert_eq(&error.to_string().replace(&old.path().display().to_string(), ""));
}

#[test]
fn names_are_made_readable_and_half_written_groups_left_out() {
    let tree = Tree::at("sys/fs/cgroup");
    tree.group("app\nname", 5);
    let group = tree.top.join("broken");
    fs::create_dir_all(&group).unwrap();
    fs::write(group.join("cgroup.events"), "populated 1\n").unwrap();
    fs::write(group.join("cpu.stat"), "usage_usec many\n").unwrap();
    let groups = Cgroups::open(tree.folder.path()).read(3, 10).unwrap();
    assert_eq!(groups.iter().map(|group| group.path.as_str()).collect::<Vec<_>>(), ["/app name"]);
    assert_eq!((groups[0].memory, groups[0].cpu_limit, groups[0].io_stalls), (None, None, None));
}

#[test]
fn an_idle_group_tells_its_memory_at_each_look_and_all_else_within_ten() {
    let tree = Tree::at("sys/fs/cgroup");
    let cgroups = Cgroups::open(tree.folder.path());
    let write = |file: &str, content: &str| fs::write(tree.top.join("a").join(file), content).unwrap();
    let look = || {
        let group = cgroups.read(1, 10).unwrap().remove(0);
        (group.memory, group.memory_limit, group.processes)
    };
    tree.group("a", 500);
    write("memory.current", "1000\n");
    write("memory.max", "max\n");
    assert_eq!(look(), (Some(1000), None, 1));
    write("memory.max", "5000\n");
    write("memory.current", "900\n");
    write("cgroup.procs", "1\n2\n");
    assert_eq!(look(), (Some(900), None, 2));
    let told = (0..super::LOOKS_TO_ALL).position(|_| look() == (Some(900), Some(5000), 2));
    assert!(told.is_some(), "the limit was never told");
    // One that works tells all at once, and so does another of the same name.
    write("memory.max", "6000\n");
    tree.group("a", 501);
    assert_eq!(look(), (Some(900), Some(6000), 1));
    fs::remove_dir_all(tree.top.join("a")).unwrap();
    tree.group("a", 501);
    assert_eq!(look(), (None, None, 1));
}

#[test]
fn numbers_below_zero_or_half_written_are_not_told() {
    let tree = Tree::at("sys/fs/cgroup");
    let cgroups = Cgroups::open(tree.folder.path());
    tree.group("a", 500);
    for (file, content) in [
        ("memory.current", "-4096\n"),
        ("memory.max", ""),
        ("memory.stat", "anon\nfile -1\n"),
        ("cpu.max", "1500"),
        ("io.stat", "8:0 rbytes=-1 wbytes= rios=1"),
        ("io.pressure", "some avg10=0.1"),
    ] {
        fs::write(tree.top.join("a").join(file), content).unwrap();
    }
    let group = cgroups.read(1, 10).unwrap().remove(0);
    assert_eq!((group.memory, group.memory_limit, group.cpu_limit, group.io_stalls), (None, None, None, None));
    assert_eq!((group.memory_anonymous, group.memory_file, group.read_bytes, group.reads), (0, 0, 0, 1));
}

#[test]
fn this_machine_is_read_whatever_it_has() {
    let read = Cgroups::open(Path::new("/")).read(8, 1000);
    assert!(matches!(read, Ok(_) | Err(CapabilityError::NotPresent(_))), "{read:?}");
}
