//! A mistake at its place: what is wrong, where, and what to do; for people and for programs.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level as Title, Renderer, Snippet};
use rhai::Position;
use serde::Serialize;

/// Whether the file is used in spite of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The file's last good version stays in force.
    Error,
    /// The file is used.
    Warning,
}

/// The text of one file, to point into.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
    /// Byte offset of the start of each line.
    lines: Vec<usize>,
}

impl Source {
    pub(crate) fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        let text = text.into();
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        Arc::new(Self { name: name.into(), text, lines })
    }

    /// The byte that a position of the engine (line and character, from 1) names; the end of the text for none.
    pub(crate) fn offset(&self, position: Position) -> usize {
        let Some(line) = position.line() else { return self.text.trim_end().len() };
        let start = self.lines.get(line - 1).copied().unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or_default();
        let before = position.position().unwrap_or(1).saturating_sub(1);
        start + rest.char_indices().nth(before).map_or(rest.len(), |(at, _)| at)
    }

    /// The bytes of the word, literal or sign that begins at a position.
    pub(crate) fn token(&self, position: Position) -> Range<usize> {
        let start = self.offset(position);
        let rest = self.text.get(start..).unwrap_or_default();
        let mut chars = rest.chars();
        let length = match chars.next() {
            Some(quote @ ('"' | '`')) => literal(rest, quote),
            Some(c) if c.is_alphanumeric() || c == '_' => {
                rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())
            }
            Some(c) => c.len_utf8(),
            None => 0,
        };
        start..start + length
    }

    fn line_of(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    fn line_range(&self, line: usize) -> Range<usize> {
        let start = self.lines.get(line).copied().unwrap_or(self.text.len());
        let end = self.lines.get(line + 1).copied().unwrap_or(self.text.len());
        let text = self.text.get(start..end).unwrap_or_default();
        start..start + text.trim_end_matches(['\n', '\r']).len()
    }

    fn columns(&self, range: Range<usize>) -> usize {
        self.text.get(range).map_or(0, |text| text.chars().count())
    }
}

/// Bytes of the string literal that `text` begins with, its quotes included.
fn literal(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\\' if quote == '"' && !escaped => escaped = true,
            _ if c == quote && !escaped => return at + 1,
            _ => escaped = false,
        }
    }
    text.len()
}

/// One mistake or warning, with its place in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The file as it was named.
    pub file: String,
    /// The line, from 1; 0 when the whole file is meant (it cannot be read).
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The column behind the last underlined character of that line.
    pub end_column: usize,
    /// Whether the file is used in spite of it.
    pub level: Level,
    /// What is wrong, with the value.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// All of it with the underlined source, as a terminal shows it, without colours.
    pub rendered: String,
}

impl Diagnostic {
    /// About the bytes `span` of `source`; only the span's first line is underlined.
    pub(crate) fn at(source: &Source, span: Range<usize>, level: Level, said: Said) -> Self {
        let line = source.line_of(span.start.min(source.text.len()));
        let bounds = source.line_range(line);
        let start = span.start.clamp(bounds.start, bounds.end);
        let end = span.end.clamp(start, bounds.end);
        let shown = source.text.get(bounds.clone()).unwrap_or_default();
        let mark = AnnotationKind::Primary.span(start - bounds.start..end - bounds.start);
        let mark = if said.label.is_empty() { mark } else { mark.label(said.label.as_str()) };
        let snippet = Snippet::source(shown).line_start(line + 1).path(source.name.as_str()).annotation(mark);
        let rendered = said.render(level, |group| group.element(snippet));
        Self {
            file: source.name.clone(),
            line: line + 1,
            column: source.columns(bounds.start..start) + 1,
            end_column: source.columns(bounds.start..end) + 1,
            level,
            rendered,
            message: said.message,
            help: said.help,
        }
    }

    /// About a file as a whole.
    pub(crate) fn about(file: &str, said: Said) -> Self {
        let rendered = format!("{}\n --> {file}", said.render(Level::Error, |group| group));
        let Said { message, help, .. } = said;
        Self { file: file.to_owned(), line: 0, column: 0, end_column: 0, level: Level::Error, message, help, rendered }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rendered)
    }
}

/// What a diagnostic says: the sentence, the words at the underline, and what to do.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    message: String,
    label: String,
    help: Option<String>,
}

impl Said {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), label: String::new(), help: None }
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    fn render<'a>(&'a self, level: Level, with: impl FnOnce(Group<'a>) -> Group<'a>) -> String {
        let title = match level {
            Level::Error => Title::ERROR,
            Level::Warning => Title::WARNING,
        };
        let mut group = with(Group::with_title(title.primary_title(self.message.as_str())));
        if let Some(help) = &self.help {
            group = group.element(Title::HELP.message(help.as_str()));
        }
        Renderer::plain().render(&[group])
    }
}

/// More than these help nobody: the first are mended first.
const MOST: usize = 100;

/// The mistakes and warnings of one file, as they are found.
pub(crate) struct Report {
    pub(crate) source: Arc<Source>,
    found: Vec<Diagnostic>,
}

impl Report {
    pub(crate) fn new(source: Arc<Source>) -> Self {
        Self { source, found: Vec::new() }
    }

    /// An error at the word that begins at a position.
    /// The name of the file that is reported on.
    pub(crate) fn file(&self) -> &str {
        &self.source.name
    }

    pub(crate) fn error(&mut self, position: Position, said: Said) {
        self.push(self.source.token(position), Level::Error, said);
    }

    /// A warning at the word that begins at a position.
    pub(crate) fn warn(&mut self, position: Position, said: Said) {
        self.push(self.source.token(position), Level::Warning, said);
    }

    pub(crate) fn push(&mut self, span: Range<usize>, level: Level, said: Said) {
        let found = Diagnostic::at(&self.source, span, level, said);
        // What the walk found already is often found again by the run: once is enough.
        let known = self.found.iter().any(|old| (old.line, old.column, old.level) == (found.line, found.column, level));
        // An error always gets in, so that a file full of warnings is not taken for a good one.
        let room = self.found.len() < MOST || (level == Level::Error && !self.has_errors());
        if !known && room {
            self.found.push(found);
        }
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.found.iter().any(|diagnostic| diagnostic.level == Level::Error)
    }

    /// All of them, in the order of the file.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        self.found
    }
}
