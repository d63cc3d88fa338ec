//! What a server is asked, and what becomes of it when it refuses.

use std::collections::BTreeMap;

use autobot_plugin_sdk::log;

use crate::{server, slowlog};

/// A question: one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Everything but the sections of modules.
    Info,
    Histograms,
    Latest,
    SlowLog,
    SlowLength,
    Clients,
    Memory,
    Cluster,
    /// A parameter, by its place in [`server::CONFIG`].
    Config(usize),
}

impl Ask {
    /// The command's name, by which a refusal is remembered.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Histograms => "LATENCY HISTOGRAM",
            Self::Latest => "LATENCY LATEST",
            Self::SlowLog => "SLOWLOG GET",
            Self::SlowLength => "SLOWLOG LEN",
            Self::Clients => "CLIENT LIST",
            Self::Memory => "MEMORY STATS",
            Self::Cluster => "CLUSTER INFO",
            Self::Config(_) => "CONFIG GET",
        }
    }

    pub(crate) fn command(self) -> Vec<String> {
        let mut words: Vec<String> = self.name().split(' ').map(str::to_owned).collect();
        match self {
            Self::Info => words.push("all".to_owned()),
            Self::SlowLog => words.push(slowlog::FEW.to_string()),
            Self::Config(at) => words.extend(server::CONFIG.get(at).map(|(name, _)| (*name).to_owned())),
            _ => {}
        }
        words
    }
}

/// How long a command is left alone that this user may not use, in microseconds: each attempt stands in the server's own log.
const PAUSE: u64 = 300_000_000;

/// Commands that a server refused, by name, and until when they are left alone.
#[derive(Debug, Default)]
pub(crate) struct Refusals(BTreeMap<&'static str, u64>);

impl Refusals {
    pub(crate) fn may(&self, command: &'static str, now: u64) -> bool {
        self.0.get(command).is_none_or(|until| *until <= now)
    }

    /// The server was started anew, perhaps in another version.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }

    /// Says once what a refusal is about.
    pub(crate) fn note(&mut self, target: &str, called: &str, command: &'static str, said: &str, now: u64) {
        if is_passing(said) {
            return;
        }
        let is_new = !self.0.contains_key(command);
        if is_unknown(said) {
            self.0.insert(command, u64::MAX);
            if is_new {
                log::info(&format!("{target}: {called} has no `{command}`, so there is nothing of what it tells"));
            }
            return;
        }
        self.0.insert(command, now.saturating_add(PAUSE));
        if is_new {
            let said: String = said.chars().take(200).collect();
            let hint =
                if said.starts_with("NOPERM") { "; its rules in the server (`ACL SETUSER`) can allow it" } else { "" };
            log::warn(&format!("{target}: `{command}` is refused, so there is nothing of what it tells: {said}{hint}"));
        }
    }

    /// It answered.
    pub(crate) fn answered(&mut self, target: &str, command: &'static str) {
        if self.0.remove(command).is_some() {
            log::info(&format!("{target}: `{command}` is answered now"));
        }
    }
}

/// Whether the server refuses everything for a while, which its state tells.
pub(crate) fn is_passing(said: &str) -> bool {
    ["LOADING", "MASTERDOWN", "BUSY", "CLUSTERDOWN", "TRYAGAIN"].iter().any(|word| said.starts_with(word))
}

fn is_unknown(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["unknown command", "unknown subcommand", "wrong number of arguments", "syntax error", "cluster support disabled"]
        .iter()
        .any(|words| said.contains(words))
}
