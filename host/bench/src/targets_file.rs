//! The file of targets: YAML of a fixed, shallow shape, read with the place of every mistake.
//!
//! Two sections, `benchmarks` and `services`, each a map of names to maps of scalars. Lists, aliases and deeper maps
//! have no meaning here and are refused.

use std::collections::BTreeSet;
use std::fmt;

use saphyr_parser::{Event, Marker, Parser};

use crate::{Better, Target, TargetKind};

/// What is wrong with a file of targets, all of it.
#[derive(Debug, thiserror::Error)]
pub struct TargetsError {
    /// The file's name.
    pub file: String,
    /// In the order of the file.
    pub problems: Vec<Problem>,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// For people.
    pub message: String,
}

impl TargetsError {
    pub(crate) fn new(file: &str, mut problems: Vec<Problem>) -> Self {
        problems.sort();
        Self { file: file.to_owned(), problems }
    }
}

impl fmt::Display for TargetsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, Problem { line, column, message }) in self.problems.iter().enumerate() {
            let end = if place == 0 { "" } else { "\n" };
            write!(f, "{end}{}:{line}:{column}: {message}", self.file)?;
        }
        Ok(())
    }
}

/// What the file holds.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) benchmarks: Vec<Found>,
    pub(crate) services: Vec<Found>,
}

/// A target and where it stands.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) id: String,
    pub(crate) target: Target,
    at: Place,
}

impl Found {
    pub(crate) fn problem(&self, message: String) -> Problem {
        self.at.problem(message)
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    line: usize,
    column: usize,
}

impl Place {
    fn of(marker: &Marker) -> Self {
        Self { line: marker.line(), column: marker.col() + 1 }
    }

    fn problem(self, message: impl Into<String>) -> Problem {
        Problem { line: self.line, column: self.column, message: message.into() }
    }
}

/// A key and where it stands.
#[derive(Clone, Debug)]
struct Key {
    text: String,
    at: Place,
}

/// What a place of the file says: the keys that lead to it, and its text; none for a map.
#[derive(Debug)]
struct Line {
    keys: Vec<Key>,
    text: Option<String>,
}

/// Reads the file. What a target's name and unit may be is not known here.
pub(crate) fn read(text: &str, file: &str) -> Result<Read, TargetsError> {
    let mut problems = Vec::new();
    let lines = match flatten(text, &mut problems) {
        Ok(lines) => lines,
        Err(problem) => return Err(TargetsError::new(file, vec![problem])),
    };
    let mut read = Read::default();
    for line in &lines {
        let [section, rest @ ..] = line.keys.as_slice() else { continue };
        let list = match section.text.as_str() {
            "benchmarks" => &mut read.benchmarks,
            "services" => &mut read.services,
            other => {
                if rest.is_empty() {
                    problems.push(
                        section.at.problem(format!("unknown section `{other}`; there are `benchmarks` and `services`")),
                    );
                }
                continue;
            }
        };
        match (rest, &line.text) {
            ([], None) => {}
            ([], Some(text)) if text.is_empty() => {}
            ([key], None) => {
                let fields = lines.iter().filter(|line| {
                    matches!(line.keys.as_slice(),
                    [a, b, _] if a.text == section.text && b.text == key.text)
                });
                if let Some(target) = target(key, fields, &mut problems) {
                    list.push(Found { id: key.text.clone(), target, at: key.at });
                }
            }
            ([.., key], _) if rest.len() < 2 => {
                problems.push(key.at.problem(format!("`{}` needs at_least or at_most, and unit", key.text)));
            }
            ([], Some(_)) => problems.push(section.at.problem(format!("`{}` must hold targets", section.text))),
            _ => {}
        }
    }
    if problems.is_empty() { Ok(read) } else { Err(TargetsError::new(file, problems)) }
}

/// The text as keys and scalars. Fails when it is not YAML; what YAML allows and this file does not is a problem.
fn flatten(text: &str, problems: &mut Vec<Problem>) -> Result<Vec<Line>, Problem> {
    let mut lines = Vec::new();
    let mut keys: Vec<Key> = Vec::new();
    // Whether the next scalar of the innermost map is a key; one entry per open map.
    let mut open: Vec<bool> = Vec::new();
    let mut seen = BTreeSet::new();
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| Place::of(error.marker()).problem(format!("this is not YAML: {}", error.info())))?;
        let at = Place::of(&span.start);
        let wants_key = open.last().copied();
        match event {
            Event::MappingStart(..) => {
                if wants_key == Some(true) {
                    return Err(at.problem("a map cannot be a key"));
                }
                if open.len() >= 3 {
                    return Err(at.problem("nothing is nested as deep as this"));
                }
                if !keys.is_empty() {
                    lines.push(Line { keys: keys.clone(), text: None });
                }
                open.push(true);
            }
            Event::MappingEnd => {
                open.pop();
                keys.truncate(open.len().saturating_sub(1));
                if let Some(wants) = open.last_mut() {
                    *wants = true;
                }
            }
            Event::Scalar(text, ..) => match (wants_key, open.last_mut()) {
                (Some(true), Some(wants)) => {
                    *wants = false;
                    keys.push(Key { text: text.into_owned(), at });
                    let path: Vec<String> = keys.iter().map(|key| key.text.clone()).collect();
                    if !seen.insert(path) {
                        let key = keys.last().map(|key| key.text.clone()).unwrap_or_default();
                        problems.push(at.problem(format!("`{key}` stands here a second time")));
                    }
                }
                (Some(false), Some(wants)) => {
                    *wants = true;
                    lines.push(Line { keys: keys.clone(), text: Some(text.into_owned()) });
                    keys.pop();
                }
                _ if text.is_empty() => {}
                _ => return Err(at.problem("the file must be a map with `benchmarks` and `services`")),
            },
            Event::SequenceStart(..) => return Err(at.problem("there are no lists in this file")),
            Event::Alias(_) => return Err(at.problem("aliases are not used in this file")),
            _ => {}
        }
    }
    Ok(lines)
}

