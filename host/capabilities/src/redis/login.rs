//! How to reach a target and log in to it, and what to tell a person when that fails.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use redis::{
    ConnectionAddr, ErrorKind, IntoConnectionInfo as _, ProtocolVersion, RedisConnectionInfo, RedisError, Value,
};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use super::connection::{Connection, Trouble};
use super::guard::{Fault, Stream};
use crate::{CapabilityError, Secret, Target};

/// Letters of a server's error that are passed on.
const MOST_SAID: usize = 200;

/// Everything that is needed to log in to one database of a target.
pub(super) struct Login {
    target: String,
    database: u32,
    addr: ConnectionAddr,
    user: Option<String>,
    password: Option<Secret>,
}

impl Login {
    /// # Errors
    /// `Invalid` when the target's URL is none of a Redis.
    pub(super) fn new(name: &str, target: &Target, database: u32) -> Result<Self, CapabilityError> {
        let info = target.url.as_str().into_connection_info().map_err(|error| {
            CapabilityError::Invalid(format!(
                "{name}: `{}` is not the URL of a Redis, as `redis://HOST:PORT`, `rediss://HOST:PORT` or `unix:///PATH`: {}",
                target.url,
                error.detail().unwrap_or("it cannot be parsed")
            ))
        })?;
        Ok(Self {
            target: name.to_owned(),
            database,
            addr: info.addr().clone(),
            user: target.user.clone(),
            password: target.password.clone(),
        })
    }

    /// Connects, and logs in by RESP3 or, where the server has none, by RESP2. Has no deadline of its own.
    pub(super) async fn connect(&self, tls: Option<&Arc<ClientConfig>>) -> Result<Connection, CapabilityError> {
        match Connection::log_in(self.open(tls).await?, &self.info(ProtocolVersion::RESP3)).await {
            Err(Trouble::Refused(error)) if lacks_resp3(&error) => {
                let stream = self.open(tls).await?;
                Connection::log_in(stream, &self.info(ProtocolVersion::RESP2)).await
            }
            done => done,
        }
        .map_err(|trouble| self.explain(trouble, Duration::ZERO))
    }

    fn info(&self, protocol: ProtocolVersion) -> RedisConnectionInfo {
        let mut info = RedisConnectionInfo::default()
            .set_db(i64::from(self.database))
            .set_protocol(protocol)
            .set_skip_set_lib_name();
        if let Some(password) = &self.password {
            info = info.set_password(password.reveal());
            if let Some(user) = &self.user {
                info = info.set_username(user);
            }
        }
        info
    }

    async fn open(&self, tls: Option<&Arc<ClientConfig>>) -> Result<Box<dyn Stream>, CapabilityError> {
        match &self.addr {
            ConnectionAddr::Tcp(host, port) => Ok(Box::new(self.tcp(host, *port).await?)),
            ConnectionAddr::TcpTls { host, port, .. } => {
                let config = match tls {
                    Some(config) => Arc::clone(config),
                    None => machine_roots().await?,
                };
                let name = ServerName::try_from(host.clone()).map_err(|error| {
                    CapabilityError::Invalid(format!(
                        "{}: `{host}` cannot stand in a certificate: {error}",
                        self.target
                    ))
                })?;
                let stream = TlsConnector::from(config).connect(name, self.tcp(host, *port).await?).await;
                Ok(Box::new(stream.map_err(|error| self.tls_failed(&error))?))
            }
            ConnectionAddr::Unix(path) => {
                let stream = UnixStream::connect(path).await.map_err(|error| self.unix_failed(path, &error))?;
                Ok(Box::new(stream))
            }
            _ => Err(CapabilityError::Invalid(format!("{}: its URL is of a kind that is not known here", self.target))),
        }
    }

    async fn tcp(&self, host: &str, port: u16) -> Result<TcpStream, CapabilityError> {
        let stream = TcpStream::connect((host, port)).await.map_err(|error| {
            let text = match error.kind() {
                io::ErrorKind::ConnectionRefused => "refused the connection (is Redis running there?)".to_owned(),
                _ => format!("cannot be reached: {error}"),
            };
            CapabilityError::Unreachable(format!("{}: {} {text}", self.target, self.place()))
        })?;
        // Without it the kernel may hold a small request back. Where it cannot be set, answers are only slower.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }

    fn unix_failed(&self, path: &Path, error: &io::Error) -> CapabilityError {
        let text = format!("{}: {}", self.target, path.display());
        match error.kind() {
            io::ErrorKind::NotFound => CapabilityError::Unreachable(format!(
                "{text} does not exist (is Redis running, with this `unixsocket`?)"
            )),
            io::ErrorKind::ConnectionRefused => {
                CapabilityError::Unreachable(format!("{text} is a socket that nobody listens on (is Redis running?)"))
            }
            io::ErrorKind::PermissionDenied => CapabilityError::Failed(format!(
                "{text} may not be opened by this user; add it to the group that owns the socket"
            )),
            _ => CapabilityError::Unreachable(format!("{text} cannot be reached: {error}")),
        }
    }

    fn tls_failed(&self, error: &io::Error) -> CapabilityError {
        let (target, place) = (&self.target, self.place());
        let of_tls = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
        match of_tls {
            Some(rustls::Error::InvalidCertificate(cause)) => {
                CapabilityError::Failed(format!("{target}: the certificate of {place} is not trusted: {cause}"))
            }
            Some(rustls::Error::InvalidMessage(_)) => {
                CapabilityError::Failed(format!("{target}: {place} does not speak TLS; use `redis://` for it"))
            }
            Some(cause) => CapabilityError::Failed(format!("{target}: no TLS with {place}: {cause}")),
            None => CapabilityError::Unreachable(format!("{target}: {place} ended the TLS handshake: {error}")),
        }
    }

    fn place(&self) -> String {
        match &self.addr {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } if host.contains(':') => {
                format!("[{host}]:{port}")
            }
            addr => addr.to_string(),
        }
    }

