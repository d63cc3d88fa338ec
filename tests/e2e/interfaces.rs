//! Network interfaces that come and go, and change their names, while the host runs.

use anyhow::{Context as _, Result};

use crate::hardware::{assert_sound, until_ended};
use crate::harness::{Host, Site};
use crate::namespace::{Cable, FAR, entered, ip, knock};

/// The value of what has one series, when it is there.
async fn value(host: &Host, query: &str) -> Result<f64> {
    Ok(host.until_query(query).await?.first().context("a series")?.1)
}

/// What was sent by an interface, once this is more than nothing.
async fn sent(host: &Host, interface: &str) -> Result<f64> {
    value(host, &format!("system_network_io_bytes_total{{interface=\"{interface}\",direction=\"transmit\"}} > 0")).await
}

/// Waits until the loopback interface was looked at once more.
async fn goes_on(host: &Host) -> Result<()> {
    let loopback = "timestamp(system_network_io_bytes_total{interface=\"lo\",direction=\"receive\"})";
    let now = value(host, loopback).await?;
    value(host, &format!("{loopback} > {now}")).await.map(drop)
}

#[tokio::test]
async fn an_interface_comes_goes_and_changes_its_name_and_the_others_go_on() -> Result<()> {
    if !entered("interfaces::an_interface_comes_goes_and_changes_its_name_and_the_others_go_on") {
        return Ok(());
    }
    let site = Site::new();
    let host = site.start().await?;
    goes_on(&host).await?;
    assert!(host.query("system_network_io_bytes_total{interface!=\"lo\"}").await?.is_empty());
    let cable = Cable::plug("veth0")?;
    for far in FAR {
        for _ in 0..20 {
            knock(far.parse()?)?;
        }
    }
    let first = sent(&host, "veth0").await?;
    // What an interface is, is asked every fifteen seconds.
    let info = host.until_query("system_network_info{interface=\"veth0\"}").await?;
    assert_eq!((&info[0].0["state"], &info[0].0["driver"]), (&"up".into(), &serde_json::Value::Null), "{info:?}");
    assert_eq!(value(&host, "system_network_up{interface=\"veth0\"}").await?, 1.0);
    assert!(value(&host, "system_network_neighbours{interface=\"veth0\"}").await? > 0.0);

    ip("link set veth0 down")?;
    ip("link set veth0 name wan")?;
    until_ended(&host, "system_network_io_bytes_total{interface=\"veth0\"}").await?;
    goes_on(&host).await?;
    let left = host.query("{__name__=~\"system_network_.+\",interface=\"veth0\"}").await?;
    assert!(left.is_empty(), "what is said again for fifteen seconds is not said of what is gone: {left:#?}");
    assert!(sent(&host, "wan").await? >= first, "what it counted goes with it");

    ip("link del wan")?;
    until_ended(&host, "{__name__=~\"system_network_.+\",interface=\"wan\"}").await?;
    goes_on(&host).await?;

    drop(cable);
    let _cable = Cable::plug("veth0")?;
    knock(FAR[0].parse()?)?;
    assert!(sent(&host, "veth0").await? < first, "another one of the same name counts from nothing");
    goes_on(&host).await?;
    assert_sound(&host).await?;
    host.stop().await?;
    Ok(())
}
