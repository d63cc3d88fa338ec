//! The capability `containers` against a server that answers on a socket as an engine does.
//!
//! The answers have the shape that the engines' API documents, cut to some fields around those that are read.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use expect_test::expect;
use http_body_util::Full;
use hyper::{Request, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::UnixListener;
use tokio::task::JoinSet;

use super::{Container, Containers, SOCKETS, sockets};
use crate::CapabilityError;
use crate::testing::{Answer, ok, speak};

/// An engine on a socket of its own.
struct Engine {
    _folder: TempDir,
    socket: PathBuf,
    _tasks: JoinSet<()>,
}

impl Engine {
    fn start(answer: impl Fn(Request<Bytes>) -> Response<Full<Bytes>> + Send + Sync + 'static) -> Self {
        let answer: Answer = Arc::new(answer);
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("engine.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(speak(stream, false, answer.clone()));
            }
        });
        Self { _folder: folder, socket, _tasks: tasks }
    }

    /// One that answers `GET` of each path with what stands beside it, and everything else with 404.
    fn answering(answers: Vec<(String, Value)>) -> Self {
        Self::start(move |request| {
            assert_eq!(request.method(), "GET");
            let found = answers.iter().find(|(path, _)| *path == request.uri().to_string());
            found.map_or_else(|| refusal(404, "No such container"), |(_, value)| ok(value.to_string()))
        })
    }

    fn containers(&self) -> Containers {
        Containers::new([self.socket.clone()])
    }

    /// The sentence of a look that fails.
    async fn sentence(&self) -> String {
        let error = self.containers().read().await.unwrap_err().to_string();
        error.replace(&self.socket.display().to_string(), "SOCKET")
    }
}

fn refusal(status: u16, message: &str) -> Response<Full<Bytes>> {
    let body = json!({ "message": message }).to_string();
    Response::builder().status(status).body(Full::from(body)).unwrap()
}

fn id(digit: char) -> String {
    digit.to_string().repeat(64)
}

fn docker() -> Value {
    json!({
        "Platform": { "Name": "Docker Engine - Community" },
        "Components": [{ "Name": "Engine", "Version": "28.3.2", "Details": { "ApiVersion": "1.51" } }],
        "Version": "28.3.2", "ApiVersion": "1.51", "MinAPIVersion": "1.24", "Os": "linux", "Arch": "amd64",
    })
}

fn listed(digit: char, name: &str, state: &str) -> Value {
    json!({
        "Id": id(digit), "Names": [format!("/{name}")], "Image": "redis:7", "ImageID": "sha256:00", "Command": "secret --password=hush",
        "Created": 1_714_558_000, "Ports": [], "Labels": {}, "State": state, "Status": "Up 2 hours (healthy)",
        "HostConfig": { "NetworkMode": "default" }, "NetworkSettings": { "Networks": {} }, "Mounts": [],
    })
}

fn running_details() -> Value {
    json!({
        "Id": id('a'), "Created": "2024-05-01T10:06:40.1Z", "Path": "secret", "Args": ["--password=hush"],
        "State": {
            "Status": "running", "Running": true, "Paused": false, "Restarting": false, "OOMKilled": false, "Dead": false,
            "Pid": 4242, "ExitCode": 0, "Error": "", "StartedAt": "2024-05-01T10:20:30.123456789Z",
            "FinishedAt": "0001-01-01T00:00:00Z",
            "Health": { "Status": "healthy", "FailingStreak": 0, "Log": [] },
        },
        "RestartCount": 3, "Config": { "Env": ["PASSWORD=hush"] },
    })
}

/// As on control groups of version 2.
fn stats() -> Value {
    json!({
        "read": "2024-05-01T12:00:00Z", "preread": "0001-01-01T00:00:00Z",
        "pids_stats": { "current": 7, "limit": 18446744073709551615u64 },
        "blkio_stats": {
            "io_service_bytes_recursive": [
                { "major": 259, "minor": 0, "op": "read", "value": 1000 },
                { "major": 259, "minor": 0, "op": "write", "value": 2000 },
                { "major": 253, "minor": 1, "op": "Read", "value": 10 },
                { "major": 253, "minor": 1, "op": "Write", "value": 20 },
            ],
            "io_serviced_recursive": null,
        },
        "num_procs": 0, "storage_stats": {},
        "cpu_stats": {
            "cpu_usage": { "total_usage": 5_000_123_456u64, "usage_in_kernelmode": 1, "usage_in_usermode": 2 },
            "system_cpu_usage": 99, "online_cpus": 2, "throttling_data": { "periods": 0 },
        },
        "memory_stats": {
            "usage": 10_000_000, "stats": { "active_file": 1, "inactive_file": 4_000_000 }, "limit": 100_000_000,
        },
        "name": "/cache", "id": id('a'),
        "networks": {
            "eth0": { "rx_bytes": 100, "rx_packets": 1, "tx_bytes": 200 },
            "eth1": { "rx_bytes": 1, "tx_bytes": 2 },
        },
    })
}

