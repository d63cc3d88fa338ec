//! The life of alerts, from rules in files to what is told: one binary, so that it links once.

mod common;
mod lifecycle;
mod properties;
mod shipped;
