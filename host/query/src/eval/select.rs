//! Selectors: one read of the store for all moments.

use std::time::Duration;

use autobot_model::{Matcher, SeriesSamples, TimeRange, Timestamp, is_stale};

use super::buckets;
use super::context::Context;
use super::rows::{Row, order};
use crate::ast::Selector;
use crate::error::QueryError;
use crate::value::RangeSeries;

impl Context<'_> {
    /// Hands over every selected series that has samples after `first - back`, up to `last`; series by series, in no order.
    pub(crate) fn visit(
        &self,
        matchers: &[Matcher],
        moments: &[Timestamp],
        back: Duration,
        mut each: impl FnMut(SeriesSamples) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        let (Some(first), Some(last)) = (moments.first(), moments.last()) else { return Ok(()) };
        // A window is open at its left end (Prometheus 3): a sample exactly `back` ago does not belong to it.
        let range = TimeRange { start: Timestamp((*first - back).0.saturating_add(1)), end: *last };
        let budget = &self.query.budget;
        let (mut read, mut failed) = (0_usize, None);
        let result = self.query.reader.visit(matchers, range, budget.left(), &mut |series| {
            read = read.saturating_add(series.times.len());
            if failed.is_none() {
                failed = budget.in_time().and_then(|()| each(series)).err();
            }
        });
        budget.read(read);
        self.query.notes.borrow_mut().lost(self.query.reader.losses(range));
        if let Some(error) = failed {
            return Err(error);
        }
        result.map_err(|error| budget.refused(error))
    }

    /// The last sample of each series at each moment, unless it is too old or the series has ended.
    pub(crate) fn instant_rows(&self, selector: &Selector) -> Result<Vec<Row>, QueryError> {
        let moments = self.moments(selector.shift);
        if let Some(rows) = buckets::instant(self, selector, &moments)? {
            return Ok(rows);
        }
        self.last_samples(&selector.matchers, &moments, |_, value| value)
    }

    /// As [`Context::instant_rows`], the moment of the sample in place of its value.
    pub(crate) fn instant_times(&self, selector: &Selector) -> Result<Vec<Row>, QueryError> {
        self.last_samples(&selector.matchers, &self.moments(selector.shift), |time, _| time.seconds())
    }

    /// What `of` makes of each series' last sample at each moment.
    pub(crate) fn last_samples(
        &self,
        matchers: &[Matcher],
        moments: &[Timestamp],
        of: impl Fn(Timestamp, f64) -> f64,
    ) -> Result<Vec<Row>, QueryError> {
        let mut rows: Vec<Row> = Vec::new();
        let lookback = self.query.lookback;
        self.visit(matchers, moments, lookback, |series| {
            let mut next = 0;
            let values: Vec<Option<f64>> = moments
                .iter()
                .map(|moment| {
                    while series.times.get(next).is_some_and(|time| time <= moment) {
                        next += 1;
                    }
                    let at = next.checked_sub(1)?;
                    let (time, value) = (series.times[at], series.values[at]);
                    (!is_stale(value) && time > *moment - lookback).then(|| of(time, value))
                })
                .collect();
            self.add(&mut rows, Row { name: Some(series.key.name.clone()), labels: series.key.labels.clone(), values })
        })?;
        rows.sort_by(order);
        Ok(rows)
    }

    /// Adds a row, unless it is empty, within the limits.
    pub(crate) fn add(&self, rows: &mut Vec<Row>, row: Row) -> Result<(), QueryError> {
        if row.has_any() {
            self.query.budget.rows(rows.len() + 1, row.values.len())?;
            self.query.budget.keep(row.values.len())?;
            rows.push(row);
        }
        Ok(())
    }

    /// The samples themselves, for an instant query of a range selector.
    pub(crate) fn raw(&self, selector: &Selector) -> Result<Vec<RangeSeries>, QueryError> {
        let moments = self.moments(selector.shift);
        let mut found: Vec<RangeSeries> = Vec::new();
        let mut points = 0_usize;
        self.visit(&selector.matchers, &moments, selector.range.unwrap_or(self.query.lookback), |series| {
            let series = without_ends(series);
            if series.times.is_empty() {
                return Ok(());
            }
            points = points.saturating_add(series.times.len());
            self.query.budget.rows(1, points)?;
            self.query.budget.keep(series.times.len())?;
            let (name, labels) = (Some(series.key.name.clone()), series.key.labels.clone());
            found.push(RangeSeries { name, labels, times: series.times, values: series.values });
            Ok(())
        })?;
        found.sort_by(|a, b| (&a.name, &a.labels).cmp(&(&b.name, &b.labels)));
        Ok(found)
    }
}

/// The samples without the marks of where the series ended: those say something to instant selectors only.
pub(crate) fn without_ends(mut series: SeriesSamples) -> SeriesSamples {
    if series.values.iter().any(|value| is_stale(*value)) {
        let kept = |at: &usize| !is_stale(series.values[*at]);
        let keep: Vec<usize> = (0..series.values.len()).filter(kept).collect();
        series.times = keep.iter().map(|at| series.times[*at]).collect();
        series.values = keep.iter().map(|at| series.values[*at]).collect();
    }
    series
}
