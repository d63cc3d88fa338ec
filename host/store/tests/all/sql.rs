//! SQL over a store: it says what the store says, and only reads.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use autobot_model::is_stale;
use autobot_store::sql::{self, Sql, SqlError, Value};
use expect_test::expect;
use proptest::prelude::*;

use crate::common::{START, Source, open};
use crate::filled::{COLUMNS, Samples, clock, filled, samples, samples_of};

fn ask(sql: &mut Sql, statement: &str) -> Vec<Vec<Value>> {
    sql.all(statement, None).unwrap_or_else(|error| panic!("{statement}: {error}")).1
}

/// Every sample that a statement gives, by series, as [`samples`] has them.
fn by_series(rows: Vec<Vec<Value>>) -> BTreeMap<u32, Vec<(i64, Option<u64>)>> {
    let mut found: BTreeMap<u32, Vec<(i64, Option<u64>)>> = BTreeMap::new();
    for row in rows {
        let [Value::Integer(series), Value::Integer(time), value] = &row[..] else { panic!("{row:?}") };
        let bits = match value {
            Value::Real(value) => Some(value.to_bits()),
            Value::Null => None,
            other => panic!("{other:?}"),
        };
        found.entry(u32::try_from(*series).unwrap()).or_default().push((*time, bits));
    }
    found.values_mut().for_each(|samples| samples.sort_unstable());
    found
}

/// The same from what the store itself reads: NaN has no value, marks of an end are left out.
fn by_store(samples: &Samples, keep: impl Fn(u32, i64) -> bool) -> BTreeMap<u32, Vec<(i64, Option<u64>)>> {
    let mut wanted = BTreeMap::new();
    for (id, all) in samples {
        let own = all.iter().filter(|(time, bits)| !is_stale(f64::from_bits(*bits)) && keep(*id, *time));
        let own: Vec<_> =
            own.map(|(time, bits)| (*time, Some(*bits).filter(|bits| !f64::from_bits(*bits).is_nan()))).collect();
        if !own.is_empty() {
            wanted.insert(*id, own);
        }
    }
    wanted
}

#[test]
fn all_samples_are_those_that_the_store_reads() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    let wanted = by_store(&samples_of(&path), |_, _| true);
    let mut sql = sql::open(&path).unwrap();
    let found = by_series(ask(&mut sql, "SELECT series, time, value FROM samples"));
    assert!(found == wanted, "{} series instead of {}", found.len(), wanted.len());
    assert!(wanted.values().flatten().any(|(_, value)| value.is_none()), "there is no NaN");
}

fn comparison() -> impl Strategy<Value = (&'static str, i64)> {
    (prop::sample::select(vec![">", ">=", "<", "<=", "="]), -10_i64..8_500)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_asked_for_what_is_skipped_is_not_missed(
        times in prop::collection::vec(comparison(), 0..3),
        half in any::<bool>(),
        number in prop::option::of(0_u32..COLUMNS as u32 + 5),
        name in prop::option::of(prop::sample::select(vec!["test", "wide", "Test", "nobody"])),
    ) {
        static WHOLE: std::sync::OnceLock<(tempfile::TempDir, std::path::PathBuf, Samples)> = std::sync::OnceLock::new();
        let (_, path, all) = WHOLE.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let (path, _) = filled(folder.path());
            let all = samples_of(&path);
            (folder, path, all)
        });
        let mut conditions = vec!["1".to_owned()];
        for (operator, second) in &times {
            // A moment between two milliseconds is no whole number.
            let moment = START + second * 1_000;
            conditions.push(format!("time {operator} {moment}{}", if half { ".5" } else { "" }));
        }
        conditions.extend(number.map(|number| format!("series = {number}")));
        conditions.extend(name.map(|name| format!("name = '{name}'")));
        let wanted = by_store(all, |id, time| {
            let of_name = name.is_none_or(|name| name == if id < 3 { "test" } else { "wide" });
            let of_number = number.is_none_or(|number| number == id);
            of_name && of_number && times.iter().all(|(operator, second)| {
                let (time, moment) = (time * 2, (START + second * 1_000) * 2 + i64::from(half));
                match *operator { ">" => time > moment, ">=" => time >= moment, "<" => time < moment, "<=" => time <= moment, _ => time == moment }
            })
        });
        let statement = format!("SELECT series, time, value FROM samples WHERE {}", conditions.join(" AND "));
        let mut sql = sql::open(path).unwrap();
        let found = by_series(ask(&mut sql, &statement));
        prop_assert!(found == wanted, "{}: {:?} instead of {:?}", statement, found.keys(), wanted.keys());
    }
}

