//! Functions of windows: each series is read, its windows slide over it, and it is let go before the next one comes.

use std::cell::Cell;
use std::ops::Range;
use std::time::Duration;

use autobot_model::{BucketParts, Timestamp};

use super::buckets::{self, Buckets};
use super::context::{Context, Steps, unwrapped};
use super::rows::{Row, order, unique};
use super::select;
use super::subquery::samples;
use crate::ast::{Expr, ExprKind, Place};
use crate::error::QueryError;
use crate::functions::Call;

/// How a function of windows is evaluated.
pub(crate) struct WindowWork {
    /// From the samples themselves.
    pub(crate) samples: fn(&Windows<'_>) -> Result<Column, QueryError>,
    /// From buckets of samples, where it can be.
    pub(crate) buckets: Option<OfBuckets>,
    /// Whether the metric keeps its name.
    pub(crate) keeps_name: bool,
    /// Whether it is meant for counters and says so.
    pub(crate) of_counters: bool,
}

/// How a function is evaluated from buckets.
pub(crate) struct OfBuckets {
    /// What of them it looks at.
    pub(crate) parts: BucketParts,
    pub(crate) of: fn(&Buckets<'_>) -> Column,
}

/// A value per moment.
pub(crate) type Column = Vec<Option<f64>>;

/// Samples in a window.
pub(crate) struct Window<'a> {
    pub(crate) times: &'a [Timestamp],
    pub(crate) values: &'a [f64],
    /// Which sample of the series is its first.
    pub(crate) from: usize,
    /// Which moment of the query it belongs to.
    pub(crate) step: usize,
}

/// The windows of one series, one for each moment of the query.
pub(crate) struct Windows<'a> {
    /// All samples of the series.
    pub(crate) times: &'a [Timestamp],
    pub(crate) values: &'a [f64],
    /// Which of them each window holds.
    pub(crate) spans: &'a [Range<usize>],
    /// Where each window ends.
    pub(crate) ends: &'a [Timestamp],
    /// How long it is.
    pub(crate) range: Duration,
    /// The other arguments, in their order, by moment.
    pub(crate) parameters: &'a [Vec<f64>],
    /// Where the first argument stands in the query.
    pub(crate) place: Place,
    pub(crate) context: &'a Context<'a>,
}

/// After how many samples the clock is looked at again.
const PATIENCE: usize = 1 << 20;

impl Windows<'_> {
    /// What `of` makes of each window that holds any sample.
    pub(crate) fn each(&self, mut of: impl FnMut(Window<'_>) -> Option<f64>) -> Result<Column, QueryError> {
        let looked = Cell::new(0_usize);
        let one = |(step, span): (usize, &Range<usize>)| {
            if span.is_empty() {
                return Ok(None);
            }
            looked.set(looked.get() + span.len());
            if looked.get() > PATIENCE {
                looked.set(0);
                self.context.in_time()?;
            }
            let (times, values) = (&self.times[span.clone()], &self.values[span.clone()]);
            Ok(of(Window { times, values, from: span.start, step }))
        };
        self.spans.iter().enumerate().map(one).collect()
    }

    /// Where a window starts; what lies there does not belong to it.
    pub(crate) fn start(&self, step: usize) -> Timestamp {
        self.ends[step] - self.range
    }
}

/// Which of the growing `times` each window holds: those after `end - range`, up to `end`. The ends grow too.
pub(crate) fn spans(times: &[Timestamp], ends: &[Timestamp], range: Duration) -> Vec<Range<usize>> {
    let (mut from, mut to) = (0, 0);
    let one = |end: &Timestamp| {
        let start = *end - range;
        while times.get(to).is_some_and(|time| time <= end) {
            to += 1;
        }
        while from < to && times[from] <= start {
            from += 1;
        }
        from..to
    };
    ends.iter().map(one).collect()
}

impl Context<'_> {
    /// A function of windows over its range selector or subquery.
    pub(crate) fn windowed(&self, call: &Call<'_>, work: &WindowWork) -> Result<Steps, QueryError> {
        let is_range = |expr: &Expr| match &unwrapped(expr).kind {
            ExprKind::Selector(selector) => selector.range.is_some(),
            ExprKind::Subquery { .. } => true,
            _ => false,
        };
        let (ranges, others): (Vec<&Expr>, Vec<&Expr>) = call.arguments.iter().partition(|expr| is_range(expr));
        let Some(argument) = ranges.first().map(|expr| unwrapped(expr)) else {
            return Err(QueryError::bad(format!("`{}` takes a range vector", call.name)));
        };
        let parameters = others.into_iter().map(|expr| self.scalar(expr)).collect::<Result<Vec<_>, _>>()?;
        let place = call.arguments.first().map_or(argument.place, |first| unwrapped(first).place);
        let mut rows = Vec::new();
        match &argument.kind {
            ExprKind::Selector(selector) => {
                let (ends, range) = (self.moments(selector.shift), selector.range.unwrap_or(self.query.lookback));
                if !buckets::windows(self, work, selector, &ends, range, &mut rows)? {
                    self.visit(&selector.matchers, &ends, range, |series| {
                        let series = select::without_ends(series);
                        let spans = spans(&series.times, &ends, range);
                        let windows = Windows {
                            times: &series.times,
                            values: &series.values,
                            spans: &spans,
                            ends: &ends,
                            range,
                            parameters: &parameters,
                            place,
                            context: self,
                        };
                        let values = (work.samples)(&windows)?;
                        let (name, labels) = (Some(series.key.name.clone()), series.key.labels.clone());
                        self.add(&mut rows, Row { name, labels, values })
                    })?;
                }
            }
            _ => {
                let inner = self.subquery(argument)?;
                for row in inner.rows {
                    self.in_time()?;
                    let (times, values) = samples(&inner.times, &row.values);
                    let spans = spans(&times, &inner.ends, inner.range);
                    let windows = Windows {
                        times: &times,
                        values: &values,
                        spans: &spans,
                        ends: &inner.ends,
                        range: inner.range,
                        parameters: &parameters,
                        place,
                        context: self,
                    };
                    let values = (work.samples)(&windows)?;
                    self.add(&mut rows, Row { name: row.name, labels: row.labels, values })?;
                }
            }
        }
        rows.sort_by(order);
        if work.of_counters {
            self.doubt_counters(&rows, argument.place);
        }
        if !work.keeps_name {
            rows.iter_mut().for_each(|row| row.name = None);
        }
        Ok(Steps::Vector(unique(rows)?))
    }

    /// Says of each metric that its name is not a counter's, where it is not.
    fn doubt_counters(&self, rows: &[Row], place: Place) {
        let mut last = None;
        for name in rows.iter().filter_map(|row| row.name.as_deref()).filter(|name| !name.is_empty()) {
            let ends = ["_total", "_sum", "_count", "_bucket"];
            if last != Some(name) && !ends.iter().any(|end| name.ends_with(end)) {
                let text = format!(
                    "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"{name}\""
                );
                self.query.notes.borrow_mut().inform(&text, place);
            }
            last = Some(name);
        }
    }
}
