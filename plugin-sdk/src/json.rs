//! Settings from JSON text, for serde. `serde_json` would do more, at 25 KB of every guest: exact floats of any length, line
//! and column, raw values. A plugin reads one small object that the host wrote.

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

/// How deep arrays and objects may lie in each other: the guest's stack is small.
const DEEPEST: u32 = 32;

/// Reads `text` as a `T`.
pub(crate) fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    let mut parser = Parser { text: text.as_bytes(), at: 0 };
    let value = parser.value(0)?;
    parser.blanks();
    if parser.at < parser.text.len() {
        return Err(parser.error("trailing characters"));
    }
    T::deserialize(value)
}

/// What is wrong, for the operator.
#[derive(Debug, PartialEq)]
pub(crate) struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }

    // Serde's own text would bring the formatting of floats into every guest.
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Bool(_) => "a boolean",
            Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
            Unexpected::Str(text) => return Self(format!("expected {expected}, found the text `{text}`")),
            Unexpected::Unit => "null",
            Unexpected::Seq => "a list",
            Unexpected::Map => "an object",
            _ => "something else",
        };
        Self(format!("expected {expected}, found {found}"))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match found {
            Unexpected::Unsigned(number) => Self(format!("expected {expected}, found {number}")),
            Unexpected::Signed(number) => Self(format!("expected {expected}, found {number}")),
            other => Self::invalid_type(other, expected),
        }
    }
}

