//! The system plugin beside Debian's node_exporter, on the real `/proc` and `/sys` of this machine: series by series, moment by
//! moment. `cargo xtask prove exporter` looks for a minute, and writes the page of it.

mod agreement;
mod lists;
mod load;
mod page;
mod theirs;

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::AtomicBool;

use anyhow::{Result, ensure};
use serde_json::Value;

use agreement::{Moment, Outcome, compare, sorted};
use lists::{Line, Ours, Rule};
use theirs::{Exporter, Scrape};

use crate::harness::{Host, Site, checkout, encode, run, text};
use crate::namespace::{Cable, entered};

/// Each core for itself, as node_exporter has it, and no more devices left out than it does.
const SETTINGS: &str = "per_core_detail: true, most_interfaces: 200, most_disks: 200, most_filesystems: 200";
/// Moments of the short form.
const MOMENTS: usize = 8;
/// Counters that the load of the machine drives: when they stand still, nothing was tested.
const DRIVEN: [&str; 9] = [
    "node_network_receive_bytes_total",
    "node_context_switches_total",
    "node_forks_total",
    "node_intr_total",
    "node_vmstat_pgfault",
    "node_netstat_Tcp_InSegs",
    "node_netstat_Tcp_PassiveOpens",
    "node_netstat_Udp_InDatagrams",
    "node_netstat_IpExt_OutOctets",
];
/// And those that are driven by what goes by an interface.
const DRIVEN_BY_CABLE: [&str; 9] = [
    "node_network_receive_bytes_total",
    "node_network_transmit_bytes_total",
    "node_network_receive_packets_total",
    "node_network_transmit_packets_total",
    "node_netstat_Icmp_InMsgs",
    "node_netstat_Icmp6_InMsgs",
    "node_netstat_Udp_OutDatagrams",
    "node_netstat_Udp6_OutDatagrams",
    "node_netstat_Ip6_OutOctets",
];

#[tokio::test]
async fn each_series_of_node_exporter_is_ours_too_with_the_same_value_or_there_is_a_reason() -> Result<()> {
    let long = std::env::var("AUTOBOT_PROOF_SECONDS").ok().and_then(|text| text.parse().ok());
    let measured = measure(load::machine, long).await?;
    if let Some(path) = std::env::var_os("AUTOBOT_PROOF_PAGE") {
        fs::write(path, page::page(&measured, &lists::elsewhere()?)?)?;
    }
    measured.assert_agreed(&DRIVEN);
    Ok(())
}

/// The machine's own interfaces may have nothing to do, so that much of theirs stands still above.
#[tokio::test]
async fn what_goes_by_an_interface_is_counted_alike_by_both() -> Result<()> {
    if !entered("exporter::what_goes_by_an_interface_is_counted_alike_by_both") {
        return Ok(());
    }
    let _cable = Cable::plug("veth0")?;
    measure(load::cable, None).await?.assert_agreed(&DRIVEN_BY_CABLE);
    Ok(())
}

/// What both said.
struct Measured {
    lines: Vec<Line>,
    scrapes: Vec<Scrape>,
    moments: usize,
    seconds: i64,
    outcomes: Vec<Outcome>,
}

