//! The life of alerts, from rules in files to what is told: one binary, so that it links once.

#[cfg(test)]
mod common;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod shipped;
