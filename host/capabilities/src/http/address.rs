//! From what a plugin asks for to where it may be asked: targets, URLs, redirects, and whose credentials go along.

use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64;
use hyper::header::HeaderValue;
use url::{Host, Url};

use super::path::climbs;
use super::scope::UrlScope;
use crate::{CapabilityError, Target, TargetKind, Targets};

/// Bytes of a URL.
const MOST_BYTES: usize = 8 * 1024;
/// Characters of a URL that errors show.
const MOST_SHOWN: usize = 200;

/// What is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Web {
    Http,
    WebSocket,
}

impl Web {
    /// The schemes without TLS and with it.
    pub(crate) const fn schemes(self) -> [&'static str; 2] {
        match self {
            Self::Http => ["http", "https"],
            Self::WebSocket => ["ws", "wss"],
        }
    }
}

/// What one plugin may reach.
pub(crate) struct Reach {
    web: Web,
    scope: UrlScope,
    targets: Arc<Targets>,
}

/// Where a request goes. It was held against the grant.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) url: Url,
    /// The target's credentials. They are here only while `url` is of the target's own origin.
    pub(crate) authorization: Option<HeaderValue>,
    /// Whether the target's name, not a glob, lets the request go there.
    by_target: bool,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place())
    }
}

impl Reach {
    pub(crate) fn new(web: Web, scope: &[String], targets: Arc<Targets>) -> Result<Self, CapabilityError> {
        Ok(Self { web, scope: UrlScope::new(scope, &web.schemes())?, targets })
    }

    /// Where a request for `url`, or for that path of `target`, goes.
    pub(crate) fn address(&self, target: Option<&str>, url: &str) -> Result<Address, CapabilityError> {
        if url.len() > MOST_BYTES {
            return Err(CapabilityError::Invalid(format!("a URL of more than {MOST_BYTES} bytes")));
        }
        let Some(name) = target else {
            let url = self.parse(url)?;
            if !self.scope.covers(&url) {
                return Err(CapabilityError::Denied(place(&url)));
            }
            return Ok(Address { url, authorization: None, by_target: false });
        };
        if !self.scope.names(name) {
            return Err(CapabilityError::Denied(name.to_owned()));
        }
        let target = self.targets.find(name, TargetKind::Http)?;
        let url = self.below(name, target, url)?;
        Ok(Address { url, authorization: authorization(name, target)?, by_target: true })
    }

    /// Where the answer from `from` redirects to.
    pub(crate) fn redirected(&self, from: &Address, location: &str) -> Result<Address, CapabilityError> {
        let nowhere = || CapabilityError::Failed(format!("{} redirects to what is no URL", from.place()));
        if location.len() > MOST_BYTES {
            return Err(nowhere());
        }
        let mut url = from.url.join(location).map_err(|_| nowhere())?;
        url.set_fragment(None);
        let of_target = from.by_target && url.origin() == from.url.origin();
        let is_plain = url.username().is_empty() && url.password().is_none();
        if !is_plain || !(of_target || self.scope.covers(&url)) {
            return Err(CapabilityError::Denied(format!("{}, where {} redirects to", place(&url), from.place())));
        }
        // Once out of the target's origin the credentials are gone for good, even if a later redirect leads back.
        let authorization = if of_target { from.authorization.clone() } else { None };
        Ok(Address { url, authorization, by_target: of_target })
    }

    fn parse(&self, text: &str) -> Result<Url, CapabilityError> {
        let mut url =
            Url::parse(text).map_err(|error| CapabilityError::Invalid(format!("this is no absolute URL: {error}")))?;
        let [plain, secure] = self.web.schemes();
        if ![plain, secure].contains(&url.scheme()) {
            let scheme: String = url.scheme().chars().take(MOST_SHOWN).collect();
            return Err(CapabilityError::Invalid(format!(
                "a URL of `{scheme}`, where `{plain}` or `{secure}` is spoken"
            )));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(CapabilityError::Invalid(format!(
                "the URL of {} holds a user name or a password; credentials belong to a target",
                place(&url)
            )));
        }
        url.set_fragment(None);
        Ok(url)
    }

