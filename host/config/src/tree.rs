//! YAML text as a tree that remembers where each piece stood. What cannot be used from here on (broken syntax, a key
//! twice, more than one document, tags) is reported here; what a value means is the schema's business.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};

use crate::diagnostic::Said;
use crate::report::Report;

/// How deep lists and maps may nest: ours need six; the walk recurses.
const MAX_DEPTH: usize = 48;

/// How many nodes the tree may have, aliases written out: a file of one alias of an alias of an alias is not a bomb.
const MAX_NODES: usize = 100_000;

/// One value and the bytes it stands on.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value,
}

/// What a value is, before anyone asks what it means.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// Text; `plain` when it was not quoted, so that it may mean a number, a truth value or nothing.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One line of a map.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    pub(crate) value: Node,
}

impl Node {
    /// The entries of a map, none of anything else.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            Value::List(_) | Value::Scalar { .. } => &[],
        }
    }

    /// The items of a list, none of anything else.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Map(_) | Value::Scalar { .. } => &[],
        }
    }

    /// The value behind `key`, when this is a map that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Whether this is nothing: an empty value, `~` or `null`.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// Whether it asks for nothing: null, an empty list or map, or a map of such.
    pub(crate) fn is_empty(&self) -> bool {
        self.is_null()
            || match &self.value {
                Value::Scalar { .. } => false,
                Value::List(items) => items.is_empty(),
                Value::Map(entries) => entries.iter().all(|entry| entry.value.is_empty()),
            }
    }

    fn count(&self) -> usize {
        let below: usize = match &self.value {
            Value::Scalar { .. } => 0,
            Value::List(items) => items.iter().map(Self::count).sum(),
            Value::Map(entries) => entries.iter().map(|entry| 1 + entry.value.count()).sum(),
        };
        1 + below
    }
}

/// Reads `text` into a tree. Nothing, when there is nothing in it or it is broken; then `report` says why.
pub(crate) fn read(text: &str, report: &mut Report) -> Option<Node> {
    let mut builder =
        Builder { offsets: Offsets::new(text), stack: Vec::new(), anchors: HashMap::new(), nodes: 0, root: None };
    let mut documents = 0;
    for event in Parser::<StrInput<'_>>::new_from_str(text) {
        let (event, span) = match event {
            Ok(found) => found,
            Err(error) => {
                let at = builder.offsets.byte(error.marker().index());
                report.error(
                    at..at,
                    Said::new(format!("this is not YAML: {}", error.info())).help(syntax_help(text, at, error.info())),
                );
                return None;
            }
        };
        let span = builder.offsets.range(span);
        if let Event::DocumentStart(_) = event {
            documents += 1;
            if documents > 1 {
                report.error(
                    span,
                    Said::new("a second document begins here").help("write one document, without `---` in it"),
                );
                return None;
            }
        }
        if let Err(said) = builder.take(event, span.clone(), report) {
            report.error(span, said);
            return None;
        }
    }
    builder.root
}

/// What the parser says, and what it mostly comes from.
const CAUSES: [(&str, &str); 5] = [
    ("unknown anchor", "an alias needs its anchor above it: `&name`"),
    ("unexpected end of stream", "the quote that begins here is not closed"),
    ("illegal placement of ':'", "a `[` or `{` above is not closed, or a space is missing behind the `:`"),
    ("mapping values are not allowed", "indent this line like its neighbours; text with `: ` in it needs quotes"),
    ("did not find expected", "a bracket or a comma is missing, or the indentation is off"),
];

/// The likely cause of a syntax error that was noticed at the byte `at`.
fn syntax_help(text: &str, at: usize, said: &str) -> &'static str {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    if line.contains('\t') {
        return "indent with spaces, not with tabs";
    }
    let cause = CAUSES.iter().find(|(words, _)| said.contains(words));
    cause
        .map_or("look at the indentation, the quotes and the brackets of this line and the one above", |(_, help)| help)
}

/// A list or a map that is being filled.
enum Open {
    List { anchor: usize, start: usize, items: Vec<Node> },
    Map { anchor: usize, start: usize, entries: Vec<Entry>, seen: HashMap<String, Range<usize>>, key: Option<Key> },
}

/// The key whose value comes next; `kept` is false for one that stands there twice.
struct Key {
    text: String,
    span: Range<usize>,
    kept: bool,
}