fn lines(sql: &mut Sql, statement: &str) -> String {
    let (columns, rows) = sql.all(statement, None).unwrap_or_else(|error| panic!("{statement}: {error}"));
    let rows = rows.iter().map(|row| row.iter().map(Value::to_string).collect::<Vec<_>>().join(" | "));
    std::iter::once(columns.join(" | ")).chain(rows).map(|line| line + "\n").collect()
}

#[test]
fn samples_join_their_series_and_add_up_by_the_hour() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    let mut sql = sql::open(&path).unwrap();
    expect![[r#"
        shape | count(*) | max(value)
        constant | 2200 | 1.5
        line | 2200 | 8399.0
        wave | 2156 | 0.9999998001333682
    "#]].assert_eq(&lines(
        &mut sql,
        "SELECT labels ->> 'shape' AS shape, count(*), max(value) FROM samples WHERE name = 'test' GROUP BY shape ORDER BY shape",
    ));
    expect![[r#"
        hour | samples | mean
        2026-09-21T14:00Z | 260 | 61.0
        2026-09-21T16:00Z | 180 | 64.365
    "#]].assert_eq(&lines(
        &mut sql,
        "SELECT strftime('%Y-%m-%dT%H:00Z', time / 1000, 'unixepoch') AS hour, count(*) AS samples, round(avg(value), 3) AS mean
         FROM samples JOIN series USING (series) WHERE series.labels ->> 'column' IN ('7', '8') GROUP BY hour ORDER BY hour",
    ));
    expect![[r#"
        series | name | labels
        0 | test | {"shape":"line"}
        1 | test | {"shape":"wave"}
        2 | test | {"shape":"constant"}
    "#]]
    .assert_eq(&lines(&mut sql, "SELECT * FROM series WHERE name = 'test' ORDER BY series"));
    expect![[r#"
        name | kind | unit | help
        test | gauge | 1 | For a test.
        wide | gauge | By | For a test.
    "#]]
    .assert_eq(&lines(&mut sql, "SELECT * FROM metrics"));
    expect![[r#"
        series | time | value | typeof(value)
        2 | 1790000000000 | 1.5 | real
        3 | 1790000000000 |  | null
        5 | 1790000000000 | Inf | real
        6 | 1790000000000 | 1.0 | real
    "#]].assert_eq(&lines(
        &mut sql,
        &format!("SELECT series, time, value, typeof(value) FROM samples WHERE time = {START} AND series BETWEEN 2 AND 6 ORDER BY series"),
    ));
    // Of the two orders, the one that reads the samples of a few series.
    let plan = lines(
        &mut sql,
        "EXPLAIN QUERY PLAN SELECT count(*) FROM samples JOIN series USING (series) WHERE series.name = 'test'",
    );
    let place = |what: &str| plan.find(what).unwrap_or_else(|| panic!("no {what}: {plan}"));
    assert!(place("SCAN main.series") < place("samples VIRTUAL TABLE INDEX 0:s"), "{plan}");
}

#[test]
fn conditions_that_no_number_meets_give_nothing_and_odd_ones_what_sqlite_says() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    let mut sql = sql::open(&path).unwrap();
    for (condition, wanted) in [
        ("series = NULL", 0),
        ("time > NULL", 0),
        ("series = 1.5", 0),
        ("series = 1.0", 2_156),
        ("series = '1'", 2_156),
        ("name = 5", 0),
        ("name = 'TEST' COLLATE NOCASE AND series = 1", 2_156),
        ("series IN (0, 2, 999)", 4_400),
        ("time < -9e30", 0),
        ("time < 9e30 AND series = 0", 2_200),
        ("series = 0 AND series = 2", 0),
        ("name = 'test' AND name = 'wide'", 0),
        ("time = '1790000000000' AND series = 0", 1),
        ("series = 9223372036854775807", 0),
    ] {
        let found = ask(&mut sql, &format!("SELECT count(*) FROM samples WHERE {condition}"));
        assert_eq!(found, [[Value::Integer(wanted)]], "{condition}");
    }
}

#[test]
fn whatever_would_write_is_refused_in_a_sentence_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    let before = std::fs::read(&path).unwrap();
    let mut sql = sql::open(&path).unwrap();
    let other = folder.path().join("other.db");
    let mut said = |statement: &str| {
        let statement = statement.replace("OTHER", &other.display().to_string());
        let error = sql.all(&statement, None).map(|_| "it ran").unwrap_err();
        format!("{}\n  {error}\n", statement.replace(&folder.path().display().to_string(), "DIR"))
    };
    let statements = [
        "INSERT INTO samples VALUES ('a', '{}', 1, 2.0, 3)",
        "DELETE FROM chunk",
        "UPDATE main.series SET name = 'x'",
        "DROP TABLE hot",
        "CREATE TABLE t(x)",
        "CREATE TEMP TABLE t(x)",
        "ATTACH 'OTHER' AS other",
        "VACUUM INTO 'OTHER'",
        "VACUUM",
        "PRAGMA query_only = OFF",
        "PRAGMA user_version = 7",
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "PRAGMA writable_schema = ON",
        "BEGIN",
        "SELECT load_extension('x')",
        "REINDEX",
        "ANALYZE",
        "SELECT 1; DELETE FROM chunk",
        "SELECT 1; SELECT 2",
        "-- nothing",
        "SELECT vale FROM samples",
        "SELECT value FORM samples WHERE",
        "SELECT ?1",
    ];
    expect![[r#"
        INSERT INTO samples VALUES ('a', '{}', 1, 2.0, 3)
          SQL over the store only reads: nothing is inserted into samples
        DELETE FROM chunk
          SQL over the store only reads: nothing is deleted from chunk
        UPDATE main.series SET name = 'x'
          SQL over the store only reads: nothing in series is changed
        DROP TABLE hot
          SQL over the store only reads: tables are neither made nor changed
        CREATE TABLE t(x)
          SQL over the store only reads: tables are neither made nor changed
        CREATE TEMP TABLE t(x)
          SQL over the store only reads: tables are neither made nor changed
        ATTACH 'DIR/other.db' AS other
          SQL over the store only reads: no other file is opened or written
        VACUUM INTO 'DIR/other.db'
          SQL over the store only reads: this statement would write
        VACUUM
          SQL over the store only reads: this statement would write
        PRAGMA query_only = OFF
          SQL over the store only reads: PRAGMA query_only is not among those that describe tables
        PRAGMA user_version = 7
          SQL over the store only reads: PRAGMA user_version is not among those that describe tables
        PRAGMA wal_checkpoint(TRUNCATE)
          SQL over the store only reads: PRAGMA wal_checkpoint is not among those that describe tables
        PRAGMA writable_schema = ON
          SQL over the store only reads: PRAGMA writable_schema is not among those that describe tables
        BEGIN
          SQL over the store only reads: each statement is a transaction of its own
        SELECT load_extension('x')
          SQL over the store only reads: code is not loaded
        REINDEX
          SQL over the store only reads: tables are neither made nor changed
        ANALYZE
          SQL over the store only reads: tables are neither made nor changed
        SELECT 1; DELETE FROM chunk
          SQL over the store only reads: nothing is deleted from chunk
        SELECT 1; SELECT 2
          there is more than one statement; run them one by one
        -- nothing
          there is no statement that gives rows; begin with SELECT
        SELECT vale FROM samples
          no such column: vale, at character 8
        SELECT value FORM samples WHERE
          near "samples": syntax error, at character 19
        SELECT ?1
          the statement has parameters, and there are no values for them
    "#]]
    .assert_eq(&statements.map(&mut said).concat());
    drop(sql);
    assert!(!other.exists());
    assert!(std::fs::read(&path).unwrap() == before, "the file was changed");
}

#[test]
fn a_statement_that_takes_too_long_is_stopped_wherever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    let mut sql = sql::open(&path).unwrap();
    for endless in [
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
        "SELECT count(*) FROM samples a, samples b, samples c WHERE a.value + b.value + c.value < -1e9",
    ] {
        let error = sql.all(endless, Some(Duration::from_millis(50))).unwrap_err();
        assert!(matches!(error, SqlError::TooLong { .. }), "{error}");
        assert!(error.to_string().contains("longer than 0.05 s"), "{error}");
    }
    // Another thread stops it too, and what comes next runs.
    let interrupter = sql.interrupter();
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n";
    let mut query = sql.prepare(endless).unwrap();
    let mut rows = query.rows(None).unwrap();
    assert_eq!(rows.next().unwrap().unwrap(), [Value::Integer(1)]);
    std::thread::scope(|scope| scope.spawn(|| interrupter.stop()).join().unwrap());
    let error = rows.find_map(Result::err).unwrap();
    assert!(matches!(error, SqlError::Stopped), "{error}");
    assert!(rows.next().is_none());
    drop(rows);
    drop(query);
    assert_eq!(ask(&mut sql, "SELECT count(*) FROM samples WHERE series = 0"), [[Value::Integer(2_200)]]);
}

#[test]
fn a_damaged_chunk_is_left_out_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    let change = "UPDATE chunk SET data = CAST(substr(data, 1, length(data) - 1) || x'55' AS BLOB) WHERE k = (SELECT min(k) FROM chunk)";
    assert_eq!(rusqlite::Connection::open(&path).unwrap().execute(change, []).unwrap(), 1);
    let mut sql = sql::open(&path).unwrap();
    let mut query =
        sql.prepare("SELECT time FROM samples WHERE series = 0 UNION ALL SELECT time FROM samples").unwrap();
    let mut rows = query.rows(None).unwrap();
    let first = rows.next().unwrap().unwrap();
    assert_eq!(first, [Value::Integer(START + 7_600_000)]);
    assert!(rows.by_ref().all(|row| row.is_ok()));
    assert_eq!(rows.damaged_chunks(), 1);
}

#[test]
fn beside_a_host_that_writes_each_statement_sees_one_moment_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    let clock = clock();
    let store = open(&path, &clock);
    let source = Source::new(&store);
    source.tick(&store, 0);
    crate::common::wait("not written", &store, || store.stats().samples_total >= 3);
    let mut sql = sql::open(&path).unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut second = 1;
            // No more than the window holds: this is faster than folds are on a busy machine.
            while !done.load(std::sync::atomic::Ordering::Relaxed) && second < 7_000 {
                // Hours pass now and then, so that the tail is folded under the reader.
                clock.advance(Duration::from_secs(if second % 500 == 0 { 25_000 } else { 1 }));
                source.tick(&store, second);
                second += 1;
                crate::common::wait("not written", &store, || store.stats().queue < 100);
            }
        });
        let mut last = 0;
        let mut reads = 0;
        // Until the tail was folded a few times under the reader.
        while reads < 20 || last < 3_000 {
            let found = sql.all("SELECT time, value FROM samples WHERE series = 0 ORDER BY time", None);
            let whole = found.as_ref().is_ok_and(|(_, rows)| {
                let row = |at: usize| [Value::Integer(START + at as i64 * 1_000), Value::Real(at as f64)];
                rows.len() >= last && rows.iter().enumerate().all(|(at, found)| *found == row(at))
            });
            if !whole {
                done.store(true, std::sync::atomic::Ordering::Relaxed);
                let (_, rows) = found.unwrap();
                panic!("{} rows after {last}", rows.len());
            }
            last = found.unwrap().1.len();
            reads += 1;
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        writing.join().unwrap();
    });
    // With the writer at rest it is what the store reads.
    crate::common::wait("not written", &store, || store.stats().queue == 0);
    store.settle().unwrap();
    let wanted = by_store(&samples(&store), |_, _| true);
    assert!(by_series(ask(&mut sql, "SELECT series, time, value FROM samples")) == wanted);
    store.close();
}

