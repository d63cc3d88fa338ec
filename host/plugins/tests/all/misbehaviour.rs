//! Every way to go wrong that we know of, all at once beside a good plugin: one line of `docs/plugins/misbehaviour.md` each.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use autobot_plugins::{InstanceSpec, PluginState};
use expect_test::expect_file;
use serde_json::json;

use crate::bench::{Bench, built, guest, spec};
use crate::formats;

/// What a plugin does, and how the test makes one do it.
struct Case {
    does: &'static str,
    spec: InstanceSpec,
}

fn cases(bench: &Bench) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut mode = |does, mode: &str, limit: fn(&mut InstanceSpec)| {
        let mut spec = bench.hostile(mode, json!({ "mode": mode }));
        limit(&mut spec);
        cases.push(Case { does, spec });
    };
    mode("computes without an end", "spin", |spec| spec.limits.computing = Duration::from_millis(200));
    mode("takes memory without an end", "bomb", |spec| spec.limits.memory = 16 << 20);
    mode("calls itself without an end", "recurse", |_| {});
    mode("traps", "trap", |_| {});
    mode("calls the host for every sample", "calls", |spec| spec.limits.calls = 1_000);
    mode("hands ten mebibytes to the host at once", "transfer", |_| {});
    mode("has twenty thousand series", "flood", |_| {});
    mode("begins new series all the time", "churn", |spec| spec.limits.new_series = 500);
    mode("hands over a million samples", "samples", |_| {});
    mode("has a label of a mebibyte", "label", |_| {});
    mode("uses a handle that it never got", "handles", |_| {});
    mode("hands over columns of different lengths", "columns", |_| {});
    mode("hands over samples of yesterday", "yesterday", |_| {});
    mode("hands over samples of tomorrow", "tomorrow", |_| {});
    mode("keeps a hundred megabytes of state", "state", |_| {});
    mode("writes a thousand lines of log", "chatter", |_| {});
    mode("says that it failed", "fail", |_| {});
    mode("does not accept its settings", "unwilling", |_| {});
    for (does, name, bytes) in formats::hostile_files() {
        cases.push(Case { does, spec: spec(name, bench.file(&format!("{name}.wasm"), &bytes), json!({})) });
    }
    let wrong = bench.hostile("settings", json!({ "mode": "none", "after": -1 }));
    cases.push(Case { does: "is given settings that its schema does not allow", spec: wrong });
    let system = spec("greedy", built("plugins/dist/system.wasm"), json!({}));
    cases.push(Case { does: "asks for what is not granted", spec: system });
    cases
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_plugin_does_wrong_is_named_and_costs_the_others_nothing() {
    let mut bench = Bench::new();
    let cases = cases(&bench);
    let mut all: Vec<InstanceSpec> = cases.iter().map(|case| case.spec.clone()).collect();
    all.push(spec("good", guest("hostile"), json!({ "mode": "numbers" })));
    bench.host.apply(all);

    let mut table = String::from(
        "# What plugins do wrong, and what then happens\n\n\
         Each line is a plugin that a test runs beside a good one, which misses no tick (`host/plugins/tests`). A plugin that\n\
         *goes on* keeps collecting, without what was refused to it. One that is *restarted* loses its series for a moment; after\n\
         five failures in a row it is quarantined until its file or its settings change, or you restart it.\n\n\
         | the plugin | you read | the host |\n| --- | --- | --- |\n",
    );
    for case in &cases {
        let (said, state) = bench
            .until(&case.spec.name, |status| {
                let said = status.log.iter().find(|said| said.level == "failed" || said.text.starts_with("more than"));
                assert!(status.restarts == 0 || said.is_some(), "a restart is seen with its reason: {status:?}");
                let said = said?;
                Some((said.text.clone(), status.state))
            })
            .await;
        let said =
            said.split("; it is made anew").next().unwrap().replace(&*bench.folder.path().to_string_lossy(), "DIR");
        let does = match state {
            PluginState::Running => "goes on",
            PluginState::BackingOff | PluginState::Starting | PluginState::Quarantined => "restarts it",
            PluginState::Refused => "does not run it",
            PluginState::Disabled => unreachable!("nothing is switched off here"),
        };
        let _ = writeln!(table, "| {} | {} | {does} |", case.does, said.replace('|', "\\|"));
    }
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/plugins/misbehaviour.md");
    expect_file![place].assert_eq(&table);

    // The good one had its tick every second meanwhile, numbers that are none included.
    let mut before = bench.batch("good").await;
    assert_eq!(before.values().len(), 3, "the NaN is no value: {before:?}");
    for _ in 0..3 {
        let next = bench.batch("good").await;
        // The second tick joins the grid, and may be a little later for it; one that is missed is two seconds.
        assert!((1..2_000).contains(&(next.time.0 - before.time.0)), "from {} to {}", before.time, next.time);
        before = next;
    }
    assert!(bench.registry.count() < 1_000, "{} series were made", bench.registry.count());
    bench.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_again_and_again_is_left_alone_until_it_is_restarted_by_hand() {
    let bench = Bench::new();
    bench.host.apply(vec![bench.hostile("trap", json!({ "mode": "trap", "after": 0 }))]);
    let reason = bench
        .until("trap", |status| (status.state == PluginState::Quarantined).then(|| status.reason.clone().unwrap()))
        .await;
    assert!(reason.contains("failure 5 in a row"), "{reason}");
    let restarts = bench.status("trap").restarts;
    assert!(bench.host.restart("trap"));
    bench.until("trap", |status| (status.restarts > restarts).then_some(())).await;
    assert!(!bench.host.restart("nobody"));
    bench.host.shutdown().await;
}
