//! A driver that hangs. In a program of its own, because it counts the threads that call NVML.

#![expect(clippy::disallowed_methods, reason = "the test builds the library that it reads through")]

#[path = "fake-nvml/fake.rs"]
mod fake;

use std::fs::OpenOptions;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use autobot_capabilities::CapabilityError;
use autobot_capabilities::gpu::{Gpus, Snapshot};
use expect_test::expect;
use fake::{FakeNvml, LAPTOP};

/// Longer than any busy machine takes: what is waited for here comes.
const LONG: Duration = Duration::from_secs(120);
/// Shorter than a hang, which ends when the test says so.
const SHORT: Duration = Duration::from_millis(50);

/// The answer that is there without waiting.
fn at_once(gpus: &Gpus, deadline: Duration) -> Poll<Result<Snapshot, CapabilityError>> {
    poll(pin!(gpus.read(deadline)))
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[expect(clippy::unwrap_used, reason = "every machine has its `/proc/self`")]
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).ok());
    names.filter(|name| name.trim() == "nvml").count()
}

#[tokio::test]
async fn a_driver_that_hangs_costs_one_deadline_and_works_again_when_it_answers() {
    let nvml = FakeNvml::new(LAPTOP);
    let fifo = nvml.folder.path().join("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    let gpus = nvml.gpus();
    assert_eq!(gpus.read(LONG).await.unwrap().devices.len(), 1);
    for _ in 0..2 {
        nvml.says(&format!("{LAPTOP}- hang {}\n", fifo.display()));
        let mut patient = pin!(gpus.read(LONG));
        assert!(poll(patient.as_mut()).is_pending());
        let late = gpus.read(SHORT).await.unwrap_err();
        expect![
            "timed out: NVML has not answered within 50ms: the NVIDIA driver hangs or is very slow; it will be read again as soon as it answers"
        ]
        .assert_eq(&late.to_string());
        for _ in 0..100 {
            assert_eq!(at_once(&gpus, SHORT), Poll::Ready(Err(late.clone())), "nobody waits for what hangs");
        }
        // Those with more patience wait, as many as there are places; dropped, they leave no trace. Two places are taken, or
        // not any more.
        let waiting = (0..100).filter(|_| at_once(&gpus, LONG).is_pending()).count();
        assert!((62..=64).contains(&waiting), "{waiting}");
        assert!(matches!(at_once(&gpus, LONG), Poll::Ready(Err(CapabilityError::Timeout(_)))));
        assert_eq!(threads(), 1);
        // Returns when the driver is at its end of it, which lets it go on.
        let release = tokio::task::spawn_blocking({
            let fifo = fifo.clone();
            move || OpenOptions::new().write(true).open(fifo).unwrap()
        });
        drop(release.await.unwrap());
        assert_eq!(patient.await.unwrap().devices.len(), 1, "who was patient is answered");
        nvml.says(LAPTOP);
        // While those who gave up stand in line there may be no place.
        let found = loop {
            match gpus.read(LONG).await {
                Err(CapabilityError::Timeout(_)) => tokio::task::yield_now().await,
                answer => break answer.unwrap(),
            }
        };
        assert_eq!(found.devices.len(), 1);
        assert_eq!(threads(), 1);
    }
    drop(gpus);
}
