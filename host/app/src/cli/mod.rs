//! The command line: what can be asked, and which function answers.

mod benchmark;
mod chart;
mod check_config;
mod exchange;
mod init;
pub(crate) mod output;
mod plugins;
mod query;
mod remote;
mod rules;
mod serve;
mod status;
mod store;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, CommandFactory as _, Parser, Subcommand};

pub(crate) use output::{Done, Format};

/// Monitor, rule engine, optimiser and benchmark in one program.
#[derive(Debug, Parser)]
#[command(name = "autobot-host", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 fine, 1 failed, 2 used wrongly, 3 done with findings, 130 interrupted.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Collect, judge rules, keep history and show the dashboard, until stopped
    #[command(after_help = "Example: autobot-host serve --data /tmp/second --port 9190 --interval 1s")]
    Serve(ServeArgs),
    /// What a running host says about itself, its plugins and its alerts
    #[command(after_help = "Example: autobot-host status -o json")]
    Status(StatusArgs),
    /// Measure this machine, score it, and say how sure the figures are
    #[command(after_help = "Example: autobot-host run-benchmark system --quick")]
    RunBenchmark(BenchmarkArgs),
    /// Read a configuration and list every mistake in it
    #[command(after_help = "Example: autobot-host check-config config/autobot.yaml")]
    CheckConfig(CheckConfigArgs),
    /// The plugins of a running host, and what a plugin file asks for
    #[command(subcommand, after_help = "Example: autobot-host plugins inspect my-sensor.wasm")]
    Plugins(PluginsVerb),
    /// Rules: check files before they are used
    #[command(subcommand, after_help = "Example: autobot-host rules check rules/alerts")]
    Rules(RulesVerb),
    /// Ask the store in PromQL, whether a host runs or not
    #[command(after_help = "Example: autobot-host query 'system_cpu_utilization_ratio' --last 1h")]
    Query(query::QueryArgs),
    /// Ask the store in SQL, whether a host runs or not
    #[command(after_help = "Example: autobot-host sql 'SELECT name, count(*) FROM series GROUP BY name'")]
    Sql(store::SqlArgs),
    /// Write samples to a file: CSV, JSON lines, or OpenMetrics
    #[command(after_help = "Example: autobot-host export '{plugin=\"system\"}' --last 1d --to system.csv")]
    Export(exchange::ExportArgs),
    /// Bring samples of any time in from a file; no host may run on the data folder meanwhile
    #[command(after_help = "Example: autobot-host import history.om --data /var/lib/autobot")]
    Import(exchange::ImportArgs),
    /// Copy the store, also while a host writes to it
    #[command(after_help = "Example: autobot-host backup /mnt/backup/autobot-$(date +%F).db")]
    Backup(store::BackupArgs),
    /// Put a copy in the store's place, and keep what was there; no host may run meanwhile
    #[command(after_help = "Example: autobot-host restore /mnt/backup/autobot-2026-11-01.db")]
    Restore(store::RestoreArgs),
    /// The store's file: what is in it, whether it is sound, and what to do when it is not
    #[command(subcommand, after_help = "Example: autobot-host store check")]
    Store(store::StoreVerb),
    /// Write a configuration to begin with, or one made of an earlier monitor's file
    #[command(after_help = "Example: autobot-host init --from old-monitor.yaml --to autobot.yaml")]
    Init(InitArgs),
    /// Print completions for a shell
    #[command(after_help = "Example: autobot-host completions bash > /etc/bash_completion.d/autobot-host")]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Where configuration and data are: the same for every verb that needs them.
#[derive(Clone, Debug, Args)]
pub(crate) struct Place {
    /// The configuration [default: config/autobot.yaml, else /etc/autobot/autobot.yaml, else built in]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Database, caches and what the host itself writes [default: /var/lib/autobot, else the user's data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Serve on this port, whatever the configuration says (0: any free one)
    #[arg(long, value_name = "N")]
    pub(crate) port: Option<u16>,
    /// Collect this often, whatever the configuration says
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) interval: Option<Duration>,
    /// Judge the rules of this folder, whatever the configuration says
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Option<PathBuf>,
}

