//! From a file to settings: where it is found, how it is read.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::check::{Unknown, check};
use crate::config::{Config, SYSTEM_INTERVAL, THRESHOLDS};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::report::Report;
use crate::tree::{self, Node};

/// The configuration that the binary brings: this machine only.
pub const DEFAULT_TEXT: &str = include_str!("../../../config/autobot.yaml");

/// Where the configuration is looked for when no file is named, in this order.
pub const PLACES: [&str; 2] = ["config/autobot.yaml", "/etc/autobot/autobot.yaml"];

/// A file larger than this is something else: the reference site needs 4 KiB.
const MAX_BYTES: u64 = 1 << 20;

/// Where the configuration comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// This file; it was named, or found.
    File(PathBuf),
    /// The one within the binary: no file was named, none was found.
    Embedded,
}

/// A configuration that can be used.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// What to know about the file although it can be used.
    pub warnings: Diagnostics,
}

/// The file named by `--config`, else the first of [`PLACES`] that is there, else the embedded default.
pub fn find(explicit: Option<&Path>) -> Source {
    find_among(explicit, PLACES.iter().map(Path::new))
}

fn find_among<'a>(explicit: Option<&Path>, mut places: impl Iterator<Item = &'a Path>) -> Source {
    // A named file is taken unseen: that it is missing is said when it is read.
    let found = explicit.or_else(|| places.find(|place| place.exists()));
    found.map_or(Source::Embedded, |path| Source::File(path.to_owned()))
}

impl Source {
    /// Reads and checks it.
    ///
    /// # Errors
    /// All mistakes of the file at once, or the one reason why it cannot be read.
    pub fn load(&self) -> Result<Loaded, Diagnostics> {
        match self {
            Self::File(path) => load(path),
            Self::Embedded => parse(DEFAULT_TEXT, Path::new("(embedded default)")),
        }
    }
}

/// Reads and checks one file. Relative paths in it are relative to its folder.
///
/// # Errors
/// All mistakes of the file at once, or the one reason why it cannot be read.
pub fn load(path: &Path) -> Result<Loaded, Diagnostics> {
    let text = read(path)?;
    parse(&text, path)
}

/// Checks the text of a configuration; `file` is what it is called in messages, and relative paths in it are relative
/// to that file's folder.
///
/// # Errors
/// All mistakes at once.
pub fn parse(text: &str, file: &Path) -> Result<Loaded, Diagnostics> {
    let (config, found) = parse_with(text, file, Unknown::Refuse);
    match config {
        Some(config) => Ok(Loaded { config, warnings: found }),
        None => Err(found),
    }
}

/// The settings, unless there are mistakes; and all that was found.
pub(crate) fn parse_with(text: &str, file: &Path, unknown: Unknown) -> (Option<Config>, Diagnostics) {
    let name = file.display().to_string();
    if text.len() as u64 > MAX_BYTES {
        let size = crate::units::format_size(MAX_BYTES);
        let message = format!("{name} is larger than {size}");
        return (None, Diagnostics::from_unsorted(vec![Diagnostic::about(&name, message, "is it a configuration?")]));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut report = Report::new(&name, text);
    let root = tree::read(text, &mut report);
    let checked = root.as_ref().map(|root| check(root, file, unknown, &mut report)).unwrap_or_default();
    let found = report.finish();
    if found.has_errors() {
        return (None, found);
    }
    match settings(checked, root.as_ref()) {
        Ok(config) => (Some(config), found),
        Err(error) => {
            let help = "this is a fault of the program: the check let something pass that the settings do not take";
            (None, Diagnostics::from_unsorted(vec![Diagnostic::about(&name, format!("{name}: {error}"), help)]))
        }
    }
}

/// The settings from what passed the check, with what depends on more than one key.
fn settings(checked: Json, root: Option<&Node>) -> Result<Config, serde_json::Error> {
    let given = |key: &str| root.and_then(|root| root.get(key)).filter(|node| !node.is_null());
    let checked = if checked.is_null() { Json::Object(serde_json::Map::new()) } else { checked };
    let mut config: Config = serde_json::from_value(checked)?;
    // What is given is laid over the shipped thresholds.
    for (name, value) in THRESHOLDS {
        config.alert_thresholds.entry(name.to_owned()).or_insert(value);
    }
    // A page that is alive needs the system plugin often; who names an interval means it for this plugin too.
    if given("monitoring_interval").is_none() {
        let system = config.plugins.entry("system".to_owned()).or_default();
        system.interval = system.interval.or(Some(SYSTEM_INTERVAL));
    } else if given("plugins").is_none() {
        config.plugins.clear();
    }
    Ok(config)
}

fn read(path: &Path) -> Result<String, Diagnostics> {
    let name = path.display().to_string();
    let fail = |reason: String, help: &str| Diagnostics::from_unsorted(vec![Diagnostic::about(&name, reason, help)]);
    let unreadable = |error: std::io::Error| {
        let help = match error.kind() {
            std::io::ErrorKind::NotFound => "`autobot-host init` writes one; without a file the built-in default holds",
            std::io::ErrorKind::PermissionDenied => "let the user who runs the host read it",
            _ => "name another file with `--config`",
        };
        fail(format!("{name} cannot be read: {error}"), help)
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    // One byte more than may be, so that `parse` sees that it is too large.
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes().get(..valid).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count() + 1;
        fail(format!("{name} is not UTF-8 text: line {line} has a byte that cannot be"), "save it as UTF-8")
    })
}
