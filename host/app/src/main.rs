//! `autobot-host`: monitor, rule engine and benchmark in one program. Begins here; `cli` reads the command line,
//! `serve` is the running host. It wires the other crates together and decides nothing itself.

mod cli;
mod data;
mod declared;
mod logs;
#[cfg(test)]
mod reference;
mod serve;
mod shipped;

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything else: this process is to hold nothing but a native plugin.
    if std::env::args_os().nth(1).is_some_and(|verb| verb == "plugin-child") {
        return autobot_plugins::plugin_child();
    }
    cli::main()
}
