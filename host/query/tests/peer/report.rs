//! What came of asking both.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use autobot_query::{Expr, ExprKind, parse};

use crate::compare::{Answer, differing_points};
use crate::queries::Query;

/// Differences that are shown of each function or operator; the others are only counted.
const SHOWN: usize = 3;

/// A query that was answered in two ways.
pub(crate) struct Difference {
    pub(crate) query: Query,
    pub(crate) respect: &'static str,
    pub(crate) ours: Answer,
    pub(crate) theirs: Answer,
    /// Whether the parts of the query agree as answers do, and not to the last bit.
    pub(crate) inexact: bool,
}

impl Difference {
    /// The query's outermost part, without parentheses.
    pub(crate) fn part(&self) -> Option<Expr> {
        let mut part = parse(&self.query.text).ok()?;
        while let ExprKind::Paren(inner) = part.kind {
            part = *inner;
        }
        Some(part)
    }

    /// The function or operator that the outermost part is.
    fn head(&self) -> String {
        match self.part().map(|part| part.kind) {
            Some(ExprKind::Call { function, .. }) => function,
            Some(ExprKind::Aggregate { op, .. }) => op,
            Some(ExprKind::Binary { op, .. }) => op.as_str().to_owned(),
            Some(ExprKind::Unary { .. }) => "a sign".to_owned(),
            Some(ExprKind::Selector(_)) => "a selector".to_owned(),
            Some(ExprKind::Subquery { .. }) => "a subquery".to_owned(),
            Some(_) => "a literal".to_owned(),
            None => "what we cannot parse".to_owned(),
        }
    }
}

/// Counts, and all differences.
#[derive(Default)]
pub(crate) struct Report {
    values: usize,
    empty: usize,
    refused: usize,
    /// Refused by both, for reasons of another kind: by kind of ours and theirs, with the first such query.
    other_kind: BTreeMap<(String, String), (usize, String)>,
    known: BTreeMap<&'static str, usize>,
    unsupported: BTreeMap<String, usize>,
    differences: Vec<Difference>,
}

impl Report {
    pub(crate) fn agreed(&mut self, query: &Query, ours: &Answer, theirs: &Answer) {
        match (ours, theirs) {
            (Answer::Error { kind: ours, message }, Answer::Error { kind: theirs, .. }) => {
                if let Some(what) = unsupported(message) {
                    *self.unsupported.entry(what.to_owned()).or_default() += 1;
                    return;
                }
                self.refused += 1;
                if ours != theirs {
                    let kinds = (ours.clone(), theirs.clone());
                    self.other_kind.entry(kinds).or_insert_with(|| (0, query.text.clone())).0 += 1;
                }
            }
            _ if ours.is_empty() => self.empty += 1,
            _ => self.values += 1,
        }
    }

    pub(crate) fn known(&mut self, reason: &'static str) {
        *self.known.entry(reason).or_default() += 1;
    }

    pub(crate) fn differed(&mut self, difference: Difference) {
        match &difference.ours {
            Answer::Error { message, .. } if unsupported(message).is_some() => {
                let what = unsupported(message).unwrap_or_default().to_owned();
                *self.unsupported.entry(what).or_default() += 1;
            }
            _ => self.differences.push(difference),
        }
    }

    /// Whether nothing is left to explain.
    pub(crate) fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.unsupported.is_empty()
    }

    /// The first differences in full.
    pub(crate) fn details(&self) -> String {
        let mut text = format!("{self}\n");
        let mut by_head: BTreeMap<String, Vec<&Difference>> = BTreeMap::new();
        for difference in &self.differences {
            by_head.entry(difference.head()).or_default().push(difference);
        }
        for (head, mut differences) in by_head {
            let _ = writeln!(text, "\n{} disagreements of {head}", differences.len());
            differences.sort_by_key(|difference| difference.query.text.len());
            for Difference { query, respect, ours, theirs, .. } in differences.into_iter().take(SHOWN) {
                let _ = writeln!(text, "{}\n  differ in {respect}", query.shown());
                let points = differing_points(ours, theirs).filter(|_| *respect == "the values");
                text += &points.unwrap_or_else(|| format!("  ours:   {ours}\n  theirs: {theirs}\n"));
            }
        }
        text
    }
}

/// What a message says is not supported.
fn unsupported(message: &str) -> Option<&str> {
    message.contains("is not part of this version's PromQL").then(|| message.split(" (at").next().unwrap_or(message))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (known, unsupported): (usize, usize) = (self.known.values().sum(), self.unsupported.values().sum());
        let agreed = self.values + self.empty + self.refused;
        let asked = agreed + known + unsupported + self.differences.len();
        write!(
            f,
            "{asked} queries, {agreed} agreed ({:.2} %: {} with values, {} empty, {} refused), {known} differ in what is known, \
             {unsupported} not supported, {} disagreed",
            agreed as f64 * 100.0 / asked as f64,
            self.values,
            self.empty,
            self.refused,
            self.differences.len()
        )?;
        for (reason, count) in &self.known {
            write!(f, "\n  {count} known: {reason}")?;
        }
        for (what, count) in &self.unsupported {
            write!(f, "\n  {count} not supported: {what}")?;
        }
        for ((ours, theirs), (count, example)) in &self.other_kind {
            write!(f, "\n  {count} refused as {ours} by us and as {theirs} by them, such as `{example}`")?;
        }
        Ok(())
    }
}
