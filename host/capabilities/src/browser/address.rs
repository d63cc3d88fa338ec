//! Where a browser is, and which part of a URL may be shown.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use data_encoding::BASE64;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use url::{Host, Url};

use crate::{CapabilityError, Secret, Target};

/// A connection, encrypted or not.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// Where a target's browser is.
pub(super) struct Address {
    name: String,
    url: Url,
    authorization: Option<Secret>,
}

impl Address {
    pub(super) fn of(name: &str, target: &Target) -> Result<Self, CapabilityError> {
        let wrong = |why: &str| {
            CapabilityError::Invalid(format!(
                "the `cdp` URL of the target `{name}` {why}; write it like `ws://127.0.0.1:9222` or `http://127.0.0.1:9222`"
            ))
        };
        let url = Url::parse(&target.url).map_err(|error| wrong(&format!("is none ({error})")))?;
        if !matches!(url.scheme(), "ws" | "wss" | "http" | "https") {
            return Err(wrong(&format!("begins with `{}:`", url.scheme())));
        }
        let authorization = match (&target.bearer, &target.user, &target.password) {
            (Some(bearer), _, _) => Some(format!("Bearer {}", bearer.reveal())),
            (None, None, None) => None,
            (None, user, password) => {
                let password = password.as_ref().map_or("", Secret::reveal);
                let pair = format!("{}:{password}", user.as_deref().unwrap_or(""));
                Some(format!("Basic {}", BASE64.encode(pair.as_bytes())))
            }
        };
        Ok(Self { name: name.to_owned(), url, authorization: authorization.map(Secret::new) })
    }

    /// The path of a URL that leads to DevTools itself rather than to a server that has to be asked for it.
    pub(super) fn direct(&self) -> Option<String> {
        let is_direct = self.url.scheme().starts_with("ws") && !matches!(self.url.path(), "" | "/");
        is_direct.then(|| self.path())
    }

    /// The path with its query: some services take their tokens there.
    pub(super) fn path(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }

    /// The path of `resource` below the URL's own.
    pub(super) fn below(&self, resource: &str) -> String {
        let query = self.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{resource}{query}", self.url.path().trim_end_matches('/'))
    }

    /// What the header `Authorization` has to say.
    pub(super) fn authorization(&self) -> Option<&str> {
        self.authorization.as_ref().map(Secret::reveal)
    }

    /// Connects, and says what the header `Host` has to be. Chromium refuses names there, lest a web page reaches DevTools
    /// through a name of its own, so it is sent the address. Behind TLS is a proxy that knows names.
    pub(super) async fn open(
        &self,
        tls: Option<&Arc<ClientConfig>>,
    ) -> Result<(Box<dyn Wire>, String), CapabilityError> {
        let (Some(host), Some(port)) = (self.url.host(), self.url.port_or_known_default()) else {
            return Err(CapabilityError::Invalid(format!("{self} has no host")));
        };
        let refused = |error: std::io::Error| {
            CapabilityError::Unreachable(format!(
                "no browser listens at {self}: {error}; start it with `--remote-debugging-port`"
            ))
        };
        let stream = match &host {
            Host::Domain(name) => TcpStream::connect((*name, port)).await,
            Host::Ipv4(ip) => TcpStream::connect(SocketAddr::from((*ip, port))).await,
            Host::Ipv6(ip) => TcpStream::connect(SocketAddr::from((*ip, port))).await,
        };
        let stream = stream.map_err(refused)?;
        if !matches!(self.url.scheme(), "wss" | "https") {
            let peer = stream.peer_addr().map_err(refused)?;
            return Ok((Box::new(stream), peer.to_string()));
        }
        let Some(tls) = tls else {
            return Err(CapabilityError::NotPresent(format!("{self} needs TLS, which this host was not given")));
        };
        let name = self.url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(name)
            .map_err(|error| CapabilityError::Invalid(format!("the host of {self}: {error}")))?;
        let stream = TlsConnector::from(tls.clone())
            .connect(name, stream)
            .await
            .map_err(|error| CapabilityError::Unreachable(format!("TLS with {self} failed: {error}")))?;
        Ok((Box::new(stream), format!("{host}:{port}")))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (target `{}`)", clean(self.url.as_str()), self.name)
    }
}

