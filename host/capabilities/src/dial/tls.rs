//! The handshake of TLS, and why a server is trusted or not.
//!
//! The verdict is taken down whether it counts or not, so that a check that does not insist on a good certificate can still
//! tell what is wrong with it.

use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, ProtocolVersion, SignatureScheme,
};
use url::Host;
use x509_cert::der::DateTime;

use super::trust::Roots;
use super::{Certificate, Deadline, Endpoint, Security, Tls, in_words};
use crate::CapabilityError;

/// Certificates of a chain that are handed over.
const MOST_CERTIFICATES: usize = 10;

/// Agrees on TLS over `stream`.
pub(super) async fn shake_hands(
    stream: TcpStream,
    roots: &Roots,
    security: &Security,
    to: &Endpoint<'_>,
    deadline: Deadline,
    connected: Duration,
) -> Result<(TlsStream<TcpStream>, Tls), CapabilityError> {
    let place = to.place;
    let broken =
        |error: &dyn std::fmt::Display| CapabilityError::Failed(format!("{place}: TLS is not possible: {error}"));
    let name = match to.host {
        Host::Domain(name) => ServerName::try_from(name.to_owned()).map_err(|error| broken(&error))?,
        Host::Ipv4(address) => ServerName::IpAddress(std::net::IpAddr::V4(address).into()),
        Host::Ipv6(address) => ServerName::IpAddress(std::net::IpAddr::V6(address).into()),
    };
    let verdict = Arc::new(Mutex::new(None));
    let witness = Witness { roots: roots.clone(), verify: security.verify, verdict: verdict.clone() };
    let mut config = ClientConfig::builder_with_provider(roots.provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| broken(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(witness))
        .with_no_client_auth();
    config.alpn_protocols = security.protocols.iter().map(|name| name.to_vec()).collect();
    // A resumed session would show neither the certificate nor what a handshake takes.
    config.resumption = Resumption::disabled();
    let late = |within: &str| {
        format!("{place} did not finish the TLS handshake {within} (connected after {})", in_words(connected))
    };
    let done = deadline.bound(TlsConnector::from(Arc::new(config)).connect(name, stream), late).await?;
    let untrusted = verdict.lock().take();
    let stream = done.map_err(|error| failure(place, &error, untrusted.as_deref()))?;
    let session = stream.get_ref().1;
    let chain = session.peer_certificates().unwrap_or_default();
    let tls = Tls {
        version: session.protocol_version().map_or_else(String::new, version),
        chain: chain.iter().take(MOST_CERTIFICATES).map(|der| Certificate::read(der)).collect(),
        untrusted,
    };
    Ok((stream, tls))
}

fn version(version: ProtocolVersion) -> String {
    match version {
        ProtocolVersion::TLSv1_2 => "TLSv1.2".to_owned(),
        ProtocolVersion::TLSv1_3 => "TLSv1.3".to_owned(),
        other => format!("{other:?}"),
    }
}

fn failure(place: &str, error: &io::Error, untrusted: Option<&str>) -> CapabilityError {
    if let Some(why) = untrusted {
        return CapabilityError::Failed(format!("{place}: its certificate is not trusted: {why}"));
    }
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
    match (tls, error.kind()) {
        (Some(TlsError::AlertReceived(alert)), _) => {
            CapabilityError::Failed(format!("{place} ended the TLS handshake with the alert {alert:?}"))
        }
        (Some(TlsError::InvalidMessage(_)), _) => {
            CapabilityError::Failed(format!("{place} does not speak TLS there: {error}"))
        }
        (Some(_), _) => CapabilityError::Failed(format!("{place}: the TLS handshake failed: {error}")),
        (None, io::ErrorKind::UnexpectedEof) => {
            CapabilityError::Unreachable(format!("{place} closed the connection during the TLS handshake"))
        }
        (None, io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => {
            CapabilityError::Unreachable(format!("{place} reset the connection during the TLS handshake"))
        }
        (None, _) => CapabilityError::Unreachable(format!("{place}: the TLS handshake failed: {error}")),
    }
}

/// Asks the machine's verifier, writes down what it says, and lets it count or not.
#[derive(Debug)]
struct Witness {
    roots: Roots,
    verify: bool,
    verdict: Arc<Mutex<Option<String>>>,
}

impl Witness {
    /// Passes `error` on when it counts; `good` otherwise.
    fn judge<T>(&self, why: String, error: TlsError, good: T) -> Result<T, TlsError> {
        self.verdict.lock().get_or_insert(why);
        if self.verify { Err(error) } else { Ok(good) }
    }

    /// A signature made with another key than the certificate's, or by a way that is not safe.
    fn signature(
        &self,
        outcome: Result<HandshakeSignatureValid, TlsError>,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        outcome.or_else(|error| {
            let why = format!("the handshake is not signed as it should be: {error}");
            self.judge(why, error, HandshakeSignatureValid::assertion())
        })
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let Some(verifier) = &self.roots.verifier else {
            let why = "this machine trusts no roots at all; install its certificates (`ca-certificates`)".to_owned();
            let error = TlsError::InvalidCertificate(CertificateError::UnknownIssuer);
            return self.judge(why, error, ServerCertVerified::assertion());
        };
        verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now).or_else(|error| {
            let why = in_plain_words(&error, &Certificate::read(end_entity), server_name);
            self.judge(why, error, ServerCertVerified::assertion())
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.roots.provider.signature_verification_algorithms;
        self.signature(verify_tls12_signature(message, certificate, signed, algorithms))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.roots.provider.signature_verification_algorithms;
        self.signature(verify_tls13_signature(message, certificate, signed, algorithms))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.roots.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Why a certificate is not trusted, for a person who may have to renew it.
fn in_plain_words(error: &TlsError, certificate: &Certificate, asked: &ServerName<'_>) -> String {
    let TlsError::InvalidCertificate(error) = error else { return error.to_string() };
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("it expired on {}", day(certificate.not_after_ms))
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("it is valid only from {} on", day(certificate.not_before_ms))
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            let names: Vec<&str> = certificate.names.iter().take(5).map(String::as_str).collect();
            let names = if names.is_empty() { "no name at all".to_owned() } else { names.join(", ") };
            format!("it is not for `{}` but for {names}", asked.to_str())
        }
        CertificateError::UnknownIssuer if certificate.subject == certificate.issuer => {
            "it is signed by itself, not by an issuer that this machine trusts".to_owned()
        }
        CertificateError::UnknownIssuer => {
            format!("its issuer `{}` is not one that this machine trusts", certificate.issuer)
        }
        CertificateError::Revoked => "it was revoked".to_owned(),
        CertificateError::BadSignature => "its signature is wrong".to_owned(),
        CertificateError::BadEncoding => "it cannot be read".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it is not made for servers".to_owned()
        }
        CertificateError::Other(other) => {
            let inner = other.0.source().map_or_else(|| other.0.to_string(), ToString::to_string);
            format!("it was refused: {inner}")
        }
        other => format!("it was refused: {other}"),
    }
}

/// `2031-05-01`.
fn day(millis: u64) -> String {
    let date = DateTime::from_unix_duration(Duration::from_millis(millis));
    date.map_or_else(
        |_| "an unknown day".to_owned(),
        |date| format!("{}-{:02}-{:02}", date.year(), date.month(), date.day()),
    )
}
