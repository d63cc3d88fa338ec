//! kill -9 at any moment: what was there before is there after, and the database is sound.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::harness::{Site, encode};

/// Rounds of the test; the proof (`cargo xtask prove kill`) does more.
fn rounds() -> u32 {
    std::env::var("AUTOBOT_PROOF_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10)
}

#[tokio::test]
async fn kill_nine_loses_nothing_but_the_tick_in_flight() -> Result<()> {
    let site = Site::new();
    let mut known = 0.0;
    for round in 0..rounds() {
        let host = site.start().await?;
        // One series, all its samples: what was counted before the kill must still be there after it.
        let count = "count_over_time(system_uptime_seconds[1h])";
        let path = format!("/api/v1/query?query={}", encode(count));
        let found = host.until(&path, |answer| {
            let found: f64 = answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()?;
            (found >= known + 3.0).then_some(found)
        });
        known = found.await.with_context(|| format!("round {round}: {known} samples were there before the kill"))?;
        // One tick may be in flight when the signal comes: it is not counted as known.
        known -= 1.0;
        // The kill falls anywhere between two ticks, and on them.
        tokio::time::sleep(Duration::from_millis(u64::from(round * 137 % 1100))).await;
        host.kill().await?;
        let database = rusqlite::Connection::open(site.path("data/autobot.db"))?;
        let verdict: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        assert_eq!(verdict, "ok", "round {round}");
    }
    Ok(())
}
