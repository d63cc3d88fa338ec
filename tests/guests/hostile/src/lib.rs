//! Does on purpose what plugins do by mistake: each mode is one way to go wrong.

use std::hint::black_box;

use autobot_plugin_sdk::{Collector, Error, Family, Manifest, Metrics, Timestamp, collector, log};
use serde::Deserialize;

static CALLS: Family = Family::gauge("hostile_calls", "1", "Collections of this instance.").labels(&["number"]);

/// The way to go wrong.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Well behaved.
    #[default]
    None,
    /// Computes for ever.
    Spin,
    /// Executes what has no meaning.
    Trap,
    /// Takes memory without end.
    Bomb,
    /// Calls itself without end.
    Recurse,
    /// Has series without end.
    Flood,
    /// Talks without end.
    Chatter,
    /// Says that it failed.
    Fail,
}

/// How it goes wrong, and when.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How.
    mode: Mode,
    /// Collections that go well first.
    after: u32,
}

/// The plugin.
pub struct Hostile {
    settings: Settings,
    calls: u32,
}

impl Collector for Hostile {
    type Settings = Settings;

    const MANIFEST: Manifest = Manifest::new("hostile", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"));
    const FAMILIES: &[&Family] = &[&CALLS];

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self { settings, calls: 0 })
    }

    fn collect(&mut self, _at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        self.calls += 1;
        metrics.set(&CALLS, &["0"], f64::from(self.calls));
        if self.calls <= self.settings.after {
            return Ok(());
        }
        match self.settings.mode {
            Mode::None => {}
            Mode::Spin => spin(),
            Mode::Trap => trap(),
            Mode::Bomb => bomb(),
            Mode::Recurse => {
                black_box(recurse(black_box(1)));
            }
            Mode::Flood => {
                for number in 0..100_000_u32 {
                    metrics.set(&CALLS, &[&number.to_string()], 1.0);
                }
            }
            Mode::Chatter => {
                for line in 0..100_000_u32 {
                    log::warn(&format!("{line}: {}", "word ".repeat(1_000)));
                }
            }
            Mode::Fail => return Err(Error::Failed("it was told to fail".into())),
        }
        Ok(())
    }
}

collector!(Hostile);

fn spin() {
    loop {
        black_box(());
    }
}

fn trap() {
    #[cfg(target_family = "wasm")]
    core::arch::wasm32::unreachable();
}

fn bomb() {
    let mut taken: Vec<Vec<u8>> = Vec::new();
    loop {
        taken.push(black_box(vec![1; 1 << 20]));
    }
}

fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    black_box(recurse(depth + 1)) + frame[(depth % 64) as usize]
}
