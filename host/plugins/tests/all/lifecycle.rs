//! Dropped in, replaced, set otherwise, switched off, rolled back.

use autobot_capabilities::{Capability, Grant};
use autobot_model::is_stale;
use autobot_plugins::PluginState;
use expect_test::expect;
use serde_json::json;

use crate::bench::{Bench, built, guest, spec};

/// The same plugin in other bytes: one custom section more.
fn changed(bytes: &[u8], name: u8) -> Vec<u8> {
    [bytes, &[0, 2, 1, name]].concat()
}

#[tokio::test]
async fn a_replaced_file_goes_on_without_missing_a_tick_and_can_be_rolled_back() {
    let mut bench = Bench::new();
    let first = std::fs::read(guest("hostile")).unwrap();
    let file = bench.file("x.wasm", &first);
    let one = spec("x", file.clone(), json!({}));
    bench.host.apply(vec![one.clone()]);
    bench.batch("x").await;
    let mut before = bench.batch("x").await;
    let hash = bench.status("x").hash.unwrap();

    bench.file("x.wasm", &changed(&first, b'a'));
    bench.host.apply(vec![one.clone()]);
    let successor = bench.until("x", |status| status.hash.clone().filter(|now| *now != hash)).await;
    for _ in 0..3 {
        let batch = bench.batch("x").await;
        assert!(batch.time.0 - before.time.0 <= 1_000, "from {} to {}", before.time, batch.time);
        assert!(batch.values().iter().all(|value| !is_stale(*value)), "its series ended");
        before = batch;
    }

    let (back, bytes) = bench.host.version_before("x").expect("the first version ran well");
    assert_eq!((back, bytes.as_slice()), (hash.clone(), first.as_slice()));
    bench.file("x.wasm", &bytes);
    bench.host.apply(vec![one]);
    bench.until("x", |status| (status.hash.as_deref() == Some(&*hash)).then_some(())).await;
    bench.until("x", |status| (status.state == PluginState::Running).then_some(())).await;
    assert_eq!(bench.host.version_before("x").map(|(hash, _)| hash), Some(successor));
    bench.host.shutdown().await;
}

#[tokio::test]
async fn a_version_that_cannot_run_does_not_end_the_one_before() {
    let mut bench = Bench::new();
    let good = std::fs::read(guest("hostile")).unwrap();
    let file = bench.file("x.wasm", &good);
    let one = spec("x", file.clone(), json!({}));
    bench.host.apply(vec![one.clone()]);
    bench.batch("x").await;
    let mut before = bench.batch("x").await;

    // A half-written file, one that asks for more than is granted, and settings that are wrong.
    let wrong_settings = spec("x", file.clone(), json!({ "after": "soon" }));
    let system = std::fs::read(built("plugins/dist/system.wasm")).unwrap();
    for (bytes, wanted, said) in [
        (&good[..good.len() - 1], &one, "cut off"),
        (&system[..], &one, "which is not granted"),
        (&good[..], &wrong_settings, "`after`"),
    ] {
        bench.file("x.wasm", bytes);
        bench.host.apply(vec![wanted.clone()]);
        let reason = bench.until("x", |status| status.successor.clone().filter(|reason| reason.contains(said))).await;
        let status = bench.status("x");
        assert_eq!(status.state, PluginState::Running, "{reason}");
        let batch = bench.batch("x").await;
        assert!(batch.time.0 - before.time.0 <= 1_000, "from {} to {}", before.time, batch.time);
        before = batch;
    }

    // The file is as it was, and so are the settings: nothing to complain of any more.
    bench.host.apply(vec![one]);
    bench.until("x", |status| status.successor.is_none().then_some(())).await;
    bench.host.shutdown().await;
}

#[tokio::test]
async fn what_is_asked_for_runs_once_it_is_granted_and_what_is_not_asked_for_is_said() {
    let mut bench = Bench::new();
    let mut asking = spec("asking", built("plugins/dist/system.wasm"), json!({}));
    asking.grant = Grant::default().with(Capability::Cpu);
    bench.host.apply(vec![asking.clone()]);
    let refusal = bench
        .until("asking", |status| (status.state == PluginState::Refused).then(|| status.reason.clone().unwrap()))
        .await;
    expect!["it asks for memory, disk, net, process, kernel, sensors, power-supply, cgroups, which is not granted; to grant it, add to the configuration: plugins: { asking: { grant: { memory: true, disk: true, net: true, process: true, kernel: true, sensors: true, power-supply: true, cgroups: true } } }"].assert_eq(&refusal);

    asking.grant = Grant::unscoped();
    bench.host.apply(vec![asking]);
    bench.batch("asking").await;

    let mut idle = spec("idle", guest("hostile"), json!({}));
    idle.grant = Grant::default().with(Capability::Cpu);
    bench.host.apply(vec![idle]);
    assert_eq!(
        bench.until("idle", |status| (!status.unused_grants.is_empty()).then(|| status.unused_grants.clone())).await,
        ["cpu"]
    );
    bench.host.shutdown().await;
}

#[tokio::test]
async fn a_scoped_grant_reaches_as_far_as_it_says_and_every_denial_is_counted() {
    let mut bench = Bench::new();
    let place = bench.folder.path().canonicalize().unwrap();
    std::fs::write(place.join("open.txt"), "12345").unwrap();
    let paths = |names: &[&str]| names.iter().map(|name| place.join(name).display().to_string()).collect::<Vec<_>>();
    let mut reader = spec("reader", guest("reader"), json!({ "patterns": paths(&["*.txt"]) }));
    reader.grant = Grant::default().with_scope(Capability::Files, paths(&["*.txt"]));
    bench.host.apply(vec![reader.clone()]);
    assert_eq!(bench.batch("reader").await.values(), [5.0]);

    reader.settings = json!({ "patterns": paths(&["*.txt", "secret"]) });
    bench.host.apply(vec![reader]);
    let reason = bench.until("reader", |status| status.reason.clone()).await;
    assert_eq!(reason, format!("denied: `files` is not granted for `{}`", paths(&["secret"])[0]));
    bench.until("reader", |status| (status.denied_total >= 2).then_some(())).await;
    let denials = bench.status("reader").log.iter().filter(|said| said.level == "denied").count();
    assert_eq!(denials, 1, "each denial is told once, however often it happens");
    bench.host.shutdown().await;
}

#[tokio::test]
async fn two_instances_of_one_file_have_settings_of_their_own_and_one_can_be_switched_off() {
    let mut bench = Bench::new();
    let (left, mut right) =
        (spec("left", guest("hostile"), json!({})), spec("right", guest("hostile"), json!({ "mode": "fail" })));
    bench.host.apply(vec![left.clone(), right.clone()]);
    bench.batch("left").await;
    let reason = bench.until("right", |status| status.reason.clone()).await;
    assert_eq!(reason, "it was told to fail");
    assert_eq!(bench.status("left").reason, None);

    right.enabled = false;
    bench.host.apply(vec![left, right]);
    bench.until("right", |status| (status.state == PluginState::Disabled).then_some(())).await;
    let end = loop {
        let batch = bench.batch("right").await;
        if batch.values().iter().all(|value| is_stale(*value)) {
            break batch;
        }
    };
    assert_eq!(end.values().len(), 1, "its one series ended");
    bench.host.shutdown().await;
}
