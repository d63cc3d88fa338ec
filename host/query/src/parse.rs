//! Tokens to a tree, by precedence climbing; types are checked on the way, so that a mistake is said at its place.

use std::ops::Range;
use std::time::Duration;

use autobot_model::Timestamp;

use crate::ast::{At, BinaryOp, Expr, ExprKind, Place, Shift};
use crate::check;
use crate::error::ParseError;
use crate::lex::{Token, tokens};

/// Parentheses, calls and operators within each other; deeper is no query that a person wrote.
const DEEPEST: usize = 64;
/// Bytes of a query.
const LONGEST: usize = 64 << 10;

/// Parses a query and checks its types.
///
/// # Errors
/// The first mistake, with its place and, where there is one, what may have been meant.
pub fn parse(text: &str) -> Result<Expr, ParseError> {
    if text.len() > LONGEST {
        return Err(ParseError::new(
            text,
            0..0,
            format!("a query has at most {LONGEST} bytes, this one has {}", text.len()),
        ));
    }
    let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let mut parser = Parser { text, lines, tokens: tokens(text)?, at: 0, depth: 0, selects_all: false };
    let expr = parser.expr(0)?;
    match parser.peek() {
        Token::End => {
            check::types(text, &expr)?;
            Ok(expr)
        }
        Token::Mark("=") => Err(parser.unexpected("an operator").help("values are compared with `==`")),
        _ => Err(parser.unexpected("an operator or the end of the query")),
    }
}

pub(crate) struct Parser<'a> {
    pub(crate) text: &'a str,
    /// Where each line starts.
    lines: Vec<usize>,
    tokens: Vec<(Token, Range<usize>)>,
    at: usize,
    depth: usize,
    /// Whether a selector may select everything: the second argument of `info` narrows what another selection found.
    pub(crate) selects_all: bool,
}