    /// `path` (and query) below the target's own URL.
    fn below(&self, name: &str, target: &Target, path: &str) -> Result<Url, CapabilityError> {
        let wrong = |what: &str| CapabilityError::Invalid(format!("the URL of the target `{name}` {what}"));
        let mut base = Url::parse(&target.url).map_err(|error| wrong(&format!("is none: {error}")))?;
        let secure = match base.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err(wrong("is neither `http` nor `https`")),
        };
        if !base.username().is_empty() || base.password().is_some() {
            return Err(wrong("holds a user name or a password; they have keys of their own"));
        }
        let scheme = self.web.schemes()[usize::from(secure)];
        base.set_scheme(scheme).map_err(|()| wrong("cannot be spoken to in that way"))?;
        base.set_fragment(None);
        if path.is_empty() {
            return Ok(base);
        }
        // Not joined as a reference is: `//elsewhere` and `http://elsewhere` would lead away.
        if !path.starts_with(['/', '?']) {
            return Err(CapabilityError::Invalid(format!(
                "with a target the URL is a path below it, which begins with `/`; this one is for `{name}`"
            )));
        }
        let path = path.split('#').next().unwrap_or_default();
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let mut url = base.clone();
        let root = base.path().trim_end_matches('/');
        if !path.is_empty() {
            url.set_path(&format!("{root}{path}"));
        }
        url.set_query(query);
        let is_below = url.path().strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if !is_below || climbs(url.path().strip_prefix(root).unwrap_or_default()) {
            return Err(CapabilityError::Denied(format!("{}, which is not below the target `{name}`", place(&url))));
        }
        Ok(url)
    }
}

impl Address {
    /// What errors call it: without query.
    pub(crate) fn place(&self) -> String {
        place(&self.url)
    }

    /// Whether TLS is spoken.
    pub(crate) fn is_secure(&self) -> bool {
        matches!(self.url.scheme(), "https" | "wss")
    }

    /// Whether `other` is served by the same one.
    pub(crate) fn is_of_origin(&self, other: &Self) -> bool {
        self.url.origin() == other.url.origin()
    }

    /// Host and port to connect to.
    pub(crate) fn host_and_port(&self) -> Result<(Host<&str>, u16), CapabilityError> {
        self.url
            .host()
            .zip(self.url.port_or_known_default())
            .ok_or_else(|| CapabilityError::Invalid(format!("{} names no host", self.place())))
    }

    /// Host and port as the server wants to read them.
    pub(crate) fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Path and query.
    pub(crate) fn path_and_query(&self) -> String {
        let path = self.url.path();
        self.url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
    }
}

/// Scheme, host, port and path: a query may hold what should not be read in a log.
fn place(url: &Url) -> String {
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    let place = format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path());
    if place.chars().count() <= MOST_SHOWN {
        return place;
    }
    place.chars().take(MOST_SHOWN).chain("...".chars()).collect()
}

/// The header with a target's credentials. Marked, so that nothing shows it.
fn authorization(name: &str, target: &Target) -> Result<Option<HeaderValue>, CapabilityError> {
    let text = match (&target.bearer, &target.password, &target.user) {
        (Some(bearer), _, _) => format!("Bearer {}", bearer.reveal()),
        (None, None, None) => return Ok(None),
        (None, password, user) => {
            let password = password.as_ref().map_or("", |password| password.reveal());
            let pair = format!("{}:{password}", user.as_deref().unwrap_or_default());
            format!("Basic {}", BASE64.encode(pair.as_bytes()))
        }
    };
    let mut value = HeaderValue::try_from(text).map_err(|_| {
        CapabilityError::Invalid(format!(
            "the credentials of the target `{name}` have characters that HTTP cannot send"
        ))
    })?;
    value.set_sensitive(true);
    Ok(Some(value))
}
