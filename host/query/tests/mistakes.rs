//! Typical mistakes, as the person who made them reads it.

use autobot_query::parse;
use expect_test::expect_file;

#[test]
fn a_mistake_is_shown_at_its_place_with_what_was_expected() {
    let queries = include_str!("../testdata/mistakes.txt");
    let mut reports = String::new();
    for query in queries.split("\n\n").map(|query| query.trim_end_matches('\n')).filter(|query| !query.is_empty()) {
        let error = parse(query).expect_err(query);
        reports.push_str(&error.report(query));
        reports.push_str("\n\n");
    }
    expect_file!["../testdata/mistakes.expected"].assert_eq(&reports);
}

#[test]
fn any_place_can_be_reported() {
    // Also of other texts than the one that was parsed, empty and multi-line ones.
    for text in ["", "rate(", "sum(\n  rat(x)\n)", "ä ö ü {", "\t\tup{", "x[5m", "up\n"] {
        let error = parse(text).err().or_else(|| parse("").err()).expect("no query at all is a mistake");
        for shown in [text, "", "ä", "\n\n\n"] {
            assert!(error.report(shown).contains(&error.message));
        }
    }
}
