//! A folder of recorded processes that changes from look to look, and this machine's own.

use std::fs;

use autobot_model::{ManualClock, SystemClock, Timestamp};

use super::*;

struct World {
    root: tempfile::TempDir,
    clock: Arc<ManualClock>,
    reader: Reader,
}

impl World {
    fn new() -> Self {
        // In memory where there is such a place: a disk takes half a minute over ten thousand folders.
        let root = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        fs::create_dir(root.path().join("proc")).unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let mut reader = Reader::new(root.path(), clock.clone());
        reader.micros_per_tick = 10_000;
        reader.page_size = 4096;
        Self { root, clock, reader }
    }

    /// A process as it is now; `fs::write` keeps the file, so that kept descriptors see the change.
    fn set(&self, id: u32, name: &str, state: char, ticks: u64, pages: u64, started: u64) {
        let folder = self.root.path().join(format!("proc/{id}"));
        fs::create_dir_all(&folder).unwrap();
        let text = format!("{id} ({name}) {state} 1 1 1 0 -1 0 0 0 0 0 {ticks} 0 0 0 20 0 2 0 {started} 0 {pages} 0\n");
        fs::write(folder.join("stat"), text).unwrap();
    }

    fn io(&self, id: u32, read: u64, written: u64) {
        let text = format!("rchar: 1\nread_bytes: {read}\nwrite_bytes: {written}\ncancelled_write_bytes: 0\n");
        fs::write(self.root.path().join(format!("proc/{id}/io")), text).unwrap();
    }

    fn end(&self, id: u32) {
        fs::remove_dir_all(self.root.path().join(format!("proc/{id}"))).unwrap();
    }

    /// Name, processes, CPU time, memory in pages of each group, by name, a second after the last look.
    fn look(&mut self, limit: usize, also: &[&str]) -> Vec<(String, u32, u64, u64)> {
        self.clock.advance(Duration::from_secs(1));
        let user = self.user();
        let also: Vec<Owner> = also.iter().map(|name| Owner { name: (*name).to_owned(), user: user.clone() }).collect();
        let mut groups: Vec<_> = self.reader.look(&Asked { limit, also: &also, patterns: &[] }).unwrap().groups;
        groups.sort_by(|a, b| a.owner.cmp(&b.owner));
        groups.into_iter().map(|g| (g.owner.name, g.processes, g.cpu_micros, g.resident_bytes / 4096)).collect()
    }

    /// Without `/etc/passwd` users are called by their numbers.
    fn user(&self) -> String {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(self.root.path()).unwrap().uid().to_string()
    }
}

fn limited(limit: usize) -> Asked<'static> {
    Asked { limit, ..Asked::default() }
}

fn row(name: &str, processes: u32, cpu: u64, pages: u64) -> (String, u32, u64, u64) {
    (name.to_owned(), processes, cpu, pages)
}

#[test]
fn processes_of_one_name_are_summed_and_their_time_adds_up_over_ends_and_starts() {
    let mut world = World::new();
    world.set(10, "worker", 'S', 500, 10, 1);
    world.set(11, "worker", 'S', 300, 20, 1);
    assert_eq!(world.look(5, &[]), [row("worker", 2, 0, 30)]);
    world.set(10, "worker", 'R', 507, 10, 1);
    world.set(12, "worker", 'R', 3, 5, 900);
    assert_eq!(world.look(5, &[]), [row("worker", 3, 100_000, 35)]);
    world.end(11);
    world.set(10, "worker", 'R', 508, 10, 1);
    assert_eq!(world.look(5, &[]), [row("worker", 2, 110_000, 15)]);
}

#[test]
fn a_number_used_again_is_another_process() {
    let mut world = World::new();
    world.set(10, "old", 'S', 500, 1, 1);
    world.look(5, &[]);
    world.set(10, "new", 'R', 4, 1, 700);
    assert_eq!(world.look(5, &[]), [row("new", 1, 40_000, 1)]);
}

#[test]
fn a_process_that_takes_another_name_goes_on_under_it() {
    let mut world = World::new();
    world.set(10, "sh", 'S', 500, 1, 1);
    world.look(5, &[]);
    world.set(10, "server", 'R', 502, 8, 1);
    assert_eq!(world.look(5, &[]), [row("server", 1, 20_000, 8)]);
}