/// The page's statements, each followed by its answer.
#[test]
fn the_page_of_examples_says_what_the_program_answers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autobot.db");
    example(&path);
    let mut sql = sql::open(&path).unwrap();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sql.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let mut made = String::new();
    let mut rest = text.as_str();
    let mut statements = 0;
    while let Some((before, after)) = rest.split_once("```sql\n") {
        let (statement, after) = after.split_once("```\n").unwrap();
        let after = after
            .trim_start_matches('\n')
            .strip_prefix("```text\n")
            .map_or(after, |answer| answer.split_once("```\n").unwrap().1);
        made.push_str(&format!("{before}```sql\n{statement}```\n\n```text\n{}```\n", table(&mut sql, statement)));
        rest = after;
        statements += 1;
    }
    made.push_str(rest);
    assert!(statements >= 5);
    expect_test::expect_file![page].assert_eq(&made);
}

fn table(sql: &mut Sql, statement: &str) -> String {
    let (columns, rows) = sql.all(statement, None).unwrap_or_else(|error| panic!("{statement}: {error}"));
    let mut lines = vec![columns];
    lines.extend(rows.iter().map(|row| row.iter().map(Value::to_string).collect()));
    let widths: Vec<usize> =
        (0..lines[0].len()).map(|column| lines.iter().map(|line| line[column].len()).max().unwrap()).collect();
    let padded = |line: &Vec<String>| {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    lines.iter().map(padded).collect()
}

/// Two machines over two hours.
fn example(path: &Path) {
    use autobot_model::{Batch, BatchSink, Family, Kind, Labels, Layout, SeriesKey, SeriesRegistry, Timestamp};
    let store = open(path, &clock());
    let family = |name: &str, unit: &str, kind, help: &str| {
        let labels = vec!["mountpoint".to_owned()];
        std::sync::Arc::new(Family { name: name.into(), unit: unit.into(), kind, help: help.into(), labels })
    };
    let cpu = family("system_cpu_utilization_ratio", "1", Kind::Gauge, "Time that all cores were busy.");
    let disk = family("system_filesystem_usage_bytes", "By", Kind::Gauge, "Bytes that are taken.");
    let mut ids = Vec::new();
    for machine in ["alpha", "beta"] {
        let labels = Labels::new([("machine", machine)]);
        ids.push(store.register(SeriesKey { name: cpu.name.as_str().into(), labels: labels.clone() }, &cpu));
        for mountpoint in ["/", "/data"] {
            let labels = labels.with("mountpoint", mountpoint);
            ids.push(store.register(SeriesKey { name: disk.name.as_str().into(), labels }, &disk));
        }
    }
    let layout = std::sync::Arc::new(Layout::new(ids).unwrap());
    // From 2026-09-21T14:00:00Z on.
    let begin = 1_789_999_200;
    for minute in 0..120_i64 {
        let value = |column: i64| match column % 3 {
            0 => ((minute * 7 + column * 31) % 100) as f64 / 100.0,
            at => (at * 50 + column * 10) as f64 * 1e9 + minute as f64 * 1e8 * at as f64,
        };
        let batch = Batch::new(
            "system".into(),
            Timestamp((begin + minute * 60) * 1_000),
            layout.clone(),
            (0..6).map(value).collect(),
        );
        store.accept(std::sync::Arc::new(batch.unwrap()));
        if minute == 80 {
            store.settle().unwrap();
        }
    }
    store.close();
}
