//! Sets of files: last good versions, names across files, and what is no rule file.
#![expect(clippy::unwrap_used, reason = "a test that cannot write its files fails")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use autobot_script::{Environment, FileState, Loaded, RuleSet, load};

fn rule(name: &str) -> String {
    format!("alert(\"{name}\", #{{ severity: \"low\", select: `x`, when: |s| s.last > 1, summary: |s| \"x\" }});\n")
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    std::fs::write(folder.join(name), text).unwrap();
}

fn read(folder: &Path, previous: Option<&RuleSet>) -> Loaded {
    load(&[folder.to_owned()], previous, &Environment::default())
}

fn names(set: &RuleSet) -> Vec<&str> {
    set.rules().map(|rule| &*rule.name).collect()
}

#[test]
fn a_folder_gives_its_rule_files_without_tests_hidden_files_and_folders_named_like_rules() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "b.rhai", rule("B"));
    write(folder.path(), "a.rhai", rule("A"));
    write(folder.path(), "a.test.rhai", "test(\"x\", || {});");
    write(folder.path(), ".a.rhai.swp", "half");
    write(folder.path(), "notes.md", "# notes");
    std::fs::create_dir(folder.path().join("x.rhai")).unwrap();
    write(&folder.path().join("x.rhai"), "c.rhai", rule("C"));
    std::os::unix::fs::symlink("nowhere", folder.path().join("gone.rhai")).unwrap();
    let loaded = read(folder.path(), None);
    assert_eq!(names(&loaded.set), ["A", "B", "C"]);
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
}

#[test]
fn a_broken_file_keeps_its_last_good_rules_until_it_is_mended_or_removed() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.rhai", rule("A"));
    write(folder.path(), "b.rhai", rule("B"));
    let first = read(folder.path(), None).set;
    write(folder.path(), "a.rhai", "alert(");
    let second = read(folder.path(), Some(&first));
    assert!(second.has_errors());
    assert_eq!(names(&second.set), ["A", "B"]);
    assert_eq!((second.set.files[0].state, second.set.files[1].state), (FileState::Broken, FileState::Ok));
    // Still broken, still in force.
    let third = read(folder.path(), Some(&second.set)).set;
    assert_eq!((names(&third).len(), third.generation), (2, 3));
    write(folder.path(), "a.rhai", rule("A2"));
    let fourth = read(folder.path(), Some(&third));
    assert_eq!(names(&fourth.set), ["A2", "B"]);
    std::fs::remove_file(folder.path().join("a.rhai")).unwrap();
    assert_eq!(names(&read(folder.path(), Some(&fourth.set)).set), ["B"]);
}

#[test]
fn a_file_that_did_not_change_is_not_compiled_again() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.rhai", rule("A"));
    let first = read(folder.path(), None).set;
    let second = read(folder.path(), Some(&first)).set;
    assert!(Arc::ptr_eq(first.rules().next().unwrap(), second.rules().next().unwrap()));
}

#[test]
fn a_file_keeps_its_names_when_the_world_that_it_is_checked_against_changes() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.rhai", rule("A"));
    let first = read(folder.path(), None).set;
    let other = Environment { thresholds: Arc::new([("cpu_percent".into(), 50.0)].into()), ..Environment::default() };
    let second = load(&[folder.path().to_owned()], Some(&first), &other);
    assert_eq!(second.diagnostics, []);
    assert_eq!(second.set.files[0].state, FileState::Ok);
    assert!(!Arc::ptr_eq(first.rules().next().unwrap(), second.set.rules().next().unwrap()));
}

#[test]
fn a_name_belongs_to_the_file_that_had_it_first() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "b.rhai", rule("Same"));
    let first = read(folder.path(), None).set;
    // The newcomer comes first by path, and is refused all the same.
    write(folder.path(), "a.rhai", rule("Same"));
    let second = read(folder.path(), Some(&first));
    assert_eq!(names(&second.set), ["Same"]);
    assert_eq!(second.diagnostics.len(), 1);
    assert_eq!(second.diagnostics[0].message, "another file has an alert `Same` already");
    assert!(second.diagnostics[0].file.ends_with("a.rhai"));
}

#[test]
fn what_is_no_text_or_not_there_is_said() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.rhai", [b'/', b'/', 0xff, 0xfe]);
    write(folder.path(), "big.rhai", vec![b' '; (1 << 20) + 1]);
    let missing = PathBuf::from("/nowhere/rules");
    let loaded = load(&[folder.path().to_owned(), missing], None, &Environment::default());
    let said: Vec<&str> = loaded.diagnostics.iter().map(|found| found.message.as_str()).collect();
    assert_eq!(
        said,
        [
            "the file is not UTF-8: byte 2 begins no character",
            "the file has 1048577 bytes; a rule file has at most 1048576",
            "`/nowhere/rules` cannot be read: No such file or directory (os error 2)",
        ]
    );
    assert!(loaded.diagnostics.iter().all(|found| found.line == 0 && found.rendered.contains(" --> ")));
}

#[test]
fn an_unchanged_broken_file_without_a_good_version_has_no_rules() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.rhai", format!("{}{}", rule("A"), "alert("));
    let first = read(folder.path(), None).set;
    assert!(names(&first).is_empty());
    assert_eq!(read(folder.path(), Some(&first)).diagnostics.len(), 1);
}
