//! What was made in the browser and has to go again, whatever becomes of the one who made it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::connection::{CallError, Connection};
use crate::CapabilityError;

/// Something in the browser, undone when this is dropped: by a task of its own, which lasts no longer than `patience`. When
/// that task is not answered it ends the connection, and the browser disposes of all that was made through it.
pub(super) struct Undo {
    connection: Arc<Connection>,
    command: Option<(&'static str, Value)>,
    patience: Duration,
    runtime: Handle,
    /// What the browser calls it.
    pub(super) id: String,
}

impl Undo {
    /// A browser context, which goes with all its pages.
    pub(super) async fn context(connection: &Arc<Connection>, patience: Duration) -> Result<Self, CapabilityError> {
        let (create, dispose) = ("Target.createBrowserContext", "Target.disposeBrowserContext");
        let params = json!({ "disposeOnDetach": true });
        Self::after(connection, patience, (create, params), "browserContextId", dispose).await
    }

    /// A session with a page (or another target), which the page outlives.
    pub(super) async fn session(
        connection: &Arc<Connection>,
        patience: Duration,
        target: &str,
    ) -> Result<Self, CapabilityError> {
        let params = json!({ "targetId": target, "flatten": true });
        let attach = ("Target.attachToTarget", params);
        Self::after(connection, patience, attach, "sessionId", "Target.detachFromTarget").await
    }

    /// The task goes on when the caller is dropped, and then drops what it made.
    async fn after(
        connection: &Arc<Connection>,
        patience: Duration,
        (method, params): (&'static str, Value),
        key: &'static str,
        undo: &'static str,
    ) -> Result<Self, CapabilityError> {
        let connection = connection.clone();
        let made = tokio::spawn(async move {
            let answer = connection.call(None, method, params, patience).await?;
            let Some(id) = answer[key].as_str() else {
                return Err(CapabilityError::Failed(format!("the browser's answer to `{method}` has no `{key}`")));
            };
            let command = Some((undo, json!({ key: id })));
            Ok(Self { connection, command, patience, runtime: Handle::current(), id: id.to_owned() })
        });
        made.await.unwrap_or_else(|error| Err(CapabilityError::Failed(format!("`{method}` failed: {error}"))))
    }

    /// Undoes it now, and waits until it is done.
    pub(super) async fn now(mut self) -> Result<(), CallError> {
        let Some((method, params)) = self.command.clone() else { return Ok(()) };
        let done = self.connection.call(None, method, params, self.patience).await;
        self.command = None;
        done.map(|_| ())
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        let Some((method, params)) = self.command.take() else { return };
        let (connection, patience) = (self.connection.clone(), self.patience);
        self.runtime.spawn(async move {
            // An answer that does not come ends the connection; a refusal means that it is gone already.
            let _ = connection.call(None, method, params, patience).await;
        });
    }
}
