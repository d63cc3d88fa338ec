//! Where a value is in a document: a singular query of RFC 9535 (`$.status`, `$.nodes[0]['a b']`), which leads to one value at most.

use serde_json::Value;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    /// From the end when it is negative.
    Index(i64),
}

/// A path. The `$` at its beginning may be left out: `status.database`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JsonPath(Vec<Step>);

/// Steps of one path.
const MOST_STEPS: usize = 50;

impl JsonPath {
    /// Reads a path; the error names it.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| format!("`{text}` is no JSON path: {what}");
        let mut rest = text.strip_prefix('$').unwrap_or(text);
        let mut steps = Vec::new();
        // Without a `$` the first name stands alone.
        let mut bare = !text.starts_with('$') && !text.starts_with(['.', '[']);
        while !rest.is_empty() {
            if steps.len() >= MOST_STEPS {
                return Err(wrong(&format!("it has more than {MOST_STEPS} steps")));
            }
            if let Some(inside) = rest.strip_prefix('[') {
                let (step, behind) =
                    bracket(inside).ok_or_else(|| wrong("`[` wants a number or a quoted name, and `]`"))?;
                steps.push(step);
                rest = behind;
            } else if let Some(name) = rest.strip_prefix('.').or_else(|| std::mem::take(&mut bare).then_some(rest)) {
                let (name, behind) = name.split_at(name.find(['.', '[']).unwrap_or(name.len()));
                if name.is_empty() || name == "*" {
                    return Err(wrong("a name is missing, or stands for many"));
                }
                steps.push(Step::Name(name.to_owned()));
                rest = behind;
            } else {
                return Err(wrong("steps begin with `.` or `[`"));
            }
            bare = false;
        }
        Ok(Self(steps))
    }

    /// What is there.
    pub(crate) fn find<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(document, |value, step| match step {
            Step::Name(name) => value.as_object()?.get(name),
            Step::Index(index) => {
                let list = value.as_array()?;
                let at = usize::try_from(index.unsigned_abs()).ok()?;
                list.get(if *index < 0 { list.len().checked_sub(at)? } else { at })
            }
        })
    }
}

/// What stands behind a `[`, and what stands behind its `]`. A quote within a name is escaped by a backslash.
fn bracket(text: &str) -> Option<(Step, &str)> {
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
        let (number, rest) = text.split_once(']')?;
        let is_number = number.trim_start_matches('-').chars().all(|c| c.is_ascii_digit());
        return Some((Step::Index(number.parse().ok().filter(|_| is_number)?), rest));
    };
    let (mut name, mut escaped) = (String::new(), false);
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if std::mem::take(&mut escaped) => name.push(c),
            '\\' => escaped = true,
            _ if c == quote => {
                return Some((Step::Name(name), text.get(at..)?.strip_prefix(quote)?.strip_prefix(']')?));
            }
            _ => name.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_path_leads_to_one_value_or_to_none() {
        let document = json!({"status": "ok", "nodes": [{"a b": 1}, {"it's": null}], "": 2, "x": {"y.z": true}});
        for (path, found) in [
            ("$", Some(document.clone())),
            ("$.status", Some(json!("ok"))),
            ("status", Some(json!("ok"))),
            ("nodes[0]['a b']", Some(json!(1))),
            ("$.nodes[-1][\"it's\"]", Some(json!(null))),
            ("$['nodes'][1]['it\\'s']", Some(json!(null))),
            ("$['']", Some(json!(2))),
            ("x['y.z']", Some(json!(true))),
            ("$.nodes[2]", None),
            ("$.nodes[-3]", None),
            ("$.status.more", None),
            ("$.status[0]", None),
        ] {
            assert_eq!(JsonPath::read(path).unwrap().find(&document), found.as_ref(), "{path}");
        }
    }

    #[test]
    fn what_is_no_path_or_leads_to_many_is_refused() {
        for path in ["$status", "a..b", "$.*", "a[", "a[]", "a[x]", "a['x]", "a['x'", "a[0]b", "[+1]", "$."] {
            let error = JsonPath::read(path).unwrap_err();
            assert!(error.starts_with(&format!("`{path}` is no JSON path: ")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_path_or_refused(text in "[$.\\[\\]'\"a0\\\\-]{0,20}") {
            if let Ok(path) = JsonPath::read(&text) {
                let _ = path.find(&json!({"a": [{"0": [0]}]}));
            }
        }

        #[test]
        fn any_name_is_found_when_it_is_quoted(name: String) {
            let quoted = name.replace('\\', "\\\\").replace('\'', "\\'");
            let document = json!({ name.clone(): 1 });
            prop_assert_eq!(JsonPath::read(&format!("$['{quoted}']")).unwrap().find(&document), Some(&json!(1)));
        }
    }
}
