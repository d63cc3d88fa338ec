//! What a rule is about: a selector of series, or any PromQL whose rows are judged.

use std::ops::Range;
use std::sync::Arc;

use autobot_model::{Matcher, SeriesReader, Timestamp};

use crate::Series;

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
fn selector(text: &str) -> Result<Vec<Matcher>, SelectError> {
    let fail = |span: Range<usize>, message: &str| SelectError { message: message.into(), span, help: None };
    let open = text.find('{').unwrap_or(text.len());
    let mut matchers = Vec::new();
    let name = text[..open].trim();
    if !name.is_empty() {
        if !autobot_model::is_metric_name(name) {
            return Err(fail(0..open, "not a metric name"));
        }
        matchers.push(Matcher::equal("__name__", name));
    }
    let body = text[open..].trim().trim_start_matches('{').trim_end_matches('}');
    for part in body.split(',').filter(|p| !p.trim().is_empty()) {
        let part = part.trim();
        let at = part.find(['=', '!']).ok_or_else(|| fail(open..text.len(), "expected an operator"))?;
        let (label, rest) = part.split_at(at);
        let value = |n: usize| rest[n..].trim().trim_matches('"').to_owned();
        matchers.push(
            if rest.starts_with("=~") {
                Matcher::matches(label, value(2))
            } else if rest.starts_with("!~") {
                Matcher::not_matches(label, value(2))
            } else if rest.starts_with("!=") {
                Ok(Matcher::not_equal(label, value(2)))
            } else {
                Ok(Matcher::equal(label, value(1)))
            }
            .map_err(|e| fail(open..text.len(), &e.to_string()))?,
        );
    }
    Ok(matchers)
}

#[derive(Clone, Debug)]
pub(crate) struct Query;
impl Query {
    pub(crate) fn parse(text: &str) -> Result<Self, SelectError> {
        Err(SelectError { message: "queries are not understood".into(), span: 0..text.len(), help: None })
    }
    pub(crate) fn metrics(&self) -> Vec<String> {
        Vec::new()
    }
    pub(crate) fn rows(&self, _: &dyn SeriesReader, _: Timestamp) -> Result<Arc<[Series]>, String> {
        Ok(Arc::new([]))
    }
}
