//! Against `serde_json`, and what it says of mistakes.

use super::*;
use std::collections::BTreeMap;

#[derive(Debug, PartialEq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Low,
    High,
}

#[derive(Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    on: bool,
    count: u8,
    shift: i32,
    ratio: f64,
    names: Vec<String>,
    level: Option<Level>,
    more: BTreeMap<String, (u32, f32)>,
}

#[test]
fn what_serde_json_writes_is_read_the_same() {
    for text in [
        r#" { "on": true, "count": 255, "shift": -7, "ratio": 0.25, "names": ["a", "ö\n\"\\\u00e9\ud83d\ude00/"],
             "level": "high", "more": {"x": [1, 2.5], "y": [0, 3]} } "#,
        r#"{"on":false,"count":0,"shift":0,"ratio":1e-3,"names":[],"level":null,"more":{}}"#,
        r#"{"on":false,"count":0,"shift":2147483647,"ratio":-1.5E+2,"names":[],"level":"low","more":{}}"#,
    ] {
        assert_eq!(from_str::<Settings>(text).unwrap(), serde_json::from_str::<Settings>(text).unwrap());
    }
    for number in ["0.1", "0.3", "123456.789", "99.9", "1e22", "5", "0.000001", "-0.7", "1e400", "1e-400"] {
        let other = serde_json::from_str::<f64>(number).unwrap_or(f64::INFINITY);
        assert_eq!(from_str::<f64>(number).unwrap(), other, "{number}");
    }
}

#[test]
fn mistakes_are_said_in_words() {
    for (text, problem) in [
        (r#"{"on": 1}"#, "expected a boolean, found a number"),
        (r#"{"count": 256}"#, "expected u8, found 256"),
        (r#"{"names": "x"}"#, "expected a sequence, found the text `x`"),
        (r#"{"level": "mid"}"#, "unknown variant `mid`, expected `low` or `high`"),
        (
            r#"{"no": 1}"#,
            "unknown field `no`, expected one of `on`, `count`, `shift`, `ratio`, `names`, `level`, `more`",
        ),
        ("{}", "missing field `on`"),
        ("{", "expected a name in quotes at byte 1"),
        ("[1,]", "expected a value at byte 3"),
        ("{} x", "trailing characters at byte 3"),
        (r#"{"on" true}"#, "expected `:` at byte 6"),
        (r#""\ud800""#, "expected `\\` at byte 7"),
        ("-", "expected digits at byte 1"),
        ("18446744073709551616", "too large a number at byte 19"),
    ] {
        assert_eq!(from_str::<Settings>(text).unwrap_err().to_string(), problem, "{text}");
    }
    assert!(from_str::<Settings>(&"[".repeat(100_000)).unwrap_err().to_string().starts_with("too deep"));
}

#[test]
fn every_prefix_of_a_text_is_refused_without_a_panic() {
    let text = r#"{"on": true, "n": [-1.5e3, "\u00e9\n"], "o": {"a": null}}"#;
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        assert!(from_str::<serde::de::IgnoredAny>(&text[..end]).is_err(), "{}", &text[..end]);
    }
}
