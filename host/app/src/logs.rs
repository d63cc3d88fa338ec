//! Structured logs: for people on a terminal, JSON lines otherwise, always to standard error.

use std::io::IsTerminal as _;

use autobot_config::LogFormat;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts logging for the life of the process. `AUTOBOT_LOG` (in the form of `RUST_LOG`) goes before `level`.
pub(crate) fn start(format: LogFormat, level: &str) {
    let filter = EnvFilter::try_from_env("AUTOBOT_LOG")
        .or_else(|_| EnvFilter::try_new(format!("{level},hyper=warn,wasmtime=warn,cranelift=warn")))
        .unwrap_or_else(|_| EnvFilter::new("info"));
    let terminal = std::io::stderr().is_terminal();
    let human = match format {
        LogFormat::Auto => terminal,
        LogFormat::Human => true,
        LogFormat::Json => false,
    };
    let registry = tracing_subscriber::registry().with(filter);
    // A log that cannot be written (its disk is full) is no reason to say so there: that would be a panic.
    let layer =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false).log_internal_errors(false);
    // A second start (tests in one process) keeps the first one's settings.
    let _ = if human {
        let colours = terminal && std::env::var_os("NO_COLOR").is_none();
        registry.with(layer.with_ansi(colours)).try_init()
    } else {
        registry.with(layer.json().flatten_event(true)).try_init()
    };
}
