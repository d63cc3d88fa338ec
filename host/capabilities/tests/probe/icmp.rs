//! Echo requests to this machine's own kernel, by whichever socket is allowed here, and in network namespaces where the test
//! says which one is.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use autobot_capabilities::CapabilityError;
use autobot_capabilities::probe::{Method, Outcome, ProbeTarget};

use super::ask::{ping, probe, target};

/// Set in the namespace to what it allows.
const INSIDE: &str = "AUTOBOT_TEST_PING_GROUP";

fn echo_request(address: &str, size: u32) -> ProbeTarget {
    ProbeTarget { size, ..target(Method::Icmp, SocketAddr::new(address.parse().unwrap(), 0)) }
}

async fn answered(address: &str, size: u32) -> Outcome {
    let outcome = ping(echo_request(address, size)).await.unwrap();
    assert_eq!((outcome.sent, outcome.received), (6, 6), "{address}, {size} bytes");
    assert_eq!((outcome.duplicates, outcome.reordered), (0, 0));
    assert_eq!((outcome.address.as_str(), outcome.method), (address, Method::Icmp));
    assert!(outcome.round_trips.iter().all(|time| *time > 0.0), "{outcome:?}");
    outcome
}

#[tokio::test]
async fn this_machine_answers_by_both_protocols() {
    for address in ["127.0.0.1", "::1"] {
        for size in [0, 1, 56, 1_400] {
            assert_eq!(answered(address, size).await.ttl, Some(64));
        }
    }
}

/// All at once to one address: nobody takes another's answers for its own.
#[tokio::test]
async fn probes_side_by_side_do_not_mix() {
    let outcomes = probe().ping_all((0..20).map(|size| echo_request("127.0.0.1", size)).collect()).await;
    for outcome in outcomes {
        let outcome = outcome.unwrap();
        assert_eq!((outcome.received, outcome.duplicates), (6, 0));
    }
}

#[test]
fn an_unprivileged_socket_and_a_raw_one_say_the_same_and_without_either_there_is_a_sentence() {
    let range = "ip link set lo up && echo 0 0 >/proc/sys/net/ipv4/ping_group_range && exec \"$@\"";
    in_namespace(range, "unprivileged");
    // A new network allows no group.
    in_namespace("ip link set lo up && exec \"$@\"", "raw");
    in_namespace("ip link set lo up && exec setpriv --bounding-set=-net_raw \"$@\"", "none");
}

/// Runs [`inside_a_namespace`] anew, in a network of its own that `script` sets up.
#[expect(clippy::disallowed_methods, reason = "a namespace is entered before a program starts")]
fn in_namespace(script: &str, allows: &str) {
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--net", "sh", "-c", script, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "icmp::inside_a_namespace", "--nocapture"])
        .env(INSIDE, allows)
        .stdin(Stdio::null())
        .output()
        .expect("`unshare` cannot be started: install Debian's package `util-linux`");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let needs = "this takes `unshare`, `setpriv` and `ip`, of Debian's packages `util-linux` and `iproute2`";
    assert!(output.status.success() && said.contains("1 passed"), "{allows}: {said}\n{needs}");
}

/// Of no interest by itself: what is tested is that it passes where [`in_namespace`] runs it.
#[tokio::test]
async fn inside_a_namespace() {
    let Ok(allows) = std::env::var(INSIDE) else { return };
    let open = |kind| {
        use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, socket};
        socket(AddressFamily::Inet, kind, SockFlag::empty(), SockProtocol::Icmp).is_ok()
    };
    assert_eq!(open(nix::sys::socket::SockType::Datagram), allows == "unprivileged");
    assert_eq!(open(nix::sys::socket::SockType::Raw), allows != "none");
    if allows == "none" {
        let error = ping(echo_request("127.0.0.1", 56)).await.unwrap_err();
        assert!(matches!(&error, CapabilityError::Failed(text) if text.contains("CAP_NET_RAW")), "{error}");
        return;
    }
    for address in ["127.0.0.1", "::1"] {
        assert_eq!(answered(address, 56).await.ttl, Some(64));
    }
    // Nothing leads out of here, and that is no loss but a reason.
    let error = ping(echo_request("10.9.9.9", 56)).await.unwrap_err();
    assert!(matches!(&error, CapabilityError::Unreachable(text) if text.contains("unreachable")), "{error}");
}
