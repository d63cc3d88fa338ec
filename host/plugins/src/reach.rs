//! What one instance reaches over the network: clients made of its grant when they are first asked for, and its own, so that no
//! other plugin shares a connection with it.

use std::sync::Arc;

use autobot_capabilities::browser::{Browser, BrowserOptions};
use autobot_capabilities::http::{Http, HttpOptions, READ_BYTES};
use autobot_capabilities::probe::{Probe, ProbeOptions};
use autobot_capabilities::redis::{Redis, RedisOptions};
use autobot_capabilities::websocket::{WebSocket, WebSocketOptions};
use autobot_capabilities::{Capability, CapabilityError, Dialer, Grant};

use crate::{Limits, Reachable};

/// The clients of one instance.
#[derive(Default)]
pub(crate) struct Reach {
    http: Option<Arc<Http>>,
    websocket: Option<Arc<WebSocket>>,
    redis: Option<Arc<Redis>>,
    probe: Option<Arc<Probe>>,
    browser: Option<Arc<Browser>>,
}

/// Of what a client is made.
pub(crate) struct Made<'a> {
    pub(crate) dialer: &'a Arc<Dialer>,
    pub(crate) grant: &'a Grant,
    pub(crate) reachable: &'a Reachable,
    pub(crate) limits: &'a Limits,
}

impl Made<'_> {
    fn scope(&self, capability: Capability) -> Vec<String> {
        self.grant.scope(capability).to_vec()
    }
}

impl Reach {
    /// The error: a glob of the grant that is none.
    pub(crate) fn http(&mut self, made: &Made<'_>) -> Result<Arc<Http>, CapabilityError> {
        if let Some(http) = &self.http {
            return Ok(http.clone());
        }
        let http = Arc::new(Http::new(HttpOptions {
            dialer: made.dialer.clone(),
            scope: made.scope(Capability::Http),
            targets: made.reachable.targets.clone(),
            in_flight: made.limits.in_flight,
            response_bytes: made.limits.response_bytes,
            read_bytes: READ_BYTES,
        })?);
        Ok(self.http.insert(http).clone())
    }

    /// The error: a glob of the grant that is none.
    pub(crate) fn websocket(&mut self, made: &Made<'_>) -> Result<Arc<WebSocket>, CapabilityError> {
        if let Some(websocket) = &self.websocket {
            return Ok(websocket.clone());
        }
        let websocket = Arc::new(WebSocket::new(WebSocketOptions {
            dialer: made.dialer.clone(),
            scope: made.scope(Capability::Websocket),
            targets: made.reachable.targets.clone(),
            in_flight: made.limits.in_flight,
            response_bytes: made.limits.response_bytes,
        })?);
        Ok(self.websocket.insert(websocket).clone())
    }

    pub(crate) fn redis(&mut self, made: &Made<'_>) -> Arc<Redis> {
        let make = || {
            let options = RedisOptions {
                in_flight: made.limits.in_flight,
                response_bytes: made.limits.response_bytes,
                ..RedisOptions::new(made.scope(Capability::Redis), made.reachable.targets.clone())
            };
            Arc::new(Redis::new(options))
        };
        self.redis.get_or_insert_with(make).clone()
    }

    pub(crate) fn probe(&mut self, made: &Made<'_>) -> Arc<Probe> {
        let make = || {
            Arc::new(Probe::new(ProbeOptions {
                scope: made.scope(Capability::Probe),
                machines: (*made.reachable.machines).clone(),
                in_flight: made.limits.in_flight,
            }))
        };
        self.probe.get_or_insert_with(make).clone()
    }

    pub(crate) fn browser(&mut self, made: &Made<'_>) -> Arc<Browser> {
        let make = || {
            Arc::new(Browser::new(BrowserOptions {
                scope: made.scope(Capability::Browser),
                targets: made.reachable.targets.clone(),
                response_bytes: made.limits.response_bytes,
                ..BrowserOptions::default()
            }))
        };
        self.browser.get_or_insert_with(make).clone()
    }
}