struct Builder<'a> {
    offsets: Offsets<'a>,
    stack: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    root: Option<Node>,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Range<usize>, report: &mut Report) -> Result<(), Said> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                refuse_tag(tag.is_some())?;
                let value = Value::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain };
                self.place(Node { span, value }, anchor, report)
            }
            Event::SequenceStart(anchor, tag) => {
                refuse_tag(tag.is_some())?;
                self.open(Open::List { anchor, start: span.start, items: Vec::new() })
            }
            Event::MappingStart(anchor, tag) => {
                refuse_tag(tag.is_some())?;
                let (entries, seen) = (Vec::new(), HashMap::new());
                self.open(Open::Map { anchor, start: span.start, entries, seen, key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span.end, report),
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor).cloned();
                let mut node = known.ok_or_else(|| Said::new("an alias cannot stand inside what it stands for"))?;
                // What is wrong with it is wrong at its anchor; that it stands here is only a copy.
                self.nodes += node.count();
                if let Value::Scalar { .. } = node.value {
                    node.span = span;
                }
                self.place(node, 0, report)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    fn open(&mut self, open: Open) -> Result<(), Said> {
        if let Some(Open::Map { key: None, .. }) = self.stack.last() {
            return Err(Said::new("a key has to be text").help("write `name: value`"));
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(Said::new(format!("lists and maps nest deeper than {MAX_DEPTH} levels"))
                .help("nothing here needs that"));
        }
        self.stack.push(open);
        Ok(())
    }

    fn close(&mut self, end: usize, report: &mut Report) -> Result<(), Said> {
        let (anchor, start, value) = match self.stack.pop() {
            Some(Open::List { anchor, start, items }) => (anchor, start, Value::List(items)),
            Some(Open::Map { anchor, start, entries, .. }) => (anchor, start, Value::Map(entries)),
            None => return Ok(()),
        };
        self.place(Node { span: start..end.max(start), value }, anchor, report)
    }

    /// Puts a finished node where it belongs: as key, value, item or root.
    fn place(&mut self, node: Node, anchor: usize, report: &mut Report) -> Result<(), Said> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Said::new(format!("the file has more than {MAX_NODES} values"))
                .help("aliases count as what they stand for"));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, seen, key, .. }) => match key.take() {
                None => *key = Some(read_key(node, seen, report)?),
                Some(Key { text, span, kept: true }) => entries.push(Entry { key: text, key_span: span, value: node }),
                Some(Key { kept: false, .. }) => {}
            },
        }
        Ok(())
    }
}

fn read_key(node: Node, seen: &mut HashMap<String, Range<usize>>, report: &mut Report) -> Result<Key, Said> {
    let Value::Scalar { text, plain } = node.value else {
        return Err(Said::new("a key has to be text").help("write `name: value`"));
    };
    if plain && text == "<<" {
        return Err(
            Said::new("`<<` does not merge maps here").help("write the keys out, or name the whole map with `*alias`")
        );
    }
    let first = seen.get(&text).cloned();
    let kept = first.is_none();
    if let Some(first) = first {
        let line = report.line_of(first.start);
        let said = Said::new(format!("the key `{}` stands here a second time", crate::report::quoted(&text)));
        report.error(node.span.clone(), said.help(format!("it is already on line {line}; keep one of them")));
    } else {
        seen.insert(text.clone(), node.span.clone());
    }
    Ok(Key { text, span: node.span, kept })
}

fn refuse_tag(tagged: bool) -> Result<(), Said> {
    if tagged {
        Err(Said::new("tags (`!name`) are not read here").help("leave the tag out; put text in quotes"))
    } else {
        Ok(())
    }
}

/// From the parser's positions in characters to ours in bytes.
struct Offsets<'a> {
    text: &'a str,
    /// Byte offset of every 64th character; empty when all characters are one byte long.
    marks: Vec<usize>,
}

impl<'a> Offsets<'a> {
    fn new(text: &'a str) -> Self {
        let marks =
            if text.is_ascii() { Vec::new() } else { text.char_indices().step_by(64).map(|(at, _)| at).collect() };
        Self { text, marks }
    }

    fn byte(&self, index: usize) -> usize {
        if self.marks.is_empty() {
            return index.min(self.text.len());
        }
        let Some(start) = self.marks.get(index / 64) else { return self.text.len() };
        let rest = self.text.get(*start..).unwrap_or_default();
        rest.char_indices().nth(index % 64).map_or(self.text.len(), |(at, _)| start + at)
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.byte(span.start.index());
        start..self.byte(span.end.index()).max(start)
    }
}
