//! REST, WebSocket and the embedded dashboard over HTTP.
