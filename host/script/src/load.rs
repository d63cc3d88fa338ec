//! Reading rule files into a set, each keeping its last good version.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Report, Said, Source};
use crate::file::{self, Named};
use crate::set::{FileState, RuleFile};
use crate::{Environment, Rule, RuleSet};

/// The engine counts lines in 16 bits; a rule file of this size is a mistake anyway.
const LARGEST: u64 = 1 << 20;
/// Files of one set.
const MOST_FILES: usize = 10_000;
/// Folders below a folder.
const DEEPEST: usize = 4;

/// A set and what is to be said about its files.
#[derive(Debug)]
pub struct Loaded {
    /// The rules in force.
    pub set: Arc<RuleSet>,
    /// By file, line and column.
    pub diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    /// Whether a file is broken.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.level == crate::Level::Error)
    }
}

/// Reads the rules of `paths`: files, and folders with all `*.rhai` below them but tests (`*.test.rhai`).
/// A file with a mistake keeps the rules that it has in `previous`; files that did not change are not compiled again.
pub fn load(paths: &[PathBuf], previous: Option<&RuleSet>, environment: &Environment) -> Loaded {
    let mut stray = Vec::new();
    let texts = read_all(paths, &mut stray);
    let fingerprint = environment.fingerprint();
    let same_world = previous.is_some_and(|set| set.fingerprint == fingerprint);
    let before: HashMap<&str, &RuleFile> =
        previous.iter().flat_map(|set| &set.files).map(|file| (file.path.as_str(), file)).collect();

    // Files that stay as they are claim their names first: a newcomer must not break them.
    let mut names = HashMap::new();
    for (path, text) in &texts {
        if let (Some(file), Ok(text)) = (before.get(path.as_str()), text)
            && file.hash == hash(text)
        {
            claim(&mut names, &file.rules);
        }
    }
    let mut files = Vec::with_capacity(texts.len());
    for (path, text) in texts {
        let old = before.get(path.as_str()).copied();
        let file = match text {
            Ok(text) => match old.filter(|file| same_world && file.hash == hash(&text)) {
                Some(file) => file.clone(),
                None => judge_file(path, &text, old, &names, environment),
            },
            Err(diagnostic) => broken(path, 0, vec![diagnostic], old),
        };
        claim(&mut names, &file.rules);
        files.push(file);
    }
    let generation = previous.map_or(1, |set| set.generation + 1);
    let thresholds = Arc::clone(&environment.thresholds);
    files.extend(stray.into_iter().map(|diagnostic| broken(diagnostic.file.clone(), 0, vec![diagnostic], None)));
    let set = Arc::new(RuleSet::new(generation, environment.now, files, thresholds, fingerprint));
    let diagnostics = set.diagnostics().cloned().collect();
    Loaded { set, diagnostics }
}

/// What is to be said about a text that is not saved yet, with the names that other files use already.
pub fn check_text(name: &str, text: &str, others: Option<&RuleSet>, environment: &Environment) -> Vec<Diagnostic> {
    let mut names = HashMap::new();
    for file in others.iter().flat_map(|set| &set.files).filter(|file| file.path != name) {
        claim(&mut names, &file.rules);
    }
    let mut report = Report::new(Source::new(name, text));
    file::compile(&mut report, &names, environment);
    report.finish()
}

fn judge_file(path: String, text: &str, old: Option<&RuleFile>, names: &Named, world: &Environment) -> RuleFile {
    let mut report = Report::new(Source::new(path.as_str(), text));
    let rules = file::compile(&mut report, names, world);
    let failed = report.has_errors();
    let diagnostics = report.finish();
    if failed {
        return broken(path, hash(text), diagnostics, old);
    }
    RuleFile { path, state: FileState::Ok, diagnostics, rules, hash: hash(text) }
}

fn broken(path: String, hash: u64, diagnostics: Vec<Diagnostic>, old: Option<&RuleFile>) -> RuleFile {
    let rules = old.map(|file| file.rules.clone()).unwrap_or_default();
    RuleFile { path, state: FileState::Broken, diagnostics, rules, hash }
}

fn claim(names: &mut Named, rules: &[Arc<Rule>]) {
    for rule in rules {
        names.entry(rule.name.to_string()).or_insert_with(|| (rule.file.to_string(), rule.line));
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

type Texts = Vec<(String, Result<String, Diagnostic>)>;

/// Path and text of every file, by path. What is named but cannot be read lands in `stray`.
fn read_all(paths: &[PathBuf], stray: &mut Vec<Diagnostic>) -> Texts {
    let mut found = Vec::new();
    for path in paths {
        if let Err(error) = find(path, 0, &mut found) {
            let help = "name a .rhai file or a folder of them under `rules.paths`";
            let said = Said::new(format!("`{}` cannot be read: {error}", path.display())).help(help);
            stray.push(Diagnostic::about(&path.display().to_string(), said));
        }
    }
    found.sort();
    found.dedup();
    if found.len() > MOST_FILES {
        let said = Said::new(format!("{} rule files are more than {MOST_FILES}; the rest is left out", found.len()));
        stray.push(Diagnostic::about(&found[MOST_FILES].display().to_string(), said));
        found.truncate(MOST_FILES);
    }
    found.into_iter().filter_map(|path| read(&path).map(|text| (path.display().to_string(), text))).collect()
}

fn find(path: &Path, depth: usize, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !std::fs::metadata(path)?.is_dir() {
        found.push(path.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(path)? {
        let entry = entry?.path();
        let name = entry.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let hidden = name.starts_with('.') || name.ends_with('~');
        // A link that points nowhere, or a file deleted meanwhile, is simply not there.
        let Ok(kind) = std::fs::metadata(&entry) else { continue };
        if kind.is_dir() && !hidden && depth < DEEPEST {
            find(&entry, depth + 1, found)?;
        } else if kind.is_file() && !hidden && name.ends_with(".rhai") && !name.ends_with(".test.rhai") {
            found.push(entry);
        }
    }
    Ok(())
}

/// The text of one file; `None` when it was deleted meanwhile.
fn read(path: &Path) -> Option<Result<String, Diagnostic>> {
    let refuse = |said| Some(Err(Diagnostic::about(&path.display().to_string(), said)));
    match std::fs::metadata(path) {
        Ok(meta) if meta.len() > LARGEST => {
            return refuse(Said::new(format!("the file has {} bytes; a rule file has at most {LARGEST}", meta.len())));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        _ => {}
    }
    match std::fs::read(path) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Some(Ok(text)),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                refuse(
                    Said::new(format!("the file is not UTF-8: byte {at} begins no character")).help("save it as UTF-8"),
                )
            }
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => refuse(Said::new(format!("the file cannot be read: {error}"))),
    }
}
