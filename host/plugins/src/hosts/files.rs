//! `files`: read on threads that may block, so that a slow disk holds up nobody else.

use autobot_capabilities::files::Files;
use autobot_capabilities::{Capability, CapabilityError};

use crate::abi::files::{Content, Host};
use crate::abi::types::Error;
use crate::facts::fact;
use crate::guest::Guest;

impl Guest {
    async fn with_files<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Files) -> Result<T, CapabilityError> + Send + 'static,
    ) -> Result<T, Error> {
        let files = match &self.files {
            Some(files) => files.clone(),
            None => self.files.insert(Files::new(self.grant.scope(Capability::Files))?).clone(),
        };
        let done = tokio::task::spawn_blocking(move || work(&files)).await;
        match done {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(CapabilityError::Denied(what))) => Err(Error::Denied(self.deny(Capability::Files, &what))),
            Ok(Err(error)) => Err(error.into()),
            Err(error) => Err(Error::Failed(format!("the host failed at reading files: {error}"))),
        }
    }
}

impl Guest {
    async fn contents(&mut self, patterns: Vec<String>, limit_bytes: u32) -> Result<Vec<Content>, Error> {
        let most = self.limits.response_bytes;
        let found = self.with_files(move |files| files.read(&patterns, limit_bytes as usize, most)).await?;
        let content = |file: autobot_capabilities::files::FileContent| Content {
            path: file.path,
            bytes: file.bytes,
            truncated: file.truncated,
            modified: file.modified_ms,
        };
        Ok(found.into_iter().map(content).collect())
    }

    async fn paths(&mut self, patterns: Vec<String>) -> Result<Vec<String>, Error> {
        let most = self.limits.response_bytes;
        self.with_files(move |files| files.list(&patterns, most)).await
    }
}

impl Host for Guest {
    async fn read_all(&mut self, patterns: Vec<String>, limit_bytes: u32) -> Result<Vec<Content>, Error> {
        fact!(self, Files, "files.read-all", (&patterns, limit_bytes), self.contents(patterns, limit_bytes).await)
    }

    async fn list_all(&mut self, patterns: Vec<String>) -> Result<Vec<String>, Error> {
        fact!(self, Files, "files.list-all", &patterns, self.paths(patterns).await)
    }
}
