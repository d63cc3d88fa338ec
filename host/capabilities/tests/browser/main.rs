//! The capability `browser` with a real Chromium, which needs Debian's package `chromium` (or any program of that name).
#![expect(clippy::disallowed_methods, reason = "the browser is another program")]
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod chromium;
mod others;
mod reading;
mod site;
mod visits;