fn target<'a>(key: &Key, fields: impl Iterator<Item = &'a Line>, problems: &mut Vec<Problem>) -> Option<Target> {
    let before = problems.len();
    let (mut bound, mut unit, mut per_processor, mut kind, mut note) = (None, None, false, TargetKind::Target, None);
    for line in fields {
        let (Some(field), Some(text)) = (line.keys.last(), line.text.as_deref()) else { continue };
        let mut refuse = |message: String| problems.push(field.at.problem(message));
        match field.text.as_str() {
            name @ ("at_least" | "at_most") => {
                let better = if name == "at_least" { Better::Higher } else { Better::Lower };
                match text.parse::<f64>() {
                    Ok(value) if value.is_finite() && value > 0.0 => {
                        if bound.replace((better, value)).is_some() {
                            refuse("at_least and at_most exclude each other".to_owned());
                        }
                    }
                    _ => refuse(format!("{name} must be a number above 0, not `{text}`")),
                }
            }
            "unit" if !text.is_empty() => unit = Some(text.to_owned()),
            "unit" => refuse("unit must not be empty".to_owned()),
            "per_processor" => match text {
                "true" => per_processor = true,
                "false" => {}
                _ => refuse(format!("per_processor must be true or false, not `{text}`")),
            },
            "kind" => match text {
                "target" => {}
                "reference" => kind = TargetKind::Reference,
                _ => refuse(format!("kind must be target or reference, not `{text}`")),
            },
            "note" => note = Some(text.to_owned()),
            other => refuse(format!(
                "unknown key `{other}`; there are at_least, at_most, unit, per_processor, kind and note"
            )),
        }
    }
    let whole = problems.len() == before;
    match (bound, unit) {
        (Some((better, value)), Some(unit)) if whole => Some(Target { better, value, unit, per_processor, kind, note }),
        (bound, unit) => {
            if whole && (bound.is_none() || unit.is_none()) {
                let missing = if bound.is_none() { "at_least or at_most" } else { "unit" };
                problems.push(key.at.problem(format!("`{}` has no {missing}", key.text)));
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&match read(text, "t.yaml") {
            Ok(read) => format!("{} benchmarks, {} services", read.benchmarks.len(), read.services.len()),
            Err(error) => error.to_string(),
        });
    }

    #[test]
    fn an_empty_file_and_empty_sections_hold_nothing() {
        for text in ["", "# nothing\n", "benchmarks:\nservices: {}\n"] {
            check(text, expect!["0 benchmarks, 0 services"]);
        }
    }

    #[test]
    fn mistakes_of_a_file_are_listed_together() {
        check(
            "benchmarks:\n  a: { at_least: fast, unit: s }\n  b: { unit: s }\n  c: { at_most: 1, at_least: 2, unit: s }\n\
             \x20 a: { at_least: 1, unit: s }\n  d: 5\n  e: { at_least: 1 }\n  f: { at_least: 1, unit: s, wieght: 3, kind: x }\n\
             targets: { a: { at_least: 1 } }\nservices: 7\n",
            expect![[r#"
                t.yaml:2:8: at_least must be a number above 0, not `fast`
                t.yaml:2:8: at_least must be a number above 0, not `fast`
                t.yaml:3:3: `b` has no at_least or at_most
                t.yaml:4:20: at_least and at_most exclude each other
                t.yaml:5:3: `a` stands here a second time
                t.yaml:5:8: `at_least` stands here a second time
                t.yaml:5:21: `unit` stands here a second time
                t.yaml:6:3: `d` needs at_least or at_most, and unit
                t.yaml:7:3: `e` has no unit
                t.yaml:8:30: unknown key `wieght`; there are at_least, at_most, unit, per_processor, kind and note
                t.yaml:8:41: kind must be target or reference, not `x`
                t.yaml:9:1: unknown section `targets`; there are `benchmarks` and `services`
                t.yaml:10:1: `services` must hold targets"#]],
        );
    }

    #[test]
    fn what_is_no_file_of_targets_is_refused_with_its_place() {
        check("benchmarks: [1, 2]\n", expect!["t.yaml:1:13: there are no lists in this file"]);
        check("hello\n", expect!["t.yaml:1:1: the file must be a map with `benchmarks` and `services`"]);
        check("benchmarks:\n  a: { b: { c: { d: 1 } } }\n", expect!["t.yaml:2:11: nothing is nested as deep as this"]);
        check(
            "benchmarks: {\n",
            expect!["t.yaml:2:1: this is not YAML: while parsing a node, did not find expected node content"],
        );
    }
}
