//! A database that somebody else holds, and one that may not be written.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;

use rusqlite::Connection;

use crate::measured::{Source, assert_all, assert_sound, clock, open, try_open, wait_for_state};
use crate::process::{Mortal, anew, in_a_namespace, no_thread_may_panic, part, passes, tell, told};

const NEEDS: &str = "this takes `unshare`, `mount` and `setpriv`, of Debian's packages `util-linux` and `mount`, and a kernel that \
                     lets this user make user namespaces";

/// A process that holds the database, until it is told to let go.
struct Holder(Mortal);

impl Holder {
    fn of(path: &Path, how: &str) -> Self {
        let mut command = anew("files::the_child_that_holds_the_database", &format!("{how}|{}", path.display()));
        let mut child = Mortal(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
        let mut lines = BufReader::new(child.0.stdout.as_mut().unwrap()).lines();
        assert!(lines.any(|line| told(&line.unwrap()) == Some("it is held")), "the holder holds nothing");
        Self(child)
    }

    fn let_go(mut self) {
        self.0.0.stdin.take().unwrap().write_all(b"\n").unwrap();
        assert!(self.0.0.wait().unwrap().success());
    }
}

#[test]
fn while_another_process_holds_the_database_samples_stay_in_memory() {
    no_thread_may_panic();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = clock();
    let store = open(&path, &clock);
    let mut source = Source::new(&store, &clock, 0);
    source.ticks(200);
    store.settle().unwrap();
    let holder = Holder::of(&path, "BEGIN IMMEDIATE");
    source.tick();
    wait_for_state(&store, "degraded: ");
    let state = store.stats().state;
    assert!(state.contains("another program holds it"), "{state}");
    source.ticks(200);
    assert_all(&store, 0..source.next);
    holder.let_go();
    wait_for_state(&store, "writing");
    store.settle().unwrap();
    assert_all(&store, 0..source.next);
    store.close();
    let store = open(&path, &clock);
    assert_all(&store, 0..source.next);
    store.close();
    assert_sound(&path);
}

#[test]
fn a_database_that_another_process_holds_is_not_opened_and_not_harmed() {
    no_thread_may_panic();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = clock();
    let store = open(&path, &clock);
    let mut source = Source::new(&store, &clock, 0);
    source.ticks(50);
    store.close();
    drop((source, store));
    let holder = Holder::of(&path, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE");
    let error = try_open(&path, &clock).unwrap_err().to_string();
    assert!(error.contains("another program holds it"), "{error}");
    holder.let_go();
    let store = open(&path, &clock);
    assert_all(&store, 0..50);
    store.close();
}

/// Of no interest by itself.
#[test]
fn the_child_that_holds_the_database() {
    let Some(part) = part() else { return };
    let (how, path) = part.split_once('|').unwrap();
    let database = Connection::open(path).unwrap();
    database.execute_batch(how).unwrap();
    tell("it is held");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[test]
fn what_may_not_be_written_is_a_sentence_and_opens_again_when_it_may() {
    for how in ["file", "folder", "disk"] {
        let folder = tempfile::tempdir().unwrap();
        // Whoever may do anything may write what is read-only: that right is given up.
        let script = "mount -t tmpfs -o size=8m small \"$DIR\"; set -- setpriv --bounding-set=-dac_override,-dac_read_search \"$@\"";
        let part = format!("{how} {}", folder.path().display());
        passes(in_a_namespace(script, folder.path(), "files::the_child_that_may_not_write", &part), NEEDS);
    }
}

/// Of no interest by itself.
#[test]
fn the_child_that_may_not_write() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(part) = part() else { return };
    let (how, folder) = part.split_once(' ').unwrap();
    let (folder, path) = (Path::new(folder), Path::new(folder).join("autobot.db"));
    let clock = clock();
    let store = open(&path, &clock);
    let mut source = Source::new(&store, &clock, 0);
    source.ticks(50);
    store.close();
    drop((source, store));
    // Of a store that was closed they hold nothing; while they are there, the folder need not be written.
    for beside in ["autobot.db-wal", "autobot.db-shm"] {
        let _ = std::fs::remove_file(folder.join(beside));
    }
    let mode = |path: &Path, mode: u32| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    let mount = |how: &str| {
        let status = crate::process::program("mount").args(["-o", how]).arg(folder).status().unwrap();
        assert!(status.success(), "mount -o {how}");
    };
    let forbid = |forbidden: bool| match how {
        // SQLite makes the files beside it with its rights.
        "file" => std::fs::read_dir(folder)
            .unwrap()
            .for_each(|file| mode(&file.unwrap().path(), if forbidden { 0o444 } else { 0o644 })),
        "folder" => mode(folder, if forbidden { 0o555 } else { 0o755 }),
        _ => mount(if forbidden { "remount,ro" } else { "remount,rw" }),
    };
    forbid(true);
    let error = try_open(&path, &clock).unwrap_err().to_string();
    assert!(error.contains("it cannot be written"), "{error}");
    assert!(error.contains("check owner and rights"), "{error}");
    forbid(false);
    let store = open(&path, &clock);
    assert_all(&store, 0..50);
    store.close();
}
