//! What stands behind a dot: fields and methods.

use rhai::{Expr, FnCallExpr, Position};

use super::calls::known_functions;
use super::{Checker, expression};
use crate::diagnostic::Said;
use crate::functions::{METHODS, Type};
use crate::near;

/// Labels that any series may carry beside those of its family.
const COMMON: [&str; 4] = ["machine", "plugin", "target", "target_machine"];

impl Checker<'_> {
    /// What `receiver.rest` gives.
    pub(super) fn chain(&mut self, receiver: Type, rest: &Expr) -> Type {
        match rest {
            Expr::Property(names, position) => self.field(receiver, &names.2, *position),
            Expr::MethodCall(call, position) => self.method(receiver, call, *position),
            Expr::Dot(parts, ..) => {
                let middle = self.chain(receiver, &parts.lhs);
                self.chain(middle, &parts.rhs)
            }
            Expr::Index(parts, ..) => {
                self.chain(receiver, &parts.lhs);
                self.expression(&parts.rhs);
                Type::Any
            }
            other => self.expression(other),
        }
    }

    fn field(&mut self, receiver: Type, name: &str, position: Position) -> Type {
        let family = match receiver {
            Type::Series(family) => family.and_then(|at| self.environment.families.get(at)),
            Type::Row => None,
            Type::Number | Type::Bool | Type::Text | Type::Function => {
                let said = Said::new(format!("{} has no field `{name}`", expression::name(receiver)));
                self.report.error(position, said);
                return Type::Any;
            }
            _ => return Type::Any,
        };
        if name == "last" {
            return Type::Number;
        }
        if METHODS.iter().any(|method| method.name == name) {
            let said = Said::new(format!("`{name}` is a method, not a label"));
            self.report.error(position, said.help(format!("write `.{name}(\"5m\")`")));
            return Type::Number;
        }
        if let Some(family) = family {
            let known = || family.labels.iter().map(String::as_str).chain(COMMON);
            if !known().any(|label| label == name) {
                let said = Said::new(format!("`{}` has no label `{name}`", family.name));
                let all: Vec<&str> = known().chain(["last"]).collect();
                self.report.warn(position, said.maybe_help(near::help(name, all)));
            }
        }
        Type::Text
    }

    fn method(&mut self, receiver: Type, call: &FnCallExpr, position: Position) -> Type {
        if let Type::Series(_) | Type::Row = receiver {
            let Some(method) = METHODS.iter().find(|method| call.name == method.name) else {
                self.walk_arguments(&call.args);
                let said = Said::new(format!("a series has no method `{}`", call.name));
                let help = near::help(&call.name, METHODS.iter().map(|method| method.name));
                self.report.error(position, said.maybe_help(help));
                return Type::Any;
            };
            if receiver == Type::Row && method.arguments.contains(&crate::functions::Argument::Window) {
                let said = Said::new("a row of `query:` has no past of its own");
                let help = format!("put the window into the query, as in `{}_over_time(metric[5m])`", call.name);
                self.report.error(position, said.help(help));
            }
            self.arguments(&call.name, method.arguments, &call.args, position);
            return method.gives;
        }
        self.walk_arguments(&call.args);
        let name = call.name.as_str();
        let count = call.args.len();
        let engine = ["call", "curry", "is_shared", "type_of"].contains(&name);
        let own = self.functions.get(name).is_some();
        let known = known_functions();
        if !engine && !own && !known.get(name).is_some_and(|counts| counts.contains(&(count + 1))) {
            if known.contains_key(name) {
                let said = Said::new(format!("`{name}` does not take so many arguments here ({count})"));
                self.report.error(position, said);
            } else {
                let said = Said::new(format!("there is no method `{name}`"));
                let names = known
                    .keys()
                    .map(String::as_str)
                    .filter(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'));
                let help = near::nearest(name, names).map(|near| format!("did you mean `{near}`?"));
                self.report.error(position, said.maybe_help(help));
            }
        }
        if name == "len" { Type::Number } else { Type::Any }
    }
}
