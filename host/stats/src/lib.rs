//! Statistics of measurements: intervals, tests, percentiles.
