//! Buckets in place of samples, where they give the same answer: windows that begin and end on the buckets' bounds, and moments that lie
//! on them. A range of thirty days by the hour then reads some thousand buckets of a series instead of millions of samples.
//!
//! A bucket without samples that says `ended` is one in which nothing but the mark of the series' end lies.

use std::ops::Range;
use std::time::Duration;

use autobot_model::{Bucket, BucketParts, SeriesBuckets, TimeRange, Timestamp};

use super::context::Context;
use super::rows::{Row, order};
use super::windows::{Column, WindowWork, spans};
use crate::ast::Selector;
use crate::error::QueryError;

/// The windows of one series over its buckets, one for each moment of the query.
pub(crate) struct Buckets<'a> {
    /// All buckets that hold samples.
    pub(crate) all: &'a [Bucket],
    /// Which of them each window holds.
    pub(crate) spans: &'a [Range<usize>],
    /// Where each window ends.
    pub(crate) ends: &'a [Timestamp],
    /// How long it is.
    pub(crate) range: Duration,
}

impl Buckets<'_> {
    /// What `of` makes of each window that holds any bucket; it is given the moment's number and which buckets they are.
    pub(crate) fn each(&self, mut of: impl FnMut(usize, Range<usize>) -> Option<f64>) -> Column {
        let one = |(step, span): (usize, &Range<usize>)| if span.is_empty() { None } else { of(step, span.clone()) };
        self.spans.iter().enumerate().map(one).collect()
    }
}

/// Evaluates a function of windows by buckets; `false` where that is not possible.
pub(crate) fn windows(
    context: &Context<'_>,
    work: &WindowWork,
    selector: &Selector,
    ends: &[Timestamp],
    range: Duration,
    rows: &mut Vec<Row>,
) -> Result<bool, QueryError> {
    let (Some(work), Some(width)) = (&work.buckets, width(context)) else { return Ok(false) };
    if !aligned(ends, width) || !range.as_millis().is_multiple_of(u128::from(width.unsigned_abs())) {
        return Ok(false);
    }
    visit(context, selector, ends, range, work.parts, |mut series| {
        if series.buckets.iter().any(|bucket| bucket.count == 0) {
            let mut kept = series.buckets.iter().map(|bucket| bucket.count > 0);
            series.ends.retain(|_| kept.next().unwrap_or(false));
            series.buckets.retain(|bucket| bucket.count > 0);
        }
        let spans = spans(&series.ends, ends, range);
        let values = (work.of)(&Buckets { all: &series.buckets, spans: &spans, ends, range });
        context.add(rows, Row { name: Some(series.key.name.clone()), labels: series.key.labels.clone(), values })
    })?;
    Ok(true)
}

/// Evaluates an instant selector by buckets; `None` where that is not possible, or no gain.
pub(crate) fn instant(
    context: &Context<'_>,
    selector: &Selector,
    moments: &[Timestamp],
) -> Result<Option<Vec<Row>>, QueryError> {
    let Some(width) = width(context) else { return Ok(None) };
    let grows = moments.len() >= 2 && moments.windows(2).all(|pair| pair[0] < pair[1]);
    if !grows || !aligned(moments, width) {
        return Ok(None);
    }
    let lookback = context.query.lookback;
    let back = Duration::from_millis(
        lookback.as_millis().div_ceil(u128::from(width.unsigned_abs())) as u64 * width.unsigned_abs(),
    );
    let mut rows = Vec::new();
    visit(context, selector, moments, back, BucketParts::LAST, |series| {
        let mut next = 0;
        let one = |moment: &Timestamp| {
            while series.ends.get(next).is_some_and(|end| end <= moment) {
                next += 1;
            }
            let bucket = series.buckets.get(next.checked_sub(1)?)?;
            (bucket.count > 0 && !bucket.ended && bucket.last.0 > *moment - lookback).then_some(bucket.last.1)
        };
        let values = moments.iter().map(one).collect();
        context.add(&mut rows, Row { name: Some(series.key.name.clone()), labels: series.key.labels.clone(), values })
    })?;
    rows.sort_by(order);
    Ok(Some(rows))
}

/// The buckets' width in milliseconds, where the reader has any.
fn width(context: &Context<'_>) -> Option<i64> {
    let width = context.query.reader.bucket_width()?;
    i64::try_from(width.as_millis()).ok().filter(|width| *width > 0)
}

fn aligned(moments: &[Timestamp], width: i64) -> bool {
    moments.iter().all(|moment| moment.0.rem_euclid(width) == 0)
}

fn visit(
    context: &Context<'_>,
    selector: &Selector,
    moments: &[Timestamp],
    back: Duration,
    parts: BucketParts,
    mut each: impl FnMut(SeriesBuckets) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    let (Some(first), Some(last)) = (moments.first(), moments.last()) else { return Ok(()) };
    let range = TimeRange { start: *first - back, end: *last };
    let budget = &context.query.budget;
    let (mut read, mut failed) = (0_usize, None);
    let result = context.query.reader.visit_buckets(&selector.matchers, range, parts, budget.left(), &mut |series| {
        read = read.saturating_add(series.buckets.len());
        if failed.is_none() {
            failed = budget.in_time().and_then(|()| each(series)).err();
        }
    });
    budget.read(read);
    context.query.notes.borrow_mut().lost(context.query.reader.losses(range));
    if let Some(error) = failed {
        return Err(error);
    }
    result.map_err(|error| budget.refused(error))
}
