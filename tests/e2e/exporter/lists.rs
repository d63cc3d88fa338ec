//! What the two lists say: for each family of node_exporter our series and how they must agree, or why there is none.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};

/// Families that are compared, or of which this machine has series.
const FAMILIES: &str = include_str!("families.txt");
/// Families of hardware that the machine of the table is without.
const ELSEWHERE: &str = include_str!("elsewhere.txt");

/// Labels of a series.
pub(crate) type Labels = BTreeMap<String, String>;

/// A line of a list.
#[derive(Debug)]
pub(crate) struct Line {
    /// The heading above it.
    pub(crate) section: &'static str,
    /// Theirs, as it is written.
    pub(crate) theirs: &'static str,
    pub(crate) ours: Ours,
}

#[derive(Debug)]
pub(crate) enum Ours {
    /// Nothing, and why.
    Nothing(&'static str),
    /// Something that is not compared.
    Uncompared(&'static str),
    Compared(Compared),
}

/// How a family of theirs is found again in ours.
#[derive(Debug)]
pub(crate) struct Compared {
    /// PromQL.
    pub(crate) query: &'static str,
    pub(crate) joins: Vec<Join>,
    pub(crate) rule: Rule,
    /// Several of theirs are one of ours.
    pub(crate) summed: bool,
    /// None of ours stands for 0.
    pub(crate) zero: bool,
    /// None of ours may be: theirs has a number that says that nothing is known.
    pub(crate) untold: bool,
    /// Ours may be some seconds old.
    pub(crate) seldom: bool,
}

/// A label of theirs that is one of ours.
#[derive(Debug)]
pub(crate) struct Join {
    pub(crate) theirs: &'static str,
    pub(crate) ours: &'static str,
    /// Ours is a list of words, theirs one of them.
    pub(crate) word: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rule {
    Grows { slack: f64 },
    Still,
    Moves { by: f64 },
    Text,
}

impl Line {
    /// Whether a series of theirs is this line's.
    pub(crate) fn is_of(&self, name: &str, labels: &Labels) -> bool {
        let (pattern, wanted) = match self.theirs.split_once('{') {
            Some((pattern, rest)) => (pattern, rest.trim_end_matches('}')),
            None => (self.theirs, ""),
        };
        let mut wanted = wanted.split(',').filter_map(|one| one.split_once('='));
        fits(pattern, name)
            && wanted.all(|(label, value)| labels.get(label).is_some_and(|has| fits(value.trim_matches('"'), has)))
    }
}

/// Whether `text` is `pattern`, in which one `*` may stand for anything.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        Some((begin, end)) => text.len() >= begin.len() + end.len() && text.starts_with(begin) && text.ends_with(end),
        None => pattern == text,
    }
}

/// The families of the machine of the table.
pub(crate) fn families() -> Result<Vec<Line>> {
    lines(FAMILIES, |fields| {
        let [query, joins, how] = fields else { bail!("ours takes a query, labels and an agreement") };
        compared(query, joins, how).map(Ours::Compared)
    })
}

/// Those of other machines.
pub(crate) fn elsewhere() -> Result<Vec<Line>> {
    lines(ELSEWHERE, |fields| {
        let [family] = fields else { bail!("ours is one family") };
        Ok(Ours::Uncompared(family))
    })
}

fn lines(text: &'static str, ours: impl Fn(&[&'static str]) -> Result<Ours>) -> Result<Vec<Line>> {
    let (mut section, mut lines) = ("", Vec::new());
    for (at, line) in text.lines().enumerate() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = heading;
        } else if !line.is_empty() && !line.starts_with('#') {
            // Between bars there may be nothing: a family without labels.
            let fields: Vec<&str> = line.split(" |").map(str::trim).collect();
            let ours = match &fields[1..] {
                ["none", why] => Ok(Ours::Nothing(why)),
                fields => ours(fields),
            };
            let ours = ours.with_context(|| format!("line {}: {line}", at + 1))?;
            lines.push(Line { section, theirs: fields[0], ours });
        }
    }
    ensure!(!lines.is_empty(), "the list is empty");
    Ok(lines)
}

fn compared(query: &'static str, joins: &'static str, how: &str) -> Result<Compared> {
    let join = |text: &'static str| {
        let word = text.contains('~');
        let (theirs, ours) = text.split_once(['=', '~']).with_context(|| format!("`{text}` joins nothing"))?;
        Ok(Join { theirs, ours, word })
    };
    let joins = joins.split_whitespace().map(join).collect::<Result<_>>()?;
    let mut compared =
        Compared { query, joins, rule: Rule::Still, summed: false, zero: false, untold: false, seldom: false };
    let mut words = how.split(' ');
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(size).with_context(|| format!("`{word}` takes a number"));
        match word {
            "grows" => compared.rule = Rule::Grows { slack: 0.0 },
            "slack" => compared.rule = Rule::Grows { slack: number()? },
            "still" => compared.rule = Rule::Still,
            "moves" => compared.rule = Rule::Moves { by: number()? },
            "text" => compared.rule = Rule::Text,
            "summed" => compared.summed = true,
            "zero" => compared.zero = true,
            "untold" => compared.untold = true,
            "seldom" => compared.seldom = true,
            other => bail!("`{other}` is no agreement"),
        }
    }
    Ok(compared)
}

/// `8Mi`
fn size(text: &str) -> Option<f64> {
    let digits = text.trim_end_matches(['K', 'M', 'G', 'i']);
    let unit = match &text[digits.len()..] {
        "" => 1.0,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some(digits.parse::<f64>().ok()? * unit)
}

/// The families of ours that a text names.
pub(crate) fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with("system_") || word.starts_with("hw_"))
}

impl Ours {
    /// All that it says.
    pub(crate) fn text(&self) -> &'static str {
        match self {
            Self::Nothing(text) | Self::Uncompared(text) => text,
            Self::Compared(compared) => compared.query,
        }
    }
}
