//! Mounts that answer, that do not, and that come back.

use std::collections::HashSet;
use std::fs;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use super::*;

/// A machine with these mounts.
fn machine(mounts: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("proc/self")).unwrap();
    let line = |(at, (place, kind)): (usize, &(&str, &str))| format!("1 0 0:{at} / {place} rw - {kind} dev{at} rw\n");
    let text: String = mounts.iter().enumerate().map(line).collect();
    fs::write(root.path().join("proc/self/mountinfo"), text).unwrap();
    for (place, _) in mounts {
        fs::create_dir_all(root.path().join(&place[1..])).unwrap();
    }
    root
}

/// Servers that are away, and what was asked of whom.
#[derive(Default)]
struct Servers {
    away: Mutex<HashSet<String>>,
    back: Condvar,
    asked: Mutex<Vec<String>>,
}

fn reader(root: &Path, servers: &Arc<Servers>) -> Reader {
    let servers = servers.clone();
    let ask = move |path: &Path| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        servers.asked.lock().push(name.clone());
        let mut away = servers.away.lock();
        while away.contains(&name) {
            servers.back.wait(&mut away);
        }
        if name == "stale" { Err(rustix::io::Errno::STALE.into()) } else { super::ask(path) }
    };
    Reader::with(root, Apart::within(std::time::Duration::from_millis(50), ask))
}

fn shown(mounts: &[Mount]) -> Vec<String> {
    mounts.iter().map(|mount| format!("{} {}", mount.mount_point, mount.problem.as_deref().unwrap_or("ok"))).collect()
}

#[test]
fn a_server_that_is_away_is_waited_for_once_and_comes_back() {
    let root =
        machine(&[("/", "ext4"), ("/far", "nfs4"), ("/near", "cifs"), ("/far/below", "ext4"), ("/stale", "nfs")]);
    let servers = Arc::new(Servers::default());
    servers.away.lock().extend(["far".to_owned(), "below".to_owned()]);
    let mut reader = reader(root.path(), &servers);
    let away = [
        "/ ok",
        "/far it does not answer",
        "/near ok",
        "/far/below it does not answer",
        "/stale Stale file handle (os error 116)",
    ];
    assert_eq!(shown(&reader.read().unwrap()), away);
    assert_eq!(shown(&reader.read().unwrap()), away);
    let count = |name: &str| servers.asked.lock().iter().filter(|asked| *asked == name).count();
    assert_eq!((count("far"), count("below"), count("near")), (1, 1, 2), "what hangs is not asked twice");
    servers.away.lock().clear();
    servers.back.notify_all();
    // It answers as soon as its thread has run.
    while shown(&reader.read().unwrap()).iter().any(|line| line.ends_with("answer")) {
        std::thread::yield_now();
    }
    assert!(reader.read().unwrap()[1].remote);
}

#[test]
fn when_too_many_hang_no_more_threads_are_begun_and_local_ones_are_told() {
    let names: Vec<String> = (0..40).map(|n| format!("/nfs{n}")).collect();
    let mut mounts = vec![("/", "ext4")];
    mounts.extend(names.iter().map(|name| (name.as_str(), "nfs4")));
    let root = machine(&mounts);
    let servers = Arc::new(Servers::default());
    servers.away.lock().extend(names.iter().map(|name| name[1..].to_owned()));
    let mut reader = reader(root.path(), &servers);
    for _ in 0..3 {
        let shown = shown(&reader.read().unwrap());
        assert_eq!((shown.len(), shown[0].as_str()), (41, "/ ok"));
        assert!(shown[1..].iter().all(|line| line.ends_with("it does not answer")));
        assert!(servers.asked.lock().len() <= 16);
    }
    servers.away.lock().clear();
    servers.back.notify_all();
}

#[test]
fn of_a_thousand_mounts_and_more_the_first_are_told() {
    let names: Vec<String> = (0..1200).map(|n| format!("/m{n}")).collect();
    let root = machine(&names.iter().map(|name| (name.as_str(), "ext4")).collect::<Vec<_>>());
    assert_eq!(Reader::new(root.path()).read().unwrap().len(), MOST);
}

#[test]
fn names_are_told_whatever_they_hold_and_what_vanished_is_left_out() {
    let root = machine(&[("/", "ext4"), ("/with\\040blank\\012line", "ext4"), ("/qu\"ote", "ext4")]);
    fs::create_dir_all(root.path().join("with blank\nline")).unwrap();
    let mut text = fs::read(root.path().join("proc/self/mountinfo")).unwrap();
    text.extend_from_slice(b"1 0 0:77 / /gone rw - ext4 dev rw\n1 0 0:78 / /\xff\xfe rw - ext4 dev rw\n");
    fs::write(root.path().join("proc/self/mountinfo"), text).unwrap();
    fs::create_dir_all(root.path().join(OsStr::from_bytes(b"\xff\xfe"))).unwrap();
    let mounts = Reader::new(root.path()).read().unwrap();
    let names: Vec<_> = mounts.iter().map(|mount| mount.mount_point.as_str()).collect();
    assert_eq!(names, ["/", "/with blank\nline", "/qu\"ote", "/\u{fffd}\u{fffd}"]);
}
