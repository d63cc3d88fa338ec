//! What a store's file holds, whether it is sound, and the file made smaller.

use std::path::{Path, PathBuf};

use autobot_store::care;
use expect_test::expect;
use rusqlite::Connection;

use crate::common::START;
use crate::filled::{dyn_clock, filled, filled_to_buckets, samples_of};

#[test]
fn the_figures_of_a_file_are_those_of_what_was_put_in() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    let stats = care::stats(&path).unwrap();
    // 2,200 seconds of 3 series, 220 of which of 150 more.
    assert_eq!(stats.samples + stats.tail_samples, 2_200 * 3 + 220 * 150);
    assert_eq!(stats.tail_batches, 400 + 40);
    assert_eq!((stats.series, stats.families, stats.groups), (153, 2, 3));
    assert_eq!((stats.first_ms.unwrap().0, stats.last_ms.unwrap().0), (START, START + 8_399_000));
    assert_eq!(stats.damaged_chunks, 0);
    let names: Vec<(&str, u64)> = stats.names.iter().map(|name| (name.name.as_str(), name.series)).collect();
    assert_eq!(names, [("wide", 150), ("test", 3)]);
    let groups: u64 = stats.largest_groups.iter().map(|group| group.samples).sum();
    assert_eq!(groups, stats.samples);
    let members: u64 = stats.largest_groups.iter().map(|group| group.series).sum();
    assert_eq!(members, 153);
    let tables: u64 = stats.tables.iter().map(|table| table.bytes).sum();
    let pages = (stats.pages - stats.free_pages) * stats.page_bytes;
    // Pages that say which pages point where belong to no table.
    assert!(tables <= pages && tables + 4 * stats.page_bytes > pages, "{tables} of {pages}");
    assert!(stats.tables.iter().any(|table| table.name == "chunk"));
    let per = stats.bytes_per_sample.unwrap();
    assert!((per - (stats.bytes + stats.log_bytes) as f64 / 39_600.0).abs() < 1e-9, "{per}");
    serde_json::to_string(&stats).unwrap();
}

#[test]
fn a_sound_file_is_said_to_be_sound() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled_to_buckets(folder.path());
    let checked = care::check(&path).unwrap();
    assert!(checked.is_sound(), "{:?}", checked.findings);
    assert!(checked.to_string().ends_with("all is sound"), "{checked}");
    assert_eq!((checked.series, checked.samples), (153, 3_800 * 3 + 380 * 150));
    assert!(checked.buckets > 0 && checked.slots > 0);
}

