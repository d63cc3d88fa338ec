//! The live stream: one WebSocket per page, on which it subscribes to queries and is told of each tick and change.
//!
//! The hub evaluates each distinct query once per tick, whoever asked, and broadcasts the results; a client that
//! does not keep up loses whole frames, is told how many, and never slows another.

pub(crate) mod client;
mod frame;
mod hub;

pub use hub::{Hub, Topic};
