//! What a server said of itself in TLS, as plain records.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use sha2::{Digest as _, Sha256};
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::time::Time;

/// Names of one certificate that are handed over.
const MOST_NAMES: usize = 200;

/// What TLS agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// `TLSv1.3`.
    pub version: String,
    /// The server's own certificate first; at most ten.
    pub chain: Vec<Certificate>,
    /// Why it is not trusted.
    pub untrusted: Option<String>,
}

/// A certificate of X.509. One that cannot be read has its fingerprint alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// Distinguished name.
    pub subject: String,
    /// Host names and addresses that it is valid for.
    pub names: Vec<String>,
    /// Distinguished name of who signed it.
    pub issuer: String,
    /// Milliseconds since the Unix epoch.
    pub not_before_ms: u64,
    /// Milliseconds since the Unix epoch.
    pub not_after_ms: u64,
    /// SHA-256 of its DER form, in hexadecimal.
    pub fingerprint: String,
}

impl Tls {
    /// What it takes in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        self.chain.iter().map(Certificate::bytes).fold(0, usize::saturating_add)
    }
}

impl Certificate {
    fn bytes(&self) -> usize {
        let names = self.names.iter().map(String::len).fold(0, usize::saturating_add);
        [self.subject.len(), self.issuer.len(), self.fingerprint.len()].into_iter().fold(names, usize::saturating_add)
    }

    /// Reads what can be read. Without the checks of RFC 5280: an odd certificate should be seen, not hidden.
    pub(super) fn read(der: &[u8]) -> Self {
        let fingerprint = Sha256::digest(der).iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let Ok(certificate) = CertificateInner::<Raw>::from_der(der) else {
            return Self { fingerprint, ..Self::default() };
        };
        let body = certificate.tbs_certificate;
        let names = body
            .get::<SubjectAltName>()
            .ok()
            .flatten()
            .map_or_else(Vec::new, |(_, names)| names.0.iter().filter_map(name).take(MOST_NAMES).collect());
        Self {
            subject: body.subject.to_string(),
            names,
            issuer: body.issuer.to_string(),
            not_before_ms: millis(&body.validity.not_before),
            not_after_ms: millis(&body.validity.not_after),
            fingerprint,
        }
    }
}

fn millis(time: &Time) -> u64 {
    u64::try_from(time.to_unix_duration().as_millis()).unwrap_or(u64::MAX)
}

/// A host's name or address; other kinds (directories, registered ids) name no server.
fn name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::IpAddress(bytes) => {
            let bytes = bytes.as_bytes();
            let v4 = <[u8; 4]>::try_from(bytes).map(|four| Ipv4Addr::from(four).to_string());
            v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(|sixteen| Ipv6Addr::from(sixteen).to_string())).ok()
        }
        GeneralName::UniformResourceIdentifier(name) => Some(name.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_certificate_still_has_a_fingerprint() {
        let read = Certificate::read(b"nonsense");
        assert_eq!((read.subject.as_str(), read.fingerprint.len()), ("", 64));
    }

    #[test]
    fn a_damaged_certificate_is_read_or_left() {
        let made = rcgen::generate_simple_self_signed(["a.example".to_owned()]).unwrap();
        let whole = made.cert.der().to_vec();
        assert_eq!(Certificate::read(&whole).names, ["a.example"]);
        for at in 0..whole.len() {
            for by in [0, 1, 0x7f, 0x80, 0xff] {
                let mut damaged = whole.clone();
                damaged[at] = by;
                let _ = Certificate::read(&damaged);
            }
            let _ = Certificate::read(&whole[..at]);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_in_place_of_a_certificate_are_read_or_left(bytes: Vec<u8>) {
            let _ = Certificate::read(&bytes);
        }
    }
}