impl Parser<'_> {
    pub(crate) fn node(&self, kind: ExprKind, span: Range<usize>) -> Expr {
        let line = self.lines.partition_point(|start| *start <= span.start);
        let column = span.start - line.checked_sub(1).map_or(0, |line| self.lines[line]) + 1;
        Expr { kind, place: Place { line, column }, span }
    }

    pub(crate) fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }

    pub(crate) fn peek_after(&self) -> &Token {
        &self.tokens[(self.at + 1).min(self.tokens.len() - 1)].0
    }

    pub(crate) fn span(&self) -> Range<usize> {
        self.tokens[self.at].1.clone()
    }

    /// Where the last token that was taken ends.
    pub(crate) fn end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |at| self.tokens[at].1.end)
    }

    pub(crate) fn next(&mut self) -> Token {
        let token = self.tokens[self.at].0.clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    pub(crate) fn take(&mut self, mark: &str) -> bool {
        let found = matches!(self.peek(), Token::Mark(found) if *found == mark);
        if found {
            self.next();
        }
        found
    }

    pub(crate) fn expect(&mut self, mark: &'static str) -> Result<(), ParseError> {
        if self.take(mark) { Ok(()) } else { Err(self.unexpected(&format!("`{mark}`"))) }
    }

    pub(crate) fn keyword(&mut self, word: &str) -> bool {
        let found = self.at_keyword(word);
        if found {
            self.next();
        }
        found
    }

    fn at_keyword(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Name(name) if name.eq_ignore_ascii_case(word))
    }

    pub(crate) fn unexpected(&self, wanted: &str) -> ParseError {
        self.error(format!("{} where {wanted} should be", self.peek().shown()))
    }

    pub(crate) fn error(&self, message: impl Into<String>) -> ParseError {
        ParseError::new(self.text, self.span(), message)
    }

    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, ParseError>) -> Result<T, ParseError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error(format!("a query is nested at most {DEEPEST} deep")));
        }
        let result = inner(self);
        self.depth -= 1;
        result
    }

    pub(crate) fn expr(&mut self, least: u8) -> Result<Expr, ParseError> {
        self.deeper(|parser| {
            let mut left = parser.unary()?;
            // A chain of operators grows the tree to the left: it counts as depth too.
            let mut chain = 0;
            while let Some(op) = parser.operator().filter(|op| op.precedence() >= least) {
                chain += 1;
                if chain > DEEPEST * 4 {
                    return Err(parser.error(format!("at most {} operators in a row", DEEPEST * 4)));
                }
                parser.next();
                let place = parser.span();
                let returns_bool = parser.keyword("bool");
                if returns_bool && !op.is_comparison() {
                    let message = format!("`bool` belongs to comparisons, not to `{}`", op.as_str());
                    return Err(ParseError::new(parser.text, place, message));
                }
                let matching = parser.matching(op)?;
                // `^` binds to the right.
                let right = parser.expr(if op == BinaryOp::Pow { op.precedence() } else { op.precedence() + 1 })?;
                let span = left.span.start..right.span.end;
                let kind =
                    ExprKind::Binary { op, left: Box::new(left), right: Box::new(right), returns_bool, matching };
                left = parser.node(kind, span);
            }
            Ok(left)
        })
    }

    fn operator(&self) -> Option<BinaryOp> {
        Some(match self.peek() {
            Token::Mark("+") => BinaryOp::Add,
            Token::Mark("-") => BinaryOp::Sub,
            Token::Mark("*") => BinaryOp::Mul,
            Token::Mark("/") => BinaryOp::Div,
            Token::Mark("%") => BinaryOp::Mod,
            Token::Mark("^") => BinaryOp::Pow,
            Token::Mark("==") => BinaryOp::Equal,
            Token::Mark("!=") => BinaryOp::NotEqual,
            Token::Mark(">") => BinaryOp::Greater,
            Token::Mark("<") => BinaryOp::Less,
            Token::Mark(">=") => BinaryOp::GreaterOrEqual,
            Token::Mark("<=") => BinaryOp::LessOrEqual,
            Token::Name(name) => match &*name.to_ascii_lowercase() {
                "and" => BinaryOp::And,
                "or" => BinaryOp::Or,
                "unless" => BinaryOp::Unless,
                "atan2" => BinaryOp::Atan2,
                _ => return None,
            },
            _ => return None,
        })
    }

    fn unary(&mut self) -> Result<Expr, ParseError> {
        let start = self.span().start;
        for (mark, negative) in [("-", true), ("+", false)] {
            if self.take(mark) {
                // Weaker than `^`, stronger than `*`.
                let expr = self.expr(BinaryOp::Pow.precedence())?;
                let span = start..expr.span.end;
                return Ok(self.node(ExprKind::Unary { negative, expr: Box::new(expr) }, span));
            }
        }
        self.postfix()
    }

    /// What may follow an expression: `[5m]`, `[1h:5m]`, `offset`, `@`.
    fn postfix(&mut self) -> Result<Expr, ParseError> {
        let mut expr = self.primary()?;
        loop {
            let place = self.span();
            if self.take("[") {
                let range = self.duration("a range like 5m")?;
                if range.is_zero() {
                    return Err(ParseError::new(self.text, place, "a range is longer than nothing"));
                }
                if self.take(":") {
                    let place = self.span();
                    let step = if matches!(self.peek(), Token::Mark("]")) {
                        None
                    } else {
                        Some(self.duration("a step like 1m")?)
                    };
                    if step.is_some_and(|step| step.is_zero()) {
                        return Err(ParseError::new(self.text, place, "a step is longer than nothing"));
                    }
                    self.expect("]")?;
                    let span = expr.span.start..self.end();
                    let kind = ExprKind::Subquery { expr: Box::new(expr), range, step, shift: Shift::default() };
                    expr = self.node(kind, span);
                    continue;
                }
                let spaced = matches!(self.peek(), Token::Name(_));
                self.expect("]").map_err(|error| {
                    if spaced { error.help("a duration is written without spaces: 5m") } else { error }
                })?;
                let end = self.end();
                match &mut expr.kind {
                    ExprKind::Selector(selector) if selector.range.is_none() && selector.shift == Shift::default() => {
                        selector.range = Some(range);
                    }
                    _ => {
                        return Err(ParseError::new(self.text, place, "a range belongs directly behind a selector")
                            .help("of any other expression a subquery is made: [5m:]"));
                    }
                }
                expr.span.end = end;
            } else if self.at_keyword("offset") {
                self.next();
                let negative = self.take("-");
                let offset = i64::try_from(self.duration("a duration like 5m")?.as_millis()).unwrap_or(i64::MAX);
                let shift = self.shift_of(&mut expr, place.clone())?;
                if shift.offset != 0 {
                    return Err(ParseError::new(self.text, place, "the offset is said twice"));
                }
                shift.offset = if negative { -offset } else { offset };
                expr.span.end = self.end();
            } else if self.take("@") {
                let at = self.at_modifier()?;
                let shift = self.shift_of(&mut expr, place.clone())?;
                if shift.at.is_some() {
                    return Err(ParseError::new(self.text, place, "the moment behind `@` is said twice"));
                }
                shift.at = Some(at);
                expr.span.end = self.end();
            } else {
                return Ok(expr);
            }
        }
    }

    fn shift_of<'e>(&self, expr: &'e mut Expr, place: Range<usize>) -> Result<&'e mut Shift, ParseError> {
        match &mut expr.kind {
            ExprKind::Selector(selector) => Ok(&mut selector.shift),
            ExprKind::Subquery { shift, .. } => Ok(shift),
            _ => Err(ParseError::new(self.text, place, "`offset` and `@` belong behind a selector or a subquery")),
        }
    }

    fn at_modifier(&mut self) -> Result<At, ParseError> {
        let negative = self.take("-");
        match self.next() {
            Token::Number(seconds) if seconds.abs() < 9e15 => {
                Ok(At::Time(Timestamp((if negative { -seconds } else { seconds } * 1e3).round() as i64)))
            }
            // A duration is a number of seconds wherever a number may stand.
            Token::Duration(since) => {
                let millis = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
                Ok(At::Time(Timestamp(if negative { -millis } else { millis })))
            }
            Token::Name(name) if !negative && (name == "start" || name == "end") => {
                self.expect("(")?;
                self.expect(")")?;
                Ok(if name == "start" { At::Start } else { At::End })
            }
            _ => {
                self.at = self.at.saturating_sub(1);
                Err(self.unexpected("a Unix time, start() or end()"))
            }
        }
    }

    pub(crate) fn duration(&mut self, wanted: &str) -> Result<Duration, ParseError> {
        match *self.peek() {
            Token::Duration(duration) => {
                self.next();
                Ok(duration)
            }
            Token::Number(seconds) if (0.0..1e12).contains(&seconds) => {
                self.next();
                Ok(Duration::from_secs_f64(seconds))
            }
            _ => Err(self.unexpected(wanted)),
        }
    }
}
