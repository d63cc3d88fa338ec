//! Damaged and endless texts: an error, and never more memory than a limit says.

use autobot_exposition::{Format, Limits, Reader};
use expect_test::expect;
use proptest::prelude::*;

use super::good::GOOD;

const FORMATS: [Format; 2] = [Format::OpenMetrics, Format::Prometheus];

fn read_by_all(text: &[u8]) {
    for format in FORMATS {
        let mut reader = Reader::new(format, text, Limits::default());
        loop {
            match reader.record() {
                Ok(Some(record)) => drop(std::hint::black_box(format!("{record:?}"))),
                Ok(None) => break,
                Err(error) => {
                    assert!(error.line > 0 && error.column > 0 && !error.help.is_empty(), "{error}");
                    break;
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn no_text_ends_a_reader_otherwise_than_by_an_error(text in any::<Vec<u8>>()) {
        read_by_all(&text);
    }

    #[test]
    fn nor_does_a_damaged_one(
        which in 0..GOOD.len() + 1,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..4),
    ) {
        let other = "{\"a.b\",x=\"\\\\ \\\" \\n é\"} 1.5 1500\n# HELP a \\\\ \\n \\y\n# TYPE a counter\n";
        let mut text = GOOD.iter().chain(&[other]).nth(which).unwrap().as_bytes().to_vec();
        for (place, byte, how) in damage {
            if text.is_empty() {
                break;
            }
            let at = place.index(text.len());
            match how {
                0 => text[at] = byte,
                1 => text.insert(at, byte),
                _ => drop(text.remove(at)),
            }
        }
        read_by_all(&text);
    }
}

#[test]
fn what_is_not_utf_8_is_refused_at_its_place() {
    for format in FORMATS {
        let mut reader = Reader::new(format, b"a 1\nb{x=\"\xc3\xa9\xff\"} 1\n# EOF\n", Limits::default());
        assert!(reader.record().is_ok());
        let error = reader.record().unwrap_err();
        expect!["2:7: a byte that is not UTF-8 (both formats are UTF-8; convert the text)"]
            .assert_eq(&error.to_string());
    }
}

#[test]
fn what_goes_beyond_a_limit_is_refused_with_the_limit() {
    let limits = Limits { line: 40, name: 8, labels: 2, metrics: 8 };
    let body =
        |lines: std::ops::Range<u32>| lines.map(|at| format!("a{{x=\"{at}\"}} 1\n")).collect::<String>() + "# EOF\n";
    let mut all = String::new();
    for text in [
        format!("a {}1\n", "0".repeat(60)),
        "aaaaaaaaa 1\n".to_owned(),
        "a{aaaaaaaaa=\"1\"} 1\n".to_owned(),
        "a{x=\"1\",y=\"1\",z=\"1\"} 1\n".to_owned(),
        body(0..9),
        body(0..3),
    ] {
        for format in FORMATS {
            let mut reader = Reader::new(format, text.as_bytes(), limits);
            let error = loop {
                match reader.record() {
                    Ok(Some(_)) => {}
                    Ok(None) => break "read whole".to_owned(),
                    Err(error) => break error.to_string(),
                }
            };
            all.push_str(&format!("{format:?}: {error}\n"));
        }
    }
    expect![[r#"
        OpenMetrics: 1:41: the line has more than 40 bytes (shorten its label values or its help)
        Prometheus: 1:41: the line has more than 40 bytes (shorten its label values or its help)
        OpenMetrics: 1:1: a name of 9 bytes, more than 8 (shorten it)
        Prometheus: 1:1: a name of 9 bytes, more than 8 (shorten it)
        OpenMetrics: 1:3: a name of 9 bytes, more than 8 (shorten it)
        Prometheus: 1:3: a name of 9 bytes, more than 8 (shorten it)
        OpenMetrics: 1:15: more than 2 labels (leave out labels that tell nothing apart)
        Prometheus: 1:15: more than 2 labels (leave out labels that tell nothing apart)
        OpenMetrics: 7:1: more than 8 families and metrics in one text (part it into several)
        Prometheus: read whole
        OpenMetrics: read whole
        Prometheus: read whole
    "#]]
    .assert_eq(&all);
}
