//! Samples out to a file and in again.

use std::collections::BTreeMap;
use std::sync::Arc;

use autobot_model::{Family, Kind, Labels, STALE, SeriesId, SeriesKey, SeriesSamples, Timestamp, is_stale};
use autobot_query::exchange::{Format, ImportError, Writer, read};
use expect_test::expect;
use proptest::prelude::*;

fn family(name: &str, kind: Kind, unit: &str, help: &str) -> Arc<Family> {
    Arc::new(Family { name: name.into(), kind, unit: unit.into(), help: help.into(), labels: vec![] })
}

fn series(name: &str, labels: &[(&str, &str)], samples: &[(i64, f64)]) -> SeriesSamples {
    let key = Arc::new(SeriesKey { name: name.into(), labels: Labels::new(labels.iter().copied()) });
    let (times, values) = samples.iter().map(|(time, value)| (Timestamp(*time), *value)).unzip();
    SeriesSamples { id: SeriesId(0), key, times, values }
}

pub(crate) fn write(format: Format, families: &[Arc<Family>], series: &[SeriesSamples]) -> String {
    let mut writer = Writer::new(format, Vec::new(), families).unwrap();
    writer.write(series).unwrap();
    String::from_utf8(writer.finish().unwrap()).unwrap()
}

/// What an import saw, a line for each stretch.
fn seen(format: Format, text: &str) -> Result<String, String> {
    let mut seen = String::new();
    let read = read(format, text.as_bytes(), &mut |imported| {
        let samples = imported.times.iter().zip(imported.values);
        let samples: Vec<String> = samples
            .map(
                |(time, value)| {
                    if is_stale(*value) { format!("end@{}", time.0) } else { format!("{value}@{}", time.0) }
                },
            )
            .collect();
        let Family { name, kind, unit, help, .. } = &**imported.family;
        seen.push_str(&format!(
            "{} ({name} {} [{unit}] {help:?}): {}\n",
            imported.key,
            kind.as_str(),
            samples.join(" ")
        ));
        Ok::<(), String>(())
    });
    match read {
        Ok(count) => Ok(format!("{seen}{count} samples\n")),
        Err(ImportError::Text(error)) => Err(format!("refused: {error}\n")),
        Err(other) => Err(other.to_string()),
    }
}

pub(crate) fn example() -> (Vec<Arc<Family>>, Vec<SeriesSamples>) {
    let families = vec![
        family("hits_total", Kind::Counter, "1", "Seen, \"all\"."),
        family("wait_seconds", Kind::Histogram, "s", ""),
        family("heat_celsius", Kind::Gauge, "Cel", "How hot."),
    ];
    let t = 1_767_323_045_678;
    let series = vec![
        series("hits_total", &[("job", "a,\"b\"")], &[(t, 1.0), (t + 1000, 2.0)]),
        series("wait_seconds_bucket", &[("le", "0.1")], &[(t, 1.0), (t + 1000, 1.0)]),
        series("wait_seconds_bucket", &[("le", "+Inf")], &[(t, 2.0), (t + 1000, 3.0)]),
        series("wait_seconds_count", &[], &[(t, 2.0), (t + 1000, 3.0)]),
        series("wait_seconds_sum", &[], &[(t, 0.5), (t + 1000, 1.25)]),
        series(
            "heat_celsius",
            &[("zone", "x")],
            &[(t, -0.5), (t + 1, f64::NAN), (t + 2, f64::INFINITY), (t + 3, STALE)],
        ),
    ];
    (families, series)
}

