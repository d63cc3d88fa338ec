//! `docs/plugins/node-exporter.md`: what came of the comparison, family by family.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::Measured;
use super::agreement::{Outcome, sorted};
use super::lists::{Compared, Line, Ours, Rule};
use super::theirs::{PROGRAM, Theirs};
use crate::harness::text;

/// The section of what is no fact of the machine.
const THEIR_OWN: &str = "Of the exporter itself";

pub(crate) fn page(measured: &Measured, elsewhere: &[Line]) -> Result<String> {
    let (theirs, _) = sorted(&measured.lines, &measured.scrapes[0].series);
    let mut page = head(measured, &theirs)?;
    let mut section = "";
    for ((line, theirs), outcome) in measured.lines.iter().zip(&theirs).zip(&measured.outcomes) {
        if line.section != section {
            section = line.section;
            write!(
                page,
                "\n## {section}\n\n| node_exporter | series | ours | agreement |\n| --- | --- | --- | --- |\n"
            )?;
        }
        let (ours, agreement) = match &line.ours {
            Ours::Nothing(why) => (String::new(), (*why).to_owned()),
            Ours::Uncompared(family) => (code(family), String::new()),
            Ours::Compared(compared) => (code(compared.query), agreement(compared, theirs.len(), outcome)),
        };
        writeln!(page, "| {} | {} | {ours} | {agreement} |", code(line.theirs), theirs.len())?;
    }
    page.push_str(
        "\n# On other machines\n\nFamilies that node_exporter tells where there is such hardware or such a file system. This machine has none of \
         it, so they were not compared; what reads them for us is tested on files as the kernel documents them.\n",
    );
    for line in elsewhere {
        if line.section != section {
            section = line.section;
            write!(page, "\n## {section}\n\n| node_exporter | ours |\n| --- | --- |\n")?;
        }
        let ours = match &line.ours {
            Ours::Nothing(why) => (*why).to_owned(),
            ours => code(ours.text()),
        };
        writeln!(page, "| {} | {ours} |", code(line.theirs))?;
    }
    Ok(page)
}

fn head(measured: &Measured, theirs: &[Vec<&Theirs>]) -> Result<String> {
    let count = |wanted: fn(&Line) -> bool| -> usize {
        measured.lines.iter().zip(theirs).filter(|(line, _)| wanted(line)).map(|(_, theirs)| theirs.len()).sum()
    };
    let own = count(|line| line.section == THEIR_OWN);
    let left = count(|line| line.section != THEIR_OWN && matches!(line.ours, Ours::Nothing(_)));
    let seen = || measured.outcomes.iter().flat_map(|outcome| outcome.series.values());
    let compared: usize = seen().map(|seen| seen.count).sum();
    let always: usize = seen().filter(|seen| seen.agreed == seen.moments).map(|seen| seen.count).sum();
    let moved: usize = seen().filter(|seen| seen.moved).map(|seen| seen.count).sum();
    let untold: usize = measured.outcomes.iter().map(|outcome| outcome.untold).sum();
    let series: usize = theirs.iter().map(Vec::len).sum();
    let families: BTreeSet<&str> = theirs.iter().flatten().map(|one| one.name.as_str()).collect();
    let rest = match compared - always {
        0 => String::new(),
        some => format!(", and {some} at those that the table says"),
    };
    let processors = std::thread::available_parallelism()?;
    let (date, kernel) = (said("date", &["-u", "+%F"])?, said("uname", &["-sr"])?);
    let version = said(PROGRAM, &["--version"])?;
    let version = version.split(' ').nth(2).context("its version")?;
    Ok(format!(
        "# node_exporter and the plugin `system`\n\n\
         <!-- Written by `cargo xtask prove exporter` from the lists in tests/e2e/exporter and from what it measures. -->\n\n\
         **node_exporter {version} told {series} series of {} families. {own} are of itself. Of the {} of the machine {compared} were \
         compared with ours at {} moments of {} seconds under load: {always} agreed at every one of them{rest}.** {moved} of them \
         changed in that time. {left} have no series of ours, for the reasons below, and {untold} are of what ours tells only where \
         there is something to tell. It was node_exporter's default set, with the loopback interface that Debian leaves out of one \
         part of it, measured by `cargo xtask prove exporter` on {date} (UTC) under {kernel} with {processors} processors. A test does \
         the same in ten seconds at each change, and once more in a network of its own, where packets go by an interface in both \
         directions and by both versions of IP.\n\n\
         Each collection of ours lies between two scrapes of theirs: one was answered before it began, the next asked for when it was \
         done. A counter agrees when it is no less than theirs before and no more than theirs after, which leaves nothing to \
         tolerances. What stands still must be equal. A gauge that moves may be outside of both by so much as is said; where it was further out at some \
         moments, since it came and went between two looks, it says at how many it agreed. Of threads that run there are more at whole \
         seconds, when we look, than at other times: all that ticks with the clock runs then, other hosts and ourselves included. Where it says *or \
         none at 0*, ours is not told while it is nothing. Ours is PromQL, so that panels and alerts can be carried over; the label `device` of theirs is `interface` of \
         network interfaces, `cpu` is `core`.\n",
        families.len(),
        series - own,
        measured.moments,
        measured.seconds,
    ))
}

fn agreement(compared: &Compared, theirs: usize, outcome: &Outcome) -> String {
    if theirs == 0 {
        return "not on this machine".to_owned();
    }
    if outcome.series.is_empty() {
        return "nothing to tell here".to_owned();
    }
    let mut text = match compared.rule {
        Rule::Grows { slack: 0.0 } => "between".to_owned(),
        Rule::Grows { slack } => format!("between, but for {}", number(slack)),
        Rule::Still => "equal".to_owned(),
        Rule::Moves { by } => format!("within {}", number(by)),
        Rule::Text => "same text".to_owned(),
    };
    let moments: usize = outcome.series.values().map(|seen| seen.moments).sum();
    let agreed: usize = outcome.series.values().map(|seen| seen.agreed).sum();
    if compared.zero {
        text.push_str(", or none at 0");
    }
    if agreed < moments {
        let _ = write!(text, ", at {agreed} of {moments} moments");
    }
    if outcome.series.values().any(|seen| seen.moved) {
        text.push_str("; changed");
    }
    text
}

fn number(number: f64) -> String {
    let mebi = f64::from(1 << 20);
    if number >= mebi { format!("{} MiB", number / mebi) } else { number.to_string() }
}

/// Code in a cell of a table, in which a bar would end the cell.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

fn said(program: &str, args: &[&str]) -> Result<String> {
    let output = Command::new(program).args(args).output().with_context(|| format!("{program} could not be run"))?;
    let out = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    Ok(text(&out).lines().next().unwrap_or_default().to_owned())
}
