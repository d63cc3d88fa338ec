//! Endpoints and WebSockets as they are checked: every field decided, every mistake told before anything is sent.

use std::collections::{BTreeMap, BTreeSet};

use autobot_plugin_sdk::http::{Request, Version};
use autobot_plugin_sdk::websocket;
use serde_json::Value;

use crate::cut;
use crate::json_path::JsonPath;
use crate::settings::{MOST_REDIRECTS, Settings};
use crate::span::Span;
use crate::spec::{EndpointFields, Http, WebSocketFields};
use crate::status::Statuses;

/// A header of HTTP, as both capabilities have it.
pub(crate) type Header = autobot_plugin_sdk::Header;

/// Bytes of a body that are looked at.
pub(crate) const KEPT_BYTES: u32 = 1 << 20;
/// Bytes of an echo that are looked at.
const KEPT_ECHO_BYTES: u32 = 64 << 10;
/// What one check may hold of each.
const MOST_HEADERS: usize = 50;
const MOST_TEXT_BYTES: usize = 64 << 10;
const MOST_VALUES: usize = 50;
/// Methods that change nothing (RFC 9110, 9.2.1).
const SAFE_METHODS: [&str; 3] = ["GET", "HEAD", "OPTIONS"];
/// Headers that carry credentials, by their names or by a part of them.
const SECRET_NAMES: [&str; 3] = ["authorization", "proxy-authorization", "cookie"];
const SECRET_PARTS: [&str; 6] = ["token", "secret", "password", "api-key", "apikey", "credential"];

/// Where a check goes, and what it is called.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    /// Empty where `url` is a URL of its own.
    pub(crate) target: String,
    /// Unique among the checks of its target.
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<Header>,
    pub(crate) timeout: Span,
    pub(crate) interval: Span,
    pub(crate) verify: bool,
}

/// A request and what its answer should be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HttpCheck {
    pub(crate) place: Place,
    pub(crate) method: String,
    body: String,
    pub(crate) statuses: Statuses,
    pub(crate) text: String,
    pub(crate) not_text: String,
    /// With the paths as they were written.
    pub(crate) json: Vec<(String, JsonPath, Value)>,
    pub(crate) answer_headers: BTreeMap<String, String>,
    pub(crate) min_bytes: u64,
    pub(crate) max_bytes: u64,
    pub(crate) redirects: u32,
    http: Http,
    /// What the document calls the group that the operation is in.
    pub(crate) tag: String,
}

/// A WebSocket and what should come back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WebSocketCheck {
    pub(crate) place: Place,
    message: String,
    pub(crate) reply: String,
    subprotocols: Vec<String>,
}

/// What both kinds write down of where they go.
struct Written<'a> {
    name: &'a str,
    target: &'a str,
    path: &'a str,
    url: &'a str,
    headers: &'a BTreeMap<String, String>,
    timeout: Option<Span>,
    interval: Option<Span>,
    verify: Option<bool>,
}