/// Which running host to ask.
#[derive(Clone, Debug, Args)]
pub(crate) struct Ask {
    /// Address of the running host
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9090")]
    pub(crate) url: String,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Format,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) ask: Ask,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct BenchmarkArgs {
    /// What to measure
    #[arg(default_value = "system")]
    pub(crate) suite: String,
    /// Less sure, in under a minute
    #[arg(long)]
    pub(crate) quick: bool,
    /// Only tests whose names match (`*` for anything, else a part of the name)
    #[arg(long, value_name = "PATTERN")]
    pub(crate) only: Option<String>,
    /// Time per test
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) duration: Option<Duration>,
    /// Show the tests instead of running them
    #[arg(long)]
    pub(crate) list: bool,
    /// Targets to score against instead of the built-in ones
    #[arg(long, value_name = "FILE")]
    pub(crate) targets: Option<PathBuf>,
    /// Folder on the disk to be measured [default: the data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Format,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct CheckConfigArgs {
    /// The file [default: the one that `serve` would read]
    pub(crate) file: Option<PathBuf>,
    /// Print a file with every setting, its default and what it is for
    #[arg(long)]
    pub(crate) explain: bool,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Format,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum PluginsVerb {
    /// The plugins of a running host
    List(Ask),
    /// Write a crate for a plugin of your own, which builds and tests at once
    #[command(after_help = "Example: autobot-host plugins new my-sensor")]
    New {
        /// Its name: small letters, digits and `-`
        name: String,
        /// The folder to make [default: one of that name]
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
    },
    /// Run a plugin without a host, and print what it measures, uses and costs
    #[command(
        after_help = "It sees this machine; what reaches further needs a --grant. With --facts it sees what was recorded.\n\nExample: autobot-host plugins test my_sensor.wasm --settings '{\"top\": 3}'"
    )]
    Test {
        #[command(flatten)]
        trial: TrialArgs,
        /// Recorded facts to answer its questions with, instead of the machine
        #[arg(long, value_name = "FILE")]
        facts: Option<PathBuf>,
        /// How to print
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
    },
    /// Run a plugin without a host, and keep what it asked and was answered, for tests
    #[command(after_help = "Example: autobot-host plugins record my_sensor.wasm --out testdata/facts.json")]
    Record {
        #[command(flatten)]
        trial: TrialArgs,
        /// Where to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// What a plugin file is, measures and asks for, without running it
    Inspect {
        /// A `.wasm` file
        file: PathBuf,
        /// How to print
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
    },
    /// Put a plugin file into a running host, or in the place of the one that it runs under that name
    Install {
        /// A `.wasm` file
        file: PathBuf,
        /// The instance's name [default: the file's name]
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        host: Ask,
    },
    /// Take a plugin's file out of a running host
    Remove {
        /// The instance
        name: String,
        #[command(flatten)]
        host: Ask,
    },
    /// Let a plugin run that was disabled
    Enable {
        /// The instance
        name: String,
        #[command(flatten)]
        host: Ask,
    },
    /// Stop a plugin, and keep it stopped
    Disable {
        /// The instance
        name: String,
        #[command(flatten)]
        host: Ask,
    },
    /// Make a plugin anew: out of quarantine, too
    Restart {
        /// The instance
        name: String,
        #[command(flatten)]
        host: Ask,
    },
    /// Put back the version of a plugin's file that ran well before
    Rollback {
        /// The instance
        name: String,
        #[command(flatten)]
        host: Ask,
    },
    /// Let a plugin use capabilities
    #[command(after_help = "Example: autobot-host plugins grant my-sensor cpu files=/var/log/app/*.log")]
    Grant {
        /// The instance
        name: String,
        /// Each a capability, with `=` and what for where it needs that: `cpu`, `files=/var/log/app/*.log`
        #[arg(required = true)]
        capabilities: Vec<String>,
        #[command(flatten)]
        host: Ask,
    },
    /// Take capabilities back that `grant` gave
    Revoke {
        /// The instance
        name: String,
        /// Which [default: all that `grant` gave]
        capabilities: Vec<String>,
        #[command(flatten)]
        host: Ask,
    },
}

#[derive(Clone, Debug, Args)]
pub(crate) struct TrialArgs {
    /// A `.wasm` file, or a native library
    pub(crate) file: PathBuf,
    /// What it is told, as JSON
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) settings: String,
    /// A capability that reaches further than this machine's facts: `files=/var/log/app/*.log`
    #[arg(long, value_name = "CAPABILITY")]
    pub(crate) grant: Vec<String>,
    /// How often it collects; rates need two
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) collections: u32,
    /// How long it waits between two collections
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = duration)]
    pub(crate) pause: Duration,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum RulesVerb {
    /// List every mistake in rule files
    Check {
        /// Files and folders [default: those that `serve` would judge]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        place: Place,
        /// How to print
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
    },
}

#[derive(Clone, Debug, Args)]
pub(crate) struct InitArgs {
    /// An earlier monitor's configuration to start from
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    /// Where to write; an existing file is never overwritten
    #[arg(long, value_name = "FILE", default_value = "config/autobot.yaml")]
    pub(crate) to: PathBuf,
    /// Print what would be written
    #[arg(long)]
    pub(crate) dry_run: bool,
}

fn duration(text: &str) -> Result<Duration, String> {
    autobot_config::parse_duration(text)
}

/// Does what the command line asks for.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse_from(with_aliases(std::env::args_os()));
    let done = match cli.verb {
        Verb::Serve(args) => serve::run(&args),
        Verb::Status(args) => status::run(&args),
        Verb::RunBenchmark(args) => benchmark::run(&args),
        Verb::CheckConfig(args) => check_config::run(&args),
        Verb::Plugins(verb) => plugins::run(&verb),
        Verb::Rules(RulesVerb::Check { paths, place, output }) => rules::check(&paths, &place, output),
        Verb::Query(args) => query::run(&args),
        Verb::Sql(args) => store::sql(&args),
        Verb::Backup(args) => store::backup(&args),
        Verb::Restore(args) => store::restore(&args),
        Verb::Store(verb) => store::run(&verb),
        Verb::Export(args) => exchange::export(&args),
        Verb::Import(args) => exchange::import(&args),
        Verb::Init(args) => init::run(&args),
        Verb::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "autobot-host", &mut std::io::stdout());
            Ok(Done::Fine)
        }
    };
    match done {
        Ok(done) => done.into(),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The words of the earlier monitor's control script, which people and their cron jobs still use.
fn with_aliases(args: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut args: Vec<OsString> = args.collect();
    match args.get(1).and_then(|word| word.to_str()) {
        Some("--status") => args[1] = "status".into(),
        Some("--benchmark") => args[1] = "run-benchmark".into(),
        _ => {}
    }
    args
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_every_verb_has_an_example() {
        Cli::command().debug_assert();
        for verb in Cli::command().get_subcommands().filter(|verb| verb.get_name() != "help") {
            assert!(
                verb.get_after_help().is_some_and(|help| help.to_string().contains("autobot-host")),
                "{}",
                verb.get_name()
            );
        }
    }

    #[test]
    fn the_old_words_still_work() {
        for (old, new) in [("--status", "status"), ("--benchmark", "run-benchmark"), ("serve", "serve")] {
            assert_eq!(with_aliases(["autobot-host", old].map(OsString::from).into_iter())[1], *new);
        }
    }
}
