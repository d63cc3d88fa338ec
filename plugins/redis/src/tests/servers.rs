//! Servers of three versions, by what each answers to `INFO`. That of 7.0 is a recording of Debian's; the others have what the
//! release notes and sources of Redis 6.0 and Valkey 8.0 say is other.

use super::*;

const REDIS_7: &str = include_str!("../testdata/redis-7.0/info.txt");
const REDIS_6: &str = include_str!("../testdata/redis-6.0/info.txt");
const VALKEY_8: &str = include_str!("../testdata/valkey-8.0/info.txt");

fn pairs(values: &[(&str, Value)]) -> Value {
    let children = values.iter().flat_map(|(key, value)| [bulk(key), value.clone()]);
    let nodes = children.flat_map(|value| value.as_array().unwrap().clone());
    std::iter::once(json!({"Pairs": values.len()})).chain(nodes).collect()
}

/// A reply to `LATENCY HISTOGRAM` of one command.
fn histogram(command: &str, calls: i64, buckets: &[(i64, i64)]) -> Value {
    let list = buckets.iter().flat_map(|&(bound, count)| [number(bound), number(count)]);
    let nodes = list.flat_map(|value| value.as_array().unwrap().clone());
    let told: Value = std::iter::once(json!({"Pairs": buckets.len()})).chain(nodes).collect();
    pairs(&[(command, pairs(&[("calls", number(calls)), ("histogram_usec", told)]))])
}

/// One look at a server that says this.
fn look(info: &str, histograms: Value) -> Collected {
    let replies = [bulk(info), list(&[]), histograms];
    let (collected, result) = collect(&mut watching(), 0, &[vec![pong()], vec![answer(&replies)]]);
    assert_eq!(result, Ok(()));
    collected
}

#[test]
fn redis_7_tells_of_itself() {
    let collected = look(REDIS_7, histogram("set", 4, &[(8, 2), (16, 4)]));
    for (series, value) in [
        (
            "redis_info{target=\"main\",server=\"redis\",version=\"7.0.15\",mode=\"standalone\",eviction=\"noeviction\",os=\"Linux 6.1.0-37-amd64 x86_64\"}",
            1.0,
        ),
        ("redis_role{target=\"main\",role=\"master\"}", 1.0),
        ("redis_commands_total{target=\"main\",command=\"set\"}", 4.0),
        ("redis_command_time_seconds_total{target=\"main\",command=\"set\"}", 0.000_033),
        ("redis_command_failures_total{target=\"main\",command=\"lpush\"}", 1.0),
        ("redis_errors_total{target=\"main\",error=\"WRONGTYPE\"}", 1.0),
        ("redis_keyspace_hits_total{target=\"main\"}", 1.0),
        ("redis_keyspace_misses_total{target=\"main\"}", 1.0),
        ("redis_database_keys{target=\"main\",db=\"3\"}", 1.0),
        ("redis_database_expires{target=\"main\",db=\"3\"}", 1.0),
        ("redis_rdb_last_save_ok{target=\"main\"}", 1.0),
        ("redis_clients_limit{target=\"main\"}", 10_000.0),
    ] {
        assert_eq!(collected.value(series), Some(value), "{series}");
    }
    // What it does not have now has no series: there was no snapshot, and no second master.
    for absent in
        ["redis_rdb_last_save_duration_seconds", "redis_replication_second_offset_bytes", "redis_master_link_up"]
    {
        assert_eq!(collected.text(absent), "");
    }
    let buckets = collected.text("redis_command_duration_seconds");
    let counts: Vec<&str> = buckets.lines().filter_map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(counts.len(), 19 + 3);
    assert_eq!((counts[0], counts[1], counts[2], counts[18], counts[19]), ("0", "2", "4", "4", "4"));
    assert!(buckets.contains("_bucket{target=\"main\",command=\"set\",le=\"0.000008\"} 2\n"), "{buckets}");
    assert!(buckets.contains("_sum{target=\"main\",command=\"set\"} 0.000033\n"), "{buckets}");
}