impl Place {
    fn new(written: &Written<'_>, settings: &Settings, schemes: [&str; 2]) -> Result<Self, String> {
        let Written { name, target, path, url, headers, timeout, interval, verify } = *written;
        let shown = [name, url, path]
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or("an endpoint without `path` and `url`");
        let wrong = |what: &str| Err(format!("`{}` {what}", cut(shown)));
        if !url.is_empty() {
            if !path.is_empty() || !target.is_empty() {
                return wrong("has a `url` and a `target` or `path`; it may have the one or the other");
            }
            if !schemes.iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| rest.starts_with("://"))) {
                return wrong(&format!(
                    "has the URL `{}`, which does not begin with {}:// or {}://",
                    cut(url),
                    schemes[0],
                    schemes[1]
                ));
            }
        } else if (target.is_empty() || !path.is_empty()) && !path.starts_with(['/', '?']) {
            return wrong("has no `url`, and no `path` that begins with `/`");
        }
        let target = match (url.is_empty(), target.is_empty()) {
            (false, _) => "",
            (true, false) => target,
            (true, true) if settings.target.is_empty() => {
                return wrong("is a path; say of which `target`, at the endpoint or for all of them");
            }
            (true, true) => &settings.target,
        };
        if name.len() > cut(name).len() {
            return wrong("has a name of more than 200 bytes, which is too long for a label");
        }
        let (timeout, interval) = (timeout.unwrap_or(settings.timeout), interval.unwrap_or(settings.interval));
        let of = |error: String| format!("`{}`: {error}", cut(shown));
        settings.check_timeout("timeout", timeout).map_err(of)?;
        settings.check_interval("interval", interval).map_err(of)?;
        let url = if url.is_empty() { path } else { url };
        let usual = if url.is_empty() { "/" } else { url };
        Ok(Self {
            target: target.to_owned(),
            name: cut(if name.is_empty() { usual } else { name }).to_owned(),
            url: url.to_owned(),
            headers: send(headers).map_err(of)?,
            timeout,
            interval,
            verify: verify.unwrap_or(true),
        })
    }

    /// Which connections count together: those of a target, or of a URL's host and port.
    pub(crate) fn host(&self) -> &str {
        if !self.target.is_empty() {
            return &self.target;
        }
        let rest = self.url.split_once("://").map_or(&*self.url, |(_, rest)| rest);
        rest.split(['/', '?', '#']).next().unwrap_or_default()
    }

    /// Where it goes without the query, which may hold what does not belong in a label.
    pub(crate) fn shown_url(&self) -> &str {
        cut(self.url.split(['?', '#']).next().unwrap_or_default())
    }

    fn for_host(&self) -> Option<String> {
        (!self.target.is_empty()).then(|| self.target.clone())
    }

    /// Whether the host should refuse a certificate that it does not trust. With a target it should, as it sends credentials
    /// along; without one an untrusted chain is looked at all the same, so that it can be told when it ends and what is wrong with it.
    fn host_verifies(&self) -> bool {
        self.verify && !self.target.is_empty()
    }
}

fn send(headers: &BTreeMap<String, String>) -> Result<Vec<Header>, String> {
    if headers.len() > MOST_HEADERS {
        return Err(format!("it has {} headers and may have {MOST_HEADERS}", headers.len()));
    }
    let is_secret = |name: &String| {
        let name = name.to_lowercase();
        SECRET_NAMES.contains(&&*name) || SECRET_PARTS.iter().any(|part| name.contains(part))
    };
    if let Some(name) = headers.keys().find(|name| is_secret(name)) {
        return Err(format!(
            "the header `{}` carries credentials, and settings are no place for them; give them to a target (`bearer`, or `user` and `password`)",
            cut(name)
        ));
    }
    Ok(headers.iter().map(|(name, value)| Header { name: name.clone(), value: value.clone() }).collect())
}

impl HttpCheck {
    /// Reads what the operator wrote.
    pub(crate) fn new(fields: &EndpointFields, settings: &Settings) -> Result<Self, String> {
        let written = Written {
            name: &fields.name,
            target: &fields.target,
            path: &fields.path,
            url: &fields.url,
            headers: &fields.headers,
            timeout: fields.timeout,
            interval: fields.interval,
            verify: fields.verify,
        };
        let place = Place::new(&written, settings, ["http", "https"])?;
        let wrong = |what: String| Err(format!("`{}` {what}", place.name));
        let method = if fields.method.is_empty() { "GET" } else { &*fields.method };
        if !SAFE_METHODS.contains(&method) && !fields.unsafe_methods {
            return wrong(format!(
                "has the method `{}`, which may change something there; if that is meant, say `unsafe_methods: true`",
                cut(method)
            ));
        }
        let texts = [&fields.body, &fields.text, &fields.not_text];
        if texts.iter().any(|text| text.len() > MOST_TEXT_BYTES) {
            return wrong(format!("has a text of more than {MOST_TEXT_BYTES} bytes"));
        }
        if fields.json.len() > MOST_VALUES || fields.answer_headers.len() > MOST_VALUES {
            return wrong(format!("has more than {MOST_VALUES} values in `json` or `answer_headers`"));
        }
        let max_bytes = fields.max_bytes.unwrap_or(u64::MAX);
        if fields.min_bytes > max_bytes {
            return wrong(format!("has `min_bytes` {} above its `max_bytes` {max_bytes}", fields.min_bytes));
        }
        if method == "HEAD" && (!fields.text.is_empty() || !fields.json.is_empty() || fields.min_bytes > 0) {
            return wrong("looks at the body, and an answer to HEAD has none".to_owned());
        }
        let redirects = fields.redirects.unwrap_or(settings.redirects);
        if redirects > MOST_REDIRECTS {
            return wrong(format!("has `redirects` {redirects}; it may be 0 to {MOST_REDIRECTS}"));
        }
        let read = |(path, value): (&String, &Value)| Ok((path.clone(), JsonPath::read(path)?, value.clone()));
        let json = fields.json.iter().map(read).collect::<Result<_, String>>();
        let json = json.map_err(|error| format!("`{}`: {error}", place.name))?;
        Ok(Self {
            method: method.to_owned(),
            body: fields.body.clone(),
            statuses: fields.status.clone().unwrap_or_else(Statuses::success),
            text: fields.text.clone(),
            not_text: fields.not_text.clone(),
            json,
            answer_headers: fields
                .answer_headers
                .iter()
                .map(|(name, text)| (name.to_lowercase(), text.clone()))
                .collect(),
            min_bytes: fields.min_bytes,
            max_bytes,
            redirects,
            http: fields.http,
            tag: String::new(),
            place,
        })
    }

