//! What the server shows of parts that it does not know.

use serde_json::Value;

/// The rest of the host, as JSON documents of documented shape (`docs/reference/api.md`). Each call is quick: what
/// takes time is prepared by the part that owns it.
pub trait HostView: Send + Sync {
    /// `GET /api/autobot/v1/status`.
    fn status(&self) -> Value;
    /// `GET /api/autobot/v1/plugins`.
    fn plugins(&self) -> Value;
    /// `GET /api/autobot/v1/rules`.
    fn rules(&self) -> Value;
    /// `GET /api/autobot/v1/alerts`.
    fn alerts(&self) -> Value;
    /// Version of the program.
    fn version(&self) -> &str;
}
