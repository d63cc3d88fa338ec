//! The whole plugin on given facts.