    /// Bytes of the body that have to be seen.
    pub(crate) fn kept(&self) -> u32 {
        let looks = !self.text.is_empty() || !self.not_text.is_empty() || !self.json.is_empty();
        if looks { KEPT_BYTES } else { 0 }
    }

    pub(crate) fn request(&self) -> Request {
        Request {
            target: self.place.for_host(),
            url: self.place.url.clone(),
            method: self.method.clone(),
            headers: self.place.headers.clone(),
            body: self.body.clone().into_bytes(),
            timeout_micros: self.place.timeout.micros(),
            redirects: self.redirects,
            keep_body: self.kept(),
            verify: self.place.host_verifies(),
            version: match self.http {
                Http::Any => Version::Any,
                Http::One => Version::Http1,
                Http::Two => Version::Http2,
            },
        }
    }
}

impl WebSocketCheck {
    /// Reads what the operator wrote.
    pub(crate) fn new(fields: &WebSocketFields, settings: &Settings) -> Result<Self, String> {
        let written = Written {
            name: &fields.name,
            target: &fields.target,
            path: &fields.path,
            url: &fields.url,
            headers: &fields.headers,
            timeout: fields.timeout,
            interval: fields.interval,
            verify: fields.verify,
        };
        let place = Place::new(&written, settings, ["ws", "wss"])?;
        if !fields.reply.is_empty() && fields.message.is_empty() {
            return Err(format!("`{}` has a `reply` and no `message` that it could be the answer to", place.name));
        }
        if fields.message.len() > MOST_TEXT_BYTES || fields.reply.len() > MOST_TEXT_BYTES {
            return Err(format!("`{}` has a text of more than {MOST_TEXT_BYTES} bytes", place.name));
        }
        Ok(Self {
            place,
            message: fields.message.clone(),
            reply: fields.reply.clone(),
            subprotocols: fields.subprotocols.clone(),
        })
    }

    pub(crate) fn wants_echo(&self) -> bool {
        !self.message.is_empty()
    }

    pub(crate) fn kept(&self) -> u32 {
        if self.reply.is_empty() { 0 } else { KEPT_ECHO_BYTES }
    }

    pub(crate) fn check(&self) -> websocket::Check {
        websocket::Check {
            target: self.place.for_host(),
            url: self.place.url.clone(),
            headers: self.place.headers.clone(),
            subprotocols: self.subprotocols.clone(),
            message: self.message.clone(),
            keep: self.kept(),
            timeout_micros: self.place.timeout.micros(),
            verify: self.place.host_verifies(),
        }
    }
}

/// Two of one name would be one series.
pub(crate) fn unique<'a>(places: impl Iterator<Item = &'a Place>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for place in places {
        if !seen.insert((&place.target, &place.name)) {
            return Err(format!("two endpoints are called `{}`; give one of them another `name`", place.name));
        }
    }
    Ok(())
}
