//! Network interfaces that come and go.