#[tokio::test]
async fn a_running_container_is_told_with_its_counters() {
    let engine = Engine::answering(vec![
        ("/version".to_owned(), docker()),
        ("/containers/json?all=1".to_owned(), json!([listed('a', "cache", "running")])),
        (format!("/containers/{}/json", id('a')), running_details()),
        (format!("/containers/{}/stats?stream=false&one-shot=true", id('a')), stats()),
    ]);
    let snapshot = engine.containers().read().await.unwrap();
    assert!(!format!("{snapshot:?}").contains("hush"));
    expect![[r#"
        Snapshot {
            engine: "docker",
            version: "28.3.2",
            containers: [
                Container {
                    id: "aaaaaaaaaaaa",
                    name: "cache",
                    image: "redis:7",
                    state: "running",
                    health: "healthy",
                    created_ms: 1714558000000,
                    started_ms: Some(
                        1714558830123,
                    ),
                    exit_code: None,
                    restarts: Some(
                        3,
                    ),
                    cpu_micros: Some(
                        5000123,
                    ),
                    memory: Some(
                        6000000,
                    ),
                    memory_limit: Some(
                        100000000,
                    ),
                    rx_bytes: Some(
                        101,
                    ),
                    tx_bytes: Some(
                        202,
                    ),
                    read_bytes: Some(
                        1010,
                    ),
                    written_bytes: Some(
                        2020,
                    ),
                    processes: Some(
                        7,
                    ),
                },
            ],
        }
    "#]]
    .assert_debug_eq(&snapshot);
}

#[tokio::test]
async fn one_that_ended_is_told_with_how_and_asked_for_no_counters() {
    let details = json!({
        "State": { "Status": "exited", "ExitCode": 137, "StartedAt": "2024-05-01T10:20:30Z", "Health": { "Status": "none" } },
        "RestartCount": 0,
    });
    let engine = Engine::start(move |request| match request.uri().path() {
        "/version" => ok(docker().to_string()),
        "/containers/json" => ok(json!([listed('b', "job", "exited"), listed('c', "new", "created")]).to_string()),
        path if path == format!("/containers/{}/json", id('b')) => ok(details.to_string()),
        path if path == format!("/containers/{}/json", id('c')) => {
            ok(json!({ "State": { "Status": "created", "ExitCode": 0, "StartedAt": "0001-01-01T00:00:00Z" } })
                .to_string())
        }
        other => panic!("{other}"),
    });
    let containers = engine.containers().read().await.unwrap().containers;
    let common = |id: &str, name: &str, state: &str| Container {
        id: id.to_owned(),
        name: name.to_owned(),
        image: "redis:7".to_owned(),
        state: state.to_owned(),
        created_ms: 1_714_558_000_000,
        ..Container::default()
    };
    assert_eq!(
        containers,
        [
            Container {
                exit_code: Some(137),
                started_ms: Some(1_714_558_830_000),
                restarts: Some(0),
                ..common("bbbbbbbbbbbb", "job", "exited")
            },
            common("cccccccccccc", "new", "created"),
        ]
    );
}

#[tokio::test]
async fn podman_is_known_by_its_components_and_may_leave_out_what_it_likes() {
    let version = json!({ "Components": [{ "Name": "Podman Engine" }, { "Name": "Conmon" }], "Version": "5.2.0" });
    let engine = Engine::answering(vec![
        ("/version".to_owned(), version),
        (
            "/containers/json?all=1".to_owned(),
            json!([{ "Id": id('d'), "Names": null, "Image": null, "State": "running", "Created": -1 }, { "Id": "../../x" }]),
        ),
        (format!("/containers/{}/json", id('d')), json!({ "State": null })),
        (
            format!("/containers/{}/stats?stream=false&one-shot=true", id('d')),
            json!({
                "networks": null, "blkio_stats": { "io_service_bytes_recursive": null }, "pids_stats": {},
                "memory_stats": { "usage": 5, "stats": { "total_inactive_file": 9 } },
            }),
        ),
    ]);
    let snapshot = engine.containers().read().await.unwrap();
    assert_eq!((snapshot.engine.as_str(), snapshot.version.as_str()), ("podman", "5.2.0"));
    let bare = Container { id: "dddddddddddd".to_owned(), state: "running".to_owned(), ..Container::default() };
    assert_eq!(snapshot.containers, [Container { memory: Some(0), ..bare }], "and an id that is none is passed over");
}

#[tokio::test]
async fn running_ones_come_first_and_no_more_than_two_hundred() {
    let mut list: Vec<Value> = (0..250).map(|at| listed('a', &format!("old-{at:03}"), "exited")).collect();
    list.push(listed('b', "z-runs", "running"));
    list.push(listed('c', "a-runs", "running"));
    let engine = Engine::answering(vec![
        ("/version".to_owned(), docker()),
        ("/containers/json?all=1".to_owned(), Value::Array(list)),
    ]);
    let containers = engine.containers().read().await.unwrap().containers;
    let names: Vec<&str> = containers.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names.len(), 200);
    assert_eq!(names[..3], ["a-runs", "z-runs", "old-000"]);
    assert_eq!(containers[0].restarts, None, "it was gone when it was asked after");
}

#[tokio::test]
async fn what_an_engine_does_not_tell_in_time_is_left_out() {
    // It lists at once, and never tells more.
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("slow.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let answer: Answer = Arc::new(|request| match request.uri().path() {
        "/version" => ok(docker().to_string()),
        _ => ok(json!([listed('a', "cache", "running")]).to_string()),
    });
    let engine = async {
        let mut connections = JoinSet::new();
        let mut silent = Vec::new();
        for _ in 0..2 {
            connections.spawn(speak(listener.accept().await.unwrap().0, false, answer.clone()));
        }
        loop {
            silent.push(listener.accept().await.unwrap());
        }
    };
    let containers = Containers { sockets: vec![socket], allowed: Duration::from_secs(1) };
    let snapshot = tokio::select! {
        () = engine => unreachable!("it goes on for ever"),
        snapshot = containers.read() => snapshot.unwrap(),
    };
    assert_eq!(snapshot.containers[0].name, "cache");
    assert_eq!((&snapshot.containers[0].cpu_micros, &snapshot.containers[0].restarts), (&None, &None));
}

