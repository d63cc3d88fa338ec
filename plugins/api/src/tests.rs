//! The whole plugin on given facts: what it asks, when, and what it emits.

mod openapi;

use autobot_plugin_sdk::http::{Response, Timing};
use autobot_plugin_sdk::testing::{Collected, Facts, Plugin};
use autobot_plugin_sdk::websocket::Outcome;
use autobot_plugin_sdk::{Certificate, Collector as _, Error, Header, Kind, Tls};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::Api;

const START: u64 = 1_700_000_000_000;

fn answer(status: u16, body: &str) -> Response {
    Response {
        status,
        headers: vec![Header { name: "content-type".to_owned(), value: "application/json".to_owned() }],
        body: body.as_bytes().to_vec(),
        body_bytes: body.len() as u64,
        complete: true,
        timing: Timing { resolve: 0.0, connect: 0.000_123_456, tls: 0.0, first_byte: 0.02, body: 0.001, total: 0.0211 },
        version: "HTTP/1.1".to_owned(),
        remote_address: "127.0.0.1:80".to_owned(),
        url: "http://127.0.0.1/".to_owned(),
        redirected: 0,
        tls: None,
    }
}

fn facts(answers: &[Result<Response, Error>]) -> Facts {
    Facts::default().with("http.fetch-all", &answers)
}

fn plugin(settings: &Value, facts: Facts) -> Plugin<Api> {
    Plugin::new(&settings.to_string(), facts).unwrap()
}

fn collect(plugin: &mut Plugin<Api>, seconds: u64) -> Collected {
    let (collected, result) = plugin.collect(START + seconds * 1_000);
    result.unwrap();
    collected
}

fn check(collected: &Collected, prefix: &str, expected: Expect) {
    expected.assert_eq(&collected.text(prefix));
}

fn refused(settings: &Value) -> String {
    Plugin::<Api>::new(&settings.to_string(), Facts::default()).err().unwrap()
}

