//! Expressions: what they give, and operators between what does not fit.

use rhai::{Expr, FnCallExpr, Position};

use super::statement::place;
use super::{Checker, tree};
use crate::diagnostic::Said;
use crate::functions::Type;
use crate::near;

impl Checker<'_> {
    /// What an expression gives.
    pub(super) fn expression(&mut self, expression: &Expr) -> Type {
        match expression {
            Expr::BoolConstant(..) => Type::Bool,
            Expr::IntegerConstant(..) | Expr::FloatConstant(..) => Type::Number,
            Expr::StringConstant(..) | Expr::CharConstant(..) => Type::Text,
            Expr::InterpolatedString(parts, _) => {
                for part in parts {
                    self.expression(part);
                }
                Type::Text
            }
            Expr::Array(items, _) => {
                for item in items {
                    self.expression(item);
                }
                Type::Array
            }
            Expr::Map(entries, _) => {
                for (_, value) in &entries.0 {
                    self.expression(value);
                }
                Type::Map
            }
            Expr::Unit(_) => Type::Nothing,
            Expr::Variable(name, _, position) => self.named(&name.1, !name.2.is_empty(), *position),
            Expr::DynamicConstant(..) | Expr::Stmt(_) => self.closure_or_block(expression),
            Expr::FnCall(call, _) if tree::closure_name(expression).is_some() && call.name == "curry" => {
                self.closure_or_block(expression)
            }
            Expr::FnCall(call, position) => match (&call.op_token, &call.args[..]) {
                (Some(_), [left, right]) => self.binary(call, left, right, *position),
                (Some(_), [operand]) => self.unary(call, operand),
                _ => self.call(call, *position),
            },
            Expr::Dot(parts, ..) => {
                let receiver = self.expression(&parts.lhs);
                self.chain(receiver, &parts.rhs)
            }
            Expr::Index(parts, ..) => {
                self.expression(&parts.lhs);
                self.expression(&parts.rhs);
                Type::Any
            }
            Expr::And(parts, _) | Expr::Or(parts, _) => {
                for part in parts.iter() {
                    let kind = self.expression(part);
                    self.truth(kind, part, "what `&&` and `||` join");
                }
                Type::Bool
            }
            Expr::Coalesce(parts, _) => {
                for part in parts.iter() {
                    self.expression(part);
                }
                Type::Any
            }
            _ => Type::Any,
        }
    }

    fn named(&mut self, name: &str, qualified: bool, position: Position) -> Type {
        if qualified {
            let said = Said::new(format!("functions do not see `{name}` from outside"));
            self.report.error(position, said.help("pass it as a parameter, or use it in a closure"));
            return Type::Any;
        }
        if let Some((_, kind)) = self.variable(name) {
            return kind;
        }
        if self.functions.get(name).is_some() {
            return Type::Function;
        }
        let known: Vec<String> = self.variables.iter().map(|(name, _)| name.clone()).collect();
        let help = near::help(name, known.iter().map(String::as_str));
        self.report.error(position, Said::new(format!("there is no variable `{name}`")).maybe_help(help));
        Type::Any
    }

    fn closure_or_block(&mut self, expression: &Expr) -> Type {
        if let Some(name) = tree::closure_name(expression) {
            let functions = self.functions;
            if let Some(function) = functions.get(&name) {
                self.closure(function, &[]);
            }
            return Type::Function;
        }
        match expression {
            Expr::Stmt(block) => self.block(block.statements()),
            _ => Type::Any,
        }
    }

    fn unary(&mut self, call: &FnCallExpr, operand: &Expr) -> Type {
        let kind = self.expression(operand);
        if call.name == "!" {
            self.truth(kind, operand, "what `!` negates");
            return Type::Bool;
        }
        self.number(kind, operand, &call.name);
        Type::Number
    }

    fn binary(&mut self, call: &FnCallExpr, left: &Expr, right: &Expr, position: Position) -> Type {
        let (a, b) = (self.expression(left), self.expression(right));
        match call.name.as_str() {
            "==" | "!=" | "<" | "<=" | ">" | ">=" => {
                if !self.value_of(a, left) && !self.value_of(b, right) && plain(a) && plain(b) && a != b {
                    let said = Said::new(format!("{} is never comparable with {}", name(a), name(b)));
                    self.report.error(position, said.label("always false"));
                }
                Type::Bool
            }
            "in" | "!in" => Type::Bool,
            "+" if a == Type::Text || b == Type::Text => Type::Text,
            "+" if !matches!((a, b), (Type::Number, Type::Number)) && !series(a) && !series(b) => Type::Any,
            "+" | "-" | "*" | "/" | "%" | "**" => {
                self.number(a, left, &call.name);
                self.number(b, right, &call.name);
                Type::Number
            }
            _ => Type::Any,
        }
    }

    /// Complains of a series where its value was meant.
    fn value_of(&mut self, kind: Type, expression: &Expr) -> bool {
        if series(kind) {
            let shown = match expression {
                Expr::Variable(name, ..) => name.1.to_string(),
                _ => "series".to_owned(),
            };
            let said = Said::new(format!("`{shown}` is a whole series, not a number"));
            let help = format!("its newest value is `{shown}.last`, a mean is `{shown}.avg(\"5m\")`");
            self.report.error(place(expression), said.help(help));
        }
        series(kind)
    }

    fn number(&mut self, kind: Type, expression: &Expr, operator: &str) {
        if !self.value_of(kind, expression) && !matches!(kind, Type::Number | Type::Any) {
            let said = Said::new(format!("`{operator}` needs numbers; this is {}", name(kind)));
            self.report.error(place(expression), said);
        }
    }
}

fn series(kind: Type) -> bool {
    matches!(kind, Type::Series(_) | Type::Row)
}

fn plain(kind: Type) -> bool {
    matches!(kind, Type::Number | Type::Text | Type::Bool | Type::Function | Type::Nothing)
}

/// A type as people call it.
pub(super) fn name(kind: Type) -> &'static str {
    match kind {
        Type::Series(_) => "a series",
        Type::Row => "a row of the query",
        Type::Number => "a number",
        Type::Text => "text",
        Type::Bool => "true or false",
        Type::Array => "an array",
        Type::Map => "a map",
        Type::Function => "a function",
        Type::Nothing => "nothing",
        Type::Any => "unknown",
    }
}
