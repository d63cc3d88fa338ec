//! One request, through its redirects, to the end of its answer.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, COOKIE};
use hyper::header::{HOST, HeaderMap, HeaderValue, LOCATION, USER_AGENT};
use hyper::{Method, StatusCode};
use tokio::time::Instant;

use super::address::Address;
use super::exchange::{Exchange, Speaks, Step, With};
use super::headers::{incoming, outgoing};
use super::{Header, Http, Request, Response, Timing, Version};
use crate::dial::{Deadline, DialTiming, Dialled, Endpoint, Security, in_words};
use crate::{CapabilityError, Tls};

/// Redirects that are followed, whatever a plugin asks for.
const MOST_REDIRECTS: u32 = 20;
/// What the host calls itself.
pub(crate) const AGENT: HeaderValue = HeaderValue::from_static(concat!("autobot-host/", env!("CARGO_PKG_VERSION")));

/// What all answers of one call may keep together.
pub(crate) struct Budget {
    most: usize,
    left: AtomicUsize,
}

impl Budget {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, left: AtomicUsize::new(most) }
    }

    /// What one answer takes of it.
    pub(crate) fn share(&self) -> Share<'_> {
        Share { budget: self, taken: 0 }
    }
}

/// A part of a budget, given back when its answer comes to nothing.
pub(crate) struct Share<'a> {
    budget: &'a Budget,
    taken: usize,
}

impl Share<'_> {
    /// Takes `bytes` more.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), CapabilityError> {
        let Budget { most, left } = self.budget;
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).map_err(|_| {
            CapabilityError::TooLarge(format!(
                "the answers of this call have more than {most} bytes together; ask for less of each, or for fewer"
            ))
        })?;
        self.taken = self.taken.saturating_add(bytes);
        Ok(())
    }

    /// Lets the answer have what was taken.
    pub(crate) fn keep(mut self) {
        self.taken = 0;
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.budget.left.fetch_add(self.taken, Ordering::Relaxed);
    }
}

/// What is sent, as it changes from one redirect to the next.
struct Sending {
    method: Method,
    headers: HeaderMap,
    body: Bytes,
}

/// An answer whose head has come.
struct Answer {
    exchange: Exchange,
    remote: String,
    tls: Option<Tls>,
    dialled: DialTiming,
    speaks: Speaks,
}

impl Http {
    /// Answers one request.
    pub(super) async fn fetch(&self, request: Request, budget: &Budget) -> Result<Response, CapabilityError> {
        let deadline = Deadline::of_micros(request.timeout_micros);
        let start = Instant::now();
        let mut address = self.reach.address(request.target.as_deref(), &request.url)?;
        let mut sending = Sending {
            method: method(&request.method)?,
            headers: outgoing(&request.headers, address.authorization.is_some())?,
            body: request.body.into(),
        };
        let most_redirects = request.redirects.min(MOST_REDIRECTS);
        let mut redirected = 0;
        loop {
            let place = address.place();
            let answer = self.ask(&address, &sending, request.version, request.verify, &place, deadline).await?;
            let response = &answer.exchange.response;
            match (redirected < most_redirects).then(|| location(response.status(), response.headers())).flatten() {
                Some(location) => {
                    let next = self.reach.redirected(&address, &location)?;
                    sending.follow(response.status(), next.is_of_origin(&address));
                    answer.exchange.end().await;
                    address = next;
                    redirected += 1;
                }
                None => {
                    let connected = answer.dialled.total();
                    let with = With { place: &place, deadline, connected };
                    let keep = usize::try_from(request.keep_body).unwrap_or(usize::MAX);
                    let mut response = answer.read(with, keep, self.read_bytes, budget).await?;
                    response.timing.total = start.elapsed().as_secs_f64();
                    return Ok(Response { redirected, url: address.url.into(), ..response });
                }
            }
        }
    }

    async fn ask(
        &self,
        address: &Address,
        sending: &Sending,
        version: Version,
        verify: bool,
        place: &str,
        deadline: Deadline,
    ) -> Result<Answer, CapabilityError> {
        let protocols: &'static [&'static [u8]] = match version {
            Version::Any => &[b"h2", b"http/1.1"],
            Version::Http1 => &[b"http/1.1"],
            Version::Http2 => &[b"h2"],
        };
        let (host, port) = address.host_and_port()?;
        let security = address.is_secure().then_some(Security { verify, protocols });
        let Dialled { wire, remote, tls, http2, timing } =
            self.dialer.dial(&Endpoint { host, port, security, place }, deadline).await?;
        let speaks = match version {
            Version::Http1 => Speaks::Http1,
            Version::Http2 if tls.is_some() && !http2 => {
                return Err(CapabilityError::Failed(format!("{place} does not speak HTTP/2")));
            }
            // Without TLS there is nobody to ask, so it is spoken at once.
            Version::Http2 => Speaks::Http2,
            Version::Any if http2 => Speaks::Http2,
            Version::Any => Speaks::Http1,
        };
        let request = sending.request(address, speaks)?;
        let with = With { place, deadline, connected: timing.total() };
        let exchange = Exchange::begin(wire, speaks, request, with).await?;
        Ok(Answer { exchange, remote, tls, dialled: timing, speaks })
    }
}