#[test]
fn csv_has_a_row_for_each_sample() {
    let (families, series) = example();
    let text = write(Format::Csv, &families, &series);
    expect![[r#"
        time,name,labels,value
        2026-01-02T03:04:05.678Z,hits_total,"{""job"":""a,\""b\""""}",1
        2026-01-02T03:04:06.678Z,hits_total,"{""job"":""a,\""b\""""}",2
        2026-01-02T03:04:05.678Z,wait_seconds_bucket,"{""le"":""0.1""}",1
        2026-01-02T03:04:06.678Z,wait_seconds_bucket,"{""le"":""0.1""}",1
        2026-01-02T03:04:05.678Z,wait_seconds_bucket,"{""le"":""+Inf""}",2
        2026-01-02T03:04:06.678Z,wait_seconds_bucket,"{""le"":""+Inf""}",3
        2026-01-02T03:04:05.678Z,wait_seconds_count,{},2
        2026-01-02T03:04:06.678Z,wait_seconds_count,{},3
        2026-01-02T03:04:05.678Z,wait_seconds_sum,{},0.5
        2026-01-02T03:04:06.678Z,wait_seconds_sum,{},1.25
        2026-01-02T03:04:05.678Z,heat_celsius,"{""zone"":""x""}",-0.5
        2026-01-02T03:04:05.679Z,heat_celsius,"{""zone"":""x""}",NaN
        2026-01-02T03:04:05.680Z,heat_celsius,"{""zone"":""x""}",+Inf
        2026-01-02T03:04:05.681Z,heat_celsius,"{""zone"":""x""}",stale
    "#]]
    .assert_eq(&text);
    expect![[r#"
        hits_total{job="a,\"b\""} (hits_total unknown [] ""): 1@1767323045678 2@1767323046678
        wait_seconds_bucket{le="0.1"} (wait_seconds_bucket unknown [s] ""): 1@1767323045678 1@1767323046678
        wait_seconds_bucket{le="+Inf"} (wait_seconds_bucket unknown [s] ""): 2@1767323045678 3@1767323046678
        wait_seconds_count (wait_seconds_count unknown [] ""): 2@1767323045678 3@1767323046678
        wait_seconds_sum (wait_seconds_sum unknown [s] ""): 0.5@1767323045678 1.25@1767323046678
        heat_celsius{zone="x"} (heat_celsius unknown [Cel] ""): -0.5@1767323045678 NaN@1767323045679 inf@1767323045680 end@1767323045681
        14 samples
    "#]].assert_eq(&seen(Format::Csv, &text).unwrap());
}

#[test]
fn json_lines_are_those_of_victoria_metrics() {
    let (families, series) = example();
    let text = write(Format::JsonLines, &families, &series);
    expect![[r#"
        {"metric":{"__name__":"hits_total","job":"a,\"b\""},"values":[1,2],"timestamps":[1767323045678,1767323046678],"family":{"help":"Seen, \"all\".","kind":"counter","name":"hits_total","unit":"1"}}
        {"metric":{"__name__":"wait_seconds_bucket","le":"0.1"},"values":[1,1],"timestamps":[1767323045678,1767323046678],"family":{"help":"","kind":"histogram","name":"wait_seconds","unit":"s"}}
        {"metric":{"__name__":"wait_seconds_bucket","le":"+Inf"},"values":[2,3],"timestamps":[1767323045678,1767323046678],"family":{"help":"","kind":"histogram","name":"wait_seconds","unit":"s"}}
        {"metric":{"__name__":"wait_seconds_count"},"values":[2,3],"timestamps":[1767323045678,1767323046678],"family":{"help":"","kind":"histogram","name":"wait_seconds","unit":"s"}}
        {"metric":{"__name__":"wait_seconds_sum"},"values":[0.5,1.25],"timestamps":[1767323045678,1767323046678],"family":{"help":"","kind":"histogram","name":"wait_seconds","unit":"s"}}
        {"metric":{"__name__":"heat_celsius","zone":"x"},"values":[-0.5,"NaN","Infinity",null],"timestamps":[1767323045678,1767323045679,1767323045680,1767323045681],"family":{"help":"How hot.","kind":"gauge","name":"heat_celsius","unit":"Cel"}}
    "#]].assert_eq(&text);
    expect![[r#"
        hits_total{job="a,\"b\""} (hits_total counter [1] "Seen, \"all\"."): 1@1767323045678 2@1767323046678
        wait_seconds_bucket{le="0.1"} (wait_seconds histogram [s] ""): 1@1767323045678 1@1767323046678
        wait_seconds_bucket{le="+Inf"} (wait_seconds histogram [s] ""): 2@1767323045678 3@1767323046678
        wait_seconds_count (wait_seconds histogram [s] ""): 2@1767323045678 3@1767323046678
        wait_seconds_sum (wait_seconds histogram [s] ""): 0.5@1767323045678 1.25@1767323046678
        heat_celsius{zone="x"} (heat_celsius gauge [Cel] "How hot."): -0.5@1767323045678 NaN@1767323045679 inf@1767323045680 end@1767323045681
        14 samples
    "#]].assert_eq(&seen(Format::JsonLines, &text).unwrap());
}

#[test]
fn openmetrics_has_the_points_of_a_histogram_one_after_the_other() {
    let (families, series) = example();
    let text = write(Format::OpenMetrics, &families, &series);
    expect![[r##"
        # HELP heat_celsius How hot.
        # TYPE heat_celsius gauge
        # UNIT heat_celsius celsius
        heat_celsius{zone="x"} -0.5 1767323045.678
        heat_celsius{zone="x"} NaN 1767323045.679
        heat_celsius{zone="x"} +Inf 1767323045.68
        # HELP hits Seen, \"all\".
        # TYPE hits counter
        hits_total{job="a,\"b\""} 1 1767323045.678
        hits_total{job="a,\"b\""} 2 1767323046.678
        # TYPE wait_seconds histogram
        # UNIT wait_seconds seconds
        wait_seconds_bucket{le="0.1"} 1 1767323045.678
        wait_seconds_bucket{le="+Inf"} 2 1767323045.678
        wait_seconds_count 2 1767323045.678
        wait_seconds_sum 0.5 1767323045.678
        wait_seconds_bucket{le="0.1"} 1 1767323046.678
        wait_seconds_bucket{le="+Inf"} 3 1767323046.678
        wait_seconds_count 3 1767323046.678
        wait_seconds_sum 1.25 1767323046.678
        # EOF
    "##]]
    .assert_eq(&text);
    expect![[r#"
        heat_celsius{zone="x"} (heat_celsius gauge [Cel] "How hot."): -0.5@1767323045678 NaN@1767323045679 inf@1767323045680
        hits_total{job="a,\"b\""} (hits_total counter [] "Seen, \"all\"."): 1@1767323045678 2@1767323046678
        wait_seconds_bucket{le="0.1"} (wait_seconds histogram [s] ""): 1@1767323045678
        wait_seconds_bucket{le="+Inf"} (wait_seconds histogram [s] ""): 2@1767323045678
        wait_seconds_count (wait_seconds histogram [s] ""): 2@1767323045678
        wait_seconds_sum (wait_seconds histogram [s] ""): 0.5@1767323045678
        wait_seconds_bucket{le="0.1"} (wait_seconds histogram [s] ""): 1@1767323046678
        wait_seconds_bucket{le="+Inf"} (wait_seconds histogram [s] ""): 3@1767323046678
        wait_seconds_count (wait_seconds histogram [s] ""): 3@1767323046678
        wait_seconds_sum (wait_seconds histogram [s] ""): 1.25@1767323046678
        13 samples
    "#]].assert_eq(&seen(Format::OpenMetrics, &text).unwrap());
}

#[test]
fn openmetrics_claims_no_type_whose_rules_the_samples_break() {
    let families = [
        family("hits_total", Kind::Counter, "", ""),
        family("wait", Kind::Histogram, "", ""),
        family("load", Kind::Counter, "", ""),
        family("load_total", Kind::Counter, "", ""),
    ];
    let series = [
        series("hits_total", &[], &[(1, -1.0)]),
        series("wait_bucket", &[("le", "1")], &[(1, 1.0), (2, 1.0)]),
        series("wait_bucket", &[("le", "+Inf")], &[(1, 1.0)]),
        series("load", &[], &[(1, 1.0)]),
        series("load_total", &[], &[(1, 1.0)]),
    ];
    let text = write(Format::OpenMetrics, &families, &series);
    expect![[r##"
        # TYPE hits_total unknown
        hits_total -1 0.001
        # TYPE load unknown
        load 1 0.001
        # TYPE load_total unknown
        load_total 1 0.001
        # TYPE wait_bucket unknown
        wait_bucket{le="+Inf"} 1 0.001
        wait_bucket{le="1"} 1 0.001
        wait_bucket{le="1"} 1 0.002
        # EOF
    "##]]
    .assert_eq(&text);
    assert!(seen(Format::OpenMetrics, &text).is_ok());
}

#[test]
fn a_family_of_openmetrics_comes_once() {
    let (families, series) = example();
    let mut writer = Writer::new(Format::OpenMetrics, Vec::new(), &families).unwrap();
    writer.write(&series[..1]).unwrap();
    expect!["the family `hits` came before, or its name is another one's; OpenMetrics wants all of a family at once"]
        .assert_eq(&writer.write(&series[..1]).unwrap_err().to_string());
}

#[test]
fn times_that_csv_cannot_write_are_refused() {
    let mut writer = Writer::new(Format::Csv, Vec::new(), &[]).unwrap();
    let error = writer.write(&[series("a", &[], &[(i64::MAX, 1.0)])]).unwrap_err();
    expect!["the time 9223372036854775807 of a is outside the years 0 to 9999, which CSV can write"]
        .assert_eq(&error.to_string());
}

#[test]
fn csv_is_taken_with_its_columns_in_any_order_and_times_of_any_usual_kind() {
    let text = "\u{feff}value,name,host,time\r\n1,a,x,1767323045\r\n2,a,x,1767323045.678\r\n3,a,x,1767323045678\r\n\
        4,a,,2026-01-02 03:04:05Z\r\n+Inf,a,,-1\r\nstale,a,,2026-01-02T03:04:05.5-01:30\r\n";
    expect![[r#"
        a{host="x"} (a unknown [] ""): 1@1767323045000 2@1767323045678 3@1767323045678
        a (a unknown [] ""): 4@1767323045000 inf@-1000 end@1767328445500
        6 samples
    "#]]
    .assert_eq(&seen(Format::Csv, text).unwrap());
    assert_eq!(seen(Format::Csv, "").unwrap(), "0 samples\n");
    assert_eq!(seen(Format::JsonLines, "\n\n").unwrap(), "0 samples\n");
}

#[test]
fn json_lines_of_victoria_metrics_are_taken() {
    let text = r#"{"metric":{"__name__":"up","job":"x","__empty":""},"values":[0,1.5,-1e-9,null,"Infinity","-Infinity","NaN",-0],"timestamps":[1,2,3,4,5,6,7,8],"more":{"a":[1]}}"#;
    expect![[r#"
        up{job="x"} (up unknown [] ""): 0@1 1.5@2 -0.000000001@3 end@4 inf@5 -inf@6 NaN@7 -0@8
        8 samples
    "#]]
    .assert_eq(&seen(Format::JsonLines, text).unwrap());
}

#[test]
fn what_is_not_of_the_format_is_refused_in_words() {
    let mut all = String::new();
    for (format, text) in [
        (Format::Csv, "timestamp,name,value\n"),
        (Format::Csv, "time,name,value,time\n"),
        (Format::Csv, "time,name,value,a b\n"),
        (Format::Csv, "time,name,value\n1,a\n"),
        (Format::Csv, "time,name,value\n1,a,1\nyesterday,a,1\n"),
        (Format::Csv, "time,name,value\n100000000000000,a,1\n"),
        (Format::Csv, "time,name,value\n1,a,\n"),
        (Format::Csv, "time,name,value\n1,,1\n"),
        (Format::Csv, "time,name,value,labels\n1,a,1,x=y\n"),
        (Format::Csv, "time,name,value,labels\n1,a,1,\"{\"\"x\"\":1}\"\n"),
        (Format::Csv, "time,name,value,labels,x\n1,a,1,\"{\"\"x\"\":\"\"1\"\"}\",2\n"),
        (Format::Csv, "time,name,value,labels\n1,a,1,\"{\"\"__name__\"\":\"\"b\"\"}\"\n"),
        (Format::JsonLines, "\n[]\n"),
        (Format::JsonLines, r#"{"metric":{},"values":[1],"timestamps":[1]}"#),
        (Format::JsonLines, r#"{"metric":{"__name__":"a"},"values":[1,2],"timestamps":[1]}"#),
        (Format::JsonLines, r#"{"metric":{"__name__":"a"},"values":["x"],"timestamps":[1]}"#),
        (Format::JsonLines, r#"{"metric":{"__name__":"a"},"values":[1],"timestamps":[1.5]}"#),
        (Format::JsonLines, r#"{"metric":{"__name__":"a","x":"1","x":"2"},"values":[1],"timestamps":[1]}"#),
        (Format::JsonLines, r#"{"metric":{"__name__":"a"},"values":[1],"timestamps":[1]"#),
        (Format::JsonLines, r#"{"metric":{"__name__":"a"},"values":[1]}"#),
        (Format::OpenMetrics, "a 1\n# EOF\n"),
        (Format::OpenMetrics, "a 1 1\n"),
    ] {
        let refused = seen(format, text).unwrap_err();
        all.push_str(&format!("{}\n    {refused}", text.trim_end().escape_debug().to_string().replace("\\\"", "\"")));
    }
    expect![[r#"
        timestamp,name,value
            refused: 1:1: no column `time` (the first row names the columns: time, name and value; labels as JSON, or a column for each label)
        time,name,value,time
            refused: 1:4: a second column `time` (the first row names the columns: time, name and value; labels as JSON, or a column for each label)
        time,name,value,a b
            refused: 1:4: the column `a b` can be no label (the first row names the columns: time, name and value; labels as JSON, or a column for each label)
        time,name,value\n1,a
            refused: 2:1: 2 fields where the head has 3 (a field with a comma within stands in quotes; a quote within is written twice)
        time,name,value\n1,a,1\nyesterday,a,1
            refused: 3:1: `yesterday` is no time (a time is RFC 3339 like 2026-01-02T03:04:05.678Z, or seconds or milliseconds since 1970)
        time,name,value\n100000000000000,a,1
            refused: 2:1: `100000000000000` is no time (a time is RFC 3339 like 2026-01-02T03:04:05.678Z, or seconds or milliseconds since 1970)
        time,name,value\n1,a,
            refused: 2:3: `` is no value (a value is like 1, 0.5, 1e9, NaN, +Inf or -Inf, or `stale` where the series ended)
        time,name,value\n1,,1
            refused: 2:2: a series without a name (each row names its series)
        time,name,value,labels\n1,a,1,x=y
            refused: 2:4: labels `x=y`: expected value (labels are JSON like {"job":"x"}, its quotes written twice within a field in quotes)
        time,name,value,labels\n1,a,1,"{""x"":1}"
            refused: 2:4: labels `{"x":1}`: invalid type: integer `1`, expected a string (labels are JSON like {"job":"x"}, its quotes written twice within a field in quotes)
        time,name,value,labels,x\n1,a,1,"{""x"":""1""}",2
            refused: 2:5: the label `x` stands twice (give it in its column or in labels)
        time,name,value,labels\n1,a,1,"{""__name__"":""b""}"
            refused: 2:4: a label `__name__` (the name stands in the column `name`)
        \n[]
            refused: 2:1: a line that is no object (a line is {"metric":{"__name__":"up"},"values":[1],"timestamps":[1767323045678]})
        {"metric":{},"values":[1],"timestamps":[1]}
            refused: 1:1: a series without a name (`metric` holds the name as `__name__`, and labels)
        {"metric":{"__name__":"a"},"values":[1,2],"timestamps":[1]}
            refused: 1:1: 2 values and 1 timestamps (each value has its timestamp: the arrays are of one length)
        {"metric":{"__name__":"a"},"values":["x"],"timestamps":[1]}
            refused: 1:40: invalid value: string "x", expected a number, "NaN", "Infinity", "-Infinity", or null for the end of a series (a line is {"metric":{"__name__":"up"},"values":[1],"timestamps":[1767323045678]})
        {"metric":{"__name__":"a"},"values":[1],"timestamps":[1.5]}
            refused: 1:57: invalid type: floating point `1.5`, expected whole milliseconds since 1970 (a line is {"metric":{"__name__":"up"},"values":[1],"timestamps":[1767323045678]})
        {"metric":{"__name__":"a","x":"1","x":"2"},"values":[1],"timestamps":[1]}
            refused: 1:42: a label stands twice (a line is {"metric":{"__name__":"up"},"values":[1],"timestamps":[1767323045678]})
        {"metric":{"__name__":"a"},"values":[1],"timestamps":[1]
            refused: 1:56: EOF while parsing an object (a line is {"metric":{"__name__":"up"},"values":[1],"timestamps":[1767323045678]})
        {"metric":{"__name__":"a"},"values":[1]}
            refused: 1:40: missing field `timestamps` (a line is {"metric":{"__name__":"up"},"values":[1],"timestamps":[1767323045678]})
        a 1\n# EOF
            refused: 1:4: a sample of `a` without a time (an import needs the moment of each sample: seconds since 1970 behind the value)
        a 1 1
            refused: 2:1: the text ends without `# EOF` (it was cut off on its way, or it is not OpenMetrics: fetch it again)
    "#]].assert_eq(&all);
}

#[test]
fn a_receiver_that_fails_ends_the_import() {
    let text = "time,name,value\n1,a,1\n1,b,1\n1,c,1\n";
    let mut calls = 0;
    let read = read(Format::Csv, text.as_bytes(), &mut |_| {
        calls += 1;
        if calls == 2 { Err("the disk is full") } else { Ok(()) }
    });
    assert!(matches!(read, Err(ImportError::Stopped("the disk is full"))));
    assert_eq!(calls, 2);
}

/// Series of any names and labels, with any values at growing times that all formats can write.
fn any_series() -> impl Strategy<Value = Vec<SeriesSamples>> {
    let value = prop_oneof![any::<u64>().prop_map(f64::from_bits), Just(STALE), (-5..5).prop_map(f64::from)];
    let time = -62_167_219_200_000_i64..=253_402_300_799_999;
    let samples = prop::collection::btree_map(time, value, 0..6);
    let name = prop_oneof!["[a-d]{1}", "\\PC{1,8}", any::<String>()];
    let labels = prop::collection::btree_map(any::<String>(), any::<String>(), 0..4);
    prop::collection::btree_map((name, labels), samples, 0..8).prop_map(|all| {
        all.into_iter()
            .filter(|((name, labels), _)| {
                !name.is_empty() && !labels.contains_key("") && !labels.contains_key("__name__")
            })
            .map(|((name, labels), samples)| {
                let labels: Vec<_> = labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                series(&name, &labels, &samples.into_iter().collect::<Vec<_>>())
            })
            .map(|series| (series.key.clone(), series))
            .collect::<BTreeMap<_, _>>()
            .into_values()
            .collect()
    })
}

/// One NaN stands for all but the mark of an end.
fn bits(value: f64) -> u64 {
    if value.is_nan() && !is_stale(value) { f64::NAN.to_bits() } else { value.to_bits() }
}

proptest! {
    #[test]
    fn what_is_exported_is_imported_bit_by_bit(all in any_series(), kinds in prop::collection::vec(any::<prop::sample::Index>(), 4)) {
        let of = [Kind::Gauge, Kind::Counter, Kind::Histogram, Kind::Summary, Kind::Info, Kind::Stateset, Kind::Unknown];
        let families: Vec<Arc<Family>> =
            ["a", "b", "c", "d"].iter().zip(kinds).map(|(name, kind)| family(name, of[kind.index(of.len())], "s", name)).collect();
        for format in Format::ALL {
            let mut expected: BTreeMap<SeriesKey, Vec<(Timestamp, u64)>> = BTreeMap::new();
            for series in &all {
                let samples = series.times.iter().copied().zip(series.values.iter().copied());
                let kept = samples.filter(|(_, value)| format != Format::OpenMetrics || !is_stale(*value));
                let kept: Vec<_> = kept.map(|(time, value)| (time, bits(value))).collect();
                if !kept.is_empty() {
                    expected.insert((*series.key).clone(), kept);
                }
            }
            let text = write(format, &families, &all);
            let mut found: BTreeMap<SeriesKey, Vec<(Timestamp, u64)>> = BTreeMap::new();
            read(format, text.as_bytes(), &mut |imported| {
                let samples = imported.times.iter().copied().zip(imported.values.iter().map(|value| bits(*value)));
                found.entry((**imported.key).clone()).or_default().extend(samples);
                Ok::<(), String>(())
            }).unwrap_or_else(|error| panic!("{error}\n{text}"));
            prop_assert_eq!(found, expected, "{:?}: {}", format, text);
        }
    }
}
