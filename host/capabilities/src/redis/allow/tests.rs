//! What passes and what does not, as lists of commands; and that nothing else passes.

use expect_test::expect;
use proptest::prelude::*;

use super::*;

fn words(command: &str) -> Vec<String> {
    command.split(' ').map(str::to_owned).collect()
}

const PASS: &[&str] = &[
    "INFO",
    "info all",
    "Info server clients",
    "PING",
    "PING hello",
    "DBSIZE",
    "TIME",
    "LASTSAVE",
    "ROLE",
    "COMMAND COUNT",
    "COMMAND INFO get set",
    "COMMAND DOCS get",
    "COMMAND LIST FILTERBY ACLCAT read",
    "CONFIG GET *",
    "config get maxmemory port",
    "CLIENT LIST",
    "CLIENT LIST TYPE replica",
    "CLIENT INFO",
    "CLIENT ID",
    "SLOWLOG GET",
    "SLOWLOG GET 128",
    "SLOWLOG LEN",
    "LATENCY LATEST",
    "LATENCY HISTORY command",
    "LATENCY HISTOGRAM get",
    "LATENCY DOCTOR",
    "MEMORY STATS",
    "MEMORY DOCTOR",
    "MEMORY USAGE key",
    "MEMORY USAGE key SAMPLES 5",
    "OBJECT ENCODING key",
    "OBJECT FREQ key",
    "OBJECT IDLETIME key",
    "OBJECT REFCOUNT key",
    "SCAN 0",
    "SCAN 0 MATCH user:* COUNT 1000 TYPE string",
    "HSCAN key 0 NOVALUES",
    "SSCAN key 0",
    "ZSCAN key 0 count 10",
    "TYPE key",
    "TTL key",
    "PTTL key",
    "EXISTS key other",
    "STRLEN key",
    "LLEN key",
    "SCARD key",
    "ZCARD key",
    "HLEN key",
    "XLEN key",
    "XINFO STREAM key",
    "XINFO GROUPS key",
    "XINFO CONSUMERS key group",
    "CLUSTER INFO",
    "CLUSTER NODES",
    "CLUSTER SHARDS",
    "CLUSTER SLOTS",
    "CLUSTER MYID",
    "SENTINEL MASTERS",
    "SENTINEL REPLICAS main",
    "SENTINEL SENTINELS main",
    "SENTINEL CKQUORUM main",
    "MODULE LIST",
    "ACL WHOAMI",
    "ACL CAT",
    "FUNCTION STATS",
    "FUNCTION LIST",
    "FUNCTION LIST LIBRARYNAME my*",
    "PUBSUB NUMSUB news",
    "PUBSUB NUMPAT",
    "PUBSUB CHANNELS",
];

const REFUSED: &[&str] = &[
    "GET key",
    "SET key value",
    "DEL key",
    "KEYS *",
    "FLUSHALL",
    "FLUSHDB",
    "SHUTDOWN",
    "SAVE",
    "BGSAVE",
    "BGREWRITEAOF",
    "DEBUG SLEEP 10",
    "MONITOR",
    "SUBSCRIBE news",
    "PSUBSCRIBE *",
    "SYNC",
    "PSYNC ? -1",
    "REPLICAOF NO ONE",
    "SLAVEOF NO ONE",
    "HELLO 3",
    "AUTH hush",
    "SELECT 1",
    "SWAPDB 0 1",
    "QUIT",
    "RESET",
    "MULTI",
    "EXEC",
    "EVAL return 0",
    "EVAL_RO return 0",
    "FCALL f 0",
    "BLPOP key 0",
    "XREAD BLOCK 0 STREAMS key 0",
    "WAIT 1 0",
    "SORT key STORE other",
    "MIGRATE host 6379 key 0 5000",
    "CONFIG",
    "CONFIG SET maxmemory 1",
    "CONFIG REWRITE",
    "CONFIG RESETSTAT",
    "CLIENT",
    "CLIENT KILL ID 1",
    "CLIENT PAUSE 1000",
    "CLIENT REPLY OFF",
    "CLIENT TRACKING ON",
    "COMMAND",
    "SLOWLOG RESET",
    "LATENCY RESET",
    "LATENCY GRAPH command",
    "MEMORY PURGE",
    "MEMORY USAGE key SAMPLES 0",
    "MEMORY USAGE key SAMPLES 100000000",
    "MEMORY USAGE",
    "OBJECT HELP",
    "OBJECT ENCODING",
    "SCAN 0 COUNT 1000000",
    "SCAN 0 COUNT -1",
    "SCAN 0 MATCH",
    "SCAN 0 STORE other",
    "SCAN",
    "HSCAN key",
    "TYPE",
    "TTL key other",
    "XINFO STREAM key FULL",
    "CLUSTER RESET",
    "CLUSTER FAILOVER",
    "CLUSTER MEET 127.0.0.1 6379",
    "SENTINEL SET main quorum 1",
    "SENTINEL FAILOVER main",
    "SENTINEL REMOVE main",
    "SENTINEL CONFIG GET *",
    "MODULE LOAD /tmp/x.so",
    "ACL LIST",
    "ACL GETUSER default",
    "ACL SETUSER me",
    "ACL LOG RESET",
    "FUNCTION DELETE lib",
    "FUNCTION FLUSH",
    "FUNCTION LIST WITHCODE",
    "FUNCTION DUMP",
    "DBSIZE now",
    "INFO\r\nFLUSHALL",
    "CONFIG\tGET",
    " INFO",
];

