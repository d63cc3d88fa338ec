//! Benchmarks: measurements as tables, statistics, scores and reports.
