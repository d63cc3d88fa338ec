//! The examples of `docs/formats.md` are what the page says they are.

use autobot_query::exchange::{self, ImportError};
use autobot_query::exposition::Format;

#[test]
fn every_example_of_the_page_is_read_or_refused_as_the_page_says() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (mut read, mut refused) = (0, 0);
    let mut blocks = page.split("\n```").skip(1).step_by(2).peekable();
    while let Some(block) = blocks.next() {
        let (word, text) = block.split_once('\n').unwrap();
        // The line feed of the last line was taken for the end of the block.
        let text = format!("{text}\n");
        let (format, says) = word.split_once(' ').unwrap_or((word, ""));
        let error = match format {
            "openmetrics" => super::read(Format::OpenMetrics, &text).err().map(|error| error.to_string()),
            "prometheus" => super::read(Format::Prometheus, &text).err().map(|error| error.to_string()),
            "csv" | "jsonl" => {
                let format = exchange::Format::from_word(format).unwrap();
                match exchange::read(format, text.as_bytes(), &mut |_| Ok::<(), String>(())) {
                    Ok(count) => {
                        assert!(count > 0, "no samples in {text}");
                        None
                    }
                    Err(ImportError::Text(error)) => Some(error.to_string()),
                    Err(other) => panic!("{other}"),
                }
            }
            other => panic!("a block of the page is neither a format nor the words of a refusal: {other}"),
        };
        match says {
            "" => {
                assert_eq!(error, None, "{text}");
                read += 1;
            }
            "refused" => {
                let (word, words) = blocks.next().and_then(|block| block.split_once('\n')).unwrap();
                assert_eq!((word, Some(words)), ("text", error.as_deref()), "{text}");
                refused += 1;
            }
            other => panic!("{other}"),
        }
    }
    assert!(read >= 6 && refused >= 4, "{read} examples and {refused} refusals were found");
}
