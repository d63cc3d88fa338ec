//! Limits, forks and interrupts, from a recorded server and from this machine.

use std::path::Path;
use std::sync::Arc;

use autobot_capabilities::kernel::Kernel;
use autobot_model::SystemClock;
use expect_test::expect;

fn open(root: &Path) -> Kernel {
    Kernel::open(root, Arc::new(SystemClock::new()))
}

#[test]
fn limits_and_activity_of_a_server() {
    let kernel = open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/server-22-cores"));
    let limits = kernel.limits().unwrap();
    let limits: Vec<_> = limits.iter().map(|limit| (limit.name.as_str(), limit.used, limit.most)).collect();
    assert_eq!(
        limits,
        [
            ("file_descriptors", 13_824, 9_223_372_036_854_775_807),
            ("processes", 1893, 4_194_304),
            ("threads", 1893, 511_898),
            ("conntrack", 1820, 262_144),
            ("neighbours", 3, 1024),
            ("aio", 512, 65_536),
            ("entropy", 0, 256),
        ]
    );
    let activity = kernel.activity(4).unwrap();
    expect![[r#"
        Activity {
            forks: 4018473,
            interrupts: 5124338251,
            softirqs: 2531781443,
            softirqs_by_kind: [
                (
                    "hi",
                    231,
                ),
                (
                    "timer",
                    22231,
                ),
                (
                    "net_tx",
                    44231,
                ),
                (
                    "net_rx",
                    66231,
                ),
                (
                    "block",
                    88231,
                ),
                (
                    "irq_poll",
                    110231,
                ),
                (
                    "tasklet",
                    132231,
                ),
                (
                    "sched",
                    154231,
                ),
                (
                    "hrtimer",
                    176231,
                ),
                (
                    "rcu",
                    198231,
                ),
            ],
            interrupts_by_line: [
                InterruptLine {
                    line: "LOC",
                    device: "",
                    count: 20202020311,
                },
                InterruptLine {
                    line: "RES",
                    device: "",
                    count: 110000,
                },
                InterruptLine {
                    line: "121",
                    device: "nvme0q1",
                    count: 22231,
                },
                InterruptLine {
                    line: "16",
                    device: "ehci_hcd:usb1, i801_smbus",
                    count: 77,
                },
            ],
        }
    "#]]
    .assert_eq(&format!("{activity:#?}\n"));
    assert_eq!(kernel.activity(usize::MAX).unwrap().interrupts_by_line.len(), 10);
    assert!(kernel.activity(0).unwrap().interrupts_by_line.is_empty());
}

#[test]
fn sums_of_this_machine_grow() {
    let kernel = open(Path::new("/"));
    let before = kernel.activity(200).unwrap();
    std::thread::spawn(|| {}).join().unwrap();
    let after = kernel.activity(200).unwrap();
    assert!(after.forks > before.forks, "a thread is a fork too");
    assert!(after.interrupts >= before.interrupts && after.softirqs >= before.softirqs);
    for one in &before.interrupts_by_line {
        if let Some(later) = after.interrupts_by_line.iter().find(|later| later.line == one.line) {
            assert!(later.count >= one.count, "{one:?}");
        }
    }
    for limit in kernel.limits().unwrap() {
        assert!(limit.used <= limit.most, "{limit:?}");
    }
}
