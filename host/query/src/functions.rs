//! What functions and aggregations are: their names, what they take and give, and how they are evaluated. The functions themselves stand in
//! the [table](crate::table), each once.

use crate::ast::Expr;
use crate::error::QueryError;
use crate::eval::{Context, Date, Steps, WindowWork};
use crate::table::FUNCTIONS;

/// The type of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Scalar,
    Vector,
    Matrix,
    Text,
}

impl Type {
    pub(crate) const fn shown(self) -> &'static str {
        match self {
            Self::Scalar => "a scalar",
            Self::Vector => "an instant vector",
            Self::Matrix => "a range vector",
            Self::Text => "a string",
        }
    }
}

/// What a function is for; the reference lists functions by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    Counters,
    Windows,
    Presence,
    Rounding,
    Mathematics,
    Angles,
    Time,
    Labels,
    Order,
    Histograms,
    Native,
}

impl Group {
    pub(crate) const ALL: [Self; 11] = [
        Self::Counters,
        Self::Windows,
        Self::Presence,
        Self::Rounding,
        Self::Mathematics,
        Self::Angles,
        Self::Time,
        Self::Labels,
        Self::Order,
        Self::Histograms,
        Self::Native,
    ];

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Counters => "Counters",
            Self::Windows => "Windows of gauges",
            Self::Presence => "Presence",
            Self::Rounding => "Rounding and bounds",
            Self::Mathematics => "Mathematics",
            Self::Angles => "Angles",
            Self::Time => "Time and dates",
            Self::Labels => "Labels",
            Self::Order => "Order",
            Self::Histograms => "Classic histograms",
            Self::Native => "Native histograms: they give nothing, as there are none",
        }
    }
}

/// How a function is evaluated.
pub(crate) enum Work {
    /// Of each value by itself; the metric loses its name.
    Value(fn(f64) -> f64),
    /// Of each value as seconds since 1970, or of the moment itself where no vector is given.
    Date(fn(Date) -> f64),
    /// Of each series' window of samples.
    Windows(WindowWork),
    /// Of the arguments as a whole.
    Whole(fn(&Context<'_>, &Call<'_>) -> Result<Steps, QueryError>),
}

/// A call under evaluation.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) name: &'static str,
    pub(crate) arguments: &'a [Expr],
}

/// A function of the table.
pub(crate) struct Signature {
    pub(crate) name: &'static str,
    /// Types of its arguments.
    pub(crate) takes: &'static [Type],
    /// How many of the last arguments may be left out; [`REPEATED`]: the last one may be repeated or left out.
    pub(crate) optional: u8,
    pub(crate) gives: Type,
    pub(crate) group: Group,
    /// One line for people.
    pub(crate) note: &'static str,
    pub(crate) work: Work,
}

pub(crate) const REPEATED: u8 = 255;

pub(crate) fn function(name: &str) -> Option<&'static Signature> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// Aggregations, the type of their parameter if they take one, and one line for people.
#[rustfmt::skip]
pub(crate) const AGGREGATIONS: [(&str, Option<Type>, &str); 14] = [
    ("sum", None, "all values together"),
    ("avg", None, "their mean"),
    ("min", None, "the least; NaN only where all are"),
    ("max", None, "the greatest; NaN only where all are"),
    ("count", None, "how many series"),
    ("group", None, "1"),
    ("stddev", None, "standard deviation of the population"),
    ("stdvar", None, "variance of the population"),
    ("topk", Some(Type::Scalar), "the k series with the greatest values, with all their labels"),
    ("bottomk", Some(Type::Scalar), "the k series with the least values, with all their labels"),
    ("quantile", Some(Type::Scalar), "the φ-quantile, 0 ≤ φ ≤ 1, between ranks by a straight line"),
    ("count_values", Some(Type::Text), "how many series have each value; the value becomes a label of that name"),
    ("limitk", Some(Type::Scalar), "k series, whichever come first"),
    ("limit_ratio", Some(Type::Scalar), "that part of the series, always the same ones; a negative ratio gives the others"),
];

pub(crate) fn aggregation(name: &str) -> Option<(&'static str, Option<Type>)> {
    let known = AGGREGATIONS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
    known.map(|(name, parameter, _)| (*name, *parameter))
}

/// The known name that is nearest to a misspelt one, if any is near.
pub(crate) fn nearest(name: &str) -> Option<&'static str> {
    let known = FUNCTIONS.iter().map(|function| function.name).chain(AGGREGATIONS.iter().map(|(name, ..)| *name));
    known
        // Of several that are as near, the one that was left unfinished.
        .map(|known| (distance(name, known), !known.starts_with(name), known))
        .min()
        .filter(|(far, _, known)| *far <= known.len().div_ceil(3))
        .map(|(.., known)| known)
}

/// Levenshtein's distance, by bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let cost = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[b.len()]
}
