//! What OpenMetrics forbids, and the words in which it is refused.

use autobot_exposition::Format;
use expect_test::expect;

use super::bad::BAD;

#[test]
fn what_the_specification_forbids_is_refused_in_words() {
    for text in BAD {
        assert!(super::read(Format::OpenMetrics, text).is_err(), "{text}");
    }
    expect![[r#"

            refused: 1:1: the text ends without `# EOF` (it was cut off on its way, or it is not OpenMetrics: fetch it again)
        a 1\n
            refused: 2:1: the text ends without `# EOF` (it was cut off on its way, or it is not OpenMetrics: fetch it again)
        # EOF\n\n
            refused: 2:1: `` stands behind `# EOF` (nothing may; make it one text)
        # EOF\na 1\n
            refused: 2:1: `a 1` stands behind `# EOF` (nothing may; make it one text)
        # EOF \n
            refused: 1:1: `# EOF ` is no line of OpenMetrics (OpenMetrics knows `# TYPE name type`, `# HELP name text`, `# UNIT name unit` and `# EOF`, with single spaces)
        a 1\n\n# EOF\n
            refused: 2:1: an empty line (OpenMetrics has none; remove it)
        a 1\r\n# EOF\n
            refused: 1:3: `1\r` is no number (lines end in a line feed alone; remove the carriage returns)
         a 1\n# EOF\n
            refused: 1:1: ` a 1` stands where a metric's name is wanted (names are of a-z, A-Z, 0-9, _ and :, and begin with no digit; others stand in quotes: {"any.name"})
        a\n# EOF\n
            refused: 1:2: the line ends where one space and a value is wanted (a line is `name{label="value"} VALUE [SECONDS]`)
        a \n# EOF\n
            refused: 1:3: there is no value (a value is like 1, 0.5, 1e9, NaN, +Inf or -Inf)
        a  1\n# EOF\n
            refused: 1:3: there is no value (a value is like 1, 0.5, 1e9, NaN, +Inf or -Inf)
        a\t1\n# EOF\n
            refused: 1:2: `\t1` stands where one space and a value is wanted (a line is `name{label="value"} VALUE [SECONDS]`)
        a 1 \n# EOF\n
            refused: 1:5: there is no time (times are seconds since 1970 like 1767323045.678; end the line without a space where there is none)
        a 1  2\n# EOF\n
            refused: 1:5: there is no time (times are seconds since 1970 like 1767323045.678; end the line without a space where there is none)
        a 1 2 3\n# EOF\n
            refused: 1:7: `3` stands where an exemplar or the end of the line is wanted (an exemplar is ` # {label="value"} VALUE [SECONDS]`)
        a x\n# EOF\n
            refused: 1:3: `x` is no number (a value is like 1, 0.5, 1e9, NaN, +Inf or -Inf)
        a 1_0\n# EOF\n
            refused: 1:3: `1_0` is no number (a value is like 1, 0.5, 1e9, NaN, +Inf or -Inf)
        a 0x1\n# EOF\n
            refused: 1:3: `0x1` is no number (a value is like 1, 0.5, 1e9, NaN, +Inf or -Inf)
        a -NaN\n# EOF\n
            refused: 1:3: `-NaN` is no number (a value is like 1, 0.5, 1e9, NaN, +Inf or -Inf)
        a 1 NaN\n# EOF\n
            refused: 1:5: `NaN` is no time (times are seconds since 1970 like 1767323045.678; end the line without a space where there is none)
        a 1 +Inf\n# EOF\n
            refused: 1:5: `+Inf` is no time (times are seconds since 1970 like 1767323045.678; end the line without a space where there is none)
        a 1 x\n# EOF\n
            refused: 1:5: `x` is no time (times are seconds since 1970 like 1767323045.678; end the line without a space where there is none)
        1a 1\n# EOF\n
            refused: 1:1: `1a 1` stands where a metric's name is wanted (names are of a-z, A-Z, 0-9, _ and :, and begin with no digit; others stand in quotes: {"any.name"})
        a.b 1\n# EOF\n
            refused: 1:2: `.b 1` stands where the end of the name is wanted (names are of a-z, A-Z, 0-9, _ and :, and begin with no digit; others stand in quotes: {"any.name"})
        {} 1\n# EOF\n
            refused: 1:3: ` 1` stands where a metric's name is wanted (names are of a-z, A-Z, 0-9, _ and :, and begin with no digit; others stand in quotes: {"any.name"})
        a {x="1"} 1\n# EOF\n
            refused: 1:3: there is no value (a value is like 1, 0.5, 1e9, NaN, +Inf or -Inf)
        a{x="1"}1\n# EOF\n
            refused: 1:9: `1` stands where one space and a value is wanted (a line is `name{label="value"} VALUE [SECONDS]`)
        a{ x="1"} 1\n# EOF\n
            refused: 1:3: ` x="1"} 1` stands where the name of a label is wanted (labels are `{name="value",other="value"}`)
        a{x ="1"} 1\n# EOF\n
            refused: 1:4: ` ="1"} 1` stands where `=` is wanted (a label is `name="value"`)
        a{x="1",} 1\n# EOF\n
            refused: 1:9: `} 1` stands where the name of a label is wanted (labels are `{name="value",other="value"}`)
        a{x="1", y="1"} 1\n# EOF\n
            refused: 1:9: ` y="1"} 1` stands where the name of a label is wanted (labels are `{name="value",other="value"}`)
        a{,} 1\n# EOF\n
            refused: 1:3: `,} 1` stands where the name of a label is wanted (labels are `{name="value",other="value"}`)
        a{x=1} 1\n# EOF\n
            refused: 1:5: `1} 1` stands where a text in double quotes is wanted (a label is `name="value"`)
        a{x=\'1\'} 1\n# EOF\n
            refused: 1:5: `'1'} 1` stands where a text in double quotes is wanted (a label is `name="value"`)
        a{x} 1\n# EOF\n
            refused: 1:4: `} 1` stands where `=` is wanted (a label is `name="value"`)
        a{x="1"y="1"} 1\n# EOF\n
            refused: 1:8: `y="1"} 1` stands where a comma or `}` is wanted (labels are `{name="value",other="value"}`)
        a{x="1",x="1"} 1\n# EOF\n
            refused: 1:9: the label `x` stands twice (remove one of them)
        a{x="1} 1\n# EOF\n
            refused: 1:5: the text in quotes `"1} 1` does not end (close it with "; a line feed within is written as \n)
        a{x="1\"} 1\n# EOF\n
            refused: 1:5: the text in quotes `"1\"} 1` does not end (close it with "; a line feed within is written as \n)
        a{1x="1"} 1\n# EOF\n
            refused: 1:3: `1x="1"} 1` stands where the name of a label is wanted (labels are `{name="value",other="value"}`)
        a{x:y="1"} 1\n# EOF\n
            refused: 1:4: `:y="1"} 1` stands where `=` is wanted (a label is `name="value"`)
        # comment\n# EOF\n
            refused: 1:1: `# comment` is no line of OpenMetrics (OpenMetrics knows `# TYPE name type`, `# HELP name text`, `# UNIT name unit` and `# EOF`, with single spaces)
        #TYPE a gauge\n# EOF\n
            refused: 1:1: `#TYPE a gauge` is no line of OpenMetrics (OpenMetrics knows `# TYPE name type`, `# HELP name text`, `# UNIT name unit` and `# EOF`, with single spaces)
        #  TYPE a gauge\n# EOF\n
            refused: 1:1: `#  TYPE a gauge` is no line of OpenMetrics (OpenMetrics knows `# TYPE name type`, `# HELP name text`, `# UNIT name unit` and `# EOF`, with single spaces)
        # TYPE  a gauge\n# EOF\n
            refused: 1:8: ` a gauge` stands where a metric's name is wanted (names are of a-z, A-Z, 0-9, _ and :, and begin with no digit; others stand in quotes: {"any.name"})
        # TYPE a  gauge\n# EOF\n
            refused: 1:10: ` gauge` is no type (types are counter, gauge, histogram, gaugehistogram, summary, info, stateset, unknown)
        # TYPE a gauge \n# EOF\n
            refused: 1:10: `gauge ` is no type (types are counter, gauge, histogram, gaugehistogram, summary, info, stateset, unknown)
        # TYPE a Gauge\n# EOF\n
            refused: 1:10: `Gauge` is no type (types are counter, gauge, histogram, gaugehistogram, summary, info, stateset, unknown)
        # TYPE a untyped\n# EOF\n
            refused: 1:10: `untyped` is no type (types are counter, gauge, histogram, gaugehistogram, summary, info, stateset, unknown)
        # TYPE a\n# EOF\n
            refused: 1:9: the line ends where one space and the rest of the line is wanted (OpenMetrics knows `# TYPE name type`, `# HELP name text`, `# UNIT name unit` and `# EOF`, with single spaces)
        # TYPE 1a gauge\n# EOF\n
            refused: 1:8: `1a gauge` stands where a metric's name is wanted (names are of a-z, A-Z, 0-9, _ and :, and begin with no digit; others stand in quotes: {"any.name"})
        # HELP a\n# EOF\n
            refused: 1:9: the line ends where one space and the rest of the line is wanted (OpenMetrics knows `# TYPE name type`, `# HELP name text`, `# UNIT name unit` and `# EOF`, with single spaces)
        # HELP a "x"\n# EOF\n
            refused: 1:10: a quote in a help text (write \" for it)
        # HELP a x\\n# EOF\n
            refused: 1:11: a backslash at the end of a help text (write \\ for one)
        # UNIT a\n# EOF\n
            refused: 1:9: the line ends where one space and the rest of the line is wanted (OpenMetrics knows `# TYPE name type`, `# HELP name text`, `# UNIT name unit` and `# EOF`, with single spaces)
        # UNIT a seconds\n# EOF\n
            refused: 1:10: the unit `seconds` is not the end of the name `a` (a name ends with its unit behind an underscore: `wait_seconds`)
        # UNIT aseconds seconds\n# EOF\n
            refused: 1:17: the unit `seconds` is not the end of the name `aseconds` (a name ends with its unit behind an underscore: `wait_seconds`)
        # UNIT a_seconds second\n# EOF\n
            refused: 1:18: the unit `second` is not the end of the name `a_seconds` (a name ends with its unit behind an underscore: `wait_seconds`)
        # TYPE a_seconds info\n# UNIT a_seconds seconds\n# EOF\n
            refused: 2:18: a unit at `a_seconds`, which is of type info (info and stateset have none; remove the line `# UNIT`)
        # UNIT a_seconds seconds\n# TYPE a_seconds stateset\n# EOF\n
            refused: 2:1: a unit at `a_seconds`, which is of type stateset (info and stateset have none; remove the line `# UNIT`)
        # TYPE a gauge\n# TYPE a gauge\n# EOF\n
            refused: 2:1: a second TYPE of `a` (remove one of them)
        # HELP a x\n# HELP a x\n# EOF\n
            refused: 2:1: a second HELP of `a` (remove one of them)
        # UNIT a_b b\n# UNIT a_b b\n# EOF\n
            refused: 2:1: a second UNIT of `a_b` (remove one of them)
        # TYPE a gauge\na 1\n# HELP a x\n# EOF\n
            refused: 3:1: metadata of `a` behind its samples (TYPE, HELP and UNIT stand before the first sample of a family)
        a 1\nb 1\na{x="1"} 1\n# EOF\n
            refused: 3:1: the name `a` belongs to a family that was given before (all lines of a family stand together, and no two families have samples of one name)
        # TYPE a gauge\n# TYPE b gauge\n# TYPE a gauge\n# EOF\n
            refused: 3:1: the name `a` belongs to a family that was given before (all lines of a family stand together, and no two families have samples of one name)
        # TYPE a counter\na_total 1\n# TYPE a_total gauge\na_total 1\n# EOF\n
            refused: 3:1: the name `a_total` belongs to a family that was given before (all lines of a family stand together, and no two families have samples of one name)
        # TYPE a histogram\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\nb 1\na_sum{x="1"} 1\n# EOF\n
            refused: 6:1: the name `a_sum` belongs to a family that was given before (all lines of a family stand together, and no two families have samples of one name)
        # TYPE a_info gauge\na_info 1\n# TYPE a info\n# EOF\n
            refused: 4:1: the name `a_info` belongs to a family that was given before (all lines of a family stand together, and no two families have samples of one name)
        # TYPE a counter\na 1\n# EOF\n
            refused: 2:1: a sample `a` without what its type adds to the name (names of its samples end in _total, _created)
        # TYPE a info\na 1\n# EOF\n
            refused: 2:1: a sample `a` without what its type adds to the name (names of its samples end in _info)
        # TYPE a histogram\na 1\n# EOF\n
            refused: 2:1: a sample `a` without what its type adds to the name (names of its samples end in _bucket, _count, _sum, _created)
        a 1\na 1\n# EOF\n
            refused: 2:1: a series of `a` stands twice (remove one of them)
        a 1 1\na 1 1\n# EOF\n
            refused: 2:1: a series of `a` stands twice at one time (remove one of them)
        a 1 2\na 1 1\n# EOF\n
            refused: 2:5: a time of `a` before that of the sample above (samples of one metric stand in the order of their times)
        a 1 1\na 1\n# EOF\n
            refused: 2:4: times at some samples of one metric of `a` only (give all samples of a metric a time, or none)
        a{x="1"} 1 1\na{x="2"} 1 1\na{x="1"} 1 2\n# EOF\n
            refused: 3:2: a metric of `a` goes on after another one began (samples that differ in le, quantile or state alone stand together)
        # TYPE a counter\na_total -1\n# EOF\n
            refused: 2:9: -1 at `a_total`, which counts (what counts is not negative; what goes down is a gauge)
        # TYPE a counter\na_total NaN\n# EOF\n
            refused: 2:9: NaN at `a_total`, which counts (what counts is a number; leave the sample out)
        # TYPE a histogram\na_bucket 1\n# EOF\n
            refused: 2:9: the bound le=`` of a bucket of `a` (each bucket has a label le with a number or +Inf)
        # TYPE a histogram\na_bucket{le="x"} 1\n# EOF\n
            refused: 2:9: the bound le=`x` of a bucket of `a` (each bucket has a label le with a number or +Inf)
        # TYPE a histogram\na_bucket{le="NaN"} 1\n# EOF\n
            refused: 2:9: the bound le=`NaN` of a bucket of `a` (each bucket has a label le with a number or +Inf)
        # TYPE a histogram\na_bucket{le="1"} 1\n# EOF\n
            refused: 3:1: a histogram of `a` without the bucket le="+Inf", in the family before this line (it is the last bucket, and counts all)
        # TYPE a histogram\na_count 1\na_sum 1\n# EOF\n
            refused: 4:1: a histogram of `a` without the bucket le="+Inf", in the family before this line (it is the last bucket, and counts all)
        # TYPE a histogram\na_bucket{le="2"} 1\na_bucket{le="1"} 1\na_bucket{le="+Inf"} 1\n# EOF\n
            refused: 3:9: the bound 1 of `a` behind 2 (buckets stand in the order of their bounds)
        # TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\n# EOF\n
            refused: 3:21: the bucket up to +Inf of `a` holds 1, fewer than 2 up to 1 (buckets count all that is not above their bound)
        # TYPE a histogram\na_bucket{le="+Inf"} 1.5\n# EOF\n
            refused: 2:21: 1.5 at `a_bucket`, a count of events (counts of events are whole numbers)
        # TYPE a histogram\na_bucket{le="+Inf"} -1\n# EOF\n
            refused: 2:21: -1 at `a_bucket`, which counts (what counts is not negative; what goes down is a gauge)
        # TYPE a histogram\na_bucket{le="+Inf"} NaN\n# EOF\n
            refused: 2:21: NaN at `a_bucket`, which counts (what counts is a number; leave the sample out)
        # TYPE a histogram\na_bucket{le="+Inf"} 2\na_count 3\na_sum 1\n# EOF\n
            refused: 5:1: a histogram of `a` counts 3 and 2 up to +Inf, in the family before this line (both count all events; they are equal)
        # TYPE a histogram\na_bucket{le="+Inf"} 2\na_count 2\n# EOF\n
            refused: 4:1: a histogram of `a` with only one of count and sum, in the family before this line (give both, or neither)
        # TYPE a histogram\na_bucket{le="+Inf"} 2\na_sum 2\n# EOF\n
            refused: 4:1: a histogram of `a` with only one of count and sum, in the family before this line (give both, or neither)
        # TYPE a histogram\na_bucket{le="-1"} 0\na_bucket{le="+Inf"} 2\na_count 2\na_sum 2\n# EOF\n
            refused: 6:1: a histogram of `a` with a bound below zero and a sum, in the family before this line (a sum that can fall is no counter; leave sum and count out)
        # TYPE a histogram\na_bucket{le="+Inf"} 2\na_count 2\na_sum -2\n# EOF\n
            refused: 4:7: -2 at `a_sum`, which counts (what counts is not negative; what goes down is a gauge)
        # TYPE a gaugehistogram\na_bucket{le="+Inf"} 2\na_gcount 2\na_gsum -2\n# EOF\n
            refused: 5:1: the sum -2 of `a`, which has no bound below zero, in the family before this line (look at where it is summed up)
        # TYPE a histogram\na_bucket{le="1"} 2 1\na_bucket{le="+Inf"} 2 2\n# EOF\n
            refused: 3:1: a histogram of `a` without the bucket le="+Inf" (it is the last bucket, and counts all)
        # TYPE a summary\na 1\n# EOF\n
            refused: 2:2: quantile=`` of `a` (a summary's sample has a label quantile from 0 to 1)
        # TYPE a summary\na{quantile="1.5"} 1\n# EOF\n
            refused: 2:2: quantile=`1.5` of `a` (a summary's sample has a label quantile from 0 to 1)
        # TYPE a summary\na{quantile="x"} 1\n# EOF\n
            refused: 2:2: quantile=`x` of `a` (a summary's sample has a label quantile from 0 to 1)
        # TYPE a summary\na{quantile="0.5"} -1\n# EOF\n
            refused: 2:19: the quantile -1 of `a` (quantiles of a summary are not negative)
        # TYPE a summary\na_count 1.5\n# EOF\n
            refused: 2:9: 1.5 at `a_count`, a count of events (counts of events are whole numbers)
        # TYPE a summary\na_sum -1\n# EOF\n
            refused: 2:7: -1 at `a_sum`, which counts (what counts is not negative; what goes down is a gauge)
        # TYPE a info\na_info 2\n# EOF\n
            refused: 2:8: 2 at `a_info`, an info (an info is always 1)
        # TYPE a stateset\na{a="on"} 2\n# EOF\n
            refused: 2:11: 2 at `a`, a stateset (states are 0 or 1)
        # TYPE a stateset\na 1\n# EOF\n
            refused: 2:2: no label `a` at a stateset (the state stands in a label that is named as the family is)
        # TYPE a stateset\na{a="on",x="1"} 1\na{a="on",x="2"} 1\na{a="off",x="1"} 1\n# EOF\n
            refused: 4:2: a metric of `a` goes on after another one began (samples that differ in le, quantile or state alone stand together)
        # TYPE a gauge\na 1 # {} 1\n# EOF\n
            refused: 2:4: an exemplar at `a` (only buckets and counters have exemplars; remove it)
        a 1 # {} 1\n# EOF\n
            refused: 1:4: an exemplar at `a` (only buckets and counters have exemplars; remove it)
        # TYPE a histogram\na_bucket{le="+Inf"} 2\na_count 2 # {} 1\na_sum 2\n# EOF\n
            refused: 3:10: an exemplar at `a_count` (only buckets and counters have exemplars; remove it)
        # TYPE a counter\na_created 1 # {} 1\n# EOF\n
            refused: 2:12: an exemplar at `a_created` (only buckets and counters have exemplars; remove it)
        # TYPE a counter\na_total 1 #\n# EOF\n
            refused: 2:12: the line ends where an exemplar or the end of the line is wanted (an exemplar is ` # {label="value"} VALUE [SECONDS]`)
        # TYPE a counter\na_total 1 # \n# EOF\n
            refused: 2:13: the line ends where an exemplar or the end of the line is wanted (an exemplar is ` # {label="value"} VALUE [SECONDS]`)
        # TYPE a counter\na_total 1 # {}\n# EOF\n
            refused: 2:15: the line ends where one space and a value is wanted (a line is `name{label="value"} VALUE [SECONDS]`)
        # TYPE a counter\na_total 1 # {} \n# EOF\n
            refused: 2:16: there is no value (a value is like 1, 0.5, 1e9, NaN, +Inf or -Inf)
        # TYPE a counter\na_total 1 # {} x\n# EOF\n
            refused: 2:16: `x` is no number (a value is like 1, 0.5, 1e9, NaN, +Inf or -Inf)
        # TYPE a counter\na_total 1 # {} 1 \n# EOF\n
            refused: 2:18: there is no time (times are seconds since 1970 like 1767323045.678; end the line without a space where there is none)
        # TYPE a counter\na_total 1 # {} 1 NaN\n# EOF\n
            refused: 2:18: `NaN` is no time (times are seconds since 1970 like 1767323045.678; end the line without a space where there is none)
        # TYPE a counter\na_total 1 # {} 1 1 1\n# EOF\n
            refused: 2:19: ` 1` stands where the end of the line is wanted (an exemplar is ` # {label="value"} VALUE [SECONDS]`)
        # TYPE a counter\na_total 1 # {x="1",x="1"} 1\n# EOF\n
            refused: 2:20: the label `x` stands twice (remove one of them)
        # TYPE a counter\na_total 1 # {a="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"} 1\n# EOF\n
            refused: 2:13: the exemplar's labels have 141 characters, more than 128 (the specification ends at 128, names and values together; shorten them)
    "#]].assert_eq(&super::all(Format::OpenMetrics, BAD));
}
