//! Passwords out of what a server answers.

use redis::Value;

/// Commands whose arguments hold passwords. In the slow log their name is kept and what follows is dropped.
const TELLING: &[&str] = &["AUTH", "HELLO", "MIGRATE"];
/// The same, of commands of two words.
const TELLING_PAIRS: &[(&str, &str)] =
    &[("CONFIG", "SET"), ("ACL", "SETUSER"), ("SENTINEL", "SET"), ("SENTINEL", "CONFIG")];

/// Takes passwords out of `value`, the reply to `command`.
pub(super) fn hide(command: &[String], value: &mut Value) {
    let is = |at: usize, word: &str| command.get(at).is_some_and(|one| one.eq_ignore_ascii_case(word));
    if is(0, "CONFIG") && is(1, "GET") {
        each_pair(value, &mut |key, value| {
            if is_secret(key) && text(value).is_none_or(|text| !text.is_empty()) {
                *value = Value::Nil;
            }
        });
    } else if is(0, "SLOWLOG") && is(1, "GET") {
        items(value).iter_mut().filter_map(|entry| items(entry).get_mut(3)).for_each(hide_arguments);
    } else if is(0, "MODULE") && is(1, "LIST") {
        for module in items(value) {
            each_pair(module, &mut |key, value| {
                if key == "args" {
                    *value = Value::Array(Vec::new());
                }
            });
        }
    } else if is(0, "FUNCTION") && is(1, "STATS") {
        each_pair(value, &mut |key, running| {
            if key == "running_script" {
                each_pair(running, &mut |key, command| {
                    if key == "command"
                        && let Value::Array(words) = command
                    {
                        words.truncate(1);
                    }
                });
            }
        });
    }
}

/// Whether a parameter of the configuration holds a password. One that is empty is left: that none is set is worth knowing.
fn is_secret(parameter: &str) -> bool {
    let parameter = parameter.to_ascii_lowercase();
    ["pass", "secret", "token"].iter().any(|word| parameter.contains(word)) || parameter.ends_with("auth")
}

fn hide_arguments(arguments: &mut Value) {
    let Value::Array(words) = arguments else { return };
    let is = |at: usize, word: &str| words.get(at).and_then(text).is_some_and(|one| one.eq_ignore_ascii_case(word));
    if TELLING.iter().any(|name| is(0, name)) {
        words.truncate(1);
    } else if TELLING_PAIRS.iter().any(|(name, second)| is(0, name) && is(1, second)) {
        words.truncate(2);
    }
}

fn items(value: &mut Value) -> &mut [Value] {
    match value {
        Value::Array(items) | Value::Set(items) => items,
        Value::Attribute { data, .. } => items(data),
        _ => &mut [],
    }
}

/// Keys with their values, be they a map or, as RESP2 has it, a list in which they alternate.
fn each_pair(value: &mut Value, change: &mut dyn FnMut(&str, &mut Value)) {
    match value {
        Value::Map(pairs) => {
            for (key, value) in pairs {
                if let Some(key) = text(key) {
                    change(&key, value);
                }
            }
        }
        Value::Attribute { data, .. } => each_pair(data, change),
        list => {
            for pair in items(list).chunks_exact_mut(2) {
                if let [key, value] = pair
                    && let Some(key) = text(key)
                {
                    change(&key, value);
                }
            }
        }
    }
}

fn text(value: &Value) -> Option<std::borrow::Cow<'_, str>> {
    match value {
        Value::BulkString(bytes) => Some(String::from_utf8_lossy(bytes)),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Some(text.as_str().into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn list(words: &[&str]) -> Value {
        Value::Array(words.iter().map(|word| bulk(word)).collect())
    }

    fn hidden(command: &str, mut value: Value) -> Value {
        let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
        hide(&words, &mut value);
        value
    }

    #[test]
    fn passwords_of_the_configuration_are_nil_unless_there_is_none() {
        for (parameter, is_hidden) in [
            ("requirepass", true),
            ("masterauth", true),
            ("primaryauth", true),
            ("tls-key-file-pass", true),
            ("TLS-CLIENT-KEY-FILE-PASS", true),
            ("masteruser", false),
            ("maxmemory", false),
            ("tls-auth-clients", false),
            ("appendonly", false),
        ] {
            let value = || if is_hidden { Value::Nil } else { bulk("hush") };
            let of_resp3 = hidden("config get *", Value::Map(vec![(bulk(parameter), bulk("hush"))]));
            assert_eq!(of_resp3, Value::Map(vec![(bulk(parameter), value())]), "{parameter}");
            let of_resp2 = hidden("CONFIG GET *", list(&["port", "1", parameter, "hush"]));
            assert_eq!(of_resp2, Value::Array(vec![bulk("port"), bulk("1"), bulk(parameter), value()]), "{parameter}");
            assert_eq!(hidden("CONFIG GET *", list(&[parameter, ""])), list(&[parameter, ""]), "{parameter}");
        }
    }

    #[test]
    fn the_slow_log_keeps_commands_but_no_arguments_that_log_in() {
        let entry = |words: &[&str]| {
            Value::Array(vec![Value::Int(1), Value::Int(1_700_000_000), Value::Int(15_000), list(words), bulk("a:1")])
        };
        for (before, after) in [
            (&["auth", "me", "hush"][..], &["auth"][..]),
            (&["HELLO", "3", "AUTH", "me", "hush"], &["HELLO"]),
            (&["config", "set", "requirepass", "hush"], &["config", "set"]),
            (&["ACL", "SETUSER", "me", ">hush"], &["ACL", "SETUSER"]),
            (&["SENTINEL", "SET", "main", "auth-pass", "hush"], &["SENTINEL", "SET"]),
            (&["CONFIG", "GET", "port"], &["CONFIG", "GET", "port"]),
            (&["KEYS", "*"], &["KEYS", "*"]),
        ] {
            let value = hidden("SLOWLOG GET 10", Value::Array(vec![entry(before)]));
            assert_eq!(value, Value::Array(vec![entry(after)]), "{before:?}");
        }
    }

    #[test]
    fn modules_and_running_functions_keep_their_arguments_to_themselves() {
        let module = Value::Map(vec![(bulk("name"), bulk("search")), (bulk("args"), list(&["PASSWORD", "hush"]))]);
        assert_eq!(
            hidden("MODULE LIST", Value::Array(vec![module])),
            Value::Array(vec![Value::Map(vec![(bulk("name"), bulk("search")), (bulk("args"), list(&[]))])])
        );
        let running = Value::Array(vec![bulk("command"), list(&["fcall", "f", "1", "hush"])]);
        assert_eq!(
            hidden("FUNCTION STATS", Value::Array(vec![bulk("running_script"), running])),
            Value::Array(vec![bulk("running_script"), Value::Array(vec![bulk("command"), list(&["fcall"])])])
        );
    }
}
