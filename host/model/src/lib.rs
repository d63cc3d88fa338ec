//! What every part of the host speaks of: series, samples, batches, units, labels, severities, the clock, and the
//! readers and registries through which series are found.
//!
//! Everything above uses this crate, so it stays small and still. It does no I/O: it opens nothing, and asks the
//! time only through [`Clock`].

mod batch;
mod clock;
mod labels;
mod matcher;
mod reader;
mod series;
mod severity;
mod time;

pub use batch::{Batch, BatchSink, Layout, LayoutError};
pub use clock::{Clock, ManualClock, SystemClock};
pub use labels::{Labels, is_label_name, is_metric_name, quote_into};
pub use matcher::{MatchOp, Matcher, MatcherError};
pub use reader::{Bucket, BucketParts, ReadError, ReadLimit, SeriesBuckets, SeriesReader, SeriesSamples};
pub use series::{Family, Kind, SeriesId, SeriesKey, SeriesRegistry};
pub use severity::Severity;
pub use time::{TimeRange, Timestamp};

/// The value that says 'this series has ended here', bit for bit as Prometheus writes it
/// (`value.StaleNaN` in Prometheus' `model/value/value.go`). Any other NaN is a measured NaN.
pub const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

/// Whether `value` is the marker [`STALE`]; an ordinary NaN is not.
pub const fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE.to_bits()
}
