//! The host's side of each interface: plain functions over [`Guest`](crate::guest::Guest). What is not granted is not linked,
//! so nothing here asks whether it may.

mod base;
mod blocking;
mod disk;
mod emit;
mod files;
mod hardware;
mod kernel;
mod memory;
pub(crate) mod mirror;
mod net;
mod network;