impl Sending {
    fn request(&self, address: &Address, speaks: Speaks) -> Result<hyper::Request<Full<Bytes>>, CapabilityError> {
        let path = address.path_and_query();
        let uri = match speaks {
            Speaks::Http1 => path,
            Speaks::Http2 => format!("{}://{}{path}", address.url.scheme(), address.authority()),
        };
        let unsent = |error: &dyn std::fmt::Display| {
            CapabilityError::Invalid(format!("{} cannot be asked for: {error}", address.place()))
        };
        let mut request = hyper::Request::new(Full::new(self.body.clone()));
        *request.uri_mut() = uri.parse().map_err(|error| unsent(&error))?;
        *request.method_mut() = self.method.clone();
        let headers = request.headers_mut();
        *headers = self.headers.clone();
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        headers.entry(USER_AGENT).or_insert(AGENT);
        if speaks == Speaks::Http1 {
            headers.insert(HOST, address.authority().parse().map_err(|error| unsent(&error))?);
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(authorization) = &address.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        Ok(request)
    }

    /// Changes as a redirect with `status` asks for.
    fn follow(&mut self, status: StatusCode, same_origin: bool) {
        let becomes_get = match status {
            StatusCode::SEE_OTHER => self.method != Method::HEAD,
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method == Method::POST,
            _ => false,
        };
        if becomes_get {
            self.method = Method::GET;
            self.body = Bytes::new();
            for name in [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LANGUAGE] {
                self.headers.remove(name);
            }
        }
        if !same_origin {
            // The plugin's own, meant for whom it asked.
            self.headers.remove(AUTHORIZATION);
            self.headers.remove(COOKIE);
        }
    }
}

impl Answer {
    /// Reads the body to its end, and keeps what is wanted of it.
    async fn read(
        mut self,
        with: With<'_>,
        keep: usize,
        most: u64,
        budget: &Budget,
    ) -> Result<Response, CapabilityError> {
        let response = &mut self.exchange.response;
        let headers = incoming(response.headers());
        let mut share = budget.share();
        share.take(headers.iter().map(Header::bytes).sum())?;
        share.take(self.tls.as_ref().map_or(0, Tls::bytes))?;
        let (status, version) = (response.status().as_u16(), format!("{:?}", response.version()));
        let start = Instant::now();
        let (mut body, mut body_bytes, mut complete) = (Vec::new(), 0u64, true);
        let first_byte = self.exchange.first_byte;
        loop {
            let late = |within: &str| late_body(with, within, first_byte, body_bytes);
            let frame = with.deadline.bound(response.body_mut().frame(), late).await?;
            let Some(frame) = frame else { break };
            let frame = frame.map_err(|error| with.failure(&error, self.speaks, Step::Body(body_bytes)))?;
            let Some(data) = frame.data_ref() else { continue };
            body_bytes = body_bytes.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
            let wanted = data.get(..data.len().min(keep.saturating_sub(body.len()))).unwrap_or_default();
            share.take(wanted.len())?;
            body.extend_from_slice(wanted);
            if body_bytes > most {
                complete = false;
                break;
            }
        }
        share.keep();
        let took = start.elapsed();
        let timing = Timing {
            resolve: self.dialled.resolve.as_secs_f64(),
            connect: self.dialled.connect.as_secs_f64(),
            tls: self.dialled.tls.as_secs_f64(),
            first_byte: first_byte.as_secs_f64(),
            body: took.as_secs_f64(),
            total: 0.0,
        };
        let (remote_address, tls) = (self.remote, self.tls);
        self.exchange.end().await;
        Ok(Response {
            status,
            headers,
            body,
            body_bytes,
            complete,
            timing,
            version,
            remote_address,
            url: String::new(),
            redirected: 0,
            tls,
        })
    }
}

fn late_body(with: With<'_>, within: &str, first_byte: Duration, bytes: u64) -> String {
    let began = in_words(with.connected.saturating_add(first_byte));
    format!("{} did not end its answer {within} (it began after {began}, {bytes} bytes of its body came)", with.place)
}

fn method(name: &str) -> Result<Method, CapabilityError> {
    let shown: String = name.escape_debug().take(20).collect();
    match Method::from_bytes(name.as_bytes()) {
        Ok(Method::CONNECT) => {
            Err(CapabilityError::Invalid("`CONNECT` asks for a tunnel, not for an answer".to_owned()))
        }
        Ok(method) => Ok(method),
        Err(_) => Err(CapabilityError::Invalid(format!("`{shown}` is no method of HTTP"))),
    }
}

/// Where a redirect points.
fn location(status: StatusCode, headers: &HeaderMap) -> Option<String> {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
        .then(|| headers.get(LOCATION))
        .flatten()
        .map(|location| String::from_utf8_lossy(location.as_bytes()).into_owned())
}
