//! What no compiler checks: files that fit in a head, modules that say what they are for, and the table of which crate
//! may use which.

use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Result, bail};

use crate::shell;

/// Which of our crates each crate may use. A new edge is a change of architecture: `docs/architecture.md` says it too.
const MAY_USE: &[(&str, &[&str])] = &[
    ("exposition", &[]),
    ("model", &[]),
    ("config", &["model"]),
    ("store", &["model"]),
    ("query", &["exposition", "model"]),
    ("stats", &[]),
    ("capabilities", &["model"]),
    ("plugins", &["model", "capabilities"]),
    ("script", &["model", "query", "stats"]),
    ("alerts", &["model", "script", "query", "stats"]),
    ("bench", &["model", "capabilities", "stats"]),
    ("dashboard", &[]),
    ("server", &["model", "store", "query", "dashboard"]),
];

/// A file this long is asking to be two; tables of one repeated shape and test data are not counted.
const LONGEST: usize = 500;

/// Reports every breach at once.
pub(crate) fn check() -> Result<()> {
    let mut found = Vec::new();
    for (name, may) in MAY_USE {
        let place = format!("host/{name}");
        let text = fs::read_to_string(shell::root().join(&place).join("Cargo.toml"))?;
        let normal = text.split("[dev-dependencies]").next().unwrap_or_default();
        for used in normal.lines().filter_map(|line| line.strip_prefix("autobot-")?.split('.').next()) {
            if !may.contains(&used) {
                found.push(format!(
                    "{place}/Cargo.toml: autobot-{name} may not use autobot-{used} (docs/architecture.md)"
                ));
            }
        }
    }
    let mut sources = Vec::new();
    for folder in ["host", "plugin-sdk", "plugins", "tests", "xtask"] {
        rust_and_web_files(&shell::root().join(folder), &mut sources)?;
    }
    for file in sources {
        let text = fs::read_to_string(&file)?;
        let shown = file.strip_prefix(shell::root()).unwrap_or(&file).display().to_string();
        let lines = text.lines().count();
        // Declarations of TypeScript are made by a program, for a program.
        if lines > LONGEST && !shown.ends_with(".d.ts") {
            found.push(format!("{shown}: {lines} lines; a file above {LONGEST} asks to be two"));
        }
        let named = |name: &str| file.file_name().is_some_and(|file| file == name);
        if (named("lib.rs") || named("mod.rs") || named("main.rs")) && !text.starts_with("//!") {
            found.push(format!("{shown}: says not what it is for (a module opens with `//!`)"));
        }
        for vague in ["utils.rs", "helpers.rs", "manager.rs", "imp.rs"] {
            if named(vague) {
                found.push(format!("{shown}: a name that says nothing"));
            }
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    bail!("not tidy:\n  {}", found.join("\n  "))
}

fn rust_and_web_files(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() {
            if !matches!(&*name, "target" | "node_modules" | "dist" | "testdata" | "fixtures") {
                rust_and_web_files(&path, files)?;
            }
        } else if [".rs", ".ts", ".tsx", ".css"].iter().any(|end| name.ends_with(end)) {
            files.push(path);
        }
    }
    Ok(())
}
