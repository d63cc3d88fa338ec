//! Selectors: one read of the store for all steps.

use std::time::Duration;

use autobot_model::{SeriesSamples, TimeRange, Timestamp, is_stale};

use super::{Context, LOOKBACK, Row};
use crate::ast::{At, Selector};
use crate::error::QueryError;
use crate::value::RangeSeries;

/// Samples of a window: times and values.
pub(crate) struct Window<'a> {
    pub(crate) times: &'a [Timestamp],
    pub(crate) values: &'a [f64],
    /// The window's own ends: after `start`, up to `end`.
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
}

impl Context<'_> {
    /// The moment that a selector means at each step.
    fn moments(&self, selector: &Selector) -> Vec<Timestamp> {
        let shifted = |time: Timestamp| Timestamp(time.0.saturating_sub(selector.shift.offset));
        match selector.shift.at {
            None => self.times.iter().map(|time| shifted(*time)).collect(),
            Some(at) => {
                let fixed = match at {
                    At::Time(time) => time,
                    At::Start => self.start,
                    At::End => self.end,
                };
                vec![shifted(fixed); self.times.len()]
            }
        }
    }

    fn read(
        &self,
        selector: &Selector,
        moments: &[Timestamp],
        back: Duration,
    ) -> Result<Vec<SeriesSamples>, QueryError> {
        let (Some(first), Some(last)) = (moments.first(), moments.last()) else { return Ok(Vec::new()) };
        // A window is open at its left end (Prometheus 3): a sample exactly `back` ago does not belong to it.
        let range = TimeRange { start: Timestamp((*first - back).0.saturating_add(1)), end: *last };
        let mut series = self.reader.read(&selector.matchers, range, self.limits.read)?;
        series.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(series)
    }

    /// The last sample of each series at each step, unless it is too old or the series has ended.
    pub(crate) fn instant_rows(&self, selector: &Selector) -> Result<Vec<Row>, QueryError> {
        let moments = self.moments(selector);
        let mut rows = Vec::new();
        for series in self.read(selector, &moments, LOOKBACK)? {
            self.in_time()?;
            let mut next = 0;
            let values: Vec<Option<f64>> = moments
                .iter()
                .map(|moment| {
                    while series.times.get(next).is_some_and(|time| time <= moment) {
                        next += 1;
                    }
                    let at = next.checked_sub(1)?;
                    let (time, value) = (series.times[at], series.values[at]);
                    (!is_stale(value) && time > *moment - LOOKBACK).then_some(value)
                })
                .collect();
            if values.iter().any(Option::is_some) {
                rows.push(Row { name: Some(series.key.name.clone()), labels: series.key.labels.clone(), values });
            }
        }
        Ok(rows)
    }

    /// A value for each window of a range selector; the metric's name stays where `keep_name` says so.
    pub(crate) fn windows(
        &self,
        selector: &Selector,
        keep_name: bool,
        value: impl Fn(usize, &Window<'_>) -> Option<f64>,
    ) -> Result<Vec<Row>, QueryError> {
        let range = selector.range.unwrap_or(LOOKBACK);
        let moments = self.moments(selector);
        let mut rows = Vec::new();
        for series in self.read(selector, &moments, range)? {
            self.in_time()?;
            let series = without_ends(series);
            let (mut from, mut to) = (0, 0);
            let values: Vec<Option<f64>> = moments
                .iter()
                .enumerate()
                .map(|(step, end)| {
                    let start = *end - range;
                    while series.times.get(to).is_some_and(|time| time <= end) {
                        to += 1;
                    }
                    while from < to && series.times[from] <= start {
                        from += 1;
                    }
                    let window =
                        Window { times: &series.times[from..to], values: &series.values[from..to], start, end: *end };
                    if window.times.is_empty() { None } else { value(step, &window) }
                })
                .collect();
            if values.iter().any(Option::is_some) {
                let name = keep_name.then(|| series.key.name.clone());
                rows.push(Row { name, labels: series.key.labels.clone(), values });
            }
        }
        Ok(rows)
    }

    /// The samples themselves, for an instant query of a range selector.
    pub(crate) fn raw(&self, selector: &Selector) -> Result<Vec<RangeSeries>, QueryError> {
        let moments = self.moments(selector);
        let series = self.read(selector, &moments, selector.range.unwrap_or(LOOKBACK))?;
        let found = series.into_iter().map(without_ends).filter(|series| !series.times.is_empty());
        Ok(found
            .map(|series| RangeSeries {
                name: Some(series.key.name.clone()),
                labels: series.key.labels.clone(),
                times: series.times,
                values: series.values,
            })
            .collect())
    }
}

/// The samples without the marks of where the series ended: those say something to instant selectors only.
fn without_ends(mut series: SeriesSamples) -> SeriesSamples {
    if series.values.iter().any(|value| is_stale(*value)) {
        let kept = |at: &usize| !is_stale(series.values[*at]);
        let keep: Vec<usize> = (0..series.values.len()).filter(kept).collect();
        series.times = keep.iter().map(|at| series.times[*at]).collect();
        series.values = keep.iter().map(|at| series.values[*at]).collect();
    }
    series
}
