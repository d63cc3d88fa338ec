//! One file: compile, check, run once, and make rules of what it registered.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::check::{self, Functions};
use crate::diagnostic::Report;
use crate::engine::engine;
use crate::stage::{self, Stage};
use crate::{Environment, Rule, explain, options};

/// Names of alerts that other files have, with file and line.
pub(crate) type Named = HashMap<String, (String, usize)>;

/// The one run of a file takes far less; a loop in it must not hold up the host.
const LOADING: Duration = Duration::from_millis(500);

/// The rules of the report's source. Whether they may be used is for the report to say.
pub(crate) fn compile(report: &mut Report, others: &Named, environment: &Environment) -> Vec<Arc<Rule>> {
    let source = Arc::clone(&report.source);
    let ast = match engine().compile(&source.text) {
        Ok(ast) => ast,
        Err(error) => {
            let (position, said) = explain::syntax(&error);
            report.error(position, said);
            return Vec::new();
        }
    };
    let functions = Functions::of(&ast);
    let sites = check::check(&ast, &functions, report, environment);

    let loading = Stage::Loading { thresholds: Arc::clone(&environment.thresholds), registered: Vec::new() };
    let (run, stage) = stage::within(loading, Instant::now() + LOADING, || engine().run_ast(&ast));
    if let Err(error) = run {
        let told = explain::runtime(&error);
        report.error(told.position, crate::diagnostic::Said::new(told.message).maybe_help(told.help));
    }
    let registered = match stage {
        Some(Stage::Loading { registered, .. }) => registered,
        _ => Vec::new(),
    };
    let maker = options::Maker {
        environment,
        sites: &sites,
        functions: &functions,
        ast: Arc::new(ast.clone_functions_only()),
        source,
    };
    maker.rules(registered, others, report)
}
