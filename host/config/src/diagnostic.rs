//! A mistake at its place: what is wrong, where, and what to do; for people and for programs.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level as Title, Renderer, Snippet};
use serde::Serialize;

/// Whether the file can be used in spite of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The file is refused.
    Error,
    /// The file is used.
    Warning,
}

/// The text that diagnostics point into. Secrets in it are masked, so that whatever is shown of it shows none.
#[derive(Debug)]
pub(crate) struct Source {
    file: String,
    masked: String,
    /// Byte offset of the start of each line.
    lines: Vec<usize>,
}

impl Source {
    /// `masked` is the text without its secrets, `lines` where its lines start.
    pub(crate) fn new(file: String, masked: String, lines: Vec<usize>) -> Arc<Self> {
        Arc::new(Self { file, masked, lines })
    }

    /// The line (from 0) that holds the byte at `offset`.
    fn line_of(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The bytes of a line without its end.
    fn line_range(&self, line: usize) -> Range<usize> {
        let start = self.lines.get(line).copied().unwrap_or(self.masked.len());
        let end = self.lines.get(line + 1).copied().unwrap_or(self.masked.len());
        let text = self.masked.get(start..end).unwrap_or_default();
        start..start + text.trim_end_matches(['\n', '\r']).len()
    }

    fn columns(&self, range: Range<usize>) -> usize {
        self.masked.get(range).map_or(0, |text| text.chars().count())
    }
}

/// One mistake or warning, with its place in the file.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnostic {
    /// The file as it was named.
    pub file: String,
    /// The line, from 1; 0 when the whole file is meant (it cannot be read).
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The column behind the last underlined character of that line.
    pub end_column: usize,
    /// Whether the file can be used in spite of it.
    pub level: Level,
    /// What is wrong, with the value.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// All of it with the underlined source, as a terminal shows it, without colours.
    pub rendered: String,
    #[serde(skip)]
    label: String,
    #[serde(skip)]
    underline: Range<usize>,
    #[serde(skip)]
    source: Option<Arc<Source>>,
}

impl Diagnostic {
    /// A diagnostic about the bytes `span` of `source`; only the span's first line is underlined.
    pub(crate) fn at(source: &Arc<Source>, span: Range<usize>, level: Level, said: Said) -> Self {
        let line = source.line_of(span.start);
        let bounds = source.line_range(line);
        let start = span.start.clamp(bounds.start, bounds.end);
        let end = span.end.clamp(start, bounds.end);
        let mut diagnostic = Self {
            file: source.file.clone(),
            line: line + 1,
            column: source.columns(bounds.start..start) + 1,
            end_column: source.columns(bounds.start..end) + 1,
            level,
            message: said.message,
            help: said.help,
            rendered: String::new(),
            label: said.label,
            underline: start - bounds.start..end - bounds.start,
            source: Some(Arc::clone(source)),
        };
        diagnostic.rendered = diagnostic.render(&Renderer::plain());
        diagnostic
    }

    /// A diagnostic about a file as a whole.
    pub(crate) fn about(file: &str, message: String, help: &str) -> Self {
        let help = Some(help.to_owned());
        let mut diagnostic = Self {
            file: file.to_owned(),
            line: 0,
            column: 0,
            end_column: 0,
            level: Level::Error,
            message,
            help,
            rendered: String::new(),
            label: String::new(),
            underline: 0..0,
            source: None,
        };
        diagnostic.rendered = diagnostic.render(&Renderer::plain());
        diagnostic
    }

    fn render(&self, renderer: &Renderer) -> String {
        let title = match self.level {
            Level::Error => Title::ERROR,
            Level::Warning => Title::WARNING,
        };
        let mut group = annotate_snippets::Group::with_title(title.primary_title(self.message.as_str()));
        if let Some(source) = &self.source {
            let line = source.masked.get(source.line_range(self.line - 1)).unwrap_or_default();
            let mark = AnnotationKind::Primary.span(self.underline.clone());
            let mark = if self.label.is_empty() { mark } else { mark.label(self.label.as_str()) };
            let snippet = Snippet::source(line).line_start(self.line).path(self.file.as_str()).annotation(mark);
            group = group.element(snippet);
        }
        if let Some(help) = &self.help {
            group = group.element(Title::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

/// What a diagnostic says: the sentence, the word at the underline, and what to do.
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
}

/// All that was found in one file, in the order of the file.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    pub(crate) fn from_unsorted(mut all: Vec<Diagnostic>) -> Self {
        all.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        Self(all)
    }

    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of them refuses the file.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.level == Level::Error)
    }

    /// All of them as a terminal shows them, a blank line between.
    pub fn render(&self, colours: bool) -> String {
        let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
        let texts: Vec<String> = self.0.iter().map(|diagnostic| diagnostic.render(&renderer)).collect();
        texts.join("\n\n")
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}
