//! A YAML document as the JSON value that it stands for, as far as descriptions of interfaces need it: no aliases (they can make
//! a gigabyte of a kilobyte), no tags, bounded in depth and number, and without the parts that nobody here reads.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

/// Levels of a document.
const DEEPEST: usize = 64;
/// Values of a document that are kept.
const MOST_VALUES: usize = 300_000;
/// Under these keys there are prose and types, the bulk of most documents, and nothing that is read here.
const PASSED_OVER: [&str; 4] = ["description", "schemas", "requestBody", "definitions"];

/// Reads the first document of `text`.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    let mut reader = Reader { events: Parser::new_from_str(text), values: 0 };
    loop {
        match reader.next()? {
            Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
            Event::StreamEnd | Event::DocumentEnd => return Ok(Value::Null),
            event => return reader.value(event, 0, true),
        }
    }
}

struct Reader<'a> {
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    values: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Event<'a>, String> {
        match self.events.next_event() {
            Some(Ok((event, _))) => Ok(event),
            Some(Err(error)) => Err(error.to_string()),
            None => Ok(Event::StreamEnd),
        }
    }

    /// The value that begins with `event`; nothing of it is built when it is not kept.
    fn value(&mut self, event: Event<'a>, depth: usize, keep: bool) -> Result<Value, String> {
        self.values = self.values.saturating_add(usize::from(keep));
        if depth > DEEPEST || self.values > MOST_VALUES {
            return Err(format!("it has more than {DEEPEST} levels or {MOST_VALUES} values"));
        }
        match event {
            Event::Scalar(text, style, ..) => Ok(scalar(&text, style)),
            Event::SequenceStart(..) => {
                let mut list = Vec::new();
                loop {
                    match self.next()? {
                        Event::SequenceEnd => return Ok(Value::Array(list)),
                        event => {
                            let value = self.value(event, depth + 1, keep)?;
                            if keep {
                                list.push(value);
                            }
                        }
                    }
                }
            }
            Event::MappingStart(..) => {
                let mut map = Map::new();
                loop {
                    let key = match self.next()? {
                        Event::MappingEnd => return Ok(Value::Object(map)),
                        Event::Scalar(text, ..) => text.into_owned(),
                        _ => return Err("it has a key that is no text".to_owned()),
                    };
                    let kept = keep && !PASSED_OVER.contains(&&*key);
                    let event = self.next()?;
                    let value = self.value(event, depth + 1, kept)?;
                    if kept {
                        map.insert(key, value);
                    }
                }
            }
            // In what is passed over they do no harm.
            Event::Alias(_) if !keep => Ok(Value::Null),
            Event::Alias(_) => Err("it has aliases (`*name`), which are not followed".to_owned()),
            _ => Err("it ends in the middle".to_owned()),
        }
    }
}

/// What a scalar stands for by the core schema of YAML 1.2.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::from(text);
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    if let Ok(number) = text.parse::<i64>() {
        return Value::from(number);
    }
    let is_number = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    let number = text.parse::<f64>().ok().filter(|_| is_number).and_then(Number::from_f64);
    number.map_or_else(|| Value::from(text), Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn yaml_reads_as_the_json_that_it_stands_for() {
        let text = "a: 1\nb: [x, '2', -3.5, ~, yes]\n200: {c: true}\ndescription: {d: *e}\nmore: |\n  one\n  two\n";
        let value = json!({"a": 1, "b": ["x", "2", -3.5, null, "yes"], "200": {"c": true}, "more": "one\ntwo\n"});
        assert!(read(text).is_err(), "an alias without its anchor");
        assert_eq!(read(&text.replace("*e", "e")), Ok(value));
        assert_eq!(read(""), Ok(json!(null)));
    }

    #[test]
    fn what_grows_without_bound_is_refused() {
        let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n";
        assert_eq!(read(bomb).unwrap_err(), "it has aliases (`*name`), which are not followed");
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert!(read(&deep).unwrap_err().contains("levels"), "{:?}", read(&deep));
        let many = format!("[{}]", "1,".repeat(MOST_VALUES + 1));
        assert!(read(&many).unwrap_err().contains("values"));
    }

    proptest! {
        #[test]
        fn any_text_is_yaml_or_refused(text in "[a-b:\\- \\[\\]{},&*!|>'\"#\n\t]{0,60}") {
            let _ = read(&text);
        }

        #[test]
        fn json_is_yaml_too(texts in prop::collection::vec("[ -~]{0,10}", 0..5), number: i32) {
            let value = json!({"texts": texts, "number": number, "nested": {"x": [null, true]}});
            prop_assert_eq!(read(&value.to_string()), Ok(value));
        }
    }
}
