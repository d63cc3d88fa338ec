//! Damaged and endless texts: an error, and never more memory than a limit says.

use std::io::{BufReader, Read, repeat};

use autobot_query::exchange::{self, ImportError};
use expect_test::expect;
use proptest::prelude::*;

fn read_by_all(text: &[u8]) {
    for format in exchange::Format::ALL {
        let read: Result<u64, ImportError<()>> = exchange::read(format, text, &mut |imported| {
            assert_eq!(imported.times.len(), imported.values.len());
            Ok(())
        });
        if let Err(ImportError::Text(error)) = read {
            assert!(error.line > 0 && error.column > 0 && !error.help.is_empty(), "{error}");
        }
    }
}

proptest! {
    #[test]
    fn no_text_ends_an_import_otherwise_than_by_an_error(text in any::<Vec<u8>>()) {
        read_by_all(&text);
    }

    #[test]
    fn nor_does_a_damaged_one(
        which in 0..super::good::GOOD.len() + 3,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..4),
    ) {
        let others = [
            "time,name,labels,value\n2026-01-02T03:04:05.678Z,a,\"{\"\"x\"\":\"\"1\"\"}\",1.5\n1767323045,a,,stale\n",
            "{\"metric\":{\"__name__\":\"a\",\"x\":\"1\"},\"values\":[1,null,\"NaN\"],\"timestamps\":[1,2,3]}\n",
            "{\"a.b\",x=\"\\\\ \\\" \\n é\"} 1.5 1500\n# HELP a \\\\ \\n \\y\n# TYPE a counter\n",
        ];
        let mut text = super::good::GOOD.iter().chain(&others).nth(which).unwrap().as_bytes().to_vec();
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
fn an_endless_line_ends_an_import() {
    let mut all = String::new();
    for format in exchange::Format::ALL {
        // Twelve mebibytes without a line feed; in CSV, of one field whose quote is not closed.
        let head: &[u8] = if format == exchange::Format::Csv { b"time,name,value\n\"" } else { b"" };
        let endless = BufReader::new(head.chain(repeat(b'a').take(12 << 20)));
        let read: Result<u64, ImportError<()>> = exchange::read(format, endless, &mut |_| Ok(()));
        all.push_str(&format!(
            "{}: {}\n",
            format.as_str(),
            read.err()
                .map(|error| match error {
                    ImportError::Text(error) => error.to_string(),
                    other => format!("{other:?}"),
                })
                .unwrap_or_default()
        ));
    }
    expect![[r#"
        csv: 2:1: a row of more than 1048576 bytes begins here (look for a quote that is not closed: a quote within a field is written twice)
        jsonl: 1:1: the line has more than 10485760 bytes (export fewer samples a line (VictoriaMetrics: `max_rows_per_line`))
        openmetrics: 1:65537: the line has more than 65536 bytes (shorten its label values or its help)
    "#]].assert_eq(&all);
}
