//! `check-config`: every mistake of a configuration at once.

use std::io::IsTerminal as _;

use anyhow::Result;
use autobot_config::Source;
use serde_json::json;

use super::{CheckConfigArgs, Done, Format, output};

pub(super) fn run(args: &CheckConfigArgs) -> Result<Done> {
    if args.explain {
        output::text(&autobot_config::explain())?;
        return Ok(Done::Fine);
    }
    let source = autobot_config::find(args.file.as_deref());
    let name = match &source {
        Source::File(path) => path.display().to_string(),
        Source::Embedded => "the built-in configuration".to_owned(),
    };
    let (diagnostics, usable) = match source.load() {
        Ok(loaded) => (loaded.warnings, true),
        Err(mistakes) => (mistakes, false),
    };
    match args.output {
        Format::Json => {
            output::json("check-config", &json!({ "file": name, "usable": usable, "diagnostics": diagnostics }))?
        }
        Format::Table => {
            if !diagnostics.is_empty() {
                let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
                eprintln!("{}\n", diagnostics.render(colours));
            }
            let verdict = if usable { "is valid" } else { "cannot be used" };
            output::text(&match diagnostics.len() {
                0 => format!("{name} {verdict}"),
                1 => format!("{name} {verdict}; 1 remark"),
                many => format!("{name} {verdict}; {many} remarks"),
            })?;
        }
    }
    if usable { Ok(Done::Fine) } else { Ok(Done::Failed) }
}