/// Both side by side under load, for some seconds or for a few moments.
async fn measure(work: fn(&AtomicBool) -> Result<()>, seconds: Option<i64>) -> Result<Measured> {
    let lines = lists::families()?;
    let exporter = Exporter::start().await?;
    let site = Site::new();
    site.write(
        "autobot.yaml",
        format!("monitoring_interval: 1s\nplugins:\n  system: {{ interval: 1s, settings: {{ {SETTINGS} }} }}\n"),
    );
    // Before the host reads anything, so that nothing of ours is older than the first.
    let mut scrapes = vec![exporter.scrape().await?];
    let elsewhere = lists::elsewhere()?;
    let (_, unknown) = sorted(&lines, &scrapes[0].series);
    let unknown = unknown.iter().filter(|one| !elsewhere.iter().any(|line| line.is_of(&one.name, &one.labels)));
    let unknown: BTreeSet<_> = unknown.map(|one| one.name.as_str()).collect();
    ensure!(
        unknown.is_empty(),
        "node_exporter tells families that no list knows; say in tests/e2e/exporter/families.txt what ours are, or why there are \
         none: {unknown:?}"
    );
    let host = site.start().await?;
    let load = load::Load::start(work);
    let mut moments = Vec::new();
    let begun = theirs::now();
    while seconds.map_or(moments.len() < MOMENTS, |seconds| theirs::now() < begun + seconds * 1000) {
        let before = scrapes.len() - 1;
        let at = collected_after(&host, scrapes[before].ended).await?;
        scrapes.push(exporter.scrape().await?);
        moments.push(Moment { at, before, after: before + 1 });
    }
    let seconds = (theirs::now() - begun) / 1000;
    load.stop()?;
    let outcomes = compare(&host, &lines, &scrapes, &moments).await?;
    host.stop().await?;
    Ok(Measured { lines, scrapes, moments: moments.len(), seconds, outcomes })
}

/// The time of the first collection that began after `time` and whose samples are there.
async fn collected_after(host: &Host, time: i64) -> Result<i64> {
    let query = format!("/api/v1/query?query={}", encode("timestamp(system_uptime_seconds)"));
    host.until(&query, |answer: &Value| {
        let seconds: f64 = answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()?;
        let millis = (seconds * 1000.0).round() as i64;
        (millis > time).then_some(millis)
    })
    .await
}

impl Measured {
    /// A gauge that moves may have been elsewhere when we looked: it has to agree at one moment at least, all others at all.
    /// Those that the load drives must have changed.
    fn assert_agreed(&self, driven: &[&str]) {
        let mut differences = Vec::new();
        for (line, outcome) in self.lines.iter().zip(&self.outcomes) {
            let Ours::Compared(compared) = &line.ours else { continue };
            for (series, seen) in &outcome.series {
                let needed = if matches!(compared.rule, Rule::Moves { .. }) { 1 } else { seen.moments };
                if seen.agreed < needed {
                    let why = seen.difference.as_deref().unwrap_or_default();
                    let (agreed, moments) = (seen.agreed, seen.moments);
                    differences.push(format!("{series} as {}: {why}; agreed at {agreed} of {moments}", compared.query));
                }
            }
        }
        assert!(differences.is_empty(), "{differences:#?}");
        let compared: usize = self.outcomes.iter().flat_map(|one| one.series.values()).map(|seen| seen.count).sum();
        let all = self.scrapes[0].series.len();
        assert!(compared > all / 2, "{compared} of {all} series were compared");
        for name in driven {
            let at = self.lines.iter().position(|line| line.theirs == *name).expect("it is in the list");
            assert!(self.outcomes[at].series.values().any(|seen| seen.moved), "{name} stood still under load");
        }
    }
}

#[test]
fn what_the_lists_call_ours_is_declared_by_the_plugin() -> Result<()> {
    let plugin = checkout().join("plugins/dist/system.wasm");
    let inspected = run(&["plugins", "inspect", &plugin.to_string_lossy(), "-o", "json"]);
    ensure!(inspected.status.success(), "{}; run `cargo xtask build`", text(&inspected.stderr));
    let document: Value = serde_json::from_slice(&inspected.stdout)?;
    let families = document["data"]["manifest"]["families"].as_array().cloned().unwrap_or_default();
    let declared: BTreeSet<&str> = families.iter().filter_map(|family| family["name"].as_str()).collect();
    let lines: Vec<Line> = lists::families()?.into_iter().chain(lists::elsewhere()?).collect();
    let missing: BTreeSet<&str> =
        lines.iter().flat_map(|line| lists::names(line.ours.text())).filter(|name| !declared.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    Ok(())
}
