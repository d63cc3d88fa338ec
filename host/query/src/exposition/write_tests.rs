//! What `/metrics` looks like.

use std::sync::Arc;

use autobot_model::{Family, Kind, Labels, SeriesKey, Timestamp};
use expect_test::expect;

use super::{Exposed, Format, write};

fn family(name: &str, unit: &str, kind: Kind) -> Arc<Family> {
    let help = "Says \"what\".\nTwice.".to_owned();
    Arc::new(Family { name: name.into(), unit: unit.into(), kind, help, labels: vec![] })
}

fn sample(name: &str, labels: &[(&str, &str)], value: f64) -> Exposed {
    let key = SeriesKey { name: name.into(), labels: Labels::new(labels.iter().copied()) };
    Exposed { key: key.into(), time: Timestamp(1_500), value }
}

fn example() -> (Vec<Arc<Family>>, Vec<Exposed>) {
    let families = vec![family("cpu_seconds_total", "s", Kind::Counter), family("wait_seconds", "s", Kind::Histogram)];
    let samples = vec![
        sample("wait_seconds_sum", &[], 2.5),
        sample("wait_seconds_bucket", &[("le", "+Inf")], 3.0),
        sample("wait_seconds_bucket", &[("le", "10")], 3.0),
        sample("wait_seconds_bucket", &[("le", "2")], 1.0),
        sample("wait_seconds_count", &[("way", "b")], 0.0),
        sample("wait_seconds_sum", &[("way", "b")], 0.0),
        sample("wait_seconds_bucket", &[("le", "+Inf"), ("way", "b")], 0.0),
        sample("wait_seconds_count", &[], 3.0),
        sample("cpu_seconds_total", &[("mode", "user")], 4.0),
        sample("cpu_seconds_total", &[("mode", "a\"b")], 1e21),
        sample("loose", &[], f64::INFINITY),
    ];
    (families, samples)
}