#[test]
fn whatever_is_wrong_is_said_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled_to_buckets(folder.path());
    let said = |change: &str| {
        let copy = folder.path().join("copy.db");
        std::fs::copy(&path, &copy).unwrap();
        Connection::open(&copy).unwrap().execute_batch(change).unwrap();
        let checked = care::check(&copy).unwrap();
        assert!(!checked.is_sound());
        checked.findings.iter().map(|finding| format!("{finding}\n")).collect::<String>()
    };
    let first = "WHERE k = (SELECT min(k) FROM chunk)";
    expect![[r#"
        chunk 1048576 (2026-09-21T14:13:20Z to 2026-09-21T14:39:59Z, group 0 of 3 series): its bytes are not what was written; its samples are left out of every answer
    "#]]
    .assert_eq(&said(&format!("UPDATE chunk SET data = CAST(substr(data, 1, length(data) - 1) || x'55' AS BLOB) {first}")));
    expect![[r#"
        chunk 1048576 (2026-09-21T14:13:20Z to 2026-09-21T14:13:20Z, group 0 of 3 series): its row does not say what it holds: times or their count differ
    "#]]
    .assert_eq(&said(&format!("UPDATE chunk SET last_ms = first_ms {first}")));
    expect![[r#"
        chunk 1048576 (2026-09-21T14:13:20Z to 2026-09-21T14:39:59Z, group 1 of 75 series): 3 of its 3 series belong to another group
    "#]]
    .assert_eq(&said(&format!("UPDATE chunk SET grp = 1 {first}")));
    expect![[r#"
        chunk 9895604649984 (2026-09-21T14:13:20Z to 2026-09-21T14:39:59Z, group 0 of 3 series): its key belongs to no fold; the last whole one is 10
    "#]]
    .assert_eq(&said(&format!("UPDATE chunk SET k = 9437184 << 20 {first}")));
    expect![[r#"
        series 4: its name or its labels cannot be read
        series 7: it has the name and labels of series 6: wide{column="3"}
    "#]]
    .assert_eq(&said(
        "UPDATE series SET labels = '{' WHERE id = 4; UPDATE series SET labels = '{\"column\":\"3\"}' WHERE id = 7",
    ));
    expect![[r#"
        family wide: its description cannot be read
        buckets 88978837471232 (group 0, the day up to 2026-09-22T00:00:00Z): its bytes are not what was written; long windows are answered from samples instead
        slot 1 of the hot tail: its bytes are not what was written
    "#]].assert_eq(&said(
        "UPDATE family SET document = '{}' WHERE name = 'wide';
         UPDATE rollup SET data = x'00' WHERE k = (SELECT min(k) FROM rollup);
         UPDATE hot SET data = zeroblob(length(data)) WHERE slot = 1",
    ));
    expect![[r#"
        chunk 1048576 (2026-09-21T14:13:20Z to 2026-09-21T14:39:59Z, group 0 of 2 series): 1 of its 3 series are not known
        chunk 5242880 (2026-09-21T14:40:00Z to 2026-09-21T15:06:39Z, group 0 of 2 series): 1 of its 3 series are not known
        chunk 9437184 (2026-09-21T15:06:40Z to 2026-09-21T16:19:59Z, group 0 of 2 series): 1 of its 3 series are not known
        chunk 10485760 (2026-09-21T16:20:00Z to 2026-09-21T16:26:39Z, group 0 of 2 series): 1 of its 3 series are not known
        table hot: 400 of its samples are of series that are not known
    "#]].assert_eq(&said("DELETE FROM series WHERE id = 1"));
}

#[test]
fn what_is_no_store_is_said_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("text.db"), "no database at all, but longer than the header of one\n".repeat(99)).unwrap();
    std::fs::write(at("empty.db"), "").unwrap();
    Connection::open(at("other.db")).unwrap().execute_batch("CREATE TABLE t(x)").unwrap();
    let newer = Connection::open(at("newer.db")).unwrap();
    newer.execute_batch("CREATE TABLE t(x); PRAGMA user_version=77").unwrap();
    std::fs::copy(kept(), at("older.db")).unwrap();
    let said = |name: &str| {
        let path = if name.is_empty() { folder.path().to_owned() } else { at(name) };
        let error = |result: Result<String, care::CareError>| result.unwrap_or_else(|error| error.to_string());
        let checked = care::check(&path).map(|checked| checked.findings[0].to_string());
        let stats = care::stats(&path).map(|_| "figures".to_owned());
        let compacted = care::compact(&path, &dyn_clock()).map(|done| done.to_string());
        let said = format!("{}\n{}\n{}\n", error(checked), error(stats), error(compacted));
        said.replace(&folder.path().display().to_string(), "DIR")
    };
    expect![[r#"
        the file: file is not a database
        DIR/text.db is damaged (file is not a database); run `autobot-host store repair`
        DIR/text.db is damaged (file is not a database); run `autobot-host store repair` first
        DIR/empty.db is no database of autobot-host: it has none of the tables
        DIR/empty.db is no database of autobot-host: it has none of the tables
        DIR/empty.db is no database of autobot-host: it has none of the tables
        DIR/other.db is no database of autobot-host: it has none of the tables
        DIR/other.db is no database of autobot-host: it has none of the tables
        DIR/other.db is no database of autobot-host: it has none of the tables
        the database DIR/newer.db was written by a newer autobot-host (its schema is version 77, this one knows 2); use that one
        the database DIR/newer.db was written by a newer autobot-host (its schema is version 77, this one knows 2); use that one
        the database DIR/newer.db was written by a newer autobot-host (its schema is version 77, this one knows 2); use that one
        the database DIR/older.db is of an older autobot-host (its schema is version 1, this one knows 2); start the host with it once, which brings it up to date
        the database DIR/older.db is of an older autobot-host (its schema is version 1, this one knows 2); start the host with it once, which brings it up to date
        the database DIR/older.db is of an older autobot-host (its schema is version 1, this one knows 2); start the host with it once, which brings it up to date
        there is no database DIR/missing.db
        there is no database DIR/missing.db
        there is no database DIR/missing.db
        DIR is a folder, not a database; name the file in it
        DIR is a folder, not a database; name the file in it
        DIR is a folder, not a database; name the file in it
    "#]].assert_eq(&["text.db", "empty.db", "other.db", "newer.db", "older.db", "missing.db", ""].map(said).concat());
}

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/compat/store-1.db")
}

#[test]
fn a_compacted_file_is_smaller_and_holds_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    let before = samples_of(&path);
    // Slots of generations that are over, and pages that nobody uses.
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE waste AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 200) SELECT zeroblob(2000) FROM n; DROP TABLE waste")
        .unwrap();
    let done = care::compact(&path, &dyn_clock()).unwrap();
    assert!(done.after + 200_000 < done.before, "{done}");
    assert!(done.slots > 3, "{done}");
    let stats = care::stats(&path).unwrap();
    assert_eq!((stats.free_pages, stats.log_bytes, stats.tail_batches), (0, 0, 0));
    assert!(care::check(&path).unwrap().is_sound());
    assert_eq!(samples_of(&path), before);
    let again = care::compact(&path, &dyn_clock()).unwrap();
    assert_eq!((again.slots, again.chunks_before), (0, again.chunks_after));
}

#[test]
fn a_damaged_file_is_not_compacted_but_said_to_need_a_repair() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    Connection::open(&path).unwrap().execute_batch("UPDATE series SET labels = '{' WHERE id = 4").unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = care::compact(&path, &dyn_clock()).unwrap_err().to_string();
    assert!(error.contains("is damaged") && error.contains("store repair"), "{error}");
    assert!(std::fs::read(&path).unwrap() == before, "the file was changed");
}
