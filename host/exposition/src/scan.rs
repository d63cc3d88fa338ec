//! The pieces that lines of both formats are made of: names, quoted texts, white space, words.

use memchr::{memchr, memchr2, memchr3};

use crate::error::{Fault, shown};
use crate::labels::Piece;

/// A place within a line.
pub(super) struct Scanner<'l> {
    pub(super) text: &'l str,
    pub(super) at: usize,
}

const NAME_START: u8 = 1;
const DIGIT: u8 = 2;
const COLON: u8 = 4;

/// What each byte may be in a name.
const CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        class[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => NAME_START,
            b'0'..=b'9' => DIGIT,
            b':' => COLON,
            _ => 0,
        };
        byte += 1;
    }
    class
};

impl<'l> Scanner<'l> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &'l str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Takes `byte` if it stands here.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Takes spaces and tabulators.
    pub(super) fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// The bytes of a metric's name; empty where none starts here.
    pub(super) fn metric_name(&mut self) -> &'l str {
        match Self::plain_name(&self.text.as_bytes()[self.at..]) {
            0 => self.name(NAME_START | COLON),
            length => self.word(length),
        }
    }

    /// The bytes of a label's name.
    pub(super) fn label_name(&mut self) -> &'l str {
        self.name(NAME_START)
    }

    /// Whether the bytes of a metric's name go up to a space, a tabulator or a brace, as they mostly do: then they are looked at
    /// several at a time. Zero where they do not.
    fn plain_name(bytes: &[u8]) -> usize {
        let end = memchr3(b' ', b'{', b'\t', bytes).unwrap_or(bytes.len());
        let name = &bytes[..end];
        let all = name.iter().fold(true, |all, &byte| {
            // The colon comes right behind the digits.
            let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
            all & (letter | (byte.wrapping_sub(b'0') < 11) | (byte == b'_'))
        });
        if all && name.first().is_some_and(|byte| !byte.is_ascii_digit()) { end } else { 0 }
    }

    fn name(&mut self, start: u8) -> &'l str {
        let bytes = &self.text.as_bytes()[self.at..];
        if bytes.first().is_none_or(|byte| CLASS[*byte as usize] & start == 0) {
            return "";
        }
        let end = bytes.iter().position(|byte| CLASS[*byte as usize] & (start | DIGIT) == 0).unwrap_or(bytes.len());
        self.word(end)
    }

    /// Up to the next space or tabulator, or the end.
    pub(super) fn token(&mut self) -> &'l str {
        let bytes = &self.text.as_bytes()[self.at..];
        let end = bytes.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'{')).unwrap_or(bytes.len());
        self.word(end)
    }

    fn word(&mut self, length: usize) -> &'l str {
        let word = self.text.get(self.at..self.at + length).unwrap_or_default();
        self.at += length;
        word
    }

    /// A text in double quotes, which open here; with escapes, it goes to `scratch` without them. What is no escape of the formats
    /// keeps its backslash, as OpenMetrics and Prometheus both have it.
    pub(super) fn quoted(&mut self, scratch: &mut String) -> Result<Piece, Box<Fault>> {
        let opened = self.at;
        self.at += 1;
        let bytes = self.text.as_bytes();
        let begin = self.at;
        let mut plain = begin;
        let mut copied = None;
        loop {
            let Some(found) = memchr2(b'"', b'\\', &bytes[self.at..]) else {
                return Err(Fault::new(
                    opened,
                    format!("the text in quotes `{}` does not end", shown(&self.text[opened..])),
                    "close it with \"; a line feed within is written as \\n",
                ));
            };
            self.at += found;
            if bytes[self.at] == b'"' {
                break;
            }
            copied.get_or_insert(scratch.len());
            scratch.push_str(&self.text[plain..self.at]);
            match bytes.get(self.at + 1) {
                Some(b'n') => scratch.push('\n'),
                Some(b'\\') => scratch.push('\\'),
                Some(b'"') => scratch.push('"'),
                // The backslash and, with the next stretch, what follows it.
                _ => {
                    scratch.push('\\');
                    self.at += 1;
                    plain = self.at;
                    continue;
                }
            }
            self.at += 2;
            plain = self.at;
        }
        let end = self.at;
        self.at += 1;
        Ok(match copied {
            None => piece(begin, end, false),
            Some(start) => {
                scratch.push_str(&self.text[plain..end]);
                piece(start, scratch.len(), true)
            }
        })
    }

    /// A fault at this place, showing what stands there.
    pub(super) fn fault(&self, wanted: &str, help: &str) -> Box<Fault> {
        let here = self.rest();
        let found = if here.is_empty() { "the line ends".to_owned() } else { format!("`{}` stands", shown(here)) };
        Fault::new(self.at, format!("{found} where {wanted} is wanted"), help)
    }
}

/// Lines are bounded far below what 32 bits hold.
pub(super) fn piece(start: usize, end: usize, unescaped: bool) -> Piece {
    let short = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Piece { start: short(start), end: short(end), unescaped }
}

/// The text of a `# HELP`, which stands at `at`: `\\` and `\n` are escapes in both formats, `\"` in OpenMetrics; others keep their
/// backslash. With escapes, it goes to `scratch` without them.
pub(super) fn unescape_help(text: &str, at: usize, quotes: bool, scratch: &mut String) -> Piece {
    if memchr(b'\\', text.as_bytes()).is_none() {
        return piece(at, at + text.len(), false);
    }
    let start = scratch.len();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        scratch.push_str(before);
        let escape = match after.as_bytes().first() {
            Some(b'n') => Some('\n'),
            Some(b'\\') => Some('\\'),
            Some(b'"') if quotes => Some('"'),
            _ => None,
        };
        scratch.push(escape.unwrap_or('\\'));
        rest = if escape.is_some() { &after[1..] } else { after };
    }
    scratch.push_str(rest);
    piece(start, scratch.len(), true)
}
