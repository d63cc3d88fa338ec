//! A mistake in a query as a person reads it: the line, what is wrong with it, and what to do.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::error::ParseError;

/// Columns of a report; a longer line is cut to what is around the mistake.
const WIDTH: usize = 120;

impl ParseError {
    /// The mistake with the line of `text` that holds it, its place underlined:
    ///
    /// ```text
    /// error: there is no function `rat`
    ///  --> query:1:5
    ///   |
    /// 1 | sum(rat(x[5m]))
    ///   |     ^^^
    ///   |
    ///   = help: did you mean `rate`?
    /// ```
    ///
    /// `text` is what was parsed. Only the first line of a place is underlined.
    pub fn report(&self, text: &str) -> String {
        let at = self.span.start.min(text.len());
        let before = text.get(..at).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
        let from = line.floor_char_boundary(before.len() - start);
        let to = line.floor_char_boundary(self.span.end.saturating_sub(start)).max(from);
        let mark = AnnotationKind::Primary.span(from..to);
        let snippet = Snippet::source(line).line_start(self.line).path("query").annotation(mark);
        let group = Group::with_title(Level::ERROR.primary_title(self.message.as_str())).element(snippet);
        let group = match &self.help {
            Some(help) => group.element(Level::HELP.message(help.as_str())),
            None => group,
        };
        Renderer::plain().term_width(WIDTH).render(&[group])
    }
}
