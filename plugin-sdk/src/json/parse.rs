//! The text as a tree of values.

use super::{Error, Value};

/// How deep arrays and objects may lie in each other: the guest's stack is small.
const DEEPEST: u32 = 32;

pub(super) fn parse(text: &str) -> Result<Value, Error> {
    let mut parser = Parser { text: text.as_bytes(), at: 0 };
    let value = parser.value(0)?;
    parser.blanks();
    if parser.at < parser.text.len() {
        return Err(parser.error("trailing characters"));
    }
    Ok(value)
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
