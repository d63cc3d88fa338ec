//! Results of queries.

use std::sync::Arc;

use autobot_model::{Labels, SeriesKey, Timestamp};

/// One series at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct InstantSample {
    /// The metric's name, where the result still has one.
    pub name: Option<Arc<str>>,
    /// Its labels.
    pub labels: Labels,
    /// The moment of the evaluation.
    pub time: Timestamp,
    /// The value.
    pub value: f64,
}

impl InstantSample {
    /// A value without name and labels.
    pub fn scalar(time: Timestamp, value: f64) -> Self {
        Self { name: None, labels: Labels::default(), time, value }
    }

    /// Name and labels; a result without a name has the empty one.
    pub fn key(&self) -> SeriesKey {
        SeriesKey { name: self.name.clone().unwrap_or_else(|| Arc::from("")), labels: self.labels.clone() }
    }
}

/// One series over a range: two columns of the same length.
#[derive(Clone, Debug, PartialEq)]
pub struct RangeSeries {
    /// The metric's name, where the result still has one.
    pub name: Option<Arc<str>>,
    /// Its labels.
    pub labels: Labels,
    /// Moments, strictly growing.
    pub times: Vec<Timestamp>,
    /// Values.
    pub values: Vec<f64>,
}

/// The result of an instant query.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Scalar(f64),
    /// A text.
    Text(String),
    /// One value per series.
    Vector(Vec<InstantSample>),
    /// Samples of a range per series.
    Matrix(Vec<RangeSeries>),
}

/// A result, and what is said beside it in Prometheus' words.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<T> {
    /// The result.
    pub value: T,
    /// What makes the result doubtful: `PromQL warning: ... (1:10)`, at most ten and a line that counts the rest.
    pub warnings: Vec<String>,
    /// What may have been meant otherwise: `PromQL info: ... (1:6)`, as many.
    pub infos: Vec<String>,
}