enum Value {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

impl<'de> IntoDeserializer<'de, Error> for Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Value {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(value) => visitor.visit_bool(value),
            Self::Unsigned(value) => visitor.visit_u64(value),
            Self::Signed(value) => visitor.visit_i64(value),
            Self::Float(value) => visitor.visit_f64(value),
            Self::Text(value) => visitor.visit_string(value),
            Self::List(values) => {
                let mut list = SeqDeserializer::new(values.into_iter());
                let value = visitor.visit_seq(&mut list)?;
                list.end().map(|()| value)
            }
            Self::Object(fields) => {
                let mut map = MapDeserializer::new(fields.into_iter());
                let value = visitor.visit_map(&mut map)?;
                map.end().map(|()| value)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if matches!(self, Self::Null) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    /// Variants without content, as their names.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Text(name) => visitor.visit_enum(name.into_deserializer()),
            other => other.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn value(&mut self, depth: u32) -> Result<Value, Error> {
        if depth > DEEPEST {
            return Err(self.error("too deep"));
        }
        self.blanks();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.text().map(Value::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                for (word, value) in [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))]
                {
                    if self.text[self.at..].starts_with(word.as_bytes()) {
                        self.at += word.len();
                        return Ok(value);
                    }
                }
                Err(self.error("expected a value"))
            }
        }
    }

    fn object(&mut self, depth: u32) -> Result<Value, Error> {
        let mut fields = Vec::new();
        self.items(b'}', |parser| {
            parser.blanks();
            if parser.peek() != Some(b'"') {
                return Err(parser.error("expected a name in quotes"));
            }
            let name = parser.text()?;
            parser.blanks();
            parser.take(b':')?;
            fields.push((name, parser.value(depth + 1)?));
            Ok(())
        })?;
        Ok(Value::Object(fields))
    }

    fn list(&mut self, depth: u32) -> Result<Value, Error> {
        let mut values = Vec::new();
        self.items(b']', |parser| {
            values.push(parser.value(depth + 1)?);
            Ok(())
        })?;
        Ok(Value::List(values))
    }

    /// What stands between brackets, with commas.
    fn items(&mut self, close: u8, mut item: impl FnMut(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        self.at += 1;
        self.blanks();
        if self.peek() == Some(close) {
            self.at += 1;
            return Ok(());
        }
        loop {
            item(self)?;
            self.blanks();
            if self.peek() == Some(b',') {
                self.at += 1;
            } else {
                return self.take(close);
            }
        }
    }

    fn text(&mut self) -> Result<String, Error> {
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            let byte = self.next()?;
            match byte {
                b'"' => return String::from_utf8(bytes).map_err(|_| self.error("not UTF-8")),
                b'\\' => {
                    let c = self.escaped()?;
                    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                0..0x20 => return Err(self.error("a control character in a text")),
                _ => bytes.push(byte),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, Error> {
        Ok(match self.next()? {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => {
                let high = self.hex()?;
                if !(0xd800..0xdc00).contains(&high) {
                    return char::from_u32(high).ok_or_else(|| self.error("half a character"));
                }
                self.take(b'\\')?;
                self.take(b'u')?;
                let low = self.hex()?.wrapping_sub(0xdc00);
                let whole = (low < 0x400).then(|| 0x1_0000 + ((high - 0xd800) << 10) + low);
                whole.and_then(char::from_u32).ok_or_else(|| self.error("half a character"))?
            }
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            _ => return Err(self.error("an unknown escape")),
        })
    }

    fn hex(&mut self) -> Result<u32, Error> {
        (0..4).try_fold(0, |sum, _| {
            let digit = char::from(self.next()?).to_digit(16).ok_or_else(|| self.error("expected four hex digits"))?;
            Ok(sum * 16 + digit)
        })
    }

    fn number(&mut self) -> Result<Value, Error> {
        let negative = self.peek() == Some(b'-');
        self.at += usize::from(negative);
        let mut mantissa = 0u64;
        let mut digits = 0;
        // Digits behind the point, and those too many for the mantissa.
        let mut scale = 0i32;
        let mut is_whole = true;
        while let Some(byte) = self.peek() {
            match byte {
                b'0'..=b'9' => {
                    digits += 1;
                    match mantissa.checked_mul(10).and_then(|tens| tens.checked_add(u64::from(byte - b'0'))) {
                        Some(grown) => {
                            mantissa = grown;
                            scale -= i32::from(!is_whole);
                        }
                        None if is_whole => return Err(self.error("too large a number")),
                        None => {}
                    }
                }
                b'.' if is_whole && digits > 0 => is_whole = false,
                _ => break,
            }
            self.at += 1;
        }
        if digits == 0 {
            return Err(self.error("expected digits"));
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            is_whole = false;
            scale = scale.saturating_add(self.exponent()?);
        }
        Ok(match (is_whole, negative) {
            (true, false) => Value::Unsigned(mantissa),
            (true, true) => {
                Value::Signed(0i64.checked_sub_unsigned(mantissa).ok_or_else(|| self.error("too small a number"))?)
            }
            (false, _) => {
                // One division of two exact numbers: the nearest float for up to 15 digits.
                let power = 10f64.powi(scale.unsigned_abs().min(400) as i32);
                let value = if scale < 0 { mantissa as f64 / power } else { mantissa as f64 * power };
                Value::Float(if negative { -value } else { value })
            }
        })
    }

    fn exponent(&mut self) -> Result<i32, Error> {
        let negative = self.peek() == Some(b'-');
        self.at += usize::from(matches!(self.peek(), Some(b'-' | b'+')));
        let start = self.at;
        let mut exponent = 0i32;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            exponent = exponent.saturating_mul(10).saturating_add(i32::from(digit - b'0'));
            self.at += 1;
        }
        if self.at == start {
            return Err(self.error("expected digits"));
        }
        Ok(if negative { -exponent } else { exponent })
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, Error> {
        let byte = self.peek().ok_or_else(|| self.error("it ends too early"))?;
        self.at += 1;
        Ok(byte)
    }

    fn take(&mut self, byte: u8) -> Result<(), Error> {
        if self.peek() != Some(byte) {
            return Err(self.error(&format!("expected `{}`", char::from(byte))));
        }
        self.at += 1;
        Ok(())
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn error(&self, what: &str) -> Error {
        Error(format!("{what} at byte {}", self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Level {
        Low,
        High,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        on: bool,
        count: u8,
        shift: i32,
        ratio: f64,
        names: Vec<String>,
        level: Option<Level>,
        more: BTreeMap<String, (u32, f32)>,
    }

    #[test]
    fn what_serde_json_writes_is_read_the_same() {
        for text in [
            r#" { "on": true, "count": 255, "shift": -7, "ratio": 0.25, "names": ["a", "ö\n\"\\\u00e9\ud83d\ude00/"],
                 "level": "high", "more": {"x": [1, 2.5], "y": [0, 3]} } "#,
            r#"{"on":false,"count":0,"shift":0,"ratio":1e-3,"names":[],"level":null,"more":{}}"#,
            r#"{"on":false,"count":0,"shift":2147483647,"ratio":-1.5E+2,"names":[],"level":"low","more":{}}"#,
        ] {
            assert_eq!(from_str::<Settings>(text).unwrap(), serde_json::from_str::<Settings>(text).unwrap());
        }
        for number in ["0.1", "0.3", "123456.789", "99.9", "1e22", "5", "0.000001", "-0.7", "1e400", "1e-400"] {
            let other = serde_json::from_str::<f64>(number).unwrap_or(f64::INFINITY);
            assert_eq!(from_str::<f64>(number).unwrap(), other, "{number}");
        }
    }

    #[test]
    fn mistakes_are_said_in_words() {
        for (text, problem) in [
            (r#"{"on": 1}"#, "expected a boolean, found a number"),
            (r#"{"count": 256}"#, "expected u8, found 256"),
            (r#"{"names": "x"}"#, "expected a sequence, found the text `x`"),
            (r#"{"level": "mid"}"#, "unknown variant `mid`, expected `low` or `high`"),
            (
                r#"{"no": 1}"#,
                "unknown field `no`, expected one of `on`, `count`, `shift`, `ratio`, `names`, `level`, `more`",
            ),
            ("{}", "missing field `on`"),
            ("{", "expected a name in quotes at byte 1"),
            ("[1,]", "expected a value at byte 3"),
            ("{} x", "trailing characters at byte 3"),
            (r#"{"on" true}"#, "expected `:` at byte 6"),
            (r#""\ud800""#, "expected `\\` at byte 7"),
            ("-", "expected digits at byte 1"),
            ("18446744073709551616", "too large a number at byte 19"),
        ] {
            assert_eq!(from_str::<Settings>(text).unwrap_err().to_string(), problem, "{text}");
        }
        assert!(from_str::<Settings>(&"[".repeat(100_000)).unwrap_err().to_string().starts_with("too deep"));
    }

    #[test]
    fn every_prefix_of_a_text_is_refused_without_a_panic() {
        let text = r#"{"on": true, "n": [-1.5e3, "\u00e9\n"], "o": {"a": null}}"#;
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            assert!(from_str::<serde::de::IgnoredAny>(&text[..end]).is_err(), "{}", &text[..end]);
        }
    }
}
