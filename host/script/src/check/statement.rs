//! Statements: scopes, declarations, and what a block gives.

use rhai::{Expr, Position, Stmt};

use super::Checker;
use super::tree::Function;
use crate::diagnostic::Said;
use crate::functions::Type;

impl Checker<'_> {
    /// What a statement gives, when it is the last of its block.
    pub(super) fn statement(&mut self, statement: &Stmt) -> Type {
        match statement {
            Stmt::Expr(expression) => self.expression(expression),
            Stmt::FnCall(call, position) => self.call(call, *position),
            Stmt::Block(block) => self.block(block.statements()),
            Stmt::If(flow, _) => {
                let condition = self.expression(&flow.expr);
                self.truth(condition, &flow.expr, "the condition of `if`");
                let yes = self.block(flow.body.statements());
                let no = self.block(flow.branch.statements());
                if yes == no { yes } else { Type::Any }
            }
            Stmt::Switch(parts, _) => {
                self.expression(&parts.0);
                for case in &parts.1.expressions {
                    self.expression(&case.lhs);
                    self.scoped(|checker| checker.expression(&case.rhs));
                }
                Type::Any
            }
            Stmt::While(flow, _) => {
                self.expression(&flow.expr);
                self.block(flow.body.statements());
                Type::Any
            }
            Stmt::Do(flow, ..) => {
                self.block(flow.body.statements());
                self.expression(&flow.expr);
                Type::Any
            }
            Stmt::For(parts, _) => {
                let (item, counter, flow) = &**parts;
                self.expression(&flow.expr);
                self.scoped(|checker| {
                    checker.declare(&item.name, Type::Any);
                    if let Some(counter) = counter {
                        checker.declare(&counter.name, Type::Number);
                    }
                    checker.block(flow.body.statements());
                });
                Type::Nothing
            }
            Stmt::Var(parts, ..) => {
                let kind = self.expression(&parts.1);
                self.declare(&parts.0.name, kind);
                Type::Nothing
            }
            Stmt::Assignment(parts) => {
                self.assignment(&parts.1.lhs, &parts.1.rhs);
                Type::Nothing
            }
            Stmt::TryCatch(flow, _) => {
                self.block(flow.body.statements());
                self.scoped(|checker| {
                    if let Expr::Variable(name, ..) = &flow.expr {
                        checker.declare(&name.1, Type::Any);
                    }
                    checker.block(flow.branch.statements());
                });
                Type::Any
            }
            Stmt::Return(Some(value), ..) | Stmt::BreakLoop(Some(value), ..) => self.expression(value),
            Stmt::Noop(_) => Type::Nothing,
            _ => Type::Any,
        }
    }

    /// What the last statement of a block gives.
    pub(super) fn block(&mut self, statements: &[Stmt]) -> Type {
        self.scoped(|checker| {
            let mut last = Type::Nothing;
            for statement in statements {
                last = checker.statement(statement);
            }
            last
        })
    }

    fn assignment(&mut self, left: &Expr, right: &Expr) {
        let kind = self.expression(right);
        let Expr::Variable(name, _, position) = left else {
            self.expression(left);
            return;
        };
        match self.variable(&name.1) {
            Some((at, _)) if self.closures > 0 && at < self.outer => {
                let said = Said::new(format!("`{}` would be forgotten: rules keep no state", name.1));
                self.report.error(*position, said.help("use `pending`, or a window such as `.avg(\"5m\")`"));
            }
            Some((at, before)) if before != kind => self.variables[at].1 = Type::Any,
            Some(_) => {}
            None => {
                self.expression(left);
            }
        }
    }

    /// Walks a closure within the scopes around it. The given types are those of its own parameters.
    pub(super) fn closure(&mut self, function: &Function, given: &[Type]) -> Type {
        let (outer, captured) = (self.outer, function.parameters.len().saturating_sub(given.len()));
        self.closures += 1;
        self.outer = self.variables.len();
        // What is captured is already in scope under its name; a closure of unknown use gets all as parameters.
        let own = if given.is_empty() { 0 } else { captured };
        let result = self.walk(function, own, given);
        self.outer = outer;
        self.closures -= 1;
        result
    }

    /// Walks a function that sees nothing but its parameters.
    pub(super) fn function(&mut self, function: &Function, given: &[Type]) -> Type {
        self.walk(function, 0, given)
    }

    fn walk(&mut self, function: &Function, skipped: usize, given: &[Type]) -> Type {
        if !self.walked.insert(function.name.clone()) {
            return Type::Any;
        }
        let result = self.scoped(|checker| {
            for (at, name) in function.parameters.iter().skip(skipped).enumerate() {
                // A captured variable keeps what is known of it.
                let known = checker.variable(name).map(|(_, kind)| kind).filter(|_| given.is_empty());
                checker.declare(name, given.get(at).copied().or(known).unwrap_or(Type::Any));
            }
            checker.block(&function.body)
        });
        self.walked.remove(&function.name);
        result
    }

    /// Something that must be true or false.
    pub(super) fn truth(&mut self, kind: Type, expression: &Expr, what: &str) {
        if !matches!(kind, Type::Bool | Type::Any) {
            let said = Said::new(format!("{what} is true or false, not {}", super::expression::name(kind)));
            self.report.error(place(expression), said);
        }
    }
}

/// Where an expression begins.
pub(super) fn place(expression: &Expr) -> Position {
    expression.start_position()
}
