//! Copies of a store's file, taken while it is written, and put back.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use autobot_store::care;
use rusqlite::Connection;

use crate::common::{Source, check, open};
use crate::filled::{clock, dyn_clock, filled, names, samples, samples_of};

#[test]
fn a_copy_taken_while_a_host_writes_holds_a_moment_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = clock();
    let store = open(&path, &clock);
    let source = Source::new(&store);
    source.tick(&store, 0);
    crate::common::wait("not written", &store, || store.stats().samples_total >= 3);
    let done = AtomicBool::new(false);
    let mut taken: Vec<PathBuf> = Vec::new();
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut second = 1;
            // No more than the window holds: this is faster than folds are on a busy machine.
            while !done.load(Ordering::Relaxed) && second < 7_000 {
                // Hours pass now and then, so that the tail is folded while copies are taken.
                clock.advance(Duration::from_secs(if second % 500 == 0 { 25_000 } else { 1 }));
                source.tick(&store, second);
                second += 1;
                crate::common::wait("not written", &store, || store.stats().queue < 100);
            }
        });
        for number in 0..5 {
            let to = folder.path().join(format!("copy-{number}.db"));
            let copied = care::backup(&path, &to);
            if let Ok(copied) = &copied {
                assert_eq!((copied.series, copied.bytes), (3, fs::metadata(&to).unwrap().len()), "{copied}");
            }
            taken.push(to);
            if copied.is_err() || number == 4 {
                done.store(true, Ordering::Relaxed);
                copied.unwrap();
            }
        }
        writing.join().unwrap();
    });
    store.close();
    let mut most = 0;
    for copy in taken {
        let checked = care::check(&copy).unwrap();
        assert!(checked.is_sound(), "{:?}", checked.findings);
        let opened = open(&copy, &crate::filled::clock());
        let count = samples(&opened).values().next().unwrap().len();
        check(&opened, 0..count as i64);
        assert!(count >= most, "{count} after {most}");
        most = count;
        opened.close();
    }
    let left: Vec<String> = names(folder.path()).into_iter().filter(|name| name.contains("partial")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_copy_writes_over_nothing_and_leaves_nothing_behind_when_it_fails() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    let to = folder.path().join("there.db");
    fs::write(&to, "something else").unwrap();
    let error = care::backup(&path, &to).unwrap_err().to_string();
    assert!(error.contains("exists already"), "{error}");
    assert_eq!(fs::read_to_string(&to).unwrap(), "something else");
    for nowhere in ["missing/copy.db", "/proc/copy.db"] {
        let error = care::backup(&path, &folder.path().join(nowhere)).unwrap_err().to_string();
        assert!(error.starts_with("could not make ") && error.contains("copy.db"), "{error}");
    }
    let error = care::backup(folder.path(), &folder.path().join("copy.db")).unwrap_err().to_string();
    assert!(error.contains("is a folder"), "{error}");
    // Pages in the middle of the tables.
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 20_000].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    let error = care::backup(&path, &folder.path().join("copy.db")).unwrap_err().to_string();
    assert!(error.contains("is damaged") && error.contains("store repair"), "{error}");
    assert_eq!(names(folder.path()), ["autobot.db", "there.db"]);
}

#[test]
fn what_is_put_back_is_what_was_copied_and_the_file_before_it_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (path, clock) = filled(folder.path());
    let before = samples_of(&path);
    let copy = folder.path().join("copy.db");
    care::backup(&path, &copy).unwrap();
    let store = open(&path, &clock);
    let source = Source::new(&store);
    (8_400..8_500).for_each(|second| source.tick(&store, second));
    let error = care::restore(&copy, &path, &dyn_clock()).unwrap_err().to_string();
    assert!(error.contains("is open elsewhere"), "{error}");
    store.close();
    drop((store, source));
    let later = samples_of(&path);
    assert_ne!(later, before);
    let done = care::restore(&copy, &path, &dyn_clock()).unwrap();
    assert_eq!(samples_of(&path), before);
    let aside = done.aside.clone().unwrap();
    assert_eq!(samples_of(&aside), later, "{done}");
    assert!(aside.to_string_lossy().ends_with(".before-restore-1790009000000"), "{done}");
    assert_eq!(names(folder.path()), ["autobot.db", "autobot.db.before-restore-1790009000000", "copy.db"]);
    // Where nothing was, nothing is kept.
    let new = folder.path().join("new.db");
    assert_eq!(care::restore(&copy, &new, &dyn_clock()).unwrap().aside, None);
    assert_eq!(samples_of(&new), before);
}

