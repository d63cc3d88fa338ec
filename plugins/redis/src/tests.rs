//! The whole plugin on recorded replies: what it emits, says, and asks from collect to collect.

mod servers;

use autobot_plugin_sdk::testing::{Collected, Facts, Plugin};
use autobot_plugin_sdk::{Collector as _, Error, Kind};
use expect_test::expect;
use serde_json::{Value, json};

use crate::Redis;

const START: u64 = 1_795_637_820_000;

fn bulk(text: &str) -> Value {
    json!([{"Bulk": text.as_bytes()}])
}

/// Nodes of a list of these values.
fn list(values: &[Value]) -> Value {
    let children = values.iter().flat_map(|value| value.as_array().unwrap().clone());
    std::iter::once(json!({"Items": values.len()})).chain(children).collect()
}

fn number(number: i64) -> Value {
    json!([{"Integer": number}])
}

fn refusal(text: &str) -> Value {
    json!([{"Failure": text}])
}

/// A target's answer of these replies.
fn answer(replies: &[Value]) -> Value {
    let replies: Vec<Value> = replies.iter().map(|nodes| json!({"nodes": nodes})).collect();
    json!({"Ok": {"replies": replies, "elapsed": 0.000_25, "connect": 0.0}})
}

fn pong() -> Value {
    answer(&[json!([{"Status": "PONG"}])])
}

fn failed(error: Error) -> Value {
    json!(Err::<(), _>(error))
}

/// The host answers one collect's rounds so, each by the answers for all targets.
fn rounds(answers: &[Vec<Value>]) -> Facts {
    let facts: Vec<Value> =
        answers.iter().map(|answer| json!({"function": "redis.pipeline-all", "answer": answer})).collect();
    Facts::recorded(&json!({"collections": [facts]}).to_string()).unwrap()
}

fn collect(plugin: &mut Plugin<Redis>, seconds: u64, answers: &[Vec<Value>]) -> (Collected, Result<(), Error>) {
    plugin.change(|facts| *facts = rounds(answers));
    plugin.collect(START + seconds * 1_000)
}

fn plugin(settings: Value) -> Plugin<Redis> {
    Plugin::new(&settings.to_string(), Facts::default()).unwrap()
}

/// Of one target, without sampling, which has tests of its own.
fn watching() -> Plugin<Redis> {
    plugin(json!({"targets": ["main"], "sampling_budget_ms": 0}))
}

#[test]
fn without_targets_it_rests_and_says_so_once() {
    let mut plugin = plugin(json!({}));
    let mut said = Vec::new();
    for seconds in 0..30 {
        let (collected, result) = collect(&mut plugin, seconds, &[]);
        assert_eq!((result, collected.samples.len(), collected.asked.len()), (Ok(()), 0, 0));
        said.extend(collected.log);
    }
    assert_eq!(said, ["info: nothing to measure here: its setting `targets` names no target, as `[redis-main]`"]);
}

#[test]
fn one_that_cannot_be_reached_is_down_said_once_and_holds_up_nobody() {
    let mut plugin = plugin(json!({"targets": ["a", "b"], "sampling_budget_ms": 0}));
    let refused = || failed(Error::Unreachable("a: 10.0.0.1:6379 refused the connection".to_owned()));
    let facts = || vec![answer(&[bulk("# Server\r\nredis_version:7.0.15\r\nused_memory:5\r\n")])];
    let mut said = Vec::new();
    for seconds in 0..5 {
        let (collected, result) = collect(&mut plugin, seconds, &[vec![refused(), pong()], facts()]);
        assert_eq!(result, Ok(()));
        assert_eq!(collected.value("redis_up{target=\"a\"}"), Some(0.0));
        assert_eq!(collected.value("redis_up{target=\"b\"}"), Some(1.0));
        assert_eq!(collected.value("redis_memory_used_bytes{target=\"b\"}"), Some(5.0));
        said.extend(collected.log);
    }
    assert_eq!(said, ["warn: a: 10.0.0.1:6379 refused the connection"]);
    let (collected, _) = collect(&mut plugin, 6, &[vec![pong(), pong()], vec![facts().remove(0), facts().remove(0)]]);
    assert_eq!(collected.log, ["info: a: it answers again"]);
    assert_eq!(collected.value("redis_up{target=\"a\"}"), Some(1.0));
}