#[test]
fn openmetrics() {
    let (families, samples) = example();
    expect![[r##"
        # HELP cpu_seconds Says \"what\".\nTwice.
        # TYPE cpu_seconds counter
        # UNIT cpu_seconds seconds
        cpu_seconds_total{mode="a\"b"} 1e21 1.5
        cpu_seconds_total{mode="user"} 4 1.5
        # TYPE loose unknown
        loose +Inf 1.5
        # HELP wait_seconds Says \"what\".\nTwice.
        # TYPE wait_seconds histogram
        # UNIT wait_seconds seconds
        wait_seconds_bucket{le="2.0"} 1 1.5
        wait_seconds_bucket{le="10.0"} 3 1.5
        wait_seconds_bucket{le="+Inf"} 3 1.5
        wait_seconds_count 3 1.5
        wait_seconds_sum 2.5 1.5
        wait_seconds_bucket{le="+Inf",way="b"} 0 1.5
        wait_seconds_count{way="b"} 0 1.5
        wait_seconds_sum{way="b"} 0 1.5
        # EOF
    "##]]
    .assert_eq(&write(Format::OpenMetrics, &families, &samples));
}

#[test]
fn prometheus() {
    let (families, samples) = example();
    expect![[r##"
        # HELP cpu_seconds_total Says "what".\nTwice.
        # TYPE cpu_seconds_total counter
        cpu_seconds_total{mode="a\"b"} 1e21 1500
        cpu_seconds_total{mode="user"} 4 1500
        # TYPE loose untyped
        loose +Inf 1500
        # HELP wait_seconds Says "what".\nTwice.
        # TYPE wait_seconds histogram
        wait_seconds_bucket{le="2"} 1 1500
        wait_seconds_bucket{le="10"} 3 1500
        wait_seconds_bucket{le="+Inf"} 3 1500
        wait_seconds_count 3 1500
        wait_seconds_sum 2.5 1500
        wait_seconds_bucket{le="+Inf",way="b"} 0 1500
        wait_seconds_count{way="b"} 0 1500
        wait_seconds_sum{way="b"} 0 1500
    "##]]
    .assert_eq(&write(Format::Prometheus, &families, &samples));
}

#[test]
fn what_breaks_the_rules_of_its_type_is_unknown() {
    let families = [
        family("a_total", "", Kind::Counter),
        family("b", "", Kind::Histogram),
        family("c", "", Kind::Counter),
        family("d_info", "", Kind::Info),
        family("e", "", Kind::Stateset),
    ];
    let samples = [
        sample("a_total", &[], f64::NAN),
        sample("b_bucket", &[("le", "1")], 1.0),
        sample("b_count", &[], 1.0),
        sample("c", &[], 1.0),
        sample("d_info", &[], 2.0),
        sample("e", &[("state", "on")], 1.0),
    ];
    expect![[r##"
        # HELP a_total Says \"what\".\nTwice.
        # TYPE a_total unknown
        a_total NaN 1.5
        # TYPE b_bucket unknown
        b_bucket{le="1"} 1 1.5
        # TYPE b_count unknown
        b_count 1 1.5
        # HELP c Says \"what\".\nTwice.
        # TYPE c unknown
        c 1 1.5
        # HELP d_info Says \"what\".\nTwice.
        # TYPE d_info unknown
        d_info 2 1.5
        # HELP e Says \"what\".\nTwice.
        # TYPE e unknown
        e{state="on"} 1 1.5
        # EOF
    "##]]
    .assert_eq(&write(Format::OpenMetrics, &families, &samples));
}

#[test]
fn no_two_families_of_openmetrics_have_one_name() {
    let families = [
        family("a", "", Kind::Gauge),
        family("a_total", "", Kind::Counter),
        family("b_total", "", Kind::Counter),
        family("b_info", "", Kind::Info),
        family("c", "", Kind::Histogram),
        family("c_sum", "", Kind::Gauge),
        family("d_total", "", Kind::Counter),
    ];
    let samples = [
        sample("a", &[], 1.0),
        sample("a_total", &[], 2.0),
        sample("b_total", &[], 3.0),
        sample("b_info", &[], 1.0),
        sample("c_bucket", &[("le", "+Inf")], 1.0),
        sample("c_sum", &[], 1.0),
        sample("d_created", &[], 1.0),
        sample("d_total", &[], 4.0),
    ];
    expect![[r##"
        # HELP a Says \"what\".\nTwice.
        # TYPE a gauge
        a 1 1.5
        # HELP a_total Says \"what\".\nTwice.
        # TYPE a_total unknown
        a_total 2 1.5
        # HELP b Says \"what\".\nTwice.
        # TYPE b info
        b_info 1 1.5
        # HELP b_total Says \"what\".\nTwice.
        # TYPE b_total unknown
        b_total 3 1.5
        # TYPE c_bucket unknown
        c_bucket{le="+Inf"} 1 1.5
        # HELP c_sum Says \"what\".\nTwice.
        # TYPE c_sum gauge
        c_sum 1 1.5
        # HELP d Says \"what\".\nTwice.
        # TYPE d counter
        d_created 1 1.5
        d_total 4 1.5
        # EOF
    "##]]
    .assert_eq(&write(Format::OpenMetrics, &families, &samples));
}

#[test]
fn states_facts_bounds_and_foreign_names_are_spelt_as_the_format_wants_them() {
    let families = [
        family("door", "", Kind::Stateset),
        family("build_info", "1", Kind::Info),
        family("lag_seconds", "s", Kind::Summary),
        family("odd.bytes", "By", Kind::Gauge),
    ];
    let samples = [
        sample("door", &[("door", "open"), ("house", "1")], 1.0),
        sample("door", &[("door", "open"), ("house", "2")], 0.0),
        sample("door", &[("door", "shut"), ("house", "1")], 0.0),
        sample("build_info", &[("version", "1.2")], 1.0),
        sample("lag_seconds", &[("quantile", "1")], 0.5),
        sample("lag_seconds", &[("quantile", "0.5")], 0.25),
        sample("lag_seconds_count", &[], 2.0),
        sample("odd.bytes", &[("the.label", "é")], 1.0),
        Exposed { time: Timestamp(1_000), ..sample("odd_bytes", &[("the_label", "é")], 2.0) },
    ];
    expect![[r##"
        # HELP build Says \"what\".\nTwice.
        # TYPE build info
        build_info{version="1.2"} 1 1.5
        # HELP door Says \"what\".\nTwice.
        # TYPE door stateset
        door{door="open",house="1"} 1 1.5
        door{door="shut",house="1"} 0 1.5
        door{door="open",house="2"} 0 1.5
        # HELP lag_seconds Says \"what\".\nTwice.
        # TYPE lag_seconds summary
        # UNIT lag_seconds seconds
        lag_seconds{quantile="0.5"} 0.25 1.5
        lag_seconds{quantile="1.0"} 0.5 1.5
        lag_seconds_count 2 1.5
        # HELP odd_bytes Says \"what\".\nTwice.
        # TYPE odd_bytes gauge
        # UNIT odd_bytes bytes
        odd_bytes{the_label="é"} 1 1.5
        # EOF
    "##]]
    .assert_eq(&write(Format::OpenMetrics, &families, &samples));
    expect![[r##"
        # HELP build_info Says "what".\nTwice.
        # TYPE build_info gauge
        build_info{version="1.2"} 1 1500
        # HELP door Says "what".\nTwice.
        # TYPE door gauge
        door{door="open",house="1"} 1 1500
        door{door="shut",house="1"} 0 1500
        door{door="open",house="2"} 0 1500
        # HELP lag_seconds Says "what".\nTwice.
        # TYPE lag_seconds summary
        lag_seconds{quantile="0.5"} 0.25 1500
        lag_seconds{quantile="1"} 0.5 1500
        lag_seconds_count 2 1500
        # HELP odd_bytes Says "what".\nTwice.
        # TYPE odd_bytes gauge
        odd_bytes{the_label="é"} 1 1500
    "##]]
    .assert_eq(&write(Format::Prometheus, &families, &samples));
}