#[test]
fn the_top_by_time_and_by_memory_and_the_asked_for_come_each_once() {
    let mut world = World::new();
    for (id, name, pages) in [(1, "busy", 1), (2, "big", 900), (3, "quiet", 5), (4, "asked", 0), (5, "both", 800)] {
        world.set(id, name, 'S', 0, pages, 1);
    }
    world.look(1, &[]);
    world.set(1, "busy", 'S', 50, 1, 1);
    world.set(5, "both", 'S', 40, 800, 1);
    let names = |rows: Vec<(String, u32, u64, u64)>| rows.into_iter().map(|row| row.0).collect::<Vec<_>>();
    assert_eq!(names(world.look(1, &["asked", "absent"])), ["asked", "big", "busy"]);
    world.set(1, "busy", 'S', 90, 1, 1);
    world.set(5, "both", 'S', 90, 800, 1);
    assert_eq!(names(world.look(2, &[])), ["big", "both", "busy"]);
}

#[test]
fn states_and_threads_are_counted() {
    let mut world = World::new();
    for (id, state) in ['R', 'S', 'S', 'D', 'T', 't', 'Z', 'I', 'W'].into_iter().enumerate() {
        world.set(id as u32 + 1, "x", state, 0, 0, 1);
    }
    let counts = world.reader.look(&Asked::default()).unwrap().counts;
    let expected =
        ProcessCounts { total: 9, running: 1, sleeping: 3, blocked: 1, stopped: 2, zombie: 1, idle: 1, threads: 18 };
    assert_eq!(counts, expected);
}

#[test]
fn callers_at_the_same_moment_share_one_look() {
    let mut world = World::new();
    world.set(1, "x", 'S', 0, 1, 1);
    world.look(5, &[]);
    world.set(1, "x", 'S', 10, 1, 1);
    world.look(5, &[]);
    world.set(1, "x", 'S', 20, 1, 1);
    world.clock.advance(Duration::from_millis(199));
    let shared = world.reader.look(&limited(5)).unwrap();
    assert_eq!((shared.at_micros, shared.groups[0].cpu_micros), (2_000_000, 100_000));
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(world.reader.look(&limited(5)).unwrap().groups[0].cpu_micros, 200_000);
}

#[test]
fn descriptors_are_kept_only_as_far_as_allowed_and_given_back() {
    let mut world = World::new();
    world.reader.keep_at_most = 2;
    for id in 1..=5 {
        world.set(id, "x", 'S', 0, 1, 1);
    }
    world.look(5, &[]);
    world.look(5, &[]);
    let kept = |world: &World| world.reader.known.values().filter(|process| process.file.is_some()).count();
    assert_eq!((kept(&world), world.reader.kept), (2, 2));
    for id in 1..=5 {
        world.end(id);
    }
    world.look(5, &[]);
    assert_eq!((kept(&world), world.reader.kept, world.reader.known.len()), (0, 0, 0));
    world.set(9, "x", 'S', 0, 1, 1);
    world.look(5, &[]);
    assert_eq!(world.reader.kept, 1);
}

#[test]
fn odd_processes_are_left_out_and_too_many_names_refused() {
    let mut world = World::new();
    world.set(1, "x", 'S', 0, 1, 1);
    world.set(2, "x", 'S', 0, 1, 1);
    fs::write(world.root.path().join("proc/2/stat"), "2 (x").unwrap();
    fs::create_dir(world.root.path().join("proc/3")).unwrap();
    fs::create_dir(world.root.path().join("proc/self")).unwrap();
    fs::create_dir(world.root.path().join("proc/99999999999999999999999")).unwrap();
    assert_eq!(world.look(5, &[]), [row("x", 1, 0, 1)]);
    let owner = Owner { name: "x".to_owned(), user: "0".to_owned() };
    let (owners, many, long) = (vec![owner; 1001], vec![vec![]; 65], vec![vec![String::new(); 65]]);
    for (also, patterns, sentence) in [
        (&owners[..], &[][..], "1001 processes asked for by name; at most 1000 may be"),
        (&[], &many, "65 lists of patterns; at most 64 may be"),
        (&[], &long, "65 patterns in one list; at most 64 may be"),
    ] {
        let refused = world.reader.look(&Asked { limit: 1, also, patterns });
        assert_eq!(refused, Err(CapabilityError::TooLarge(sentence.to_owned())));
    }
}

