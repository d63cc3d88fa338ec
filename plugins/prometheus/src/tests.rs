//! The whole plugin on given answers: what it emits from scrape to scrape.

use autobot_plugin_sdk::http::{Response, Timing};
use autobot_plugin_sdk::testing::{Collected, Facts, Plugin};
use autobot_plugin_sdk::{Error, Header, Kind};
use expect_test::expect;
use serde_json::{Value, json};

use crate::Prometheus;

const START: u64 = 1_700_000_000_000;
const PLAIN: &str = "text/plain; version=0.0.4";

fn answer(kind: &str, body: &str) -> Response {
    let timing = Timing { resolve: 0.0, connect: 0.0, tls: 0.0, first_byte: 0.0, body: 0.0, total: 0.012_345_678 };
    Response {
        status: 200,
        headers: vec![Header { name: "content-type".to_owned(), value: kind.to_owned() }],
        body: body.as_bytes().to_vec(),
        body_bytes: body.len() as u64,
        complete: true,
        timing,
        version: "HTTP/1.1".to_owned(),
        remote_address: "127.0.0.1:9100".to_owned(),
        url: "http://127.0.0.1:9100/metrics".to_owned(),
        redirected: 0,
        tls: None,
    }
}

fn facts(answers: &[Result<Response, Error>]) -> Facts {
    Facts::default().with("http.fetch-all", &answers)
}

fn plugin(settings: &Value, answers: &[Result<Response, Error>]) -> Plugin<Prometheus> {
    Plugin::new(&settings.to_string(), facts(answers)).unwrap()
}

fn next(plugin: &mut Plugin<Prometheus>, second: u64, answers: &[Result<Response, Error>]) -> Collected {
    plugin.change(|facts| facts.set("http.fetch-all", &answers));
    plugin.collect(START + second * 1000).0
}

