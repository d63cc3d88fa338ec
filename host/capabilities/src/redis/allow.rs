//! The commands that only read, as a table. What is not in it is refused.
//!
//! Left out on purpose: what changes anything, what blocks the server (`KEYS`, `DEBUG`), what streams (`MONITOR`,
//! `SUBSCRIBE`), what tells passwords (`ACL LIST`), and what returns the values that applications store (`GET`), which are
//! data and no measurements.

use crate::CapabilityError;

/// Keys that one step of a scan may look at, and members that `MEMORY USAGE` may sample: a server does nothing else meanwhile.
const MOST_COUNT: u32 = 1_000;

/// A command or subcommand.
struct Allowed {
    name: &'static str,
    takes: Takes,
}

/// What may follow its name.
enum Takes {
    /// Nothing.
    Nothing,
    /// Whatever: every form of it reads.
    Anything,
    /// This many arguments.
    Exactly(usize),
    /// One of these first.
    One(&'static [Allowed]),
    /// `key [SAMPLES count]`
    Samples,
    /// So many arguments, then `MATCH`, `COUNT`, `TYPE`, `NOVALUES`.
    Scan(usize),
    /// `[LIBRARYNAME pattern]`, but no `WITHCODE`.
    Libraries,
}

const fn allowed(name: &'static str, takes: Takes) -> Allowed {
    Allowed { name, takes }
}

use Takes::{Anything, Exactly, Libraries, Nothing, One, Samples, Scan};

static COMMANDS: &[Allowed] = &[
    allowed("ACL", One(&[allowed("CAT", Anything), allowed("WHOAMI", Nothing)])),
    allowed("CLIENT", One(&[allowed("ID", Nothing), allowed("INFO", Nothing), allowed("LIST", Anything)])),
    allowed(
        "CLUSTER",
        One(&[
            allowed("INFO", Nothing),
            allowed("MYID", Nothing),
            allowed("NODES", Nothing),
            allowed("SHARDS", Nothing),
            allowed("SLOTS", Nothing),
        ]),
    ),
    allowed(
        "COMMAND",
        One(&[
            allowed("COUNT", Nothing),
            allowed("DOCS", Anything),
            allowed("INFO", Anything),
            allowed("LIST", Anything),
        ]),
    ),
    allowed("CONFIG", One(&[allowed("GET", Anything)])),
    allowed("DBSIZE", Nothing),
    allowed("EXISTS", Anything),
    allowed("FUNCTION", One(&[allowed("LIST", Libraries), allowed("STATS", Nothing)])),
    allowed("HLEN", Exactly(1)),
    allowed("HSCAN", Scan(2)),
    allowed("INFO", Anything),
    allowed("LASTSAVE", Nothing),
    allowed(
        "LATENCY",
        One(&[
            allowed("DOCTOR", Nothing),
            allowed("HISTOGRAM", Anything),
            allowed("HISTORY", Exactly(1)),
            allowed("LATEST", Nothing),
        ]),
    ),
    allowed("LLEN", Exactly(1)),
    allowed("MEMORY", One(&[allowed("DOCTOR", Nothing), allowed("STATS", Nothing), allowed("USAGE", Samples)])),
    allowed("MODULE", One(&[allowed("LIST", Nothing)])),
    allowed(
        "OBJECT",
        One(&[
            allowed("ENCODING", Exactly(1)),
            allowed("FREQ", Exactly(1)),
            allowed("IDLETIME", Exactly(1)),
            allowed("REFCOUNT", Exactly(1)),
        ]),
    ),
    allowed("PING", Anything),
    allowed("PTTL", Exactly(1)),
    allowed("PUBSUB", One(&[allowed("CHANNELS", Anything), allowed("NUMPAT", Nothing), allowed("NUMSUB", Anything)])),
    allowed("ROLE", Nothing),
    allowed("SCAN", Scan(1)),
    allowed("SCARD", Exactly(1)),
    allowed(
        "SENTINEL",
        One(&[
            allowed("CKQUORUM", Exactly(1)),
            allowed("MASTERS", Nothing),
            allowed("REPLICAS", Exactly(1)),
            allowed("SENTINELS", Exactly(1)),
        ]),
    ),
    allowed("SLOWLOG", One(&[allowed("GET", Anything), allowed("LEN", Nothing)])),
    allowed("SSCAN", Scan(2)),
    allowed("STRLEN", Exactly(1)),
    allowed("TIME", Nothing),
    allowed("TTL", Exactly(1)),
    allowed("TYPE", Exactly(1)),
    allowed(
        "XINFO",
        One(&[allowed("CONSUMERS", Exactly(2)), allowed("GROUPS", Exactly(1)), allowed("STREAM", Exactly(1))]),
    ),
    allowed("XLEN", Exactly(1)),
    allowed("ZCARD", Exactly(1)),
    allowed("ZSCAN", Scan(2)),
];

/// Whether `command` only reads.
///
/// # Errors
/// `Denied` with what is allowed in its place; `Invalid` when there is no word in it.
pub(super) fn check(command: &[String]) -> Result<(), CapabilityError> {
    let Some((name, arguments)) = command.split_first() else {
        return Err(CapabilityError::Invalid("a command has no words; it needs a name, as `INFO`".to_owned()));
    };
    match find(COMMANDS, name) {
        None => Err(CapabilityError::Denied(format!(
            "`{}` is not among the commands that only read: {}",
            shown(name),
            names(COMMANDS)
        ))),
        Some(one) => check_arguments(one.name, &one.takes, arguments).map_err(CapabilityError::Denied),
    }
}

fn check_arguments(command: &str, takes: &Takes, arguments: &[String]) -> Result<(), String> {
    match takes {
        Anything => Ok(()),
        Nothing if arguments.is_empty() => Ok(()),
        Nothing => Err(format!("`{command}` is allowed without arguments only")),
        Exactly(count) if arguments.len() == *count => Ok(()),
        Exactly(count) => Err(format!("`{command}` is allowed with {count} arguments only, not {}", arguments.len())),
        One(subcommands) => {
            let Some((name, rest)) = arguments.split_first() else {
                return Err(format!("`{command}` alone is refused; allowed are {}", prefixed(command, subcommands)));
            };
            match find(subcommands, name) {
                Some(one) => check_arguments(&format!("{command} {}", one.name), &one.takes, rest),
                None => Err(format!(
                    "`{command} {}` is not among the commands that only read; of {command} there are {}",
                    shown(name),
                    names(subcommands)
                )),
            }
        }
        Samples => match arguments {
            [_key] => Ok(()),
            [_key, samples, count] if is(samples, "SAMPLES") && is_small(count) => Ok(()),
            _ => Err(format!("`{command}` is allowed as `{command} KEY [SAMPLES 1-{MOST_COUNT}]` only")),
        },
        Scan(before) => {
            let options = arguments.get(*before..).filter(|options| are_of_scan(options));
            options.map(|_| ()).ok_or_else(|| {
                format!("`{command}` is allowed with MATCH, TYPE, NOVALUES and COUNT 1-{MOST_COUNT} only")
            })
        }
        Libraries => match arguments {
            [] => Ok(()),
            [option, _pattern] if is(option, "LIBRARYNAME") => Ok(()),
            _ => Err(format!("`{command}` is allowed as `{command} [LIBRARYNAME PATTERN]` only, without code")),
        },
    }
}

fn are_of_scan(mut options: &[String]) -> bool {
    loop {
        options = match options {
            [] => return true,
            [name, rest @ ..] if is(name, "NOVALUES") => rest,
            [name, _value, rest @ ..] if is(name, "MATCH") || is(name, "TYPE") => rest,
            [name, value, rest @ ..] if is(name, "COUNT") && is_small(value) => rest,
            _ => return false,
        };
    }
}

fn is(word: &str, name: &str) -> bool {
    word.eq_ignore_ascii_case(name)
}

fn is_small(count: &str) -> bool {
    count.parse::<u32>().is_ok_and(|count| (1..=MOST_COUNT).contains(&count))
}

fn find<'a>(among: &'a [Allowed], name: &str) -> Option<&'a Allowed> {
    among.iter().find(|one| is(name, one.name))
}

fn names(among: &[Allowed]) -> String {
    among.iter().map(|one| one.name).collect::<Vec<_>>().join(", ")
}

fn prefixed(command: &str, among: &[Allowed]) -> String {
    among.iter().map(|one| format!("{command} {}", one.name)).collect::<Vec<_>>().join(", ")
}

/// A word of the caller's, short enough for a sentence.
fn shown(word: &str) -> String {
    word.chars().take(40).collect::<String>().escape_debug().to_string()
}

#[cfg(test)]
mod tests;
