//! Series of an intermediate result.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use autobot_model::Labels;

use crate::error::QueryError;

/// One series of an intermediate result: a value per moment, where there is one.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) labels: Labels,
    pub(crate) values: Vec<Option<f64>>,
}

/// A series' name, where it has one, and its labels.
pub(crate) type Key = (Option<Arc<str>>, Labels);

impl Row {
    pub(crate) fn unlabelled(values: Vec<Option<f64>>) -> Self {
        Self { name: None, labels: Labels::default(), values }
    }

    pub(crate) fn key(&self) -> Key {
        (self.name.clone(), self.labels.clone())
    }

    pub(crate) fn nameless(mut self) -> Self {
        self.name = None;
        self
    }

    pub(crate) fn mapped(mut self, with: impl Fn(f64) -> f64) -> Self {
        for value in self.values.iter_mut().flatten() {
            *value = with(*value);
        }
        self
    }

    pub(crate) fn has_any(&self) -> bool {
        self.values.iter().any(Option::is_some)
    }

    /// The label of that name, the metric's own as `__name__`; empty where there is none.
    pub(crate) fn label(&self, name: &str) -> &str {
        if name == "__name__" { self.name.as_deref() } else { self.labels.get(name) }.unwrap_or_default()
    }

    /// Sets a label, the metric's own as `__name__`; an empty value removes it.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        if name == "__name__" {
            self.name = (!value.is_empty()).then(|| Arc::from(value));
        } else {
            self.labels = self.labels.with(name, value);
        }
    }
}

/// The part of a series' key that `keep` accepts, the metric's name as `__name__`.
pub(crate) fn part(row: &Row, keep: impl Fn(&str) -> bool) -> Key {
    (row.name.clone().filter(|_| keep("__name__")), row.labels.filter(keep))
}

/// The order of results: as if the name stood among the labels as `__name__`, label by label.
pub(crate) fn order(a: &Row, b: &Row) -> Ordering {
    let first = |row: &Row| row.labels.pairs().first().map(|(name, _)| name.clone());
    match (&a.name, &b.name) {
        (Some(_), None) => match first(b) {
            Some(label) if *label > *"__name__" => Ordering::Less,
            _ => Ordering::Greater,
        },
        (None, Some(_)) => order(b, a).reverse(),
        _ => (&a.name, &a.labels).cmp(&(&b.name, &b.labels)),
    }
}

fn same_labels(row: &Row) -> QueryError {
    let name = row.name.as_deref().unwrap_or_default();
    QueryError::execution(format!(
        "two series of the result have the same labels {name}{}; keep one that tells them apart",
        row.labels
    ))
}

/// The rows, if no two of them have the same name and labels: what loses its name must stay distinct.
pub(crate) fn unique(rows: Vec<Row>) -> Result<Vec<Row>, QueryError> {
    let mut seen = std::collections::HashSet::with_capacity(rows.len());
    for row in &rows {
        if !seen.insert((row.name.as_deref(), &row.labels)) {
            return Err(same_labels(row));
        }
    }
    Ok(rows)
}

/// The rows, those with the same name and labels as one where they have no moment in common.
pub(crate) fn merged(rows: Vec<Row>) -> Result<Vec<Row>, QueryError> {
    let mut seen: HashMap<Key, usize> = HashMap::with_capacity(rows.len());
    let mut kept: Vec<Row> = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(at) = seen.get(&row.key()) else {
            seen.insert(row.key(), kept.len());
            kept.push(row);
            continue;
        };
        let known = &mut kept[*at];
        for (value, new) in known.values.iter_mut().zip(&row.values) {
            match (&value, new) {
                (Some(_), Some(_)) => return Err(same_labels(&row)),
                (None, Some(_)) => *value = *new,
                _ => {}
            }
        }
    }
    Ok(kept)
}

/// Series that arise value by value.
pub(crate) struct Arising {
    known: HashMap<Key, usize>,
    rows: Vec<Row>,
    steps: usize,
}

impl Arising {
    pub(crate) fn new(steps: usize) -> Self {
        Self { known: HashMap::new(), rows: Vec::new(), steps }
    }

    /// The number of the series, a new one where it is not known yet; `true` when it is new.
    pub(crate) fn series(&mut self, key: Key) -> (usize, bool) {
        if let Some(at) = self.known.get(&key) {
            return (*at, false);
        }
        let at = self.rows.len();
        self.known.insert(key.clone(), at);
        self.rows.push(Row { name: key.0, labels: key.1, values: vec![None; self.steps] });
        (at, true)
    }

    /// Gives the series a value.
    pub(crate) fn put(&mut self, series: usize, step: usize, value: f64) -> Result<(), QueryError> {
        let row = &mut self.rows[series];
        if row.values[step].replace(value).is_some() {
            return Err(same_labels(row));
        }
        Ok(())
    }

    /// Adds to the series' value.
    pub(crate) fn count(&mut self, series: usize, step: usize) {
        let value = &mut self.rows[series].values[step];
        *value = Some(value.unwrap_or(0.0) + 1.0);
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Those that have any value.
    pub(crate) fn rows(self) -> Vec<Row> {
        self.rows.into_iter().filter(Row::has_any).collect()
    }
}
