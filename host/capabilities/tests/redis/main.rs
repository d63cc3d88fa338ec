//! The capability `redis` against real servers, and against one that lies.

#[cfg(test)]
mod ask;
#[cfg(test)]
mod liar;
#[cfg(test)]
mod lies;
#[cfg(test)]
mod live;
#[cfg(test)]
mod login;
#[cfg(test)]
mod server;