#[tokio::test]
async fn no_socket_is_not_present_and_a_dead_one_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let (missing, dead) = (folder.path().join("missing.sock"), folder.path().join("dead.sock"));
    drop(UnixListener::bind(&dead).unwrap());
    let none = Containers::new([missing.clone()]).read().await;
    assert_eq!(none, Err(CapabilityError::NotPresent(format!("no container engine listens on {}", missing.display()))));
    let nobody = Containers::new([missing.clone(), dead.clone()]).read().await;
    assert_eq!(
        nobody,
        Err(CapabilityError::Unreachable(format!("{}: nobody listens; is the engine running?", dead.display())))
    );
    let engine =
        Engine::answering(vec![("/version".to_owned(), docker()), ("/containers/json?all=1".to_owned(), json!([]))]);
    let snapshot = Containers::new([missing, dead, engine.socket.clone()]).read().await.unwrap();
    assert_eq!((snapshot.engine.as_str(), snapshot.containers.len()), ("docker", 0));
}

#[tokio::test]
async fn a_name_with_broken_bytes_does_not_hide_the_others() {
    let list = json!([listed('a', "br?ken", "exited"), listed('b', "fine", "exited")]).to_string();
    let list: Vec<u8> = list.into_bytes().into_iter().map(|byte| if byte == b'?' { 0xff } else { byte }).collect();
    let engine = Engine::start(move |request| match request.uri().path() {
        "/version" => ok(docker().to_string()),
        "/containers/json" => ok(list.clone()),
        _ => refusal(404, "No such container"),
    });
    let containers = engine.containers().read().await.unwrap().containers;
    assert_eq!(containers.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["br\u{fffd}ken", "fine"]);
}

#[test]
fn the_socket_that_the_environment_names_is_the_only_one() {
    let found = |variables: &[(&str, &str)]| {
        let found = sockets(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()));
        found.iter().map(|path| path.display().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found(&[]), SOCKETS);
    assert_eq!(found(&[("DOCKER_HOST", "unix:///x.sock"), ("XDG_RUNTIME_DIR", "/run/user/7")]), ["/x.sock"]);
    assert_eq!(found(&[("CONTAINER_HOST", "unix:///p.sock")]), ["/p.sock"]);
    // An engine on another machine is not this machine's.
    assert_eq!(found(&[("DOCKER_HOST", "tcp://elsewhere:2375")]), SOCKETS);
    let own = found(&[("XDG_RUNTIME_DIR", "/run/user/7")]);
    assert_eq!(own[SOCKETS.len()..], ["/run/user/7/docker.sock", "/run/user/7/podman/podman.sock"]);
    assert_eq!(found(&[("XDG_RUNTIME_DIR", "relative")]), SOCKETS);
}

#[tokio::test]
async fn an_engine_that_refuses_or_talks_nonsense_is_a_sentence() {
    let engine = Engine::start(|_| refusal(500, "the daemon is ill"));
    expect!["SOCKET answered 500 Internal Server Error to `/version`: the daemon is ill"]
        .assert_eq(&engine.sentence().await);
    let engine = Engine::start(|_| ok("<html>"));
    expect!["SOCKET answered to `/version` in a way that this host does not know: expected value at line 1 column 1"]
        .assert_eq(&engine.sentence().await);
    let engine = Engine::start(|_| ok(vec![b' '; 17 << 20]));
    expect!["too large: SOCKET answered with more than 16777216 bytes"].assert_eq(&engine.sentence().await);
}

#[test]
fn a_call_may_move_between_threads() {
    fn moves<T: Send>(_: &T) {}
    let containers = Containers::new([]);
    moves(&containers.read());
}