#[test]
fn redis_6_has_no_histograms_and_that_is_said_once() {
    let mut plugin = watching();
    let unknown = "ERR Unknown subcommand or wrong number of arguments for 'HISTOGRAM'. Try LATENCY HELP.";
    let (first, _) =
        collect(&mut plugin, 0, &[vec![pong()], vec![answer(&[bulk(REDIS_6), list(&[]), refusal(unknown)])]]);
    assert_eq!(
        first.log,
        ["info: main: redis 6.0.16 has no `LATENCY HISTOGRAM`, so there is nothing of what it tells"]
    );
    assert_eq!(first.value("redis_commands_total{target=\"main\",command=\"get\"}"), Some(4.0));
    assert_eq!(first.text("redis_command_failures_total"), "");
    assert_eq!(first.value("redis_replica_lag_seconds{target=\"main\",replica=\"10.0.0.2:6379\"}"), Some(1.0));
    assert_eq!(first.value("redis_replica_behind_bytes{target=\"main\",replica=\"10.0.0.2:6379\"}"), Some(14.0));
    assert_eq!(first.value("redis_replica_online{target=\"main\",replica=\"[fd00::3]:6380\"}"), Some(0.0));
    let (second, _) = collect(&mut plugin, 20, &[vec![pong()], vec![answer(&[bulk(REDIS_6), list(&[])])]]);
    assert_eq!((second.log.len(), second.text("redis_command_duration")), (0, String::new()));
}

#[test]
fn valkey_is_called_so_and_tells_what_is_new_in_it() {
    let collected = look(VALKEY_8, list(&[]));
    for (series, value) in [
        (
            "redis_info{target=\"main\",server=\"valkey\",version=\"8.0.1\",mode=\"standalone\",eviction=\"allkeys-lru\",os=\"Linux\"}",
            1.0,
        ),
        ("redis_memory_utilization_ratio{target=\"main\"}", 0.5),
        ("redis_eventloop_seconds_total{target=\"main\"}", 1.5),
        ("redis_acl_denied_total{target=\"main\",reason=\"auth\"}", 2.0),
        ("redis_evicted_scripts_total{target=\"main\"}", 3.0),
    ] {
        assert_eq!(collected.value(series), Some(value), "{series}");
    }
}

#[test]
fn a_server_that_started_anew_is_noticed() {
    let mut plugin = watching();
    let mut look = |seconds, run: &str| {
        let info = format!("redis_version:7.0.15\r\nrun_id:{run}\r\nused_cpu_sys:1.0\r\nused_cpu_user:{seconds}.0\r\n");
        collect(&mut plugin, seconds, &[vec![pong()], vec![answer(&[bulk(&info)])]]).0
    };
    assert_eq!(look(1, "a").value("redis_cpu_utilization_ratio{target=\"main\"}"), None);
    assert_eq!(look(2, "a").value("redis_cpu_utilization_ratio{target=\"main\"}"), Some(1.0));
    let other = look(3, "b");
    assert_eq!(other.log, ["info: main: another start of the server (redis 7.0.15); what it counts began anew"]);
    assert_eq!(other.value("redis_cpu_utilization_ratio{target=\"main\"}"), None);
}

#[test]
fn a_small_database_is_looked_at_whole_and_a_larger_one_with_an_error() {
    let mut plugin = plugin(json!({"targets": ["main"]}));
    let mut info = "redis_version:7.0.15\r\nrun_id:1\r\ndb0:keys=2,expires=0\r\n".to_owned();
    let found = |cursor: &str, keys: &[String]| {
        let keys: Vec<Value> = keys.iter().map(|key| bulk(key)).collect();
        answer(&[list(&[bulk(cursor), list(&keys)])])
    };
    let sized = |sizes: &[i64]| answer(&sizes.iter().map(|&size| number(size)).collect::<Vec<_>>());
    let two = ["a".to_owned(), "b".to_owned()];
    let (collected, _) = collect(
        &mut plugin,
        0,
        &[vec![pong()], vec![answer(&[bulk(&info)])], vec![found("0", &two)], vec![sized(&[50, 70])]],
    );
    expect![[r#"
        redis_database_memory_bytes{target="main",db="0"} 120
        redis_database_memory_error_ratio{target="main",db="0"} 0
    "#]]
    .assert_eq(&collected.text("redis_database_memory"));
    // A database of a thousand keys, of which forty are found in the first step.
    info = info.replace("db0:keys=2", "db1:keys=1000");
    let forty: Vec<String> = (0..40).map(|key| format!("key{key}")).collect();
    let sizes: Vec<i64> = (0..40).map(|at| 50 + at % 2 * 20).collect();
    let mut scan_too: Vec<Value> = sizes.iter().map(|&size| number(size)).collect();
    scan_too.push(list(&[bulk("7"), list(&[])]));
    let (collected, _) = collect(
        &mut plugin,
        5,
        &[vec![pong()], vec![answer(&[bulk(&info)])], vec![found("9", &forty)], vec![answer(&scan_too)]],
    );
    expect![[r#"
        redis_database_memory_bytes{target="main",db="1"} 60000
        redis_database_memory_error_ratio{target="main",db="1"} 0.0513
        redis_database_memory_bytes{target="main",db="0"} ended
        redis_database_memory_error_ratio{target="main",db="0"} ended
    "#]]
    .assert_eq(&collected.text("redis_database_memory"));
}
