//! What is said beside a result: warnings and infos in Prometheus' words (`util/annotations/annotations.go`), so that whatever shows those
//! of Prometheus shows ours.

use std::collections::HashSet;

use crate::ast::Place;
use crate::json;

/// How many of a kind are given back; Prometheus' API gives as many.
const SHOWN: usize = 10;
/// How many different ones are told apart; what comes later is lost.
const KNOWN: usize = 1_000;

/// Warnings and infos of one evaluation, each text once, in the order in which they arose.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    known: HashSet<String>,
    warnings: Vec<String>,
    infos: Vec<String>,
}

impl Notes {
    pub(crate) fn warn(&mut self, text: &str, place: Place) {
        self.keep(format!("PromQL warning: {text} ({place})"), false);
    }

    /// What the storage says of itself.
    pub(crate) fn lost(&mut self, sentences: Vec<String>) {
        sentences.into_iter().for_each(|sentence| self.keep(sentence, false));
    }

    pub(crate) fn inform(&mut self, text: &str, place: Place) {
        self.keep(format!("PromQL info: {text} ({place})"), true);
    }

    fn keep(&mut self, text: String, info: bool) {
        if self.known.len() < KNOWN && self.known.insert(text.clone()) {
            if info { &mut self.infos } else { &mut self.warnings }.push(text);
        }
    }

    /// Warnings and infos, at most ten of each; one line more says how many there were besides.
    pub(crate) fn shown(self) -> (Vec<String>, Vec<String>) {
        let cut = |mut all: Vec<String>, kind: &str| {
            let omitted = all.len().saturating_sub(SHOWN);
            all.truncate(SHOWN);
            if omitted > 0 {
                all.push(format!("{omitted} more {kind} annotations omitted"));
            }
            all
        };
        (cut(self.warnings, "warning"), cut(self.infos, "info"))
    }
}

/// A number as Go's `%g` writes it: the shortest form, with an exponent below 1e-4 and from 1e6 on.
pub(crate) fn number(value: f64) -> String {
    let plain = !value.is_finite() || value == 0.0 || (1e-4..1e6).contains(&value.abs());
    if plain { json::number_text(value) } else { json::with_exponent(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once_and_what_is_too_much_is_counted() {
        let mut notes = Notes::default();
        let place = Place { line: 1, column: 2 };
        for n in 0..12 {
            notes.warn(&format!("number {n}"), place);
            notes.warn(&format!("number {n}"), place);
        }
        notes.inform("one", place);
        let (warnings, infos) = notes.shown();
        assert_eq!(warnings.len(), 11);
        assert_eq!(warnings[0], "PromQL warning: number 0 (1:2)");
        assert_eq!(warnings[10], "2 more warning annotations omitted");
        assert_eq!(infos, ["PromQL info: one (1:2)"]);
    }

    #[test]
    fn numbers_in_notes_are_spelt_as_go_spells_them() {
        for (value, text) in [
            (2.0, "2"),
            (-0.5, "-0.5"),
            (0.0, "0"),
            (123_456_789.0, "1.23456789e+08"),
            (1e6, "1e+06"),
            (123_456.0, "123456"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