#[test]
fn a_killed_hosts_last_samples_are_kept_with_the_file_that_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let (path, clock) = filled(folder.path());
    let copy = folder.path().join("copy.db");
    care::backup(&path, &copy).unwrap();
    let store = open(&path, &clock);
    let source = Source::new(&store);
    (8_400..8_500).for_each(|second| source.tick(&store, second));
    crate::common::wait("not written", &store, || store.stats().samples_total >= 300);
    let killed = folder.path().join("killed");
    fs::create_dir(&killed).unwrap();
    for name in ["autobot.db", "autobot.db-wal"] {
        fs::copy(folder.path().join(name), killed.join(name)).unwrap();
    }
    store.close();
    let path = killed.join("autobot.db");
    let later = samples_of(&path);
    let done = care::restore(&copy, &path, &dyn_clock()).unwrap();
    assert_eq!(samples_of(&done.aside.unwrap()), later);
    assert_eq!(samples_of(&path), samples_of(&copy));
}

#[test]
fn a_copy_that_is_not_sound_is_not_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    let copy = folder.path().join("copy.db");
    care::backup(&path, &copy).unwrap();
    let whole = fs::read(&copy).unwrap();
    let present = fs::read(&path).unwrap();
    let refused = |bytes: &[u8], wanted: &str| {
        fs::write(&copy, bytes).unwrap();
        let error = care::restore(&copy, &path, &dyn_clock()).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
        assert!(fs::read(&path).unwrap() == present, "the file was changed");
        assert_eq!(names(folder.path()), ["autobot.db", "copy.db"]);
    };
    refused(&whole[..whole.len() / 2], "is damaged");
    refused(b"", "has none of the tables");
    let mut rubble = whole.clone();
    rubble[..4_096].fill(7);
    refused(&rubble, "is damaged");
    fs::write(&copy, &whole).unwrap();
    Connection::open(&copy).unwrap().pragma_update(None, "user_version", 99).unwrap();
    refused(&fs::read(&copy).unwrap(), "newer autobot-host (its schema is version 99");
}

#[cfg(unix)]
#[test]
fn a_file_in_a_folder_that_cannot_be_written_is_read_all_the_same() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data ?#%");
    fs::create_dir(&data).unwrap();
    let (path, _) = filled(&data);
    let wanted = care::stats(&path).unwrap().samples;
    let rights = |mode| fs::set_permissions(&data, fs::Permissions::from_mode(mode)).unwrap();
    rights(0o555);
    let found = (care::stats(&path), care::check(&path), care::backup(&path, &folder.path().join("copy.db")));
    rights(0o755);
    assert_eq!(found.0.unwrap().samples, wanted);
    assert!(found.1.unwrap().is_sound());
    found.2.unwrap();
}

#[cfg(unix)]
#[test]
fn what_is_put_back_belongs_to_whom_the_file_before_belonged() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    let copy = folder.path().join("copy.db");
    care::backup(&path, &copy).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    // Only root can give files away; anybody else's stay their own.
    let nobody = 65_534;
    let owner = if chown(&path, Some(nobody), None).is_ok() { nobody } else { fs::metadata(&path).unwrap().uid() };
    let who = |path: &std::path::Path| {
        let data = fs::metadata(path).unwrap();
        (data.uid(), data.mode() & 0o777)
    };
    let aside = care::restore(&copy, &path, &dyn_clock()).unwrap().aside.unwrap();
    assert_eq!((who(&path), who(&aside)), ((owner, 0o640), (owner, 0o640)));
    care::repair(&path, &dyn_clock()).unwrap();
    assert_eq!(who(&path), (owner, 0o640));
}

#[cfg(unix)]
#[test]
fn behind_a_link_it_is_the_file_itself_that_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    let copy = folder.path().join("copy.db");
    care::backup(&path, &copy).unwrap();
    let links = folder.path().join("links");
    fs::create_dir(&links).unwrap();
    let link = links.join("autobot.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let restored = care::restore(&copy, &link, &dyn_clock()).unwrap();
    let repaired = care::repair(&link, &dyn_clock()).unwrap();
    assert_eq!(names(&links), ["autobot.db"]);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    for aside in [restored.aside.unwrap(), repaired.aside] {
        assert_eq!(aside.parent(), fs::canonicalize(&path).unwrap().parent(), "{}", aside.display());
    }
    let error = care::restore(&path, &link, &dyn_clock()).unwrap_err().to_string();
    assert!(error.contains("is the store's file itself"), "{error}");
}
