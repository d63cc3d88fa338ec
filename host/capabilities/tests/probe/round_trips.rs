//! Round trips by TCP and UDP.

use autobot_capabilities::CapabilityError;
use autobot_capabilities::probe::{Method, ProbeTarget};

use super::ask::{ping, probe, target};
use super::echo;

#[tokio::test]
async fn an_echo_service_answers_every_datagram() {
    let address = echo::udp(|_, bytes| vec![bytes]).await;
    for size in [16, 64, 1_400] {
        let outcome = ping(ProbeTarget { size, ..target(Method::Udp, address) }).await.unwrap();
        assert_eq!((outcome.sent, outcome.received), (6, 6));
        assert_eq!((outcome.reordered, outcome.duplicates), (0, 0));
        assert_eq!((outcome.address.as_str(), outcome.resolve, outcome.ttl), ("127.0.0.1", 0.0, None));
        assert_eq!(outcome.round_trips.len(), 6);
        assert!(outcome.round_trips.iter().all(|time| *time > 0.0 && *time < 20.0), "{outcome:?}");
    }
}

#[tokio::test]
async fn what_is_lost_is_not_received() {
    let address = echo::udp(|number, bytes| if number % 3 == 2 { vec![] } else { vec![bytes] }).await;
    let outcome = ping(ProbeTarget { timeout_micros: 2_000_000, ..target(Method::Udp, address) }).await.unwrap();
    assert_eq!((outcome.sent, outcome.received, outcome.round_trips.len()), (6, 4, 4));
}

#[tokio::test]
async fn what_comes_twice_counts_once() {
    let address = echo::udp(|_, bytes| vec![bytes.clone(), bytes]).await;
    let outcome = ping(target(Method::Udp, address)).await.unwrap();
    // The last one's double comes when all is answered, and nobody waits for it.
    assert_eq!((outcome.received, outcome.duplicates, outcome.reordered), (6, 5, 0));
}

#[tokio::test]
async fn what_changes_places_on_its_way_is_counted() {
    let mut held = Vec::new();
    let swap = move |number: usize, bytes: Vec<u8>| {
        if number.is_multiple_of(2) {
            held = bytes;
            vec![]
        } else {
            vec![bytes, std::mem::take(&mut held)]
        }
    };
    let outcome = ping(target(Method::Udp, echo::udp(swap).await)).await.unwrap();
    assert_eq!((outcome.received, outcome.reordered, outcome.duplicates), (6, 3, 0));
}

/// The service answers nothing until it has everything: who waited for an answer before sending on would wait forever.
#[tokio::test]
async fn requests_do_not_wait_for_answers() {
    let mut all = Vec::new();
    let hold = move |number: usize, bytes: Vec<u8>| {
        all.push(bytes);
        if number == 5 { std::mem::take(&mut all) } else { vec![] }
    };
    let outcome = ping(target(Method::Udp, echo::udp(hold).await)).await.unwrap();
    assert_eq!((outcome.received, outcome.reordered), (6, 0));
    assert!(outcome.round_trips.is_sorted_by(|left, right| left >= right), "the first waited longest: {outcome:?}");
}

#[tokio::test]
async fn answers_to_what_was_never_asked_count_for_nothing() {
    let forge = |_, bytes: Vec<u8>| {
        let (mut cookie, mut number, mut longer) = (bytes.clone(), bytes.clone(), bytes.clone());
        cookie[0] ^= 1;
        number[8] ^= 1;
        longer.push(b'.');
        vec![cookie, number, longer, bytes[..15].to_vec(), vec![]]
    };
    let address = echo::udp(forge).await;
    let outcome = ping(ProbeTarget { timeout_micros: 200_000, ..target(Method::Udp, address) }).await.unwrap();
    assert_eq!((outcome.sent, outcome.received, outcome.duplicates), (6, 0, 0));
}

#[tokio::test]
async fn a_port_that_nobody_serves_is_a_sentence_of_udp_and_an_answer_of_tcp() {
    let nobody = echo::nobody();
    let udp = ProbeTarget { timeout_micros: 200_000, ..target(Method::Udp, nobody) };
    let error = ping(udp).await.unwrap_err();
    assert!(
        matches!(&error, CapabilityError::Unreachable(text) if text.ends_with("(does an echo service run there?)")),
        "{error}"
    );
    let outcome = ping(target(Method::Tcp, nobody)).await.unwrap();
    assert_eq!((outcome.sent, outcome.received), (6, 6));
}

#[tokio::test]
async fn connecting_is_timed_whatever_is_then_done_with_it() {
    for address in [echo::tcp(echo::echo).await, echo::tcp(|_| async {}).await] {
        let outcome = ping(ProbeTarget { size: 0, ..target(Method::Tcp, address) }).await.unwrap();
        assert_eq!((outcome.sent, outcome.received, outcome.method), (6, 6, Method::Tcp));
        assert!(outcome.round_trips.iter().all(|time| *time > 0.0), "{outcome:?}");
    }
}

#[tokio::test]
async fn machines_go_by_their_names_and_names_are_resolved() {
    let address = echo::tcp(echo::echo).await;
    let named = |host: &str| ProbeTarget { host: host.to_owned(), ..target(Method::Tcp, address) };
    let outcomes = probe().ping_all(vec![named("me"), named("localhost"), named("192.0.2.1"), named("me")]).await;
    let me = outcomes[0].as_ref().unwrap();
    assert_eq!((me.address.as_str(), me.resolve), ("127.0.0.1", 0.0));
    let localhost = outcomes[1].as_ref().unwrap();
    assert!(localhost.resolve > 0.0 && ["127.0.0.1", "::1"].contains(&localhost.address.as_str()), "{localhost:?}");
    let denied = outcomes[2].as_ref().unwrap_err();
    assert_eq!(denied.to_string(), "denied: the grant of `probe` does not cover `192.0.2.1`");
    assert_eq!(outcomes[3].as_ref().unwrap().received, 6);
}

#[tokio::test]
async fn more_than_a_call_takes_is_too_large() {
    let targets = vec![target(Method::Tcp, echo::nobody()); 1_001];
    let outcomes = probe().ping_all(targets).await;
    assert!(outcomes.len() == 1_001 && outcomes.iter().all(|one| matches!(one, Err(CapabilityError::TooLarge(_)))));
}
