//! Tables of the kernel whose rows or columns have names: which of them are wanted is said once, and where they stand is
//! remembered from read to read, so that of a text of some hundred names only those that are wanted are looked at.

use super::text::{Line, Malformed, lines, to_text, whole_number};

/// Where the number of one name belongs.
pub(super) type Slot<T> = for<'a> fn(&'a mut T) -> &'a mut u64;
/// Names with their places.
pub(super) type Slots<T> = &'static [(&'static str, Slot<T>)];

/// Positions remembered at most; what stands behind them is looked for each time.
const REMEMBERED: usize = 1024;

/// `slots!(Type { "Name" => field.path, ... })`
macro_rules! slots {
    ($of:ty { $($name:literal => $($field:tt).+),* $(,)? }) => {
        &[$(($name, |one: &mut $of| &mut one.$($field).+)),*]
    };
}
pub(super) use slots;

/// What is known of one row or column: its name, and its place among the wanted ones.
struct Known {
    name: Vec<u8>,
    wanted: Option<usize>,
}

/// A table with a name and a number on each line: `meminfo`, `vmstat`.
pub(super) struct Rows<T: 'static> {
    slots: Slots<T>,
    /// What stands between name and number.
    separator: u8,
    known: Vec<Known>,
}

impl<T> Rows<T> {
    pub(super) fn new(slots: Slots<T>, separator: u8) -> Self {
        Self { slots, separator, known: Vec::new() }
    }

    /// Puts the numbers of `text` into their places; a number with `kB` behind it is made bytes.
    pub(super) fn parse(&mut self, text: &[u8], into: &mut T) -> Result<(), Malformed> {
        for (at, mut line) in lines(text).enumerate() {
            let same = |known: &&Known| {
                line.rest.get(known.name.len()) == Some(&self.separator) && line.rest.starts_with(&known.name)
            };
            let (length, wanted) = match self.known.get(at).filter(same) {
                Some(known) => (known.name.len(), known.wanted),
                None => self.learn(at, line.rest),
            };
            let Some((name, slot)) = wanted.and_then(|wanted| self.slots.get(wanted)) else { continue };
            line.rest = line.rest.get(length + 1..).unwrap_or_default();
            let number = line.number(name)?;
            let number = if line.rest == b" kB" { number.saturating_mul(1024) } else { number };
            *slot(into) = number;
        }
        Ok(())
    }

    fn learn(&mut self, at: usize, line: &[u8]) -> (usize, Option<usize>) {
        let end = line.iter().position(|byte| *byte == self.separator).unwrap_or(line.len());
        let name = line.get(..end).unwrap_or_default();
        let wanted = self.slots.iter().position(|(wanted, _)| wanted.as_bytes() == name);
        remember(&mut self.known, at, name, wanted);
        (end, wanted)
    }
}

/// A pair of lines that begin alike, the first with names and the second with numbers: `snmp`, `netstat`.
pub(super) struct Columns<T: 'static> {
    /// `Tcp:`
    prefix: &'static str,
    slots: Slots<T>,
    /// The names as they were last seen, and for each of them its place among those wanted.
    head: Vec<u8>,
    wanted: Vec<Option<usize>>,
}

impl<T> Columns<T> {
    pub(super) fn new(prefix: &'static str, slots: Slots<T>) -> Self {
        Self { prefix, slots, head: Vec::new(), wanted: Vec::new() }
    }

    /// Whether `line` belongs to this table.
    pub(super) fn is_of(&self, line: &Line<'_>) -> bool {
        line.rest.starts_with(self.prefix.as_bytes())
    }

    /// Puts the numbers of `values` into the places of their `names`.
    pub(super) fn parse(&mut self, names: Line<'_>, mut values: Line<'_>, into: &mut T) -> Result<(), Malformed> {
        if self.head != names.rest {
            self.learn(names);
        }
        values.skip(1);
        let last = self.wanted.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        for wanted in self.wanted.iter().take(last) {
            let value = values.expect_field("the value of a column")?;
            let Some((name, slot)) = wanted.and_then(|wanted| self.slots.get(wanted)) else { continue };
            *slot(into) = whole_number(value).ok_or_else(|| values.not_a_number(&to_text(name.as_bytes()), value))?;
        }
        Ok(())
    }

