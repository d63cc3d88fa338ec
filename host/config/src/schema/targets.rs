//! The table of what may be said about a target: where it is, and how to log in there.

use super::{Key, Shape};

/// `targets`
pub(super) const TARGETS: Shape = Shape::Names { of: &Shape::Section(TARGET), what: "targets" };

static TARGET: &[Key] = &[
    Key::new("redis", Shape::Url(&["redis", "rediss", "unix"]), "The URL of a Redis.", "redis://127.0.0.1:6379")
        .default("none; a target is one of `redis`, `http` and `cdp`"),
    Key::new("http", Shape::Url(&["http", "https"]), "The URL of an HTTP service.", "http://127.0.0.1:8001")
        .default("none"),
    Key::new(
        "cdp",
        Shape::Url(&["ws", "wss", "http", "https"]),
        "Where a browser answers to the DevTools protocol.",
        "ws://127.0.0.1:9222",
    )
    .default("none"),
    Key::new("user", Shape::Text, "The user to log in as.", "monitor").default("none"),
    Key::new("password", Shape::Secret, "The password to log in with.", "\"${credential:redis}\"").default("none"),
    Key::new("bearer", Shape::Secret, "The bearer token to send.", "\"${env:BACKEND_TOKEN}\"").default("none"),
];
