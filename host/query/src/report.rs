//! A mistake in a query as a person reads it: the line, what is wrong with it, and what to do.

use crate::error::ParseError;

/// Characters of a line that are shown at most; a longer one is cut to what is around the mistake.
const WIDEST: usize = 100;

impl ParseError {
    /// The mistake with the line of `text` that holds it, its place underlined:
    ///
    /// ```text
    /// error: there is no function `rat`
    ///  --> 1:5
    ///   |
    /// 1 | sum(rat(x[5m]))
    ///   |     ^^^
    ///   = help: did you mean `rate`?
    /// ```
    ///
    /// `text` is what was parsed. The report ends with a line feed.
    pub fn report(&self, text: &str) -> String {
        let line = text.lines().nth(self.line.saturating_sub(1)).unwrap_or_default();
        let before = text.get(..self.span.start.min(text.len())).unwrap_or(text);
        let within = before.rsplit('\n').next().unwrap_or_default().len();
        let marked = self.span.end.saturating_sub(self.span.start).min(line.len().saturating_sub(within));
        let marked = line.get(within..within + marked).unwrap_or_default().chars().count().max(1);
        let (shown, at) = cut(line, self.column.saturating_sub(1), marked);
        let marks = "^".repeat(marked.min(WIDEST));
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        let mut report = format!(
            "error: {}\n{gutter}--> {number}:{}\n{gutter} |\n{number} | {shown}\n{gutter} | {}{marks}\n",
            self.message,
            self.column,
            " ".repeat(at)
        );
        if let Some(help) = &self.help {
            report.push_str(&format!("{gutter} = help: {help}\n"));
        }
        report
    }
}

/// The line, or what is around column `at` of it, with each character one column wide, and where that column is then.
fn cut(line: &str, at: usize, marked: usize) -> (String, usize) {
    let plain: Vec<char> = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if plain.len() <= WIDEST {
        return (plain.into_iter().collect(), at);
    }
    let room = WIDEST.saturating_sub(marked.min(WIDEST)) / 2;
    let from = at.saturating_sub(room).min(plain.len());
    let to = (from + WIDEST).min(plain.len());
    let (head, tail) = (if from > 0 { "..." } else { "" }, if to < plain.len() { "..." } else { "" });
    let middle: String = plain[from..to].iter().collect();
    (format!("{head}{middle}{tail}"), head.len() + at - from)
}
