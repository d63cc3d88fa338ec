//! What `alert(name, #{...})` was given: each option known, of the right type, and in bounds.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use autobot_model::Severity;
use rhai::{AST, Dynamic, FnPtr, Position};

use crate::check::{Functions, Site};
use crate::diagnostic::{Level, Report, Said, Source};
use crate::file::Named;
use crate::select::{Query, Selection};
use crate::stage::Registered;
use crate::{Environment, Rule, duration, explain, near};

/// Every option, with what it is.
const OPTIONS: [(&str, &str); 10] = [
    ("severity", "\"critical\", \"high\", \"medium\" or \"low\""),
    ("select", "a selector: one evaluation for each matching series"),
    ("query", "PromQL: one evaluation for each row of its result"),
    ("when", "|series| true or false"),
    ("summary", "|series| one sentence for people"),
    ("detail", "|series| more for people"),
    ("pending", "how long `when` must hold before it fires, as \"2m\""),
    ("keep_firing", "how long it goes on after `when` ended, as \"5m\""),
    ("every", "its own grid, as \"1m\""),
    ("runbook", "where people read what to do"),
];

/// Alerts of one file.
const MOST: usize = 1_000;

pub(crate) struct Maker<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) sites: &'a [Site],
    pub(crate) functions: &'a Functions,
    pub(crate) ast: Arc<AST>,
    pub(crate) source: Arc<Source>,
}

/// One registration and where its parts stand.
struct Given<'a> {
    registered: &'a Registered,
    site: Option<&'a Site>,
}

impl Given<'_> {
    fn name_position(&self) -> Position {
        self.site.map_or(self.registered.position, |site| site.name)
    }

    fn key_position(&self, key: &str) -> Position {
        self.site.and_then(|site| site.key(key)).map_or(self.registered.position, |(key, _)| key)
    }

    fn value_position(&self, key: &str) -> Position {
        self.site.and_then(|site| site.key(key)).map_or(self.registered.position, |(_, value)| value)
    }
}

