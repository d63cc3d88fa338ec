//! Does on purpose what plugins do by mistake: each mode is one way to go wrong.

use std::hint::black_box;

use autobot_plugin_sdk::bindings::autobot::plugin::emit;
use autobot_plugin_sdk::{Collector, Error, Family, Manifest, Metrics, Timestamp, clock, collector, log, state};
use serde::Deserialize;

const SCHEMA: &str = r#"{ "type": "object", "additionalProperties": false,
    "properties": { "mode": { "type": "string" }, "after": { "type": "integer", "minimum": 0 } } }"#;

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
    /// Has a label of a mebibyte.
    Label,
    /// Hands over numbers that are none.
    Numbers,
    /// Uses handles that it never got.
    Handles,
    /// Hands over columns of different lengths.
    Columns,
    /// Hands over more samples than a collection may have.
    Samples,
    /// Hands over samples of yesterday.
    Yesterday,
    /// Hands over samples of tomorrow.
    Tomorrow,
    /// Keeps state without end.
    State,
    /// Calls the host for every sample.
    Calls,
    /// Hands ten mebibytes to the host in one call.
    Transfer,
    /// Begins new series in every collection.
    Churn,
    /// Refuses its settings.
    Unwilling,
    /// Ends its process, as only a native plugin can.
    Exit,
    /// Reaches for files, the network and other programs, as only a native plugin can; counts what it got.
    Escape,
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

    const MANIFEST: Manifest =
        Manifest::new("hostile", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION")).settings_schema(SCHEMA);
    const FAMILIES: &[&Family] = &[&CALLS];

    fn new(settings: Settings) -> Result<Self, String> {
        if matches!(settings.mode, Mode::Unwilling) {
            return Err("no settings are good enough".into());
        }
        Ok(Self { settings, calls: 0 })
    }

    fn collect(&mut self, at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
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
                let all: Vec<_> = (0..20_000_u32).map(|number| series(number.to_string())).collect();
                emit::register(&all)?;
            }
            Mode::Chatter => {
                for line in 0..1_000_u32 {
                    log::warn(&format!("{line}: {}", "word ".repeat(1_000)));
                }
            }
            Mode::Fail => return Err(Error::Failed("it was told to fail".into())),
            Mode::Label => metrics.set(&CALLS, &["x".repeat(1 << 20).as_str()], 1.0),
            Mode::Numbers => {
                for (number, value) in [("nan", f64::NAN), ("infinity", f64::INFINITY), ("least", f64::MIN)] {
                    metrics.set(&CALLS, &[number], value);
                }
            }
            Mode::Handles => emit::emit_columns(&[4_000_000_000], &[1.0])?,
            Mode::Columns => emit::emit_columns(&[0, 0], &[1.0])?,
            Mode::Samples => {
                let handle = one()?;
                for _ in 0..1_000 {
                    emit::emit_columns(&vec![handle; 1_000], &vec![1.0; 1_000])?;
                }
            }
            Mode::Yesterday => emit::emit_columns_at(at.saturating_sub(86_400_000), &[one()?], &[1.0])?,
            Mode::Tomorrow => emit::emit_columns_at(at + 86_400_000, &[one()?], &[1.0])?,
            Mode::State => {
                for key in 0..100_000_u32 {
                    state::set(&key.to_string(), &[1; 1_000])?;
                }
            }
            Mode::Calls => loop {
                black_box(clock::monotonic_micros());
            },
            Mode::Transfer => log::warn(&"x".repeat(10 << 20)),
            Mode::Churn => {
                for number in 0..1_000_u32 {
                    metrics.set(&CALLS, &[format!("{at}-{number}").as_str()], 1.0);
                }
            }
            Mode::Unwilling => {}
            Mode::Exit => std::process::exit(0),
            Mode::Escape => {
                for (what, got) in escapes() {
                    metrics.set(&CALLS, &[what], f64::from(u8::from(got)));
                }
            }
        }
        Ok(())
    }
}

collector!(Hostile);

/// The handle of a series that is in order.
fn one() -> Result<u32, Error> {
    Ok(emit::register(&[series("1".to_owned())])?[0])
}

fn series(number: String) -> emit::Series {
    emit::Series { family: "hostile_calls".to_owned(), labels: vec![("number".to_owned(), number)] }
}

fn spin() {
    loop {
        black_box(());
    }
}

fn trap() {
    #[cfg(target_family = "wasm")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_family = "wasm"))]
    {
        // SAFETY: none; reading from nowhere is the point.
        #[expect(unsafe_code, reason = "a segmentation fault is what the test is about")]
        let value = unsafe { std::ptr::read_volatile(black_box(8 as *const u64)) };
        black_box(value);
    }
}

/// Ways out of a process, and whether each was open.
fn escapes() -> [(&'static str, bool); 6] {
    use std::process::Command;
    [
        ("read", std::fs::read("/etc/passwd").is_ok()),
        ("list", std::fs::read_dir("/home").is_ok()),
        ("write", std::fs::write("/tmp/escaped", "x").is_ok()),
        ("connect", std::net::TcpListener::bind("127.0.0.1:0").is_ok()),
        ("run", Command::new("/bin/true").status().is_ok()),
        ("fork", Command::new("/proc/self/exe").spawn().is_ok()),
    ]
}

fn bomb() {
    let mut taken: Vec<Vec<u8>> = Vec::new();
    loop {
        taken.push(black_box(vec![1; 1 << 20]));
    }
}

#[expect(unconditional_recursion, reason = "that is the point")]
fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    black_box(recurse(depth + 1)) + frame[(depth % 64) as usize]
}
