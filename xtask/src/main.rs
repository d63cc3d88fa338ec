//! Builds, runs, tests and checks AutoBot host: all that a developer or a CI does is a command of this program.
//!
//! It depends on nothing heavy, since it is the first thing compiled on a fresh machine. It holds no product code.
#![expect(clippy::disallowed_methods, reason = "running the build's tools is what this program is for")]

mod build;
mod cost;
mod guests;
mod host;
mod shell;
mod test;
mod tidy;
mod tools;
mod web;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <COMMAND>

  run [ARGS]     build everything and serve it; ARGS go to `autobot-host serve` (default: this checkout's config and rules)
  build          build plugins, dashboard and host; the program is target/release/autobot-host
  test [FILTER]  everything: formatting, lints, tidiness, the front end's tests, all Rust tests by cargo-nextest
  guest DIR      build one plugin crate for WebAssembly, with the compiler that this machine has for it
  tidy           sizes, module docs, and which crate may use which
  prove NAME     the long form of a proof: kill (a hundred times, nothing lost), cost (beside node_exporter),
                 exporter (beside node_exporter, series by series, for a minute; writes docs/plugins/node-exporter.md),
                 faults (the store on a disk that fails in every way),
                 hostile (every bad plugin at once for two minutes), promql (twenty thousand queries, beside Prometheus),
                 store (beside Prometheus and VictoriaMetrics, same data)

What is missing (the WebAssembly target, Node's packages, cargo-nextest) is installed, or named in one sentence.";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let result = match command.as_str() {
        "run" => host::run(&rest),
        "build" => build::all().map(|program| println!("{}", program.display())),
        "test" => test::all(&rest),
        "guest" => guests::one(&rest),
        "tidy" => tidy::check(),
        "prove" => test::prove(&rest),
        "" | "help" | "-h" | "--help" => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        other => {
            eprintln!("cargo xtask has no command `{other}`\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
