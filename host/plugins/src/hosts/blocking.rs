//! What asks drivers, servers or thousands of files, away from the threads that must not wait.

use autobot_capabilities::CapabilityError;

use super::mirror::Told;
use crate::abi::types::Error;

/// On a thread that may block.
pub(super) async fn blocking<T: Told<U> + Send + 'static, U>(
    read: impl FnOnce() -> Result<T, CapabilityError> + Send + 'static,
) -> Result<U, Error> {
    match tokio::task::spawn_blocking(read).await {
        Ok(answer) => answer.told(),
        Err(error) => Err(Error::Failed(format!("the host failed at it: {error}"))),
    }
}
