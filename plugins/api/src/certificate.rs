//! When a server's certificates end, and whether they are trusted.

use autobot_plugin_sdk::{Family, Metrics, Tls};

/// The three families of one kind of check.
pub(crate) struct Families {
    pub(crate) expiry: &'static Family,
    pub(crate) chain_expiry: &'static Family,
    pub(crate) trusted: &'static Family,
}

/// What the last handshake showed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Certificates {
    /// Milliseconds since the epoch: of the server's own, and of the first of its chain that ends.
    own_end: Option<u64>,
    first_end: Option<u64>,
    trusted: bool,
}

impl Certificates {
    pub(crate) fn of(tls: &Tls) -> Self {
        // One that cannot be read has no end; it is not trusted either.
        let ends = || tls.chain.iter().map(|certificate| certificate.not_after).filter(|end| *end > 0);
        Self {
            own_end: tls.chain.first().map(|own| own.not_after).filter(|end| *end > 0),
            first_end: ends().min(),
            trusted: tls.untrusted.is_none(),
        }
    }

    /// After a handshake that the host broke off because it does not trust the server: what was known of the chain goes on.
    pub(crate) fn distrusted(before: Option<Self>) -> Self {
        let nothing = Self { own_end: None, first_end: None, trusted: false };
        Self { trusted: false, ..before.unwrap_or(nothing) }
    }

    pub(crate) fn set(&self, families: &Families, labels: [&str; 2], at: u64, fresh: bool, metrics: &mut Metrics) {
        let value = |value: f64| if fresh { value } else { f64::NAN };
        // Whole seconds: nobody renews by the millisecond.
        let left = |end: u64| ((end as f64 - at as f64) / 1e3).round();
        for (family, end) in [(families.expiry, self.own_end), (families.chain_expiry, self.first_end)] {
            if let Some(end) = end {
                metrics.set(family, &labels, value(left(end)));
            }
        }
        metrics.set(families.trusted, &labels, value(if self.trusted { 1.0 } else { 0.0 }));
    }
}