#[test]
fn one_that_hangs_is_left_alone_for_longer_each_time() {
    let mut plugin = watching();
    let mut asked = Vec::new();
    for seconds in 0..100 {
        let silent = failed(Error::Timeout("main: gave no whole answer within 1 s".to_owned()));
        let (collected, result) = collect(&mut plugin, seconds, &[vec![silent]]);
        assert!(matches!(result, Err(Error::Timeout(_))));
        assert_eq!(collected.text("redis_"), "redis_up{target=\"main\"} 0\n");
        asked.extend((!collected.asked.is_empty()).then_some(seconds));
    }
    assert_eq!(asked, [0, 5, 15, 35, 65, 95]);
}

#[test]
fn one_that_loads_is_not_up_and_is_measured() {
    let mut plugin = watching();
    let loading = "LOADING Redis is loading the dataset in memory";
    let info = "# Persistence\r\nredis_version:7.0.15\r\nloading:1\r\nloading_loaded_perc:12.5\r\n";
    let mut said = Vec::new();
    for seconds in 0..3 {
        let (collected, result) =
            collect(&mut plugin, seconds, &[vec![answer(&[refusal(loading)])], vec![answer(&[bulk(info)])]]);
        assert_eq!(result, Ok(()));
        assert_eq!(collected.value("redis_up{target=\"main\"}"), Some(0.0));
        assert_eq!(collected.value("redis_loading_loaded_ratio{target=\"main\"}"), Some(0.125));
        said.extend(collected.log);
    }
    assert_eq!(said, [format!("warn: main: it answers, and serves no commands: {loading}")]);
}

#[test]
fn slow_commands_count_once_by_name_and_their_arguments_are_not_looked_at() {
    let entry = |id: i64, micros: i64, name: &str| {
        list(&[
            number(id),
            number(1_795_637_820),
            number(micros),
            list(&[bulk(name), bulk("hush")]),
            bulk("a"),
            bulk(""),
        ])
    };
    let mut plugin = watching();
    let mut look = |seconds, entries: &[Value], more: Option<&[Value]>| {
        // INFO, LATENCY LATEST, LATENCY HISTOGRAM, SLOWLOG GET, SLOWLOG LEN.
        let replies = [bulk("run_id:1\r\nredis_version:7\r\n"), list(&[]), list(&[]), list(entries), number(3)];
        let mut answers = vec![vec![pong()], vec![answer(&replies)]];
        answers.extend(more.map(|more| vec![answer(&[list(more)])]));
        collect(&mut plugin, seconds, &answers).0.text("redis_slowlog")
    };
    expect![[r#"
        redis_slowlog_length{target="main"} 3
        redis_slowlog_entries_total{target="main"} 5
        redis_slowlog_slowest_seconds{target="main"} 0
    "#]]
    .assert_eq(&look(0, &[entry(4, 90_000, "KEYS")], None));
    expect![[r#"
        redis_slowlog_length{target="main"} 3
        redis_slowlog_entries_total{target="main"} 7
        redis_slowlog_slowest_seconds{target="main"} 0.03
        redis_slowlog_commands_total{target="main",command="eval"} 1
        redis_slowlog_commands_total{target="main",command="keys"} 1
    "#]]
    .assert_eq(&look(1, &[entry(6, 20_000, "KEYS"), entry(5, 30_000, "EVAL"), entry(4, 90_000, "KEYS")], None));
    // More are new than were asked for; then the log is emptied.
    let many: Vec<Value> = (7..27).rev().map(|id| entry(id, 11_000, "sort")).collect();
    let told = look(2, &many[..8], Some(&many));
    assert!(told.contains("redis_slowlog_commands_total{target=\"main\",command=\"sort\"} 20\n"), "{told}");
    let told = look(3, &[], None);
    assert!(told.contains("redis_slowlog_entries_total{target=\"main\"} 27\n"), "{told}");
    assert!(told.contains("redis_slowlog_slowest_seconds{target=\"main\"} 0\n"), "{told}");
}

#[test]
fn every_family_has_the_unit_that_its_name_ends_with_and_is_declared_once() {
    let mut names = std::collections::BTreeSet::new();
    for family in Redis::FAMILIES {
        let base = family.name.trim_end_matches("_total");
        let unit = [("_seconds", "s"), ("_bytes", "By")].iter().find(|(ending, _)| base.ends_with(ending));
        assert_eq!(family.unit, unit.map_or("1", |(_, unit)| unit), "{}", family.name);
        assert_eq!(family.kind == Kind::Counter, family.name.ends_with("_total"), "{}", family.name);
        assert!(family.help.ends_with('.') && family.labels[0] == "target", "{}", family.name);
        assert!(family.name.starts_with("redis_") && names.insert(family.name), "{}", family.name);
    }
    assert!(names.len() > 200, "{}", names.len());
}
