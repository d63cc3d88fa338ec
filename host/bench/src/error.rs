//! Why there is no run at all. A test that fails is no such error: it is a result with its reason.

use std::path::PathBuf;

use crate::Suite;

/// Why a run could not begin.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// No suite has that name.
    #[error("there is no suite `{name}`; {}", suggestion(*near))]
    UnknownSuite {
        /// As written.
        name: String,
        /// What may have been meant.
        near: Option<Suite>,
    },
    /// The pattern of `only` fits no test of the suite.
    #[error("no test of the suite `{suite}` fits `{pattern}`; its tests are {}", known.join(", "))]
    NothingSelected {
        /// The suite.
        suite: Suite,
        /// As written.
        pattern: String,
        /// The suite's tests.
        known: Vec<&'static str>,
    },
    /// The folder for test files is missing or cannot be read.
    #[error("the folder for test files, {}, cannot be used: {cause}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
}

fn suggestion(near: Option<Suite>) -> String {
    match near {
        Some(suite) => format!("did you mean `{suite}`?"),
        None => {
            let names: Vec<String> = Suite::ALL.iter().map(|suite| format!("`{suite}`")).collect();
            format!("there are {}", names.join(" and "))
        }
    }
}
