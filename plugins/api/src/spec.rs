//! Endpoints and WebSockets, as the operator writes them.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use crate::span::Span;
use crate::status::Statuses;

/// A request and what its answer should be. Fields that are left out have the values of the settings around it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Endpoint(pub(crate) EndpointFields);

/// A WebSocket and what should come back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WebSocket(pub(crate) WebSocketFields);

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EndpointFields {
    pub(crate) name: String,
    pub(crate) target: String,
    pub(crate) path: String,
    pub(crate) url: String,
    pub(crate) method: String,
    pub(crate) unsafe_methods: bool,
    pub(crate) body: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) status: Option<Statuses>,
    pub(crate) text: String,
    pub(crate) not_text: String,
    pub(crate) json: BTreeMap<String, Value>,
    pub(crate) answer_headers: BTreeMap<String, String>,
    pub(crate) min_bytes: u64,
    pub(crate) max_bytes: Option<u64>,
    pub(crate) redirects: Option<u32>,
    pub(crate) http: Http,
    pub(crate) timeout: Option<Span>,
    pub(crate) interval: Option<Span>,
    pub(crate) verify: Option<bool>,
}

/// What is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Http {
    #[default]
    #[serde(rename = "any")]
    Any,
    #[serde(rename = "1.1")]
    One,
    #[serde(rename = "2")]
    Two,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WebSocketFields {
    pub(crate) name: String,
    pub(crate) target: String,
    pub(crate) path: String,
    pub(crate) url: String,
    pub(crate) message: String,
    pub(crate) reply: String,
    pub(crate) subprotocols: Vec<String>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) timeout: Option<Span>,
    pub(crate) interval: Option<Span>,
    pub(crate) verify: Option<bool>,
}

/// Where something is: a path of the target around it when it begins with `/`, else a URL.
fn place(text: &str) -> (String, String) {
    if text.starts_with('/') { (text.to_owned(), String::new()) } else { (String::new(), text.to_owned()) }
}

/// Text alone, or an object.
macro_rules! text_or_object {
    ($outer:ident($inner:ident), $what:literal) => {
        impl<'de> Deserialize<'de> for $outer {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Either;

                impl<'de> Visitor<'de> for Either {
                    type Value = $outer;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($what)
                    }

                    fn visit_str<E: Error>(self, text: &str) -> Result<$outer, E> {
                        let (path, url) = place(text);
                        Ok($outer($inner { path, url, ..$inner::default() }))
                    }

                    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<$outer, A::Error> {
                        $inner::deserialize(MapAccessDeserializer::new(map)).map($outer)
                    }
                }

                deserializer.deserialize_any(Either)
            }
        }
    };
}

text_or_object!(Endpoint(EndpointFields), "a URL, a path of the target, or an endpoint");
text_or_object!(WebSocket(WebSocketFields), "a URL, a path of the target, or a WebSocket");
