//! Text to tokens.

use std::ops::Range;
use std::time::Duration;

use crate::error::ParseError;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Name(String),
    Number(f64),
    Duration(Duration),
    Text(String),
    /// Punctuation and operators.
    Mark(&'static str),
    End,
}

impl Token {
    /// As an error message names it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Name(name) => format!("`{name}`"),
            Self::Number(number) => format!("the number {number}"),
            Self::Duration(_) => "a duration".to_owned(),
            Self::Text(_) => "a string".to_owned(),
            Self::Mark(mark) => format!("`{mark}`"),
            Self::End => "the end of the query".to_owned(),
        }
    }
}

const MARKS: [&str; 26] = [
    "=~", "!~", "!=", "==", ">=", "<=", "(", ")", "{", "}", "[", "]", ",", "=", ">", "<", "+", "-", "*", "/", "%", "^",
    "@", ":", ";", ".",
];

pub(crate) fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, ParseError> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let start = at;
        let token = if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        } else if c == '#' {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if c.is_ascii_digit() || (c == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
            let (token, length) = number(text, at)?;
            at += length;
            token
        } else if c.is_ascii_alphabetic()
            || c == '_'
            || (c == ':'
                && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && !inside_brackets(&all))
        {
            let colons = !inside_brackets(&all);
            let length = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || (c == ':' && colons)))
                .unwrap_or(rest.len());
            at += length;
            Token::Name(rest[..length].to_owned())
        } else if matches!(c, '"' | '\'' | '`') {
            let (value, length) = string(text, at, c)?;
            at += length;
            Token::Text(value)
        } else if let Some(mark) = MARKS.into_iter().find(|mark| rest.starts_with(mark)) {
            at += mark.len();
            Token::Mark(mark)
        } else {
            let error = ParseError::new(text, at..at + c.len_utf8(), format!("`{c}` means nothing here"));
            return Err(match c {
                '&' => error.help("series of both sides: `and`"),
                '|' => error.help("series of either side: `or`"),
                '!' => error.help("series of one side and not of the other: `unless`; not equal: `!=`"),
                _ => error,
            });
        };
        all.push((token, start..at));
    }
    all.push((Token::End, text.len()..text.len()));
    Ok(all)
}

/// `[5m:1m]`: within brackets a colon parts range and step; elsewhere it belongs to names.
fn inside_brackets(before: &[(Token, Range<usize>)]) -> bool {
    before.iter().rev().find_map(|(token, _)| match token {
        Token::Mark("[") => Some(true),
        Token::Mark("]") => Some(false),
        _ => None,
    }) == Some(true)
}

fn number(text: &str, at: usize) -> Result<(Token, usize), ParseError> {
    let rest = &text[at..];
    let word = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_')).unwrap_or(rest.len());
    let plain = &rest[..word];
    if let Some(hex) = plain.strip_prefix("0x").or_else(|| plain.strip_prefix("0X")) {
        return match u64::from_str_radix(&hex.replace('_', ""), 16) {
            Ok(value) => Ok((Token::Number(value as f64), word)),
            Err(_) => Err(ParseError::new(text, at..at + word, format!("`{plain}` is not a number"))),
        };
    }
    if let Some(duration) = duration(plain) {
        return Ok((Token::Duration(duration), word));
    }
    // Octal, where it can be, as in Prometheus: 017 is 15, 018 is 18.
    if let Some(Ok(value)) = plain.strip_prefix('0').map(|digits| u64::from_str_radix(digits, 8)) {
        return Ok((Token::Number(value as f64), word));
    }
    // `1e-9` and `1e+9`: the sign belongs to the number.
    let signed = plain.ends_with(['e', 'E']) && rest[word..].starts_with(['+', '-']);
    let length = if signed {
        let tail = &rest[word + 1..];
        word + 1 + tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len())
    } else {
        word
    };
    match rest[..length].replace('_', "").parse() {
        Ok(value) => Ok((Token::Number(value), length)),
        Err(_) => Err(ParseError::new(
            text,
            at..at + length,
            format!("`{}` is neither a number nor a duration", &rest[..length]),
        )
        .help("durations are written 30s, 5m, 1h30m, 7d, 500ms")),
    }
}

/// `1h30m`: parts from the largest unit to the smallest, each once (Prometheus' duration syntax).
pub(crate) fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 7] = [
        ("y", 31_536_000_000),
        ("w", 604_800_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ];
    let (mut rest, mut millis, mut next) = (text, 0_u64, 0);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|digits| *digits > 0)?;
        let value: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = UNITS.iter().skip(next).position(|(unit, _)| *unit == &rest[..letters])? + next;
        millis = millis.checked_add(value.checked_mul(UNITS[unit].1)?)?;
        (rest, next) = (&rest[letters..], unit + 1);
    }
    (next > 0).then(|| Duration::from_millis(millis))
}

fn string(text: &str, at: usize, quote: char) -> Result<(String, usize), ParseError> {
    let unclosed = || ParseError::new(text, at..text.len(), format!("this string has no closing {quote}"));
    let mut value = String::new();
    let mut chars = text[at + 1..].char_indices();
    while let Some((offset, c)) = chars.next() {
        match c {
            c if c == quote => return Ok((value, offset + 2)),
            '\\' if quote != '`' => {
                let (_, escaped) = chars.next().ok_or_else(unclosed)?;
                let mut code = |digits: usize, radix: u32, first: Option<char>| -> Option<char> {
                    let mut text: String = first.into_iter().collect();
                    while text.len() < digits {
                        text.push(chars.next()?.1);
                    }
                    char::from_u32(u32::from_str_radix(&text, radix).ok()?)
                };
                let decoded = match escaped {
                    'n' => Some('\n'),
                    't' => Some('\t'),
                    'r' => Some('\r'),
                    'a' => Some('\x07'),
                    'b' => Some('\x08'),
                    'f' => Some('\x0c'),
                    'v' => Some('\x0b'),
                    '\\' | '"' | '\'' => Some(escaped),
                    'x' => code(2, 16, None),
                    'u' => code(4, 16, None),
                    'U' => code(8, 16, None),
                    '0'..='7' => code(3, 8, Some(escaped)),
                    _ => None,
                };
                let place = at + 1 + offset;
                value.push(decoded.ok_or_else(|| {
                    ParseError::new(
                        text,
                        place..place + 1 + escaped.len_utf8(),
                        format!("`\\{escaped}` is not an escape"),
                    )
                    .help("a backslash itself is written \\\\; in `backquotes` nothing is escaped")
                })?);
            }
            '\n' if quote != '`' => return Err(unclosed()),
            c => value.push(c),
        }
    }
    Err(unclosed())
}
