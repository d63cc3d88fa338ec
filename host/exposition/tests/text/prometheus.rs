//! Prometheus' own format: read as widely as Prometheus does.

use autobot_exposition::Format;
use expect_test::expect;

#[test]
fn white_space_may_stand_between_all_parts() {
    let texts = [
        "",
        "\n \n\t\n",
        "a 1",
        "  a\t 1 \t 1500\t\n",
        "a{} 1\n",
        "a {x=\"1\"} 1\n",
        "a{x=\"1\"}1\n",
        "a { x = \"1\" , y=\"2\", } 1\n",
    ];
    expect![[r#"

        \n \n\t\n
        a 1
            a = 1
          a\t 1 \t 1500\t\n
            a = 1 @1500
        a{} 1\n
            a = 1
        a {x="1"} 1\n
            a x=\"1\" = 1
        a{x="1"}1\n
            a x=\"1\" = 1
        a { x = "1" , y="2", } 1\n
            a x=\"1\" y=\"2\" = 1
    "#]]
    .assert_eq(&super::all(Format::Prometheus, &texts));
}

#[test]
fn values_are_as_go_reads_them_and_times_are_milliseconds() {
    let texts = [
        "a NaN\na nan\na +Inf\na -inf\na Infinity\na 1e-3\na .5\na 5.\na -0\na 1E3\n",
        "a 1 0\na 1 -1500\na 1 9223372036854775807\n",
        "a 0x10",
        "a 1_0",
        "a",
        "a ",
        "a x",
        "a 1\r\n",
        "a 1 1.5",
        "a 1 9223372036854775808",
        "a 1 2 3",
        "a 1 # {} 1",
    ];
    expect![[r#"
        a NaN\na nan\na +Inf\na -inf\na Infinity\na 1e-3\na .5\na 5.\na -0\na 1E3\n
            a = NaN
            a = NaN
            a = inf
            a = -inf
            a = inf
            a = 0.001
            a = 0.5
            a = 5
            a = -0
            a = 1000
        a 1 0\na 1 -1500\na 1 9223372036854775807\n
            a = 1 @0
            a = 1 @-1500
            a = 1 @9223372036854775807
        a 0x10
            refused: 1:3: `0x10` is no number (a value is like 1, 0.5, 1e9, NaN, +Inf or -Inf)
        a 1_0
            refused: 1:3: `1_0` is no number (a value is like 1, 0.5, 1e9, NaN, +Inf or -Inf)
        a
            refused: 1:2: there is no value (a value is like 1, 0.5, 1e9, NaN, +Inf or -Inf)
        a 
            refused: 1:3: there is no value (a value is like 1, 0.5, 1e9, NaN, +Inf or -Inf)
        a x
            refused: 1:3: `x` is no number (a value is like 1, 0.5, 1e9, NaN, +Inf or -Inf)
        a 1\r\n
            refused: 1:3: `1\r` is no number (lines end in a line feed alone; remove the carriage returns)
        a 1 1.5
            refused: 1:5: `1.5` is no time (this format has whole milliseconds since 1970; seconds with a fraction are OpenMetrics)
        a 1 9223372036854775808
            refused: 1:5: `9223372036854775808` is no time (this format has whole milliseconds since 1970; seconds with a fraction are OpenMetrics)
        a 1 2 3
            refused: 1:7: `3` stands where the end of the line is wanted (a line holds a series, a value, and at most a time)
        a 1 # {} 1
            refused: 1:5: `# {} 1` stands where the end of the line is wanted (exemplars are of OpenMetrics; this format has none)
    "#]].assert_eq(&super::all(Format::Prometheus, &texts));
}

#[test]
fn labels_have_escapes_and_no_name_twice() {
    let texts = [
        r#"a{x="\\ \" \n \y é } { #"} 1"#,
        r#"a:b{_x=""} 1"#,
        r#"a{x="1",x="2"} 1"#,
        r#"a{x="1} 1"#,
        r#"a{x="1\"} 1"#,
        r#"a{x=1} 1"#,
        r#"a{x="1" y="2"} 1"#,
        r#"a{x="1",,} 1"#,
        r#"a{,} 1"#,
        r#"a{1x="1"} 1"#,
        r#"a{x:y="1"} 1"#,
        r#"a{x="1""#,
        r#"a{"#,
        r#"a{x"#,
        r#"a{x="#,
    ];
    expect![[r#"
        a{x="\\ \" \n \y é } { #"} 1
            a x=\"\\\\ \\\" \\n \\\\y é } { #\" = 1
        a:b{_x=""} 1
            a:b _x=\"\" = 1
        a{x="1",x="2"} 1
            refused: 1:9: the label `x` stands twice (remove one of them)
        a{x="1} 1
            refused: 1:5: the text in quotes `"1} 1` does not end (close it with "; a line feed within is written as \n)
        a{x="1\"} 1
            refused: 1:5: the text in quotes `"1\"} 1` does not end (close it with "; a line feed within is written as \n)
        a{x=1} 1
            refused: 1:5: `1} 1` stands where a text in double quotes is wanted (a label is `name="value"`)
        a{x="1" y="2"} 1
            refused: 1:9: `y="2"} 1` stands where a comma or `}` is wanted (labels are `{name="value",other="value"}`)
        a{x="1",,} 1
            refused: 1:9: `,} 1` stands where the name of a label is wanted (labels are `{name="value",other="value"}`)
        a{,} 1
            refused: 1:3: `,} 1` stands where the name of a label is wanted (labels are `{name="value",other="value"}`)
        a{1x="1"} 1
            refused: 1:3: `1x="1"} 1` stands where the name of a label is wanted (labels are `{name="value",other="value"}`)
        a{x:y="1"} 1
            refused: 1:4: `:y="1"} 1` stands where `=` is wanted (a label is `name="value"`)
        a{x="1"
            refused: 1:8: the line ends where a comma or `}` is wanted (labels are `{name="value",other="value"}`)
        a{
            refused: 1:3: the line ends where the name of a label is wanted (labels are `{name="value",other="value"}`)
        a{x
            refused: 1:4: the line ends where `=` is wanted (a label is `name="value"`)
        a{x=
            refused: 1:5: the line ends where a text in double quotes is wanted (a label is `name="value"`)
    "#]].assert_eq(&super::all(Format::Prometheus, &texts));
}

#[test]
fn names_of_any_characters_stand_in_quotes() {
    let texts = [
        r#"{"name.with.dots", label="x"} 1"#,
        r#"{"a"} 1"#,
        r#"{x="1","a b"} 1"#,
        r#"a{"label.é"="x"} 1"#,
        "# TYPE \"a.b\" gauge\n# HELP \"a\\\"b\" x",
        r#"{} 1"#,
        r#"{x="1"} 1"#,
        r#"{""} 1"#,
        r#"a{"b"} 1"#,
        r#"{"a","b"} 1"#,
        r#"name.with.dots 1"#,
        r#"a-b 1"#,
        r#"a-1 2"#,
        r#"é 1"#,
        r#"1a 1"#,
    ];
    expect![[r#"
        {"name.with.dots", label="x"} 1
            name.with.dots label=\"x\" = 1
        {"a"} 1
            a = 1
        {x="1","a b"} 1
            a b x=\"1\" = 1
        a{"label.é"="x"} 1
            a label.é=\"x\" = 1
        # TYPE "a.b" gauge\n# HELP "a\"b" x
            type a.b gauge
            help a\"b x
        {} 1
            refused: 1:3: ` 1` stands where a metric's name is wanted (names are of a-z, A-Z, 0-9, _ and :, and begin with no digit; others stand in quotes: {"any.name"})
        {x="1"} 1
            refused: 1:8: ` 1` stands where a metric's name is wanted (names are of a-z, A-Z, 0-9, _ and :, and begin with no digit; others stand in quotes: {"any.name"})
        {""} 1
            refused: 1:2: a name of no characters (give it a name)
        a{"b"} 1
            refused: 1:6: `} 1` stands where `=` is wanted (a label is `name="value"`)
        {"a","b"} 1
            refused: 1:9: `} 1` stands where `=` is wanted (a label is `name="value"`)
        name.with.dots 1
            refused: 1:5: `.with.dots 1` stands where the end of the name is wanted (names are of a-z, A-Z, 0-9, _ and :, and begin with no digit; others stand in quotes: {"any.name"})
        a-b 1
            refused: 1:2: `-b 1` stands where the end of the name is wanted (names are of a-z, A-Z, 0-9, _ and :, and begin with no digit; others stand in quotes: {"any.name"})
        a-1 2
            a = -1 @2
        é 1
            refused: 1:1: `é 1` stands where a metric's name is wanted (names are of a-z, A-Z, 0-9, _ and :, and begin with no digit; others stand in quotes: {"any.name"})
        1a 1
            refused: 1:1: `1a 1` stands where a metric's name is wanted (names are of a-z, A-Z, 0-9, _ and :, and begin with no digit; others stand in quotes: {"any.name"})
    "#]].assert_eq(&super::all(Format::Prometheus, &texts));
}

#[test]
fn metadata_may_stand_anywhere_and_comments_say_nothing() {
    let texts = [
        "a 1\n# TYPE a gauge\nb 1\na 2\n# TYPE a counter\n",
        "#\tTYPE\ta\tuntyped \n # TYPE b stateset\n#TYPE c gauge\n",
        "# HELP a\n# HELP a  \\\\ \\n \\\" \"x\" \n",
        "# EOF\n#\n# any comment\n#HELP\n# TYPE\n# TYPES a b\n# UNIT a b\na 1",
        "# TYPE a",
        "# TYPE a gaug",
        "# TYPE 1a gauge",
        "# HELP a.b x",
    ];
    expect![[r#"
        a 1\n# TYPE a gauge\nb 1\na 2\n# TYPE a counter\n
            a = 1
            type a gauge
            b = 1
            a = 2
            type a counter
        #\tTYPE\ta\tuntyped \n # TYPE b stateset\n#TYPE c gauge\n
            type a unknown
            type b stateset
            type c gauge
        # HELP a\n# HELP a  \\ \n \" "x" \n
            help a 
            help a \\ \n \\\" \"x\" 
        # EOF\n#\n# any comment\n#HELP\n# TYPE\n# TYPES a b\n# UNIT a b\na 1
            a = 1
        # TYPE a
            refused: 1:9: `` is no type (types are counter, gauge, histogram, summary and untyped)
        # TYPE a gaug
            refused: 1:10: `gaug` is no type (types are counter, gauge, histogram, summary and untyped)
        # TYPE 1a gauge
            refused: 1:8: `1a gauge` stands where a metric's name is wanted (write `# TYPE name gauge`; other comments need another first word)
        # HELP a.b x
            refused: 1:8: `a.b x` stands where a metric's name is wanted (write `# TYPE name gauge`; other comments need another first word)
    "#]].assert_eq(&super::all(Format::Prometheus, &texts));
}

#[test]
fn a_real_body_is_read_whole() {
    let records = super::read(Format::Prometheus, include_str!("../data/node_exporter-1.5.0.prom")).unwrap();
    let samples = records.iter().filter(|record| record.contains(" = ")).count();
    expect!["490 samples, 543 lines of metadata"]
        .assert_eq(&format!("{samples} samples, {} lines of metadata", records.len() - samples));
}
