//! `autobot-host`: monitor, rule engine and benchmark in one program. Begins here; `cli` reads the command line,
//! `serve` is the running host. It wires the other crates together and decides nothing itself.

mod cli;
mod data;
mod logs;
#[cfg(test)]
mod reference;
mod serve;
mod shipped;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