/// `url` without what may hold secrets: user, query and fragment, and the content of those that are their own content.
pub(super) fn clean(url: &str) -> String {
    let Ok(mut parsed) = Url::parse(url) else {
        let shown = cut(url);
        return if shown.contains('@') { String::new() } else { shown.to_owned() };
    };
    match parsed.scheme() {
        "data" | "javascript" => return format!("{}:", parsed.scheme()),
        "blob" | "view-source" | "filesystem" => return format!("{}:{}", parsed.scheme(), clean(parsed.path())),
        _ => {}
    }
    parsed.set_query(None);
    parsed.set_fragment(None);
    // These fail where a URL can have no user.
    let _ = parsed.set_username("");
    let _ = parsed.set_password(None);
    parsed.into()
}

/// A page's title. Chromium makes one of the URL where the page has none: without the scheme, but with the query.
pub(super) fn clean_title(title: &str, url: &str) -> String {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let is_url = title.contains("://") || (!host.is_empty() && title.starts_with(&host)) || url.ends_with(title);
    let is_content = title.starts_with("data:") || title.starts_with("javascript:");
    match (is_content, is_url) {
        (true, _) => clean(title),
        (false, true) => cut(title).to_owned(),
        (false, false) => title.to_owned(),
    }
}

fn cut(text: &str) -> &str {
    text.split(['?', '#']).next().unwrap_or_default()
}

/// Refuses what would show the machine's own files or the browser's own pages.
pub(super) fn check_visited(url: &str) -> Result<(), CapabilityError> {
    match Url::parse(url) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => Ok(()),
        Ok(parsed) => Err(CapabilityError::Invalid(format!(
            "a page to visit begins with `http:` or `https:`, not with `{}:`",
            parsed.scheme()
        ))),
        Err(error) => Err(CapabilityError::Invalid(format!("`{}` is no URL: {error}", clean(url)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TargetKind;
    use proptest::prelude::*;

    #[test]
    fn what_may_hold_secrets_is_not_shown() {
        for (url, shown) in [
            ("http://user:hush@host:81/path?token=hush#hush", "http://host:81/path"),
            ("https://host", "https://host/"),
            ("about:blank", "about:blank"),
            ("data:text/html,hush", "data:"),
            ("javascript:hush()", "javascript:"),
            ("blob:http://user:hush@host/0123#hush", "blob:http://host/0123"),
            ("view-source:https://host/a?hush", "view-source:https://host/a"),
            ("chrome-error://chromewebdata/", "chrome-error://chromewebdata/"),
            ("no url?hush", "no url"),
            ("hush@host", ""),
            ("", ""),
        ] {
            assert_eq!(clean(url), shown);
        }
        let url = "http://host:81/path?token=hush";
        assert_eq!(clean_title("host:81/path?token=hush", url), "host:81/path");
        assert_eq!(clean_title("Is this a question? It is #1", url), "Is this a question? It is #1");
    }

    #[test]
    fn only_the_web_is_visited() {
        for url in
            ["file:///etc/passwd", "chrome://version", "data:text/html,x", "javascript:1", "about:blank", "x", ""]
        {
            assert!(matches!(check_visited(url), Err(CapabilityError::Invalid(_))), "{url}");
        }
        assert_eq!(check_visited("HTTPS://host/path?query"), Ok(()));
    }

    #[test]
    fn an_address_is_direct_or_has_to_be_asked() {
        let address = |url: &str| {
            let (kind, url) = (TargetKind::Cdp, url.to_owned());
            Address::of("main", &Target { kind, url, user: None, password: None, bearer: None })
        };
        let direct = |url| address(url).unwrap().direct();
        assert_eq!(direct("ws://[::1]:9222/devtools/browser/1?a=b"), Some("/devtools/browser/1?a=b".to_owned()));
        assert_eq!(direct("ws://127.0.0.1:9222/"), None);
        assert_eq!(direct("http://127.0.0.1:9222/below"), None);
        assert_eq!(address("http://h/below/?k=v").unwrap().below("/json/version"), "/below/json/version?k=v");
        assert_eq!(address("http://h:1/?k=v").unwrap().to_string(), "http://h:1/ (target `main`)");
        assert!(matches!(address("ftp://h"), Err(CapabilityError::Invalid(_))));
        assert!(matches!(address("h"), Err(CapabilityError::Invalid(_))));
    }

    proptest! {
        #[test]
        fn nothing_behind_a_question_mark_is_shown(url: String, title: String) {
            let _ = clean_title(&title, &url);
            prop_assert!(!clean(&url).contains('?'));
            let long = format!("http://user:hush@host/{url}?hush");
            prop_assert!(!clean(&long).contains("hush"));
        }
    }
}