#[test]
fn sums_by_pattern_count_on_when_processes_end() {
    let mut world = World::new();
    let patterns = [vec!["nginx*".to_owned(), "php*".to_owned()], vec!["none".to_owned()]];
    let look = |world: &mut World| {
        world.clock.advance(Duration::from_secs(1));
        let snapshot = world.reader.look(&Asked { limit: 0, also: &[], patterns: &patterns }).unwrap();
        assert!(snapshot.groups.is_empty());
        let of = |sum: &Sum| (sum.processes, sum.cpu_micros, sum.io.map(|io| (io.read_bytes, io.written_bytes)));
        (of(&snapshot.sums[0]), of(&snapshot.sums[1]))
    };
    world.set(10, "nginx", 'S', 500, 10, 1);
    world.set(11, "php-fpm", 'S', 300, 20, 1);
    world.set(12, "other", 'S', 300, 20, 1);
    world.io(10, 1000, 50);
    let nothing = (0, 0, None);
    assert_eq!(look(&mut world), ((2, 0, Some((0, 0))), nothing), "what was before is not counted");
    world.set(10, "nginx", 'S', 501, 10, 1);
    world.set(11, "php-fpm", 'S', 302, 20, 1);
    world.io(10, 1700, 50);
    assert_eq!(look(&mut world), ((2, 30_000, Some((700, 0))), nothing));
    world.end(10);
    assert_eq!(look(&mut world), ((1, 30_000, Some((700, 0))), nothing), "sums do not fall");
    world.set(13, "nginx", 'S', 4, 10, 9);
    world.io(13, 20, 5);
    assert_eq!(look(&mut world), ((2, 70_000, Some((720, 5))), nothing), "of a new one everything counts");
}

#[test]
fn the_top_by_bytes_is_found_and_what_goes_back_counts_nothing() {
    let mut world = World::new();
    for (id, name) in [(1, "reader"), (2, "writer"), (3, "closed")] {
        world.set(id, name, 'D', 0, 1, 1);
    }
    world.io(1, 10, 10);
    world.io(2, 10, 10);
    let io = |world: &mut World| -> Vec<_> {
        world.clock.advance(Duration::from_secs(1));
        let mut groups = world.reader.look(&limited(1)).unwrap().groups;
        groups.sort_by(|a, b| a.owner.cmp(&b.owner));
        groups
            .into_iter()
            .map(|group| (group.owner.name, group.io.map(|io| (io.read_bytes, io.written_bytes))))
            .collect()
    };
    assert_eq!(io(&mut world), [("closed".to_owned(), None)], "all tops are a tie");
    world.io(1, 5, 11);
    world.io(2, 10, 999);
    assert_eq!(io(&mut world), [("closed".to_owned(), None), ("writer".to_owned(), Some((0, 989)))]);
}

#[test]
fn ten_thousand_processes_are_seen_and_descriptors_stay_few() {
    let mut world = World::new();
    for id in 1..=10_000 {
        world.set(id, &format!("p{id}"), 'S', 1, 1, 1);
    }
    world.look(1, &[]);
    assert_eq!(world.look(200, &[]).len(), 200);
    assert!(world.reader.kept as u64 <= MOST_KEPT);
    assert_eq!(world.reader.counts.total, 10_000);
}

#[test]
fn a_process_that_ends_between_listing_and_reading_is_left_out() {
    let mut world = World::new();
    world.set(1, "x", 'S', 0, 1, 1);
    world.set(2, "y", 'S', 0, 1, 1);
    // Its folder is listed, and everything in it is gone.
    fs::remove_file(world.root.path().join("proc/2/stat")).unwrap();
    assert_eq!(world.look(5, &[]), [row("x", 1, 0, 1)]);
}

#[test]
fn names_are_told_whatever_they_hold() {
    let mut world = World::new();
    world.set(1, "say \"hi\"", 'S', 0, 1, 1);
    world.set(2, "two\nlines) R (", 'S', 0, 1, 1);
    world.set(3, "x", 'S', 0, 1, 1);
    let broken = b"3 (\xff\xfe) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 2 0 1 0 1 0\n";
    fs::write(world.root.path().join("proc/3/stat"), broken).unwrap();
    let names: Vec<String> = world.look(9, &[]).into_iter().map(|row| row.0).collect();
    assert_eq!(names, ["say \"hi\"", "two\nlines) R (", "\u{fffd}\u{fffd}"]);
}

#[test]
fn without_a_proc_there_are_no_processes() {
    let root = tempfile::tempdir().unwrap();
    let mut reader = Reader::new(root.path(), Arc::new(SystemClock::new()));
    assert!(matches!(reader.look(&limited(1)), Err(CapabilityError::NotPresent(_))));
}

#[test]
fn this_very_process_is_seen_on_this_machine() {
    let mut reader = Reader::new(Path::new("/"), Arc::new(SystemClock::new()));
    let own_name = fs::read_to_string("/proc/self/comm").unwrap().trim().to_owned();
    let snapshot = reader.look(&limited(MOST_GROUPS)).unwrap();
    let own = snapshot.groups.iter().find(|group| group.owner.name == own_name).unwrap();
    assert!(own.resident_bytes > 100_000 && own.processes >= 1 && own.threads >= 1);
    assert!(!own.owner.user.is_empty());
    assert!(snapshot.counts.total >= 1 && snapshot.counts.threads >= snapshot.counts.total);
}