#[test]
fn series_keep_names_labels_types_helps_and_units_and_get_the_target() {
    let body = "# HELP hits_total Seen \\\\ so far.\n# TYPE hits_total counter\nhits_total{code=\"200\"} 5\n\
        # TYPE odd counter\nodd 1\n# TYPE wait_seconds histogram\nwait_seconds_bucket{le=\"+Inf\"} 2\nwait_seconds_sum 1.5\n\
        wait_seconds_count 2\nheat_celsius{machine=\"a\",target=\"b\",plugin=\"\"} -1.5 1500\nnot_a_number NaN\n";
    let mut plugin = plugin(&json!({"targets": ["node"]}), &[Ok(answer(PLAIN, body))]);
    let (collected, result) = plugin.collect(START);
    assert_eq!(result, Ok(()));
    expect![[r#"
        hits_total{code="200",target="node"} 5
        odd{target="node"} 1
        wait_seconds_bucket{le="+Inf",target="node"} 2
        wait_seconds_sum{target="node"} 1.5
        wait_seconds_count{target="node"} 2
        heat_celsius{exported_machine="a",exported_target="b",target="node"} -1.5
        not_a_number{target="node"} NaN
        scrape_duration_seconds{target="node"} 0.012346
        scrape_samples_scraped{target="node"} 7
        scrape_samples_post_metric_relabeling{target="node"} 7
        scrape_series_added{target="node"} 7
        scrape_body_size_bytes{target="node"} 289
        scrape_samples_left_out{target="node",reason="dropped"} 0
        scrape_samples_left_out{target="node",reason="labels"} 0
        scrape_samples_left_out{target="node",reason="duplicate"} 0
        scrape_samples_left_out{target="node",reason="limit"} 0
        scrape_samples_left_out{target="node",reason="refused"} 0
        up{target="node"} 1
    "#]]
    .assert_eq(&collected.text(""));
    for (family, kind, unit, help) in [
        ("hits_total", Kind::Counter, "", "Seen \\ so far."),
        ("odd", Kind::Unknown, "", ""),
        ("wait_seconds_bucket", Kind::Histogram, "1", ""),
        ("wait_seconds_sum", Kind::Histogram, "s", ""),
        ("heat_celsius", Kind::Unknown, "Cel", ""),
    ] {
        let declared = plugin.declared(family).unwrap();
        assert_eq!((declared.kind, &*declared.unit, &*declared.help), (kind, unit, help), "{family}");
    }
}

#[test]
fn series_that_go_away_end_and_those_that_stay_keep_their_handles() {
    let mut plugin = plugin(&json!({"targets": ["a"]}), &[Ok(answer(PLAIN, "x{i=\"1\"} 1\nx{i=\"2\"} 2\ny 3\n"))]);
    let _ = plugin.collect(START);
    let collected = next(&mut plugin, 15, &[Ok(answer(PLAIN, "y 4\nx{i=\"2\"} 5\nz 6\n"))]);
    expect![[r#"
        x{i="2",target="a"} 5
        x{i="1",target="a"} ended
    "#]]
    .assert_eq(&collected.text("x"));
    assert_eq!((collected.value("y{target=\"a\"}"), collected.value("z{target=\"a\"}")), (Some(4.0), Some(6.0)));
    let collected = next(&mut plugin, 30, &[Err(Error::Unreachable("refused".to_owned()))]);
    assert_eq!(collected.value("up{target=\"a\"}"), Some(0.0));
    assert_eq!(collected.retired.iter().filter(|series| !series.starts_with("scrape")).count(), 3);
    assert_eq!(collected.log, ["warn: a: refused"]);
    assert!(next(&mut plugin, 45, &[Err(Error::Unreachable("refused".to_owned()))]).log.is_empty(), "said once");
    let collected = next(&mut plugin, 60, &[Ok(answer(PLAIN, "y 7\n"))]);
    assert_eq!((collected.value("y{target=\"a\"}"), collected.value("up{target=\"a\"}")), (Some(7.0), Some(1.0)));
    assert_eq!(collected.log, ["info: a: can be scraped again"]);
}

#[test]
fn of_a_series_that_stands_twice_the_newest_counts_or_else_the_first() {
    let body = "a 1\na 2\nb 1 2000\nb 2 1000\nb 3 3000\n";
    let mut plugin = plugin(&json!({"targets": ["t"]}), &[Ok(answer(PLAIN, body))]);
    let (collected, _) = plugin.collect(START);
    assert_eq!((collected.value("a{target=\"t\"}"), collected.value("b{target=\"t\"}")), (Some(1.0), Some(3.0)));
    assert_eq!(collected.value("scrape_samples_left_out{target=\"t\",reason=\"duplicate\"}"), Some(3.0));
}

#[test]
fn of_two_that_rules_make_one_the_second_takes_the_place_of_the_first() {
    let settings = json!({"targets": ["t"], "relabel": [{"action": "labeldrop", "regex": "i"}]});
    let mut plugin = plugin(&settings, &[Ok(answer(PLAIN, "a{i=\"1\"} 1\na{i=\"2\"} 2\n"))]);
    let (collected, _) = plugin.collect(START);
    assert_eq!(collected.text("a{"), "a{target=\"t\"} 1\n");
    next(&mut plugin, 15, &[Ok(answer(PLAIN, "a{i=\"2\"} 3\n"))]);
    assert_eq!(next(&mut plugin, 30, &[Ok(answer(PLAIN, "a{i=\"2\"} 4\n"))]).text("a"), "a{target=\"t\"} 4\n");
}

#[test]
fn answers_that_are_no_metrics_are_refused_in_words_and_nothing_of_them_is_taken() {
    let status = |status| Response { status, ..answer(PLAIN, "a 1\n") };
    let long = Response { body_bytes: 99_999_999, complete: false, ..answer(PLAIN, "a 1\n") };
    let mut packed = answer(PLAIN, "a 1\n");
    packed.headers.push(Header { name: "content-encoding".to_owned(), value: "gzip".to_owned() });
    let junk = Response { body: vec![b'a', 0xff, 0, 7], body_bytes: 4, ..answer(PLAIN, "") };
    let line = format!("a 1\nb{{x=\"{}\"}} 1\n", "x".repeat(10 << 20));
    let many: String = (0..4).map(|at| format!("a{{i=\"{at}\"}} 1\n")).collect();
    let open = "application/openmetrics-text; version=1.0.0";
    let mut all = String::new();
    for bad in [
        Ok(status(404)),
        Ok(long),
        Ok(packed),
        Ok(junk),
        Ok(answer(PLAIN, &line)),
        Ok(answer(PLAIN, &many)),
        Ok(answer("text/html", "<html>")),
        Ok(answer(PLAIN, "a 1\nb{ 2\n")),
        Ok(answer(open, "a 1\n")),
        Err(Error::Timeout("no answer within 5s".to_owned())),
    ] {
        let settings = json!({"targets": ["t"], "sample_limit": 3});
        let mut plugin = plugin(&settings, &[bad]);
        let (collected, result) = plugin.collect(START);
        assert!(collected.text("a").is_empty() && collected.value("up{target=\"t\"}") == Some(0.0), "{collected:?}");
        all += &format!("{}\n", crate::sentence(&result.unwrap_err()));
    }
    expect![[r#"
        t: it answered 404, and not 200
        t: its answer has more than the 4194304 bytes that `body_limit` allows; let it tell less, or raise the limit
        t: its answer is packed (`gzip`), which was not asked for
        t: 1:2: a byte that is not UTF-8 (both formats are UTF-8; convert the text)
        t: 2:65537: the line has more than 65536 bytes (shorten its label values or its help)
        t: it has more than the 3 samples that `sample_limit` allows; drop some, or raise it
        t: it answers with `text/html`, which are no metrics; is the path right? (`any_content_type` reads it all the same)
        t: 2:4: `2` stands where the name of a label is wanted (labels are `{name="value",other="value"}`)
        t: 2:1: the text ends without `# EOF` (it was cut off on its way, or it is not OpenMetrics: fetch it again)
        t: no answer within 5s
    "#]]
    .assert_eq(&all);
}

#[test]
fn a_target_that_hangs_is_left_alone_for_half_a_minute_and_costs_the_others_nothing() {
    let hangs = Err(Error::Timeout("no answer within 5s".to_owned()));
    let mut plugin = plugin(&json!({"targets": ["a", "b"]}), &[hangs, Ok(answer(PLAIN, "x 1\n"))]);
    let (collected, result) = plugin.collect(START);
    assert_eq!(result, Ok(()));
    assert_eq!(collected.text("x"), "x{target=\"b\"} 1\n");
    // Only `b` is asked now, so that the one answer is its own.
    let collected = next(&mut plugin, 15, &[Ok(answer(PLAIN, "x 2\n"))]);
    assert_eq!(collected.text("x"), "x{target=\"b\"} 2\n");
    assert_eq!(collected.text("up"), "up{target=\"a\"} 0\nup{target=\"b\"} 1\n");
    let collected = next(&mut plugin, 45, &[Ok(answer(PLAIN, "x 3\n")), Ok(answer(PLAIN, "x 4\n"))]);
    assert_eq!(collected.text("x"), "x{target=\"a\"} 3\nx{target=\"b\"} 4\n");
}

#[test]
fn what_goes_beyond_a_limit_is_left_out_counted_and_told_of_once() {
    let body = "a{x=\"1\",y=\"2\",z=\"3\"} 1\nb{x=\"too long\"} 1\nc 1\nd 1\nup 7\n";
    let settings = json!({"targets": ["t"], "label_limit": 2, "label_value_limit": 5, "series_limit": 1});
    let mut plugin = plugin(&settings, &[Ok(answer(PLAIN, body))]);
    let (collected, _) = plugin.collect(START);
    let told = expect![[r#"
        c{target="t"} 1
        scrape_samples_left_out{target="t",reason="dropped"} 0
        scrape_samples_left_out{target="t",reason="labels"} 2
        scrape_samples_left_out{target="t",reason="duplicate"} 0
        scrape_samples_left_out{target="t",reason="limit"} 1
        scrape_samples_left_out{target="t",reason="refused"} 1
    "#]];
    told.assert_eq(&(collected.text("c{") + &collected.text("scrape_samples_left")));
    assert_eq!(collected.value("up{target=\"t\"}"), Some(1.0), "our own name is no exporter's");
    assert_eq!(collected.log.len(), 3, "{:?}", collected.log);
    assert!(next(&mut plugin, 15, &[Ok(answer(PLAIN, body))]).log.is_empty());
}

#[test]
fn a_host_that_takes_no_more_series_keeps_those_that_it_took() {
    let mut plugin = plugin(&json!({"targets": ["t"]}), &[Ok(answer(PLAIN, "a 1\n"))]);
    let _ = plugin.collect(START);
    plugin.refuse_series(Some("no more than 1"));
    let collected = next(&mut plugin, 15, &[Ok(answer(PLAIN, "a 2\nb 2\n"))]);
    assert_eq!(collected.value("a{target=\"t\"}"), Some(2.0));
    assert_eq!(collected.value("scrape_samples_left_out{target=\"t\",reason=\"refused\"}"), Some(1.0));
    assert!(collected.log[0].starts_with("warn: t: series are left out: no more than 1"), "{:?}", collected.log);
}

#[test]
fn changed_settings_take_over_the_series_and_end_those_that_they_drop() {
    let body = "a 1\nb 2\n";
    let mut plugin = plugin(&json!({"targets": ["t"]}), &[Ok(answer(PLAIN, body))]);
    let _ = plugin.collect(START);
    let drop_b =
        json!({"targets": ["t"], "relabel": [{"action": "drop", "source_labels": ["__name__"], "regex": "b"}]});
    plugin.configure(&drop_b.to_string()).unwrap();
    let (collected, _) = plugin.collect(START + 15_000);
    assert_eq!(collected.text("a"), "a{target=\"t\"} 1\n");
    assert_eq!(collected.text("b"), "b{target=\"t\"} ended\n");
}

#[test]
fn labels_of_an_exporter_are_honoured_when_that_is_wished() {
    let body = "a{target=\"own\"} 1\nb 1\n";
    let mut plugin = plugin(&json!({"targets": ["t"], "honor_labels": true}), &[Ok(answer(PLAIN, body))]);
    let (collected, _) = plugin.collect(START);
    assert_eq!(collected.text("a") + &collected.text("b"), "a{target=\"own\"} 1\nb{target=\"t\"} 1\n");
}

#[test]
fn names_of_other_characters_get_underscores() {
    let body = "{\"http.server.duration\",\"net.peer\"=\"x\"} 1\n";
    let mut plugin = plugin(&json!({"targets": ["t"]}), &[Ok(answer(PLAIN, body))]);
    assert_eq!(plugin.collect(START).0.text("http"), "http_server_duration{net_peer=\"x\",target=\"t\"} 1\n");
}

#[test]
fn without_targets_there_is_nothing_to_do_and_that_is_said_once() {
    let mut plugin = plugin(&json!({}), &[]);
    let (collected, result) = plugin.collect(START);
    assert!(result.is_ok() && collected.samples.is_empty() && collected.asked.is_empty());
    assert_eq!(collected.log, ["info: nothing to measure here: `targets` of the settings names nothing to scrape"]);
    assert!(plugin.collect(START + 15_000).0.log.is_empty());
}
