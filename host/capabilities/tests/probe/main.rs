//! The capability `probe` against real sockets: services on loopback that behave well and badly, and the kernel's echo.

#[cfg(test)]
mod ask;
#[cfg(test)]
mod echo;
#[cfg(test)]
mod icmp;
#[cfg(test)]
mod round_trips;
#[cfg(test)]
mod transfers;