    /// # Errors
    /// When a reply says that nothing is answered without a password.
    pub(super) fn check_replies(&self, values: &[Value]) -> Result<(), Trouble> {
        let wants_login = |value: &Value| matches!(value, Value::ServerError(error) if error.code() == "NOAUTH");
        if values.iter().any(wants_login) { Err(Trouble::NeedsPassword) } else { Ok(()) }
    }

    pub(super) fn connect_timeout(&self, timeout: Duration) -> CapabilityError {
        CapabilityError::Timeout(format!(
            "{}: connecting to {} and logging in took longer than {} s",
            self.target,
            self.place(),
            timeout.as_secs_f64()
        ))
    }

    /// `trouble` as an error for the caller. What the server said is shortened, and shows no password.
    pub(super) fn explain(&self, trouble: Trouble, timeout: Duration) -> CapabilityError {
        let (target, place) = (&self.target, self.place());
        match trouble {
            Trouble::Silent => CapabilityError::Timeout(format!(
                "{target}: {place} gave no whole answer within {} s",
                timeout.as_secs_f64()
            )),
            Trouble::Ended(Fault::Closed) => {
                CapabilityError::Unreachable(format!("{target}: {place} closed the connection before it answered"))
            }
            Trouble::Ended(Fault::Broken(error)) => {
                CapabilityError::Unreachable(format!("{target}: the connection to {place} broke: {error}"))
            }
            Trouble::Ended(Fault::TooLarge(bound)) => CapabilityError::TooLarge(format!(
                "{target}: the answers of this call would have {bound}; ask for less"
            )),
            Trouble::Ended(Fault::Garbage(what)) => CapabilityError::Failed(format!(
                "{target}: {place} does not speak as a Redis does: {}",
                self.without_password(&what)
            )),
            Trouble::NeedsPassword => CapabilityError::Failed(format!(
                "{target}: {place} wants a password; add `password` (and `user`) to `targets.{target}`"
            )),
            Trouble::Refused(error) => self.explain_refusal(&error),
        }
    }

    fn explain_refusal(&self, error: &RedisError) -> CapabilityError {
        let (target, place) = (&self.target, self.place());
        let said = self.without_password(&said(error));
        let is_wrong_login = error.kind() == ErrorKind::AuthenticationFailed || error.code() == Some("WRONGPASS");
        if said.contains("NOAUTH") || said.contains("Authentication required") {
            self.explain(Trouble::NeedsPassword, Duration::ZERO)
        } else if is_wrong_login {
            CapabilityError::Failed(format!(
                "{target}: {place} refused the user or the password; correct `user` and `password` of `targets.{target}`"
            ))
        } else if error.kind() == ErrorKind::Parse {
            self.explain(Trouble::Ended(Fault::Garbage("its greeting cannot be parsed".to_owned())), Duration::ZERO)
        } else if said.contains("DB index") || said.contains("cluster mode") {
            CapabilityError::Invalid(format!("{target}: there is no database {}: {said}", self.database))
        } else {
            CapabilityError::Failed(format!("{target}: {place} refused the login: {said}"))
        }
    }

    /// Old servers repeat what they do not know, and a password may be part of that.
    fn without_password(&self, text: &str) -> String {
        let text = match &self.password {
            Some(password) if !password.reveal().is_empty() => text.replace(password.reveal(), "(secret)"),
            _ => text.to_owned(),
        };
        text.chars().take(MOST_SAID).collect()
    }
}

fn said(error: &RedisError) -> String {
    let code = error.code().unwrap_or_default();
    let detail = error.detail().map_or_else(|| error.to_string(), str::to_owned);
    if code.is_empty() { detail } else { format!("{code} {detail}") }
}

/// Whether the same login may work by RESP2: the server does not know `HELLO`, or the user may not say it.
fn lacks_resp3(error: &RedisError) -> bool {
    let detail = error.detail().unwrap_or_default();
    error.kind() == ErrorKind::RESP3NotSupported
        || matches!(error.code(), Some("NOPROTO" | "NOPERM"))
        || detail.to_ascii_lowercase().contains("unknown command")
}

/// Trusts what this machine trusts. Its files are read on a thread that may block, once for each connection.
async fn machine_roots() -> Result<Arc<ClientConfig>, CapabilityError> {
    let loaded = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await;
    let loaded =
        loaded.map_err(|error| CapabilityError::Failed(format!("the host failed at reading roots: {error}")))?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(loaded.certs);
    if roots.is_empty() {
        let error = "this machine trusts no certificates; install `ca-certificates`, or name a file in SSL_CERT_FILE";
        return Err(CapabilityError::Failed(error.to_owned()));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| CapabilityError::Failed(format!("no TLS on this machine: {error}")))?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}