#[test]
fn an_answer_is_told_in_all_its_parts() {
    let mut plugin =
        plugin(&json!({"target": "main", "endpoints": ["/health?deep=1"]}), facts(&[Ok(answer(200, "fine"))]));
    let collected = collect(&mut plugin, 0);
    check(
        &collected,
        "http_check",
        expect![[r#"
            http_check_up{target="main",endpoint="/health?deep=1"} 1
            http_check_duration_seconds_bucket{target="main",endpoint="/health?deep=1",le="0.005"} 0
            http_check_duration_seconds_bucket{target="main",endpoint="/health?deep=1",le="0.025"} 1
            http_check_duration_seconds_bucket{target="main",endpoint="/health?deep=1",le="0.1"} 1
            http_check_duration_seconds_bucket{target="main",endpoint="/health?deep=1",le="0.25"} 1
            http_check_duration_seconds_bucket{target="main",endpoint="/health?deep=1",le="0.5"} 1
            http_check_duration_seconds_bucket{target="main",endpoint="/health?deep=1",le="1"} 1
            http_check_duration_seconds_bucket{target="main",endpoint="/health?deep=1",le="5"} 1
            http_check_duration_seconds_bucket{target="main",endpoint="/health?deep=1",le="+Inf"} 1
            http_check_duration_seconds_sum{target="main",endpoint="/health?deep=1"} 0.0211
            http_check_duration_seconds_count{target="main",endpoint="/health?deep=1"} 1
            http_check_phase_seconds{target="main",endpoint="/health?deep=1",phase="connect"} 0.000123
            http_check_phase_seconds{target="main",endpoint="/health?deep=1",phase="first_byte"} 0.02
            http_check_phase_seconds{target="main",endpoint="/health?deep=1",phase="body"} 0.001
            http_check_status_code{target="main",endpoint="/health?deep=1"} 200
            http_check_body_bytes{target="main",endpoint="/health?deep=1"} 4
            http_check_info{target="main",endpoint="/health?deep=1",method="GET",url="/health",version="1.1",tls="",tag=""} 1
            http_check_overdue 0
        "#]],
    );
    assert_eq!(collected.log, Vec::<String>::new());
}

#[test]
fn a_failure_is_said_once_and_a_recovery_too() {
    let gone = || Err(Error::Unreachable("http://127.0.0.1/ refused the connection".to_owned()));
    let mut plugin = plugin(&json!({"endpoints": ["http://127.0.0.1/"], "interval": "1s"}), facts(&[gone()]));
    let collected = collect(&mut plugin, 0);
    assert_eq!(collected.log, ["warn: http://127.0.0.1/: http://127.0.0.1/ refused the connection"]);
    check(
        &collected,
        "http_check",
        expect![[r#"
            http_check_up{target="",endpoint="http://127.0.0.1/"} 0
            http_check_failed{target="",endpoint="http://127.0.0.1/",reason="refused"} 1
            http_check_overdue 0
        "#]],
    );
    assert_eq!(collect(&mut plugin, 1).log, Vec::<String>::new());
    plugin.change(|all| all.set("http.fetch-all", &[Ok::<_, Error>(answer(500, ""))]));
    let collected = collect(&mut plugin, 2);
    assert_eq!(collected.log, ["warn: http://127.0.0.1/: http://127.0.0.1/ answered 500, expected was 2xx"]);
    check(
        &collected,
        "http_check_failed",
        expect![[r#"
            http_check_failed{target="",endpoint="http://127.0.0.1/",reason="status"} 1
            http_check_failed{target="",endpoint="http://127.0.0.1/",reason="refused"} ended
        "#]],
    );
    plugin.change(|all| all.set("http.fetch-all", &[Ok::<_, Error>(answer(200, ""))]));
    let collected = collect(&mut plugin, 3);
    assert_eq!(collected.log, ["info: http://127.0.0.1/: fine again"]);
    plugin.change(|all| all.set("http.fetch-all", &[gone()]));
    let ended = collect(&mut plugin, 4).retired;
    assert!(
        ended.iter().any(|series| series.starts_with("http_check_status_code")),
        "without an answer no status: {ended:?}"
    );
    assert!(!ended.iter().any(|series| series.starts_with("http_check_duration")), "{ended:?}");
}

#[test]
fn between_two_checks_nothing_is_asked_and_series_go_on() {
    let settings = json!({"endpoints": ["http://127.0.0.1/"], "interval": "1h"});
    let mut plugin = plugin(&settings, facts(&[Ok(answer(200, ""))]));
    let mut asked = Vec::new();
    let mut shown = Vec::new();
    for second in 0..130 {
        let collected = collect(&mut plugin, second);
        assert_eq!(collected.retired, Vec::<String>::new());
        let up = collected.value("http_check_up{target=\"\",endpoint=\"http://127.0.0.1/\"}").unwrap();
        asked.extend(collected.asked.contains("http.fetch-all").then_some(second));
        shown.extend(up.is_finite().then_some(second));
    }
    // Checks of an hour apart are shown each minute, since a query looks back five.
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(shown, [0, 60, 120]);
}

#[test]
fn more_than_may_be_asked_at_once_wait_for_their_moments() {
    let endpoints: Vec<String> = (0..17).map(|at| format!("http://127.0.0.1/{at}")).collect();
    let answers: Vec<_> = (0..17).map(|_| Ok(answer(200, ""))).collect();
    let mut plugin = plugin(&json!({"endpoints": endpoints}), facts(&answers));
    let up =
        |collected: &Collected| collected.text("http_check_up").lines().filter(|line| line.ends_with(" 1")).count();
    assert_eq!(up(&collect(&mut plugin, 0)), 0, "no burst at the beginning");
    let all: Vec<usize> = (1..=60).map(|second| up(&collect(&mut plugin, second))).collect();
    assert_eq!(all.iter().sum::<usize>(), 17, "each once in an interval: {all:?}");
    assert!(all.iter().all(|now| *now <= 4), "{all:?}");
}

#[test]
fn a_drift_is_told_after_fifteen_answers() {
    let mut plugin = plugin(&json!({"endpoints": ["http://h/"], "interval": "1s"}), facts(&[Ok(answer(200, ""))]));
    for second in 0..20 {
        let collected = collect(&mut plugin, second);
        assert_eq!(!collected.text("http_check_drift").is_empty(), second >= 14, "{second}");
    }
    let mut slow = answer(200, "");
    slow.timing.total = 0.0633;
    plugin.change(|all| all.set("http.fetch-all", &[Ok::<_, Error>(slow)]));
    let drifts = (20..24).map(|second| {
        collect(&mut plugin, second).value("http_check_drift_ratio{target=\"\",endpoint=\"http://h/\"}").unwrap()
    });
    assert_eq!(drifts.collect::<Vec<_>>(), [1.0, 1.0, 3.0, 3.0]);
}

fn tls(untrusted: Option<&str>) -> Tls {
    let certificate = |end| Certificate {
        subject: "CN=a".to_owned(),
        names: vec![],
        issuer: "CN=b".to_owned(),
        not_before: 0,
        not_after: end,
        fingerprint: String::new(),
    };
    Tls {
        version: "TLSv1.3".to_owned(),
        chain: vec![certificate(START + 86_400_000), certificate(START - 5_000)],
        untrusted: untrusted.map(str::to_owned),
    }
}

#[test]
fn what_is_not_trusted_is_told_with_its_end_where_no_credentials_are_at_stake() {
    let of = |untrusted| Ok(Response { tls: Some(tls(untrusted)), ..answer(200, "") });
    let settings = json!({"endpoints": ["https://h/"], "interval": "1s"});
    let mut plugin = plugin(&settings, facts(&[of(Some("it expired on 2023-11-14"))]));
    let collected = collect(&mut plugin, 0);
    check(
        &collected,
        "http_check_certificate",
        expect![[r#"
            http_check_certificate_expiry_seconds{target="",endpoint="https://h/"} 86400
            http_check_certificate_chain_expiry_seconds{target="",endpoint="https://h/"} -5
            http_check_certificate_trusted{target="",endpoint="https://h/"} 0
        "#]],
    );
    assert_eq!(
        collected.log,
        ["warn: https://h/: https://h/: its certificate is not trusted: it expired on 2023-11-14"]
    );
    // A host that refuses it shows no chain; what was known goes on.
    let refused = Err::<Response, _>(Error::Failed("https://h/: its certificate is not trusted: x".to_owned()));
    plugin.change(|all| all.set("http.fetch-all", &[refused]));
    let value =
        collect(&mut plugin, 1).value("http_check_certificate_expiry_seconds{target=\"\",endpoint=\"https://h/\"}");
    assert_eq!(value, Some(86_399.0));
}

#[test]
fn bodies_are_held_against_texts_and_values() {
    for (expected, body, reason) in [
        (json!({"text": "ok"}), "all ok", None),
        (json!({"text": "ok"}), "all o", Some("the body of http://h/ does not hold `ok`")),
        (json!({"not_text": "error"}), "an error", Some("the body of http://h/ holds `error`")),
        (json!({"json": {"$.a[0].b": 1}}), r#"{"a": [{"b": 1.0}]}"#, None),
        (json!({"json": {"a": {"b": [null]}}}), r#"{"a": {"b": [null]}}"#, None),
        (json!({"json": {"a": 1}}), r#"{"a": "1"}"#, Some("`a` of http://h/ is \\\"1\\\", expected was 1")),
        (json!({"json": {"a": 1}}), "[]", Some("the body of http://h/ has no `a`")),
        (
            json!({"json": {"a": 1}}),
            "<html>",
            Some("the body of http://h/ is no JSON: expected value at line 1 column 1"),
        ),
        (json!({"min_bytes": 3}), "ab", Some("the body of http://h/ has 2 bytes, at least 3 were expected")),
        (json!({"max_bytes": 1}), "ab", Some("the body of http://h/ has more than the 1 bytes that it may have")),
        (json!({"answer_headers": {"Content-Type": "json"}}), "", None),
        (
            json!({"answer_headers": {"content-type": "html"}}),
            "",
            Some("the header `content-type` of http://h/ is `application/json`, expected was `html` in it"),
        ),
        (json!({"answer_headers": {"etag": "x"}}), "", Some("http://h/ sent no header `etag`")),
        (json!({"status": [404, "5xx"]}), "", Some("http://h/ answered 200, expected was 404, 5xx")),
    ] {
        let mut endpoint = expected.clone();
        endpoint["url"] = "http://h/".into();
        endpoint["name"] = "e".into();
        let mut plugin = plugin(&json!({"endpoints": [endpoint]}), facts(&[Ok(answer(200, body))]));
        let collected = collect(&mut plugin, 0);
        let said: Vec<&str> = collected.log.iter().filter_map(|line| line.strip_prefix("warn: e: ")).collect();
        assert_eq!(said, Vec::from_iter(reason), "{expected}");
    }
}

#[test]
fn websockets_are_told_by_handshake_ping_and_echo() {
    let outcome = Outcome {
        resolve: 0.0,
        connect: 0.001,
        tls_handshake: 0.0,
        handshake: 0.002,
        ping: Some(0.003),
        echo: Some(0.004),
        reply: b"pong".to_vec(),
        subprotocol: None,
        remote_address: String::new(),
        tls: None,
    };
    let settings = json!({"websockets": [{"url": "ws://h/", "message": "ping", "reply": "pong"}], "interval": "1s"});
    let mut plugin =
        plugin(&settings, Facts::default().with("websocket.check-all", &[Ok::<_, Error>(outcome.clone())]));
    let collected = collect(&mut plugin, 0);
    check(
        &collected,
        "websocket_check",
        expect![[r#"
            websocket_check_up{target="",endpoint="ws://h/"} 1
            websocket_check_phase_seconds{target="",endpoint="ws://h/",phase="connect"} 0.001
            websocket_check_phase_seconds{target="",endpoint="ws://h/",phase="handshake"} 0.002
            websocket_check_ping_seconds{target="",endpoint="ws://h/"} 0.003
            websocket_check_echo_seconds{target="",endpoint="ws://h/"} 0.004
        "#]],
    );
    for (outcome, reason) in [
        (Outcome { ping: None, ..outcome.clone() }, "timeout"),
        (Outcome { echo: None, ..outcome.clone() }, "timeout"),
        (Outcome { reply: b"no".to_vec(), ..outcome.clone() }, "body"),
    ] {
        let mut plugin =
            self::plugin(&settings, Facts::default().with("websocket.check-all", &[Ok::<_, Error>(outcome)]));
        let failed = format!("websocket_check_failed{{target=\"\",endpoint=\"ws://h/\",reason=\"{reason}\"}}");
        assert_eq!(collect(&mut plugin, 0).value(&failed), Some(1.0));
    }
}

#[test]
fn without_endpoints_it_rests_and_says_so_once() {
    let mut plugin = plugin(&json!({}), Facts::default());
    let log: Vec<String> = (0..100).flat_map(|second| collect(&mut plugin, second).log).collect();
    expect![[r#"info: nothing to measure here: no endpoint is named; say in the plugin's `settings` what to check (`endpoints`, `websockets`, or `target` and `openapi`), and grant it"#]]
        .assert_eq(&log.join("\n"));
}

#[test]
fn settings_that_cannot_be_meant_are_refused_with_a_reason() {
    let one = |endpoint: Value| json!({"endpoints": [endpoint]});
    for (settings, reason) in [
        (one(json!("/health")), "`/health` is a path; say of which `target`, at the endpoint or for all of them"),
        (one(json!("ftp://h/")), "`ftp://h/` has the URL `ftp://h/`, which does not begin with http:// or https://"),
        (
            one(json!({"url": "http://h/", "method": "POST"})),
            "`http://h/` has the method `POST`, which may change something there; if that is meant, say `unsafe_methods: true`",
        ),
        (
            one(json!({"url": "http://h/", "target": "a"})),
            "`http://h/` has a `url` and a `target` or `path`; it may have the one or the other",
        ),
        (one(json!({"name": "x"})), "`x` has no `url`, and no `path` that begins with `/`"),
        (
            one(json!({"url": "http://h/", "headers": {"X-Api-Key": "1"}})),
            "`http://h/`: the header `X-Api-Key` carries credentials, and settings are no place for them",
        ),
        (one(json!({"url": "http://h/", "json": {"$..a": 1}})), "`http://h/`: `$..a` is no JSON path"),
        (
            one(json!({"url": "http://h/", "timeout": "20s"})),
            "`http://h/`: `timeout` is 20s, and a whole collection has 9s",
        ),
        (
            one(json!({"url": "http://h/", "status": "fine"})),
            "`fine` is no status; write it as 200, `2xx` or `200-399`",
        ),
        (
            one(json!({"url": "http://h/", "method": "HEAD", "text": "x"})),
            "`http://h/` looks at the body, and an answer to HEAD has none",
        ),
        (one(json!({"url": "http://h/", "retries": 3})), "unknown field `retries`"),
        (
            json!({"endpoints": ["http://h/", "http://h/"]}),
            "two endpoints are called `http://h/`; give one of them another `name`",
        ),
        (
            json!({"websockets": ["http://h/"]}),
            "`http://h/` has the URL `http://h/`, which does not begin with ws:// or wss://",
        ),
        (
            json!({"websockets": [{"url": "ws://h/", "reply": "x"}]}),
            "`ws://h/` has a `reply` and no `message` that it could be the answer to",
        ),
        (json!({"interval": 5}), "expected a time such as `250ms`, `5s` or `1m`, found a number"),
    ] {
        let error = refused(&settings);
        assert!(error.starts_with(reason), "{settings}: {error}");
    }
}

#[test]
fn a_log_is_not_flooded_when_everything_fails() {
    let endpoints: Vec<String> = (0..16).map(|at| format!("http://h/{at}")).collect();
    let gone: Vec<_> = (0..16).map(|_| Err(Error::Timeout("it did not answer within 5 s".to_owned()))).collect();
    let mut plugin = plugin(&json!({"endpoints": endpoints}), facts(&gone));
    let collected = collect(&mut plugin, 0);
    assert_eq!(collected.log.len(), 11);
    assert_eq!(collected.log[10], "warn: 6 more endpoints began to fail, or are fine again");
}

#[test]
fn every_family_has_the_unit_that_its_name_ends_with() {
    for family in Api::FAMILIES {
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|part| family.name.strip_suffix(part));
        let base = base.unwrap_or(family.name);
        let unit = [("_seconds", "s"), ("_bytes", "By")].iter().find(|(ending, _)| base.ends_with(ending));
        assert_eq!(family.unit, unit.map_or("1", |(_, unit)| unit), "{}", family.name);
        assert_eq!(family.kind == Kind::Histogram, family.name.contains("_duration_seconds_"), "{}", family.name);
        assert!(family.help.ends_with('.') || family.help.ends_with("else 0."), "{}", family.name);
        assert_eq!(
            family.labels.first(),
            (family.name != "http_check_overdue").then_some(&"target"),
            "{}",
            family.name
        );
    }
}