impl Maker<'_> {
    pub(crate) fn rules(&self, all: Vec<Registered>, others: &Named, report: &mut Report) -> Vec<Arc<Rule>> {
        let mut rules = Vec::new();
        let mut names: HashMap<String, usize> = HashMap::new();
        if all.len() > MOST {
            let said = Said::new(format!("this file registers {} alerts, more than {MOST}", all.len()));
            report.error(all[MOST].position, said.help("split it into several files"));
        }
        for registered in all.iter().take(MOST) {
            let site = self.sites.iter().find(|site| site.call == registered.position);
            let given = Given { registered, site };
            let line = registered.position.line().unwrap_or(1);
            if let Some((file, line)) = others.get(&registered.name).filter(|(file, _)| file != report.file()) {
                let said = Said::new(format!("another file has an alert `{}` already", registered.name));
                let help = format!("{file}:{line} has it; names are unique, because alerts keep their state by them");
                report.error(given.name_position(), said.help(help));
            } else if let Some(first) = names.insert(registered.name.clone(), line) {
                let said = Said::new(format!("this file has an alert `{}` already", registered.name));
                report.error(given.name_position(), said.help(format!("the first one is on line {first}")));
            }
            rules.extend(self.rule(&given, line, report).map(Arc::new));
        }
        rules
    }

    fn rule(&self, given: &Given<'_>, line: usize, report: &mut Report) -> Option<Rule> {
        let name = &given.registered.name;
        let valid = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || name.chars().count() > 100 || !name.chars().all(valid) {
            let said = Said::new(format!("`{name}` is no name for an alert"));
            report
                .error(given.name_position(), said.help("use letters, digits, `_` and `-`, as in \"DiskAlmostFull\""));
        }
        for key in given.registered.options.keys() {
            if let Some(said) = unknown_option(key) {
                report.error(given.key_position(key), said);
            }
        }
        let severity = self.severity(given, report);
        let selection = self.selection(given, report);
        let when = self.closure(given, "when", true, report);
        let summary = self.closure(given, "summary", true, report);
        let detail = self.closure(given, "detail", false, report);
        let pending = self.time(given, "pending", report).unwrap_or_default();
        let keep_firing = self.time(given, "keep_firing", report).unwrap_or_default();
        let every = self.time(given, "every", report);
        if every.is_some_and(|every| every < Duration::from_secs(1)) {
            report.error(given.value_position("every"), Said::new("a rule is judged at most once a second"));
        }
        let runbook = self.text(given, "runbook", report);
        Some(Rule {
            name: name.as_str().into(),
            file: self.source.name.as_str().into(),
            line,
            severity: severity?,
            pending,
            keep_firing,
            every,
            runbook: runbook.map(Arc::from),
            selection: selection?,
            window: given.site.map_or_else(Duration::default, |site| site.window),
            when: when?,
            summary: summary?,
            detail,
            functions: Arc::clone(&self.ast),
            source: Arc::clone(&self.source),
        })
    }

    fn severity(&self, given: &Given<'_>, report: &mut Report) -> Option<Severity> {
        let Some(text) = self.text(given, "severity", report) else {
            if !given.registered.options.contains_key("severity") {
                missing(given, "severity", "how bad is it? `severity: \"high\"`", report);
            }
            return None;
        };
        let known = Severity::ALL.map(Severity::as_str);
        text.parse().ok().or_else(|| {
            let said = Said::new(format!("`{text}` is no severity"));
            report.error(given.value_position("severity"), said.maybe_help(near::help(&text, known)));
            None
        })
    }

    fn selection(&self, given: &Given<'_>, report: &mut Report) -> Option<Selection> {
        let select = self.text(given, "select", report);
        let query = self.text(given, "query", report);
        let (key, text, selection) = match (select, query) {
            (Some(text), None) => ("select", text.clone(), Selection::parse(&text)),
            (None, Some(text)) => {
                let query = Query::parse(&text).map(|query| Selection::Query { text: text.clone(), query });
                ("query", text, query)
            }
            (Some(_), Some(_)) => {
                let said = Said::new("an alert has either `select` or `query`, not both");
                report.error(
                    given.key_position("query"),
                    said.help("`select` judges series, `query` the rows of a result"),
                );
                return None;
            }
            (None, None) => {
                let options = &given.registered.options;
                if !options.contains_key("select") && !options.contains_key("query") {
                    missing(given, "select", "what is it about? `select: \"system_cpu_utilization_ratio\"`", report);
                }
                return None;
            }
        };
        let position = given.value_position(key);
        match selection {
            Ok(selection) => {
                self.doubt_names(&selection, &text, position, report);
                Some(selection)
            }
            Err(error) => {
                let span = within_literal(&self.source, position, &text, error.span);
                report.push(span, Level::Error, Said::new(error.message).maybe_help(error.help));
                None
            }
        }
    }

    /// A metric that nobody measures is a warning: its plugin may come later.
    fn doubt_names(&self, selection: &Selection, text: &str, position: Position, report: &mut Report) {
        if self.environment.families.is_empty() {
            return;
        }
        for name in selection.metrics() {
            if self.environment.family(&name).is_none() {
                let at = text.find(&name).unwrap_or(0);
                let span = within_literal(&self.source, position, text, at..at + name.len());
                report.push(span, Level::Warning, crate::check::unknown_metric(&name, self.environment));
            }
        }
    }

    fn closure(&self, given: &Given<'_>, key: &str, needed: bool, report: &mut Report) -> Option<FnPtr> {
        let Some(value) = given.registered.options.get(key) else {
            if needed {
                missing(given, key, &format!("add `{key}: |series| ...`"), report);
            }
            return None;
        };
        let position = given.value_position(key);
        let Some(mut closure) = value.clone().try_cast::<FnPtr>() else {
            self.wrong_type(key, value, position, "a closure", report);
            return None;
        };
        let takes = self.functions.get(closure.fn_name()).map(|function| function.parameters.len());
        match takes.map(|count| count.saturating_sub(closure.curry().len())) {
            Some(1) => {}
            Some(count) => {
                let said = Said::new(format!("`{key}` takes one parameter, the series; this closure has {count}"));
                report.error(position, said.help(format!("write `{key}: |series| ...`")));
                return None;
            }
            None => {
                let said = Said::new(format!("there is no function `{}`", closure.fn_name()));
                report.error(position, said.help(format!("write `{key}: |series| ...`")));
                return None;
            }
        }
        // Copies of what it captured, so that neither the file's later statements nor its own calls change it.
        for captured in closure.iter_curry_mut() {
            *captured = captured.flatten_clone();
        }
        Some(closure)
    }

    fn time(&self, given: &Given<'_>, key: &str, report: &mut Report) -> Option<Duration> {
        let text = self.text(given, key, report)?;
        duration::parse(&text).map_err(|reason| report.error(given.value_position(key), Said::new(reason))).ok()
    }

    fn text(&self, given: &Given<'_>, key: &str, report: &mut Report) -> Option<String> {
        let value = given.registered.options.get(key)?;
        match value.clone().into_string() {
            Ok(text) => Some(text),
            Err(_) => {
                self.wrong_type(key, value, given.value_position(key), "text", report);
                None
            }
        }
    }

    fn wrong_type(&self, key: &str, value: &Dynamic, position: Position, wanted: &str, report: &mut Report) {
        let said = Said::new(format!("`{key}` is {wanted}, not {}", explain::kind(value.type_name())));
        let what = OPTIONS.iter().find(|(name, _)| *name == key).map(|(_, what)| format!("`{key}`: {what}"));
        report.error(position, said.maybe_help(what));
    }
}

/// What to say of an option that no alert has.
pub(crate) fn unknown_option(key: &str) -> Option<Said> {
    let known = OPTIONS.iter().map(|(name, _)| *name);
    let said = || Said::new(format!("an alert has no option `{key}`")).maybe_help(near::help(key, known.clone()));
    (!known.clone().any(|known| known == key)).then(said)
}

fn missing(given: &Given<'_>, key: &str, help: &str, report: &mut Report) {
    let said =
        Said::new(format!("the alert `{}` lacks `{key}`", given.registered.name)).label(format!("lacks `{key}`"));
    report.error(given.name_position(), said.help(help));
}

/// The bytes of the file that a part of a literal's text has; the whole literal where escapes hide them.
fn within_literal(
    source: &Source,
    position: Position,
    text: &str,
    part: std::ops::Range<usize>,
) -> std::ops::Range<usize> {
    let literal = source.token(position);
    let inner = source.text.get(literal.start + 1..literal.end).unwrap_or_default();
    // The engine drops a line break right behind a backtick.
    let skipped = ["", "\n", "\r\n"]
        .into_iter()
        .find(|skipped| inner.strip_prefix(skipped).is_some_and(|inner| inner.starts_with(text) && !text.is_empty()));
    match skipped {
        Some(skipped) => {
            let start = literal.start + 1 + skipped.len();
            let end = start + part.end.min(text.len()).max(part.start + 1).min(text.len());
            (start + part.start.min(text.len()))..end
        }
        None => literal,
    }
}
