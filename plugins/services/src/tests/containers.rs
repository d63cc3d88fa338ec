//! Containers: which are followed, and what is said of them.

use autobot_plugin_sdk::Error;
use autobot_plugin_sdk::containers::{Container, Snapshot};
use autobot_plugin_sdk::testing::Facts;
use expect_test::expect;
use serde_json::{Value, json};

use super::{START, check, plugin, refused, warnings};

fn container(name: &str, state: &str) -> Container {
    Container {
        id: "0123456789ab".to_owned(),
        name: name.to_owned(),
        image: "redis:7".to_owned(),
        state: state.to_owned(),
        health: String::new(),
        created: 0,
        started: None,
        exit_code: None,
        restarts: None,
        cpu_micros: None,
        memory: None,
        memory_limit: None,
        rx_bytes: None,
        tx_bytes: None,
        read_bytes: None,
        written_bytes: None,
        processes: None,
    }
}

fn answer(containers: Vec<Container>) -> Value {
    json!(Ok::<_, ()>(Snapshot { engine: "docker".to_owned(), version: "28.3.2".to_owned(), containers }))
}

/// What Docker answers with these containers, as (name, state).
pub(crate) fn docker(containers: &[(&str, &str)]) -> Value {
    answer(containers.iter().map(|(name, state)| container(name, state)).collect())
}

#[test]
fn a_container_is_told_with_state_health_use_and_image() {
    let cache = Container {
        health: "healthy".to_owned(),
        started: Some(1_714_558_830_123),
        restarts: Some(2),
        cpu_micros: Some(5_000_123),
        memory: Some(900),
        memory_limit: Some(2048),
        rx_bytes: Some(10),
        tx_bytes: Some(20),
        read_bytes: Some(30),
        written_bytes: Some(40),
        processes: Some(7),
        ..container("cache", "running")
    };
    let job = Container { exit_code: Some(137), restarts: Some(0), ..container("job", "exited") };
    // Without a limit, kernels write one that no machine has.
    let odd = Container { memory_limit: Some(9_223_372_036_854_771_712), ..container("", "stopped") };
    let mut plugin = plugin(&json!({}), Facts::default().with("containers.read", &answer(vec![cache, job, odd])));
    check(
        &mut plugin,
        0,
        "container_",
        expect![[r#"
            container_engine_info{engine="docker",version="28.3.2"} 1
            container_count{state="running"} 1
            container_count{state="paused"} 0
            container_count{state="restarting"} 0
            container_count{state="created"} 0
            container_count{state="exited"} 1
            container_count{state="dead"} 0
            container_count{state="other"} 1
            container_up{container="0123456789ab"} 0
            container_state{container="0123456789ab",state="stopped"} 1
            container_info{container="0123456789ab",id="0123456789ab",image="redis:7"} 1
            container_up{container="cache"} 1
            container_state{container="cache",state="running"} 1
            container_health{container="cache",health="healthy"} 1
            container_info{container="cache",id="0123456789ab",image="redis:7"} 1
            container_restarts_total{container="cache"} 2
            container_start_time_seconds{container="cache"} 1714558830.123
            container_memory_usage_bytes{container="cache"} 900
            container_memory_limit_bytes{container="cache"} 2048
            container_cpu_time_seconds_total{container="cache"} 5.000123
            container_network_io_bytes_total{container="cache",direction="receive"} 10
            container_network_io_bytes_total{container="cache",direction="transmit"} 20
            container_disk_io_bytes_total{container="cache",direction="read"} 30
            container_disk_io_bytes_total{container="cache",direction="write"} 40
            container_process_count{container="cache"} 7
            container_up{container="job"} 0
            container_state{container="job",state="exited"} 1
            container_info{container="job",id="0123456789ab",image="redis:7"} 1
            container_restarts_total{container="job"} 0
            container_exit_code{container="job"} 137
        "#]],
    );
}

#[test]
fn a_container_that_stops_is_down_and_one_that_is_removed_ends() {
    let facts = Facts::default().with("containers.read", &docker(&[("a", "running"), ("b", "running")]));
    let mut plugin = plugin(&json!({}), facts);
    plugin.collect(START).1.unwrap();
    plugin.change(|facts| facts.set("containers.read", &docker(&[("a", "exited")])));
    check(
        &mut plugin,
        10,
        "container_up",
        expect![[r#"
        container_up{container="a"} 0
        container_up{container="b"} ended
    "#]],
    );
}

#[test]
fn names_choose_and_running_ones_come_first_when_there_are_too_many() {
    let all = [("web", "running"), ("worker", "running"), ("buildx_1", "running"), ("cache", "exited")];
    let facts = Facts::default().with("containers.read", &docker(&all));
    let settings = json!({"container_names": ["w*", "cache"], "exclude_containers": ["work?r"]});
    check(
        &mut plugin(&settings, facts.clone()),
        0,
        "container_up",
        expect![[r#"
        container_up{container="cache"} 0
        container_up{container="web"} 1
    "#]],
    );
    let mut few = plugin(&json!({"most_containers": 3}), facts);
    let collected = check(
        &mut few,
        0,
        "container_up",
        expect![[r#"
        container_up{container="buildx_1"} 1
        container_up{container="web"} 1
        container_up{container="worker"} 1
    "#]],
    );
    assert_eq!(
        warnings(&collected),
        [
            "4 containers match and 3 are followed; let `container_names` take fewer, or raise `most_containers` (to 200 at most)"
        ]
    );
    assert!(warnings(&few.collect(START + 10_000).0).is_empty());
}

#[test]
fn a_socket_that_may_not_be_opened_is_said_once() {
    let error = Error::Failed("/run/docker.sock: the host may not open it".to_owned());
    let mut plugin = plugin(&json!({}), Facts::default().with("containers.read", &refused(error)));
    assert_eq!(warnings(&plugin.collect(START).0), ["containers: /run/docker.sock: the host may not open it"]);
    assert!(warnings(&plugin.collect(START + 10_000).0).is_empty());
}
