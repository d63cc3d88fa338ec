//! What a query is made of: numbers, texts, parentheses, selectors, calls and aggregations.

use crate::ast::{Expr, ExprKind, Grouping};
use crate::error::ParseError;
use crate::functions::{self, Type};
use crate::lex::Token;
use crate::parse::Parser;

impl Parser<'_> {
    pub(crate) fn primary(&mut self) -> Result<Expr, ParseError> {
        let start = self.span().start;
        let kind = match self.peek().clone() {
            Token::Number(number) => {
                self.next();
                ExprKind::Number(number)
            }
            Token::Duration(duration) => {
                self.next();
                ExprKind::Number(duration.as_secs_f64())
            }
            Token::Text(text) => {
                self.next();
                ExprKind::Text(text)
            }
            Token::Mark("(") => {
                self.next();
                let expr = self.expr(0)?;
                self.expect(")")?;
                ExprKind::Paren(Box::new(expr))
            }
            Token::Mark("{") => ExprKind::Selector(self.selector(None)?),
            Token::Name(name) => self.named(&name)?,
            _ => return Err(self.unexpected("an expression")),
        };
        let span = start..self.end();
        Ok(self.node(kind, span))
    }

    /// A name: a number, an aggregation, a call, or a metric.
    fn named(&mut self, name: &str) -> Result<ExprKind, ParseError> {
        let called = matches!(self.peek_after(), Token::Mark("("));
        let grouped = matches!(self.peek_after(), Token::Name(word) if word.eq_ignore_ascii_case("by") || word.eq_ignore_ascii_case("without"));
        if let Some((op, parameter)) = functions::aggregation(name).filter(|_| called || grouped) {
            self.next();
            return self.aggregate(op, parameter);
        }
        if called {
            return self.call(name);
        }
        if grouped {
            return Err(self.unknown("aggregation", name));
        }
        match &*name.to_ascii_lowercase() {
            "inf" => {
                self.next();
                return Ok(ExprKind::Number(f64::INFINITY));
            }
            "nan" => {
                self.next();
                return Ok(ExprKind::Number(f64::NAN));
            }
            "and" | "or" | "unless" | "atan2" | "by" | "without" | "on" | "ignoring" | "group_left" | "group_right"
            | "offset" | "bool" => {
                return Err(self.unexpected("an expression"));
            }
            _ => {}
        }
        self.next();
        Ok(ExprKind::Selector(self.selector(Some(name))?))
    }

    fn unknown(&self, kind: &str, name: &str) -> ParseError {
        let error = self.error(format!("there is no {kind} `{name}`"));
        match functions::nearest(name) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        }
    }

    fn call(&mut self, name: &str) -> Result<ExprKind, ParseError> {
        if functions::function(name).is_none() {
            return Err(self.unknown("function", name));
        }
        self.next();
        Ok(ExprKind::Call { function: name.to_owned(), arguments: self.arguments(name == "info")? })
    }

    fn arguments(&mut self, of_info: bool) -> Result<Vec<Expr>, ParseError> {
        self.expect("(")?;
        let mut arguments = Vec::new();
        while !self.take(")") {
            self.selects_all = of_info && arguments.len() == 1;
            let argument = self.expr(0);
            self.selects_all = false;
            arguments.push(argument?);
            if !self.take(",") && !matches!(self.peek(), Token::Mark(")")) {
                return Err(self.unexpected("`,` or `)`"));
            }
        }
        Ok(arguments)
    }

    fn aggregate(&mut self, op: &'static str, parameter: Option<Type>) -> Result<ExprKind, ParseError> {
        let before = self.grouping()?;
        let place = self.span();
        let mut arguments = self.arguments(false)?;
        let grouping = match before {
            Some(grouping) => grouping,
            None => self.grouping()?.unwrap_or(Grouping::By(Vec::new())),
        };
        let wanted = 1 + usize::from(parameter.is_some());
        if arguments.len() != wanted {
            return Err(ParseError::new(
                self.text,
                place.start..self.end(),
                format!(
                    "`{op}` takes {wanted} argument{}, not {}",
                    if wanted == 1 { "" } else { "s" },
                    arguments.len()
                ),
            ));
        }
        let expr = arguments.pop().map(Box::new).ok_or_else(|| self.unexpected("an expression"))?;
        Ok(ExprKind::Aggregate { op: op.to_owned(), parameter: arguments.pop().map(Box::new), expr, grouping })
    }
}
