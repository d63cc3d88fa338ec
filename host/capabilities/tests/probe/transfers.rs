//! Throughput through TCP echo services.

use std::net::SocketAddr;

use autobot_capabilities::CapabilityError;
use autobot_capabilities::probe::{Throughput, Transfer};

use super::ask::probe;
use super::echo;

fn transfer(address: SocketAddr) -> Transfer {
    Transfer {
        host: address.ip().to_string(),
        port: address.port(),
        bytes: 3_000_001,
        duration_micros: 20_000_000,
        timeout_micros: 20_000_000,
    }
}

async fn run(transfer: Transfer) -> Result<Throughput, CapabilityError> {
    tokio::spawn(async move { probe().transfer_all(vec![transfer]).await }).await.unwrap().pop().unwrap()
}

#[tokio::test]
async fn bytes_go_there_and_come_back() {
    let address = echo::tcp(echo::echo).await;
    let throughput = run(transfer(address)).await.unwrap();
    assert_eq!((throughput.bytes, throughput.address.as_str()), (3_000_001, "127.0.0.1"));
    assert!(throughput.elapsed > 0.0);
    let both = probe().transfer_all(vec![transfer(address), Transfer { bytes: 1, ..transfer(address) }]).await;
    assert_eq!(both.into_iter().map(|one| one.unwrap().bytes).collect::<Vec<_>>(), [3_000_001, 1]);
}

#[tokio::test]
async fn sending_ends_with_its_duration_and_what_is_on_its_way_comes_in() {
    let address = echo::tcp(echo::echo).await;
    let endless = Transfer { bytes: u64::MAX, duration_micros: 100_000, ..transfer(address) };
    let throughput = run(endless).await.unwrap();
    assert!(throughput.bytes > 0 && throughput.elapsed > 0.0, "{throughput:?}");
}

#[tokio::test]
async fn what_is_no_echo_service_is_found_out() {
    let told = async |transfer| run(transfer).await.unwrap_err();
    let talks = told(transfer(echo::tcp(echo::talk).await)).await;
    assert!(
        matches!(&talks, CapabilityError::Failed(text) if text.contains("what comes back is not what was sent")),
        "{talks}"
    );
    let nobody = told(transfer(echo::nobody())).await;
    assert!(
        matches!(&nobody, CapabilityError::Unreachable(text) if text.contains("does an echo service run")),
        "{nobody}"
    );
    let closed = told(transfer(echo::tcp(|_| async {}).await)).await;
    assert!(matches!(closed, CapabilityError::Unreachable(_)), "{closed}");
    let half = told(Transfer { bytes: 1_000, ..transfer(echo::tcp(echo::once).await) }).await;
    assert!(matches!(&half, CapabilityError::Unreachable(text) if text.ends_with("of 1000 bytes")), "{half}");
    let short =
        Transfer { duration_micros: 50_000, timeout_micros: 1_000_000, ..transfer(echo::tcp(echo::swallow).await) };
    let silent = told(short).await;
    assert!(matches!(&silent, CapabilityError::Timeout(text) if text.contains(": 0 of ")), "{silent}");
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused() {
    let told = async |transfer| run(transfer).await.unwrap_err();
    let address = echo::nobody();
    for wrong in [
        Transfer { bytes: 0, ..transfer(address) },
        Transfer { duration_micros: 0, ..transfer(address) },
        Transfer { timeout_micros: u64::MAX, ..transfer(address) },
        Transfer { port: 0, ..transfer(address) },
    ] {
        assert!(matches!(told(wrong).await, CapabilityError::Invalid(_)));
    }
    let elsewhere = Transfer { host: "192.0.2.1".to_owned(), ..transfer(address) };
    assert!(matches!(told(elsewhere).await, CapabilityError::Denied(_)));
    let many = probe().transfer_all(vec![transfer(address); 101]).await;
    assert!(many.len() == 101 && many.iter().all(|one| matches!(one, Err(CapabilityError::TooLarge(_)))));
}
