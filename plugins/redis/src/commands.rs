//! Commands: how often each was called, how long it took altogether, how often it failed; and errors by their kind.

use autobot_plugin_sdk::{Family, Metrics};

use crate::info::{Fields, Info};
use crate::number::{self, label};

pub(crate) static CALLS: Family =
    Family::counter("redis_commands_total", "1", "Calls of a command.").labels(&["target", "command"]);
pub(crate) static TIME: Family =
    Family::counter("redis_command_time_seconds_total", "s", "Time that the server spent on a command.")
        .labels(&["target", "command"]);
pub(crate) static FAILED: Family =
    Family::counter("redis_command_failures_total", "1", "Calls of a command that failed while it was done.")
        .labels(&["target", "command"]);
pub(crate) static REJECTED: Family =
    Family::counter("redis_command_rejections_total", "1", "Calls of a command that were refused before it was done.")
        .labels(&["target", "command"]);
pub(crate) static ERRORS: Family =
    Family::counter("redis_errors_total", "1", "Errors that were answered, by the word that they begin with.")
        .labels(&["target", "error"]);

/// Kinds of errors that are followed; a server itself counts some hundred and then stops.
const MOST_ERRORS: usize = 50;

/// What a server counted of one command since it started, or since its statistics were reset.
#[derive(Debug, PartialEq)]
pub(crate) struct Command<'a> {
    pub(crate) name: &'a str,
    calls: f64,
    /// Seconds.
    pub(crate) time: f64,
    /// Servers before 6.2 do not tell these.
    failed: Option<f64>,
    rejected: Option<f64>,
}

/// All commands, those that took most time first. Times grow only, so the order seldom changes.
pub(crate) fn ranked<'a>(info: &Info<'a>) -> Vec<Command<'a>> {
    let all = info.beginning("cmdstat_").filter_map(|(name, fields)| {
        let fields = Fields(fields);
        Some(Command {
            name,
            calls: fields.number("calls")?,
            time: number::seconds(fields.number("usec")? / 1e6),
            failed: fields.number("failed_calls"),
            rejected: fields.number("rejected_calls"),
        })
    });
    let mut all: Vec<Command<'a>> = all.collect();
    all.sort_by(|one, other| other.time.total_cmp(&one.time));
    all
}

pub(crate) fn collect(target: &str, ranked: &[Command<'_>], most: usize, info: &Info<'_>, metrics: &mut Metrics) {
    let mut top: Vec<&Command<'_>> = ranked.iter().take(most).collect();
    top.sort_by_key(|command| command.name);
    for command in top {
        let name = label(command.name);
        let labels = [target, name.as_str()];
        metrics.set(&CALLS, &labels, command.calls);
        metrics.set(&TIME, &labels, command.time);
        for (family, value) in [(&FAILED, command.failed), (&REJECTED, command.rejected)] {
            if let Some(value) = value {
                metrics.set(family, &labels, value);
            }
        }
    }
    let count = |fields| Fields(fields).number("count");
    let mut errors: Vec<_> =
        info.beginning("errorstat_").filter_map(|(kind, fields)| Some((kind, count(fields)?))).collect();
    errors.sort_by(|one, other| other.1.total_cmp(&one.1));
    errors.truncate(MOST_ERRORS);
    errors.sort_by_key(|(kind, _)| *kind);
    for (kind, count) in errors {
        metrics.set(&ERRORS, &[target, &label(kind)], count);
    }
}
