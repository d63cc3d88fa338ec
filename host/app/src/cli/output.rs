//! How verbs print: tables for people, one JSON envelope for programs, and the exit code.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

/// Form of what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// One document: `{"kind": ..., "version": 1, "data": ...}`.
    Json,
}

/// How a verb that did not fail ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    Fine,
    /// It said itself what failed.
    Failed,
    /// It said itself how it is used.
    Misused,
    /// The user ended it.
    Interrupted,
    /// It did what it was asked to, and found something that wants attention.
    Findings,
}

impl From<Done> for ExitCode {
    fn from(done: Done) -> Self {
        match done {
            Done::Fine => Self::SUCCESS,
            Done::Failed => Self::FAILURE,
            Done::Misused => Self::from(2),
            Done::Interrupted => Self::from(130),
            Done::Findings => Self::from(3),
        }
    }
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    kind: &'a str,
    version: u32,
    data: &'a T,
}

/// Prints the JSON envelope.
pub(crate) fn json<T: Serialize>(kind: &str, data: &T) -> Result<()> {
    text(&serde_json::to_string_pretty(&Envelope { kind, version: 1, data })?)
}

/// Prints text with a line end. A reader that went away (`| head`) is no failure.
pub(crate) fn text(text: &str) -> Result<()> {
    match writeln!(std::io::stdout().lock(), "{}", text.trim_end()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// A table with a head, without lines: as wide as the terminal allows.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_header(head);
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// `1.5 GiB`.
pub(crate) fn bytes(value: f64) -> String {
    let (mut scaled, mut unit) = (value, "B");
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if scaled < 1024.0 {
            break;
        }
        (scaled, unit) = (scaled / 1024.0, larger);
    }
    if unit == "B" { format!("{scaled:.0} B") } else { format!("{scaled:.1} {unit}") }
}

/// `3 d 4 h`, `12 min`, `4.2 s`.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    let (days, hours, minutes) = (whole / 86_400, whole / 3_600 % 24, whole / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds:.1} s"),
        (0, 0, _) => format!("{minutes} min {} s", whole % 60),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn figures_carry_their_units() {
        assert_eq!([0.0, 1023.0, 1536.0, 5e9, 1e15].map(bytes), ["0 B", "1023 B", "1.5 KiB", "4.7 GiB", "909.5 TiB"]);
        assert_eq!([4.24, 75.0, 7_300.0, 270_000.0].map(duration), ["4.2 s", "1 min 15 s", "2 h 1 min", "3 d 3 h"]);
    }

    #[test]
    fn a_table_has_a_head_and_no_trailing_space() {
        let rows = [["system".into(), "running".into()], ["a".into(), String::new()]];
        expect![[r#"
            plugin  state
            system  running
            a"#]]
        .assert_eq(&table(["plugin", "state"], rows));
    }
}