#[test]
fn the_commands_that_only_read_pass() {
    for command in PASS {
        assert_eq!(check(&words(command)), Ok(()), "{command}");
        assert_eq!(check(&words(&command.to_lowercase())), Ok(()), "{command}");
    }
}

#[test]
fn all_others_are_refused() {
    for command in REFUSED {
        for command in [(*command).to_owned(), command.to_lowercase()] {
            assert!(matches!(check(&words(&command)), Err(CapabilityError::Denied(_))), "{command}");
        }
    }
    assert!(matches!(check(&[]), Err(CapabilityError::Invalid(_))));
}

#[test]
fn a_refusal_says_what_is_allowed() {
    let refused = |command: &str| check(&words(command)).unwrap_err().to_string();
    expect!["denied: `CONFIG SET` is not among the commands that only read; of CONFIG there are GET"]
        .assert_eq(&refused("config SET maxmemory 1"));
    expect!["denied: `MEMORY` alone is refused; allowed are MEMORY DOCTOR, MEMORY STATS, MEMORY USAGE"]
        .assert_eq(&refused("MEMORY"));
    expect!["denied: `SCAN` is allowed with MATCH, TYPE, NOVALUES and COUNT 1-1000 only"]
        .assert_eq(&refused("SCAN 0 COUNT 5000"));
    expect!["denied: `MEMORY USAGE` is allowed as `MEMORY USAGE KEY [SAMPLES 1-1000]` only"]
        .assert_eq(&refused("MEMORY USAGE key SAMPLES 0"));
    assert!(
        refused("FLUSHALL").starts_with("denied: `FLUSHALL` is not among the commands that only read: ACL, CLIENT,")
    );
}

#[test]
fn the_table_is_sorted_and_each_name_stands_once() {
    fn check_order(among: &[Allowed]) {
        assert!(among.is_sorted_by(|left, right| left.name < right.name), "{}", names(among));
        for one in among {
            if let One(subcommands) = &one.takes {
                check_order(subcommands);
            }
        }
    }
    check_order(COMMANDS);
}

/// The first one or two words of everything in [`PASS`].
fn openings() -> Vec<(String, Option<String>)> {
    let is_container = |name: &str| find(COMMANDS, name).is_some_and(|one| matches!(one.takes, One(_)));
    PASS.iter()
        .map(|command| {
            let words = words(&command.to_uppercase());
            (words[0].clone(), words.get(1).filter(|_| is_container(&words[0])).cloned())
        })
        .collect()
}

proptest! {
    #[test]
    fn no_command_outside_of_the_table_passes(
        first in prop_oneof![
            proptest::sample::select(PASS).prop_map(|one| one.split(' ').next().unwrap_or_default().to_owned()),
            proptest::sample::select(REFUSED).prop_map(|one| one.split(' ').next().unwrap_or_default().to_owned()),
            "[A-Za-z]{1,10}", ".{0,12}",
        ],
        second in prop_oneof![
            proptest::sample::select(REFUSED).prop_map(|one| one.split(' ').nth(1).unwrap_or_default().to_owned()),
            "[A-Z]{1,8}", ".{0,8}",
        ],
        rest in proptest::collection::vec(".{0,8}", 0..4),
    ) {
        let command: Vec<String> = [first.clone(), second.clone()].into_iter().chain(rest).collect();
        if check(&command).is_ok() {
            let opening = |one: &(String, Option<String>)| {
                one.0.eq_ignore_ascii_case(&first)
                    && one.1.as_ref().is_none_or(|name| name.eq_ignore_ascii_case(&second))
            };
            prop_assert!(openings().iter().any(opening), "{command:?} passed");
        }
    }
}
