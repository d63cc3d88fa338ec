//! The checker: walks the syntax tree of a file and finds what the engine would only find when a rule is judged.
//!
//! The engine compiles calls of functions that do not exist and variables that nobody declared. The walk knows the
//! scopes, our functions with their arguments, and that `when`, `summary` and `detail` get a series.

mod calls;
mod chain;
mod expression;
mod statement;
mod tree;

use std::collections::HashSet;
use std::time::Duration;

use rhai::{AST, Position};

pub(crate) use tree::Functions;

use crate::diagnostic::{Report, Said};
use crate::functions::Type;
use crate::{Environment, near};

/// One `alert(name, #{...})` as it is written.
pub(crate) struct Site {
    pub(crate) call: Position,
    pub(crate) name: Position,
    /// Name of an option, its place, and its value's place.
    keys: Vec<(String, Position, Position)>,
    /// The longest window that its closures look at.
    pub(crate) window: Duration,
}

impl Site {
    /// Where an option and its value stand.
    pub(crate) fn key(&self, name: &str) -> Option<(Position, Position)> {
        self.keys.iter().find(|(key, ..)| key == name).map(|(_, key, value)| (*key, *value))
    }
}

/// Checks a whole file and says where its alerts stand.
pub(crate) fn check(ast: &AST, functions: &Functions, report: &mut Report, environment: &Environment) -> Vec<Site> {
    let mut checker = Checker {
        functions,
        report,
        environment,
        variables: Vec::new(),
        outer: 0,
        closures: 0,
        sites: Vec::new(),
        window: Duration::ZERO,
        walked: HashSet::new(),
    };
    for statement in ast.statements() {
        checker.statement(statement);
    }
    // Functions see only their parameters. A closure that nobody refers to does not exist.
    checker.variables.clear();
    for function in functions.named() {
        checker.function(function, &[]);
    }
    let window = checker.window;
    // A window that a function of the file looks at may be any rule's.
    checker.sites.iter_mut().for_each(|site| site.window = site.window.max(window));
    checker.sites
}

struct Checker<'a> {
    functions: &'a Functions,
    report: &'a mut Report,
    environment: &'a Environment,
    /// Variables in scope, the innermost last.
    variables: Vec<(String, Type)>,
    /// Variables before this one are captured by the closure that is walked.
    outer: usize,
    /// How many closures are around what is walked.
    closures: usize,
    sites: Vec<Site>,
    /// The longest window seen since it was last set to zero.
    window: Duration,
    /// Functions being walked, against calls in circles.
    walked: HashSet<String>,
}

impl Checker<'_> {
    fn declare(&mut self, name: &str, kind: Type) {
        self.variables.push((name.to_owned(), kind));
    }

    fn variable(&self, name: &str) -> Option<(usize, Type)> {
        self.variables.iter().rposition(|(known, _)| known == name).map(|at| (at, self.variables[at].1))
    }

    /// What a walk inside a scope of its own gives.
    fn scoped<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> T {
        let known = self.variables.len();
        let result = walk(self);
        self.variables.truncate(known);
        result
    }
}

/// What to say of a metric that does not exist.
pub(crate) fn unknown_metric(name: &str, environment: &Environment) -> Said {
    let families = environment.families.iter().map(|family| family.name.as_str());
    let help = match near::nearest(name, families) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "the rule has no data until a plugin brings it".to_owned(),
    };
    Said::new(format!("nothing measures `{name}`")).help(help)
}
