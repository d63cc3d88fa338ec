//! Selectors, groupings and vector matching: the parts of the grammar that hold labels.

use autobot_model::{Matcher, is_label_name};

use crate::ast::{BinaryOp, Grouping, Matching, Selector, Shift, Side};
use crate::error::{ParseError, regex_reason};
use crate::lex::Token;
use crate::parse::Parser;

impl Parser<'_> {
    /// `{...}` behind a metric's name, or alone. A quoted name may stand within the braces.
    pub(crate) fn selector(&mut self, name: Option<&str>) -> Result<Selector, ParseError> {
        let place = self.span();
        let mut matchers: Vec<Matcher> = name.map(|name| Matcher::equal("__name__", name)).into_iter().collect();
        if self.take("{") {
            while !self.take("}") {
                let matcher = self.matcher()?;
                if matcher.metric_name().is_some() && matchers.iter().any(|known| known.metric_name().is_some()) {
                    return Err(self.error("the metric's name is said twice"));
                }
                matchers.push(matcher);
                if !self.take(",") && !matches!(self.peek(), Token::Mark("}")) {
                    return Err(self.unexpected("`,` or `}`"));
                }
            }
        }
        if !self.selects_all && matchers.iter().all(|matcher| matcher.accepts("")) {
            return Err(ParseError::new(self.text, place.start..self.end(), "this selects everything")
                .help("name a metric, or give a matcher that an empty label does not fulfil"));
        }
        Ok(Selector { matchers, range: None, shift: Shift::default() })
    }

    fn matcher(&mut self) -> Result<Matcher, ParseError> {
        let label = match self.next() {
            Token::Name(name) if is_label_name(&name) => name,
            Token::Text(quoted) if matches!(self.peek(), Token::Mark("," | "}")) => {
                return Ok(Matcher::equal("__name__", quoted));
            }
            Token::Text(quoted) => quoted,
            other => return Err(self.error(format!("{} where the name of a label should be", other.shown()))),
        };
        let op = match self.peek() {
            Token::Mark(op @ ("=" | "!=" | "=~" | "!~")) => *op,
            Token::Mark("==") => return Err(self.error("labels are compared with a single `=`")),
            _ => return Err(self.unexpected("`=`, `!=`, `=~` or `!~`")),
        };
        self.next();
        let place = self.span();
        let Token::Text(value) = self.next() else {
            return Err(ParseError::new(self.text, place, format!("the value of `{label}` is no string"))
                .help(format!("{label}{op}\"...\"")));
        };
        let matcher = match op {
            "=" => Ok(Matcher::equal(label, value)),
            "!=" => Ok(Matcher::not_equal(label, value)),
            "=~" => Matcher::matches(label, value),
            _ => Matcher::not_matches(label, value),
        };
        matcher.map_err(|error| {
            let reason = regex_reason(&error.reason);
            ParseError::new(self.text, place, format!("`{}` is not a regular expression: {reason}", error.pattern))
        })
    }

    pub(crate) fn grouping(&mut self) -> Result<Option<Grouping>, ParseError> {
        if self.keyword("by") {
            return Ok(Some(Grouping::By(self.labels()?)));
        }
        if self.keyword("without") {
            return Ok(Some(Grouping::Without(self.labels()?)));
        }
        Ok(None)
    }

    fn labels(&mut self) -> Result<Vec<String>, ParseError> {
        self.expect("(")?;
        let mut labels = Vec::new();
        while !self.take(")") {
            match self.peek().clone() {
                Token::Name(name) if is_label_name(&name) => labels.push(name),
                Token::Text(quoted) => labels.push(quoted),
                _ => return Err(self.unexpected("the name of a label")),
            }
            self.next();
            if !self.take(",") && !matches!(self.peek(), Token::Mark(")")) {
                return Err(self.unexpected("`,` or `)`"));
            }
        }
        Ok(labels)
    }

    pub(crate) fn matching(&mut self, op: BinaryOp) -> Result<Option<Matching>, ParseError> {
        let on = self.keyword("on");
        if !on && !self.keyword("ignoring") {
            return Ok(None);
        }
        let labels = self.labels()?;
        let side = if self.keyword("group_left") {
            Some(Side::Left)
        } else if self.keyword("group_right") {
            Some(Side::Right)
        } else {
            None
        };
        if side.is_some() && op.is_set() {
            return Err(self.error(format!("`{}` matches many series with many; it takes no grouping", op.as_str())));
        }
        let place = self.span();
        let group = match side {
            Some(side) if matches!(self.peek(), Token::Mark("(")) => Some((side, self.labels()?)),
            Some(side) => Some((side, Vec::new())),
            None => None,
        };
        let twice = group.iter().flat_map(|(_, carried)| carried).find(|carried| on && labels.contains(carried));
        if let Some(label) = twice {
            let message = format!("`{label}` is both matched on and carried over; it is the same on both sides");
            return Err(ParseError::new(self.text, place.start..self.end(), message));
        }
        Ok(Some(Matching { on, labels, group }))
    }
}
