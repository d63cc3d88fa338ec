//! What a rule is about: a selector of series, or any PromQL whose rows are judged.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use autobot_model::{
    Family, Labels, Matcher, ReadError, ReadLimit, SeriesKey, SeriesReader, SeriesSamples, TimeRange, Timestamp,
};
use autobot_query::{Engine, Expr, ExprKind, Limits, ParseError, Shift, Value};

use crate::Series;
use crate::evaluation::LIMIT;

/// What a query of a rule may take: as much as a rule.
const TIME: Duration = Duration::from_millis(500);

/// The subject of a rule.
#[derive(Clone, Debug)]
pub(crate) enum Selection {
    /// Every series that the matchers select.
    Series { text: String, matchers: Vec<Matcher> },
    /// Every row of a result.
    Query { text: String, query: Query },
}

/// Why a selector or query is none; the span is in bytes of its text.
#[derive(Debug)]
pub(crate) struct SelectError {
    pub(crate) message: String,
    pub(crate) span: Range<usize>,
    pub(crate) help: Option<String>,
}

impl Selection {
    /// A plain selector.
    pub(crate) fn parse(text: &str) -> Result<Self, SelectError> {
        selector(text).map(Self::of)
    }

    /// What these matchers select.
    pub(crate) fn of(matchers: Vec<Matcher>) -> Self {
        let parts: Vec<String> = matchers.iter().map(ToString::to_string).collect();
        Self::Series { text: parts.join(","), matchers }
    }

    /// The same for the same selection, however it was written.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Series { text, .. } | Self::Query { text, .. } => text,
        }
    }

    /// Names of the metrics that it names.
    pub(crate) fn metrics(&self) -> Vec<String> {
        match self {
            Self::Series { matchers, .. } => {
                matchers.iter().filter_map(Matcher::metric_name).map(str::to_owned).collect()
            }
            Self::Query { query, .. } => query.metrics(),
        }
    }
}

impl From<ParseError> for SelectError {
    fn from(error: ParseError) -> Self {
        Self { message: error.message, span: error.span, help: error.help }
    }
}

/// The matchers of a text that is a selector and nothing more.
fn selector(text: &str) -> Result<Vec<Matcher>, SelectError> {
    let expression = autobot_query::parse(text)?;
    match expression.kind {
        ExprKind::Selector(selector) if selector.range.is_none() && selector.shift == Shift::default() => {
            Ok(selector.matchers)
        }
        ExprKind::Selector(_) => Err(SelectError {
            message: "`select` takes a selector without range, `offset` and `@`".into(),
            span: expression.span,
            help: Some("the closures look back by windows, as in `series.avg(\"5m\")`".into()),
        }),
        _ => Err(SelectError {
            message: "`select` takes a plain selector; this computes something".into(),
            span: expression.span,
            help: Some("write it as `query: ...`: its rows are judged".into()),
        }),
    }
}

/// PromQL that was parsed.
#[derive(Clone, Debug)]
pub(crate) struct Query(Arc<Expr>);

impl Query {
    pub(crate) fn parse(text: &str) -> Result<Self, SelectError> {
        let query = Self(Arc::new(autobot_query::parse(text)?));
        // What cannot be evaluated is said while it is written, not when it is first judged.
        match query.rows(&Nothing, Timestamp(0)) {
            Ok(_) => Ok(query),
            Err(message) => Err(SelectError { message, span: 0..text.len(), help: None }),
        }
    }

    /// Names of the metrics that it reads.
    pub(crate) fn metrics(&self) -> Vec<String> {
        let mut names = Vec::new();
        collect(&self.0, &mut names);
        names
    }

    /// The rows of its result.
    pub(crate) fn rows(&self, reader: &dyn SeriesReader, at: Timestamp) -> Result<Arc<[Series]>, String> {
        let engine = Engine { limits: Limits { read: LIMIT, time: TIME, ..Limits::default() } };
        match engine.instant(reader, &self.0, at).map_err(|error| error.to_string())? {
            Value::Scalar(value) => {
                let nobody = SeriesKey { name: "".into(), labels: Labels::default() };
                Ok([Series::row(Arc::new(nobody), value, at)].into())
            }
            Value::Vector(rows) => {
                Ok(rows.into_iter().map(|row| Series::row(Arc::new(row.key()), row.value, at)).collect())
            }
            Value::Matrix(_) => {
                Err("the query gives ranges, not values; put a function round it, as `avg_over_time`".into())
            }
            Value::Text(_) => Err("the query gives text, not values".into()),
        }
    }
}

fn collect(expression: &Expr, names: &mut Vec<String>) {
    match &expression.kind {
        ExprKind::Selector(selector) => {
            names.extend(selector.matchers.iter().filter_map(Matcher::metric_name).map(str::to_owned));
        }
        ExprKind::Subquery { expr, .. } | ExprKind::Paren(expr) | ExprKind::Unary { expr, .. } => collect(expr, names),
        ExprKind::Binary { left, right, .. } => {
            collect(left, names);
            collect(right, names);
        }
        ExprKind::Aggregate { parameter, expr, .. } => {
            parameter.iter().for_each(|parameter| collect(parameter, names));
            collect(expr, names);
        }
        ExprKind::Call { arguments, .. } => arguments.iter().for_each(|argument| collect(argument, names)),
        ExprKind::Number(_) | ExprKind::Text(_) => {}
    }
}

/// A reader without series: a query over it shows whether it can be evaluated at all.
struct Nothing;

impl SeriesReader for Nothing {
    fn read(&self, _: &[Matcher], _: TimeRange, _: ReadLimit) -> Result<Vec<SeriesSamples>, ReadError> {
        Ok(Vec::new())
    }

    fn series(&self, _: &[Matcher], _: TimeRange) -> Result<Vec<Arc<SeriesKey>>, ReadError> {
        Ok(Vec::new())
    }

    fn families(&self) -> Vec<Arc<Family>> {
        Vec::new()
    }

    fn newest(&self) -> Option<Timestamp> {
        None
    }
}
