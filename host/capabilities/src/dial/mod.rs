//! Connections to where a check points: the name, the address, TCP, TLS, each timed by itself and each with an error that
//! names it. Shared by `http` and `websocket`.
//!
//! It decides nothing about what may be reached: whoever asks has held the URL against the grant before. It keeps no
//! connection either, since a check that used an old one would time nothing.

mod certificate;
mod deadline;
mod tcp;
mod tls;
mod trust;

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use url::Host;

use crate::CapabilityError;
use trust::Trust;

pub use certificate::{Certificate, Tls};
pub(crate) use deadline::{Deadline, in_words};

/// Names looked up at once, those included whose caller has given up: the system's resolver cannot be stopped, and each of its
/// look-ups holds a thread.
const LOOKUPS: usize = 16;

/// Opens connections. One is enough for the whole host: it reads the machine's trusted roots once, when TLS is first spoken.
pub struct Dialer {
    trust: Trust,
    lookups: Arc<Semaphore>,
}

impl Dialer {
    /// Trusts what the machine trusts, and beside it `extra_roots`, certificates in DER.
    pub fn new(extra_roots: Vec<Vec<u8>>) -> Self {
        Self { trust: Trust::new(extra_roots), lookups: Arc::new(Semaphore::new(LOOKUPS)) }
    }

    /// Connects within the deadline.
    ///
    /// Which address a name leads to is the resolver's word, asked after the grant was checked. A name whose owner lets it point
    /// to an inner address is not seen through (DNS rebinding): who grants a name trusts whoever answers for it.
    pub(crate) async fn dial(&self, to: &Endpoint<'_>, deadline: Deadline) -> Result<Dialled, CapabilityError> {
        let start = Instant::now();
        let addresses = tcp::resolve(&self.lookups, to, deadline).await?;
        // An address written as a number takes no time to resolve, and none should be claimed.
        let resolve = if matches!(to.host, Host::Domain(_)) { start.elapsed() } else { Duration::ZERO };
        let start = Instant::now();
        let (stream, remote) = tcp::connect(&addresses, to, deadline).await?;
        let connect = start.elapsed();
        let remote = remote.to_string();
        let timing = DialTiming { resolve, connect, tls: Duration::ZERO };
        let Some(security) = &to.security else {
            return Ok(Dialled { wire: Box::new(stream), remote, tls: None, http2: false, timing });
        };
        let roots = self.trust.roots(deadline, to.place).await?;
        let start = Instant::now();
        let (stream, tls) = tls::shake_hands(stream, roots, security, to, deadline, connect).await?;
        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let timing = DialTiming { tls: start.elapsed(), ..timing };
        Ok(Dialled { wire: Box::new(stream), remote, tls: Some(tls), http2, timing })
    }
}

/// Where to connect to.
pub(crate) struct Endpoint<'a> {
    pub(crate) host: Host<&'a str>,
    pub(crate) port: u16,
    /// Speak TLS, and how.
    pub(crate) security: Option<Security>,
    /// What errors call it.
    pub(crate) place: &'a str,
}

/// How to speak TLS.
pub(crate) struct Security {
    /// Whether a certificate that cannot be trusted is an error.
    pub(crate) verify: bool,
    /// The protocols offered inside, the liked ones first.
    pub(crate) protocols: &'static [&'static [u8]],
}

/// A connection.
pub(crate) struct Dialled {
    pub(crate) wire: Box<dyn Wire>,
    pub(crate) remote: String,
    pub(crate) tls: Option<Tls>,
    /// Whether TLS agreed on HTTP/2.
    pub(crate) http2: bool,
    pub(crate) timing: DialTiming,
}

/// How long each step took; zero for one that was not taken.
#[derive(Clone, Copy)]
pub(crate) struct DialTiming {
    pub(crate) resolve: Duration,
    pub(crate) connect: Duration,
    pub(crate) tls: Duration,
}

impl DialTiming {
    /// All steps together.
    pub(crate) fn total(self) -> Duration {
        self.resolve.saturating_add(self.connect).saturating_add(self.tls)
    }
}

/// What bytes go over, with TLS or without.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}
