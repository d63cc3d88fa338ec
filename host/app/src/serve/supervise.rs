//! Tasks that must not end: one that panics or returns early is begun anew, and that is counted.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};

/// Time before a task's first new try; it doubles from failure to failure.
const FIRST_DELAY: Duration = Duration::from_millis(100);
/// The longest time between two tries.
const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// Starts tasks and keeps them running.
#[derive(Clone, Debug, Default)]
pub(crate) struct Supervisor {
    restarts: Arc<AtomicU64>,
}

impl Supervisor {
    /// How often any task had to be begun anew.
    pub(crate) fn restarts(&self) -> u64 {
        self.restarts.load(Ordering::Relaxed)
    }

    /// Runs what `make` makes, again and again, until the handle is aborted.
    pub(crate) fn keep<F>(&self, name: &'static str, mut make: impl FnMut() -> F + Send + 'static) -> JoinHandle<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let restarts = self.restarts.clone();
        tokio::spawn(async move {
            let mut delay = FIRST_DELAY;
            loop {
                // In a set, so that aborting the supervisor's own task takes the running one with it.
                let mut task = JoinSet::new();
                task.spawn(make());
                let begun = tokio::time::Instant::now();
                match task.join_next().await {
                    Some(Err(error)) if error.is_panic() => {
                        tracing::error!(task = name, %error, "a task of the host panicked; it is started again");
                    }
                    _ => tracing::warn!(task = name, "a task of the host ended early; it is started again"),
                }
                restarts.fetch_add(1, Ordering::Relaxed);
                delay = if begun.elapsed() > LONGEST_DELAY { FIRST_DELAY } else { (delay * 2).min(LONGEST_DELAY) };
                tokio::time::sleep(delay).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_is_started_again_until_it_holds() {
        let supervisor = Supervisor::default();
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let tries = Arc::new(AtomicU64::new(0));
        let handle = supervisor.keep("test", move || {
            let (tell, attempt) = (tell.clone(), tries.fetch_add(1, Ordering::SeqCst));
            async move {
                assert!(attempt >= 2, "not yet");
                tell.send(attempt).expect("the test listens");
                std::future::pending::<()>().await;
            }
        });
        assert_eq!(told.recv().await, Some(2));
        assert_eq!(supervisor.restarts(), 2);
        handle.abort();
    }
}
