//! The one Rhai engine: its functions, script sets and diagnostics.