    fn learn(&mut self, mut names: Line<'_>) {
        self.head.clear();
        self.head.extend_from_slice(names.rest);
        self.wanted.clear();
        names.skip(1);
        while let Some(name) = names.field().filter(|_| self.wanted.len() < REMEMBERED) {
            self.wanted.push(self.slots.iter().position(|(wanted, _)| wanted.as_bytes() == name));
        }
    }
}

fn remember(known: &mut Vec<Known>, at: usize, name: &[u8], wanted: Option<usize>) {
    let new = Known { name: name.to_vec(), wanted };
    if let Some(old) = known.get_mut(at) {
        *old = new;
    } else if at == known.len() && at < REMEMBERED {
        known.push(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::Path;

    #[derive(Debug, Default, PartialEq)]
    struct Two {
        a: u64,
        b: u64,
    }

    fn rows(texts: &[&str]) -> Vec<Result<(u64, u64), String>> {
        let mut rows = Rows::new(slots!(Two { "a" => a, "bb" => b }), b':');
        let one = |text: &&str| {
            let mut two = Two::default();
            let parsed = rows.parse(text.as_bytes(), &mut two);
            parsed.map(|()| (two.a, two.b)).map_err(|error| error.in_file(Path::new("/f")).to_string())
        };
        texts.iter().map(one).collect()
    }

    #[test]
    fn rows_are_found_wherever_they_move_to() {
        assert_eq!(
            rows(&["a: 1\nx: 9\nbb: 2 kB\n", "bb: 4\na: 3\n", "x: 9\na: 1\nb: 8\nbb: 2\nbbb: 3\n", "", "\n\nbb: 7"]),
            [Ok((1, 2048)), Ok((3, 4)), Ok((1, 2)), Ok((0, 0)), Ok((0, 7))]
        );
    }

    #[test]
    fn a_wanted_row_without_a_number_is_named() {
        let found = rows(&["a: 1\nbb: -2\n", "a:\n", "x: odd\n", "a", "a: 18446744073709551616"]);
        let errors: Vec<_> = found.iter().map(|one| one.as_ref().err().map(String::as_str)).collect();
        assert_eq!(
            errors,
            [
                Some("/f, line 2: expected a number for bb, found `-2`"),
                Some("/f, line 1: ends before a"),
                None,
                Some("/f, line 1: ends before a"),
                Some("/f, line 1: expected a number for a, found `18446744073709551616`"),
            ]
        );
    }

    #[test]
    fn columns_may_change_between_two_reads() {
        let mut columns = Columns::new("T:", slots!(Two { "A" => a, "B" => b }));
        for (text, expected) in [
            ("T: X A B\nT: -1 2 3\n", Ok((2, 3))),
            ("T: X A B\nT: -1 4 5\n", Ok((4, 5))),
            ("T: B A\nT: 6 7 8\n", Ok((7, 6))),
            ("T: Y\nT: few\n", Ok((0, 0))),
            ("T: A B\nT: 1\n", Err("/f, line 2: ends before the value of a column")),
            ("T: A B\nT: 1 x\n", Err("/f, line 2: expected a number for B, found `x`")),
        ] {
            let mut both = lines(text.as_bytes());
            let (names, values) = (both.next().unwrap(), both.next().unwrap());
            let mut two = Two::default();
            let parsed = columns.parse(names, values, &mut two);
            let found = parsed.map(|()| (two.a, two.b)).map_err(|error| error.in_file(Path::new("/f")).to_string());
            assert_eq!(found, expected.map_err(str::to_owned), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(first: Vec<u8>, second: Vec<u8>) {
            let mut rows = Rows::new(slots!(Two { "a" => a, "bb" => b }), b':');
            let mut columns = Columns::new("T:", slots!(Two { "A" => a, "B" => b }));
            for text in [first, second] {
                let _ = rows.parse(&[b"a: 1\nbb", &text[..]].concat(), &mut Two::default());
                let names = Line::whole(b"T: A B");
                let _ = columns.parse(names, Line::whole(&text), &mut Two::default());
                let _ = columns.parse(Line::whole(&text), Line::whole(b"T: 1 2 3"), &mut Two::default());
            }
        }
    }
}
