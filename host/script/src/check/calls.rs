//! Calls: names that do not exist, arguments that do not fit, and `alert` itself.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;
use std::time::Duration;

use rhai::{Expr, FnCallExpr, Position};

use super::statement::place;
use super::{Checker, Site, expression, tree, unknown_metric};
use crate::diagnostic::Said;
use crate::engine::engine;
use crate::functions::{Argument, FUNCTIONS, Type};
use crate::select::Selection;
use crate::{duration, near, options};

/// Functions that belong to the language itself.
const LANGUAGE: [&str; 9] =
    ["Fn", "call", "curry", "type_of", "is_def_fn", "is_def_var", "is_shared", "to_string", "alert"];

/// Every function of the engine, with the numbers of arguments that it takes.
pub(super) fn known_functions() -> &'static HashMap<String, HashSet<usize>> {
    static KNOWN: OnceLock<HashMap<String, HashSet<usize>>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let mut known: HashMap<String, HashSet<usize>> = HashMap::new();
        let all = engine().collect_fn_metadata(
            None,
            |info| Some((info.metadata.name.to_string(), info.metadata.num_params)),
            true,
        );
        for (name, count) in all {
            known.entry(name).or_default().insert(count);
        }
        known
    })
}

impl Checker<'_> {
    /// A call that is no operator.
    pub(super) fn call(&mut self, call: &FnCallExpr, position: Position) -> Type {
        let name = call.name.as_str();
        if name == "alert" {
            self.alert(call, position);
            return Type::Nothing;
        }
        if call.name == "curry" && call.args.first().and_then(tree::closure_name).is_some() {
            return self.expression(&Expr::FnCall(Box::new(call.clone()), position));
        }
        if let Some(function) = FUNCTIONS.iter().find(|function| function.name == name)
            && self.functions.get(name).is_none()
        {
            self.arguments(name, function.arguments, &call.args, position);
            return function.gives;
        }
        self.walk_arguments(&call.args);
        if let Some(own) = self.functions.get(name) {
            let (takes, given) = (own.parameters.len(), call.args.len());
            if takes != given {
                let said = Said::new(format!("`{name}` takes {}, not {given}", arguments_text(takes)));
                self.report.error(position, said);
            }
            return Type::Any;
        }
        let variable = self.variable(name).is_some();
        let known = known_functions();
        if !variable && !LANGUAGE.contains(&name) {
            match known.get(name) {
                Some(counts) if counts.contains(&call.args.len()) => {}
                Some(_) => {
                    let said = Said::new(format!("`{name}` does not take {}", arguments_text(call.args.len())));
                    self.report.error(position, said);
                }
                None => self.unknown_function(name, position),
            }
        }
        Type::Any
    }

    fn unknown_function(&mut self, name: &str, position: Position) {
        let ours = FUNCTIONS.iter().map(|function| function.name);
        let own = self.functions.named().map(|function| function.name.as_str());
        let language =
            known_functions().keys().map(String::as_str).filter(|name| name.starts_with(char::is_alphabetic));
        let first: Vec<&str> = ours.chain(own).collect();
        let nearest = near::nearest(name, first).or_else(|| near::nearest(name, language));
        let said = Said::new(format!("there is no function `{name}`"));
        self.report.error(position, said.maybe_help(nearest.map(|nearest| format!("did you mean `{nearest}`?"))));
    }

    pub(super) fn walk_arguments(&mut self, arguments: &[Expr]) {
        for argument in arguments {
            self.expression(argument);
        }
    }

    /// Arguments of one of our functions.
    pub(super) fn arguments(&mut self, name: &str, wanted: &[Argument], given: &[Expr], position: Position) {
        if wanted.len() != given.len() {
            self.walk_arguments(given);
            let said = Said::new(format!("`{name}` takes {}, not {}", arguments_text(wanted.len()), given.len()));
            let help = wanted.contains(&Argument::Window).then(|| format!("as in `{name}({})`", example(wanted)));
            self.report.error(position, said.maybe_help(help));
            return;
        }
        for (wanted, given) in wanted.iter().zip(given) {
            self.argument(name, *wanted, given);
        }
    }

    fn argument(&mut self, name: &str, wanted: Argument, given: &Expr) {
        let kind = self.expression(given);
        let fits = match wanted {
            Argument::Number => Type::Number,
            Argument::Map => Type::Map,
            Argument::Text | Argument::Window | Argument::Threshold | Argument::Metric => Type::Text,
        };
        if kind != fits && kind != Type::Any {
            let said =
                Said::new(format!("`{name}` wants {} here, not {}", expression::name(fits), expression::name(kind)));
            let help = (wanted == Argument::Window).then(|| "a window is text, as in \"5m\"".to_owned());
            self.report.error(place(given), said.maybe_help(help));
            return;
        }
        match (wanted, given) {
            (Argument::Window, Expr::StringConstant(text, position)) => match duration::parse(text) {
                Ok(length) if length > Duration::ZERO => self.window = self.window.max(length),
                Ok(_) => self.report.error(*position, Said::new("a window of no length holds no samples")),
                Err(reason) => self.report.error(*position, Said::new(reason)),
            },
            (Argument::Threshold, Expr::StringConstant(text, position)) => {
                let thresholds = &self.environment.thresholds;
                if !thresholds.contains_key(text.as_str()) {
                    let said = Said::new(format!("there is no threshold `{text}`"));
                    let nearest = near::help(text, thresholds.keys().map(String::as_str));
                    let help = nearest.unwrap_or_else(|| "`alert_thresholds` of the configuration has them".into());
                    self.report.error(*position, said.help(help));
                }
            }
            (Argument::Metric, Expr::StringConstant(text, position))
                if !self.environment.families.is_empty() && self.environment.family(text).is_none() =>
            {
                self.report.warn(*position, unknown_metric(text, self.environment));
            }
            _ => {}
        }
    }

    /// `alert(name, #{...})`: remembers where its options stand, and walks its closures with a series.
    fn alert(&mut self, call: &FnCallExpr, position: Position) {
        if self.closures > 0 {
            self.report.error(position, Said::new("`alert` belongs at the top of the file, not inside a closure"));
        }
        let [name, options] = &call.args[..] else {
            self.walk_arguments(&call.args);
            let said =
                Said::new(format!("`alert` takes a name and its options, not {}", arguments_text(call.args.len())));
            self.report.error(position, said.help("write `alert(\"Name\", #{ ... });`"));
            return;
        };
        let kind = self.expression(name);
        if !matches!(kind, Type::Text | Type::Any) {
            self.report
                .error(place(name), Said::new(format!("the name of an alert is text, not {}", expression::name(kind))));
        }
        let Expr::Map(entries, _) = options else {
            let kind = self.expression(options);
            if !matches!(kind, Type::Map | Type::Any) {
                let said = Said::new(format!("the options of an alert are a map, not {}", expression::name(kind)));
                self.report.error(place(options), said.help("write `alert(\"Name\", #{ ... });`"));
            }
            return;
        };
        let before = std::mem::take(&mut self.window);
        let series = self.subject(&entries.0);
        let mut keys = Vec::new();
        for (key, value) in &entries.0 {
            keys.push((key.name.to_string(), key.pos, place(value)));
            // Said here already: when something else keeps the file from running, nobody looks at the options.
            if let Some(said) = options::unknown_option(&key.name) {
                self.report.error(key.pos, said);
            }
            match key.name.as_str() {
                "when" => {
                    let gives = self.judged(value, series);
                    self.gives(gives, value, "when", &[Type::Bool]);
                }
                text @ ("summary" | "detail") => {
                    let gives = self.judged(value, series);
                    self.gives(gives, value, text, &[Type::Text, Type::Number]);
                }
                _ => {
                    self.expression(value);
                }
            }
        }
        let window = std::mem::replace(&mut self.window, before);
        self.sites.push(Site { call: position, name: place(name), keys, window });
    }

    /// What the closures of an alert get.
    fn subject(&self, entries: &[(rhai::Ident, Expr)]) -> Type {
        let option = |name: &str| entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
        if option("query").is_some() {
            return Type::Row;
        }
        let Some(Expr::StringConstant(text, _)) = option("select") else { return Type::Series(None) };
        let names = Selection::parse(text).map(|selection| selection.metrics()).unwrap_or_default();
        let [name] = &names[..] else { return Type::Series(None) };
        Type::Series(self.environment.families.iter().position(|family| family.name == *name))
    }

    /// Walks a closure that gets a series; another value is an error that the options tell of.
    fn judged(&mut self, value: &Expr, series: Type) -> Type {
        let functions = self.functions;
        match tree::closure_name(value).and_then(|name| functions.get(&name)) {
            Some(function) => self.closure(function, &[series]),
            None => {
                self.expression(value);
                Type::Any
            }
        }
    }

    fn gives(&mut self, kind: Type, value: &Expr, key: &str, wanted: &[Type]) {
        if kind != Type::Any && !wanted.contains(&kind) {
            let wanted = expression::name(wanted[0]);
            let said = Said::new(format!("`{key}` must give {wanted}; this closure gives {}", expression::name(kind)));
            self.report.error(place(value), said);
        }
    }
}

fn arguments_text(count: usize) -> String {
    match count {
        0 => "no arguments".into(),
        1 => "one argument".into(),
        count => format!("{count} arguments"),
    }
}

fn example(wanted: &[Argument]) -> String {
    let one = |argument: &Argument| if *argument == Argument::Number { "0.95" } else { "\"5m\"" };
    wanted.iter().map(one).collect::<Vec<_>>().join(", ")
}
