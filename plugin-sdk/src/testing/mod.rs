//! A stand-in for the host, with recorded facts: plugins are tested natively by plain `cargo test`.
//!
//! Facts that a test does not give are "not present", as on a machine that does not have them. Each thread has a host of its
//! own, so tests run side by side.

mod always;
mod facts;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::emit::Declaration;
use crate::{Collector, Error, Runtime, Timestamp};

pub(crate) use always::{emit, log, state};
pub use facts::Facts;
use facts::Fallible;

#[derive(Default)]
struct Host {
    facts: Facts,
    now: Timestamp,
    /// By handle; what is retired is empty.
    series: Vec<Option<String>>,
    samples: Vec<(String, f64)>,
    retired: Vec<String>,
    log: Vec<String>,
    asked: BTreeSet<&'static str>,
    state: BTreeMap<String, Vec<u8>>,
    refuse_series: Option<String>,
    /// Families that were declared at run time.
    declared: BTreeMap<String, Declaration>,
}

thread_local!(static HOST: RefCell<Host> = RefCell::default());

/// One plugin under test.
pub struct Plugin<C>(Runtime<C>);

/// What one `collect` handed over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Collected {
    /// Series as `name{label="value"}` with their values, in the order of handing over.
    pub samples: Vec<(String, f64)>,
    /// Series that ended.
    pub retired: Vec<String>,
    /// What the plugin wrote to the log.
    pub log: Vec<String>,
    /// The functions that it called: `cpu.read`.
    pub asked: BTreeSet<&'static str>,
}

impl<C: Collector> Plugin<C> {
    /// A new instance with these settings (JSON), on a machine that answers `facts`. The host of this thread is new too.
    pub fn new(settings: &str, facts: Facts) -> Result<Self, String> {
        HOST.set(Host { facts, ..Host::default() });
        let mut runtime = Runtime::new();
        runtime.configure(settings)?;
        Ok(Self(runtime))
    }

    /// Changes what the machine answers from now on.
    pub fn change(&mut self, change: impl FnOnce(&mut Facts)) {
        HOST.with_borrow_mut(|host| change(&mut host.facts));
    }

    /// From now on the host refuses to register series, with this error (`None`: no longer).
    pub fn refuse_series(&mut self, error: Option<&str>) {
        HOST.with_borrow_mut(|host| host.refuse_series = error.map(str::to_owned));
    }

    /// Collects at `at`; the plugin's own error comes beside what it handed over.
    pub fn collect(&mut self, at: Timestamp) -> (Collected, Result<(), Error>) {
        HOST.with_borrow_mut(|host| {
            host.now = at;
            host.facts.begin();
        });
        let result = self.0.collect(at);
        let collected = HOST.with_borrow_mut(|host| Collected {
            samples: std::mem::take(&mut host.samples),
            retired: std::mem::take(&mut host.retired),
            log: std::mem::take(&mut host.log),
            asked: std::mem::take(&mut host.asked),
        });
        (collected, result)
    }

    /// A family that the plugin declared at run time.
    pub fn declared(&self, family: &str) -> Option<Declaration> {
        HOST.with_borrow(|host| host.declared.get(family).cloned())
    }

    /// Changes the settings, as the host does when the configuration is reloaded.
    pub fn configure(&mut self, settings: &str) -> Result<(), String> {
        self.0.configure(settings)
    }
}

impl Collected {
    /// The value of one series.
    pub fn value(&self, series: &str) -> Option<f64> {
        self.samples.iter().find(|(name, _)| name == series).map(|(_, value)| *value)
    }

    /// The samples whose names start with `prefix`, one a line, then what ended.
    pub fn text(&self, prefix: &str) -> String {
        let mut text = String::new();
        for (series, value) in self.samples.iter().filter(|(series, _)| series.starts_with(prefix)) {
            let _ = writeln!(text, "{series} {value}");
        }
        for series in self.retired.iter().filter(|series| series.starts_with(prefix)) {
            let _ = writeln!(text, "{series} ended");
        }
        text
    }
}

pub(crate) fn fact<T: DeserializeOwned + Fallible>(function: &'static str, asked: &impl Serialize) -> T {
    HOST.with_borrow_mut(|host| {
        host.asked.insert(function);
        host.facts.answer(function, asked)
    })
}

pub(crate) fn now() -> Timestamp {
    HOST.with_borrow(|host| host.now)
}
