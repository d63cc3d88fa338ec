//! The syntax tree of a query. Every node knows the bytes of the text that it came from.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use autobot_model::{Matcher, Timestamp};

/// A part of a query and where it stands in the text.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its bytes in the text.
    pub span: Range<usize>,
    /// Where it begins.
    pub place: Place,
}

/// Where a part begins, as Prometheus' warnings say it: line, and column in bytes, both from 1. Shown as `1:6`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The byte within the line.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// What a part of a query is.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `1.5`, `0x1f`, `Inf`, `5m` (as seconds).
    Number(f64),
    /// `"text"`.
    Text(String),
    /// `up{job="x"}`, with `offset` and `@`; with `range` it is a range selector.
    Selector(Selector),
    /// `expr[1h:5m]`.
    Subquery {
        /// What is evaluated at each step.
        expr: Box<Expr>,
        /// Its range.
        range: Duration,
        /// Its step; [`crate::SUBQUERY_STEP`] when not said.
        step: Option<Duration>,
        /// When.
        shift: Shift,
    },
    /// `(expr)`.
    Paren(Box<Expr>),
    /// `-expr`, `+expr`.
    Unary {
        /// Whether it is a minus.
        negative: bool,
        /// Of what.
        expr: Box<Expr>,
    },
    /// `left op right`.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// What stands left of it.
        left: Box<Expr>,
        /// What stands right of it.
        right: Box<Expr>,
        /// `bool`: a comparison gives 0 or 1 and filters nothing.
        returns_bool: bool,
        /// `on`, `ignoring`, `group_left`, `group_right`.
        matching: Option<Matching>,
    },
    /// `sum by (x) (expr)`.
    Aggregate {
        /// `sum`, `topk`, ...
        op: String,
        /// The parameter of `topk` and the like.
        parameter: Option<Box<Expr>>,
        /// What is aggregated.
        expr: Box<Expr>,
        /// `by` or `without`.
        grouping: Grouping,
    },
    /// `rate(expr)`.
    Call {
        /// Name of the function: one that Prometheus has.
        function: String,
        /// Its arguments.
        arguments: Vec<Expr>,
    },
}

/// A selection of series.
#[derive(Clone, Debug)]
pub struct Selector {
    /// All conditions, the metric's name among them as `__name__`.
    pub matchers: Vec<Matcher>,
    /// `[5m]`, for a range selector.
    pub range: Option<Duration>,
    /// When.
    pub shift: Shift,
}

/// `offset` and `@`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shift {
    /// Milliseconds back in time; negative: forward.
    pub offset: i64,
    /// A fixed moment.
    pub at: Option<At>,
}

/// What `@` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// A moment.
    Time(Timestamp),
    /// `start()` of the evaluation.
    Start,
    /// `end()` of the evaluation.
    End,
}

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the operators")]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Atan2,
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    And,
    Or,
    Unless,
}

impl BinaryOp {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Add,
        Self::Sub,
        Self::Mul,
        Self::Div,
        Self::Mod,
        Self::Pow,
        Self::Atan2,
        Self::Equal,
        Self::NotEqual,
        Self::Greater,
        Self::Less,
        Self::GreaterOrEqual,
        Self::LessOrEqual,
        Self::And,
        Self::Or,
        Self::Unless,
    ];

    /// How it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Mod => "%",
            Self::Pow => "^",
            Self::Atan2 => "atan2",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Greater => ">",
            Self::Less => "<",
            Self::GreaterOrEqual => ">=",
            Self::LessOrEqual => "<=",
            Self::And => "and",
            Self::Or => "or",
            Self::Unless => "unless",
        }
    }

    /// Whether it compares.
    pub const fn is_comparison(self) -> bool {
        matches!(
            self,
            Self::Equal | Self::NotEqual | Self::Greater | Self::Less | Self::GreaterOrEqual | Self::LessOrEqual
        )
    }

    /// Whether it works on sets of series.
    pub const fn is_set(self) -> bool {
        matches!(self, Self::And | Self::Or | Self::Unless)
    }

    /// How tightly it binds (Prometheus' operator precedence).
    pub(crate) const fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And | Self::Unless => 2,
            Self::Equal | Self::NotEqual | Self::Greater | Self::Less | Self::GreaterOrEqual | Self::LessOrEqual => 3,
            Self::Add | Self::Sub => 4,
            Self::Mul | Self::Div | Self::Mod | Self::Atan2 => 5,
            Self::Pow => 6,
        }
    }
}

/// How series of both sides find each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matching {
    /// `on` (these labels) or `ignoring` (all but these).
    pub on: bool,
    /// The labels.
    pub labels: Vec<String>,
    /// `group_left` or `group_right` with the labels that are carried over.
    pub group: Option<(Side, Vec<String>)>,
}

/// The side with many series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Side {
    Left,
    Right,
}

/// Which labels an aggregation keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// These; none at all when empty.
    By(Vec<String>),
    /// All but these and the metric's name.
    Without(Vec<String>),
}
