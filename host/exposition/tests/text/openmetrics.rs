//! OpenMetrics 1.0: read as strictly as its specification asks.

use autobot_exposition::Format;
use expect_test::expect;

use super::good::GOOD;

#[test]
fn what_the_specification_allows_is_read() {
    expect![[r##"
        # EOF
        # EOF\n
        a 1\n# EOF\n
            a = 1
        a{} 1\n# EOF\n
            a = 1
        a{x="1",y=""} 1 1.5\n# EOF\n
            a x=\"1\" y=\"\" = 1 @1500
        a 1 1767323045.6784\na 2 1767323045.6786\n# EOF\n
            a = 1 @1767323045678
            a = 2 @1767323045679
        a 1 -1.5\na 1 0\na 1 1.5e3\na 1 +2e3\n# EOF\n
            a = 1 @-1500
            a = 1 @0
            a = 1 @1500000
            a = 1 @2000000
        a 01\nb 1.\nc .5\nd 1E3\ne +1\nf NaN\ng +inf\nh -Infinity\n# EOF\n
            a = 1
            b = 1
            c = 0.5
            d = 1000
            e = 1
            f = NaN
            g = inf
            h = -inf
        a{x="\\ \" \n \y é } { #"} 1\n# EOF\n
            a x=\"\\\\ \\\" \\n \\\\y é } { #\" = 1
        # HELP a \\ \" \n \y\n# TYPE a gauge\n# UNIT a \na 1\n# EOF\n
            help a \\ \" \n \\y
            type a gauge
            unit a 
            a = 1
        # HELP a \n# EOF\n
            help a 
        # UNIT a_seconds seconds\n# TYPE a_seconds counter\na_seconds_total 1\na_seconds_created 1.5\n# EOF\n
            unit a_seconds seconds
            type a_seconds counter
            a_seconds_total = 1
            a_seconds_created = 1.5
        # TYPE a counter\na_total 1 # {trace="x"} 0.5 1.5\na_total{x="1"} 1 2 # {} 1\n# EOF\n
            type a counter
            a_total = 1
            a_total x=\"1\" = 1 @2000
        # TYPE a histogram\na_bucket{le="1"} 1 # {} 0.5\na_bucket{le="+Inf"} 2\na_count 2\na_sum 3.5\na_created 1\n# EOF\n
            type a histogram
            a_bucket le=\"1\" = 1
            a_bucket le=\"+Inf\" = 2
            a_count = 2
            a_sum = 3.5
            a_created = 1
        # TYPE a histogram\na_bucket{le="-1"} 1\na_bucket{le="+Inf"} 2\n# EOF\n
            type a histogram
            a_bucket le=\"-1\" = 1
            a_bucket le=\"+Inf\" = 2
        # TYPE a histogram\na_bucket{le="+Inf",x="1"} 2\na_bucket{x="2",le="+Inf"} 2\n# EOF\n
            type a histogram
            a_bucket le=\"+Inf\" x=\"1\" = 2
            a_bucket x=\"2\" le=\"+Inf\" = 2
        # TYPE a histogram\na_bucket{le="+Inf"} 2 1\na_count 2 1\na_sum 2 1\na_bucket{le="+Inf"} 3 2\na_count 3 2\na_sum 2 2\n# EOF\n
            type a histogram
            a_bucket le=\"+Inf\" = 2 @1000
            a_count = 2 @1000
            a_sum = 2 @1000
            a_bucket le=\"+Inf\" = 3 @2000
            a_count = 3 @2000
            a_sum = 2 @2000
        # TYPE a gaugehistogram\na_bucket{le="-1"} 1\na_bucket{le="+Inf"} 2\na_gcount 2\na_gsum -5\n# EOF\n
            type a gaugehistogram
            a_bucket le=\"-1\" = 1
            a_bucket le=\"+Inf\" = 2
            a_gcount = 2
            a_gsum = -5
        # TYPE a summary\na{quantile="0.5"} 1\na{quantile="1.0"} NaN\na_count 2\na_sum 3\n# EOF\n
            type a summary
            a quantile=\"0.5\" = 1
            a quantile=\"1.0\" = NaN
            a_count = 2
            a_sum = 3
        # TYPE a info\na_info{version="1"} 1\na_info{version="2"} 1\n# EOF\n
            type a info
            a_info version=\"1\" = 1
            a_info version=\"2\" = 1
        # TYPE a stateset\na{a="on"} 1\na{a="off"} 0\na{a="on",x="1"} 0\n# EOF\n
            type a stateset
            a a=\"on\" = 1
            a a=\"off\" = 0
            a a=\"on\" x=\"1\" = 0
        # TYPE a unknown\na{x="1"} 1\na{x="2"} 1\n# TYPE a_b gauge\na_b 1\n# EOF\n
            type a unknown
            a x=\"1\" = 1
            a x=\"2\" = 1
            type a_b gauge
            a_b = 1
        a 1 1\na 2 2\na{x="1"} 1 1\n# EOF\n
            a = 1 @1000
            a = 2 @2000
            a x=\"1\" = 1 @1000
    "##]].assert_eq(&super::all(Format::OpenMetrics, GOOD));
}

#[test]
fn names_of_any_characters_stand_in_quotes_as_prometheus_3_writes_them() {
    let texts = [
        "# TYPE \"a.b\" counter\n{\"a.b_total\",x=\"1\"} 1\n# EOF\n",
        "a{\"x.y\"=\"1\"} 1\n# EOF\n",
        "{\"a\"}1\n# EOF\n",
    ];
    expect![[r##"
        # TYPE "a.b" counter\n{"a.b_total",x="1"} 1\n# EOF\n
            type a.b counter
            a.b_total x=\"1\" = 1
        a{"x.y"="1"} 1\n# EOF\n
            a x.y=\"1\" = 1
        {"a"}1\n# EOF\n
            refused: 1:6: `1` stands where one space and a value is wanted (a line is `name{label="value"} VALUE [SECONDS]`)
    "##]].assert_eq(&super::all(Format::OpenMetrics, &texts));
}

#[test]
fn a_real_body_is_read_whole() {
    let records = super::read(Format::OpenMetrics, include_str!("../data/node_exporter-1.5.0.om")).unwrap();
    let samples = records.iter().filter(|record| record.contains(" = ")).count();
    expect!["489 samples, 541 lines of metadata"]
        .assert_eq(&format!("{samples} samples, {} lines of metadata", records.len() - samples));
}
