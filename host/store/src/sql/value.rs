//! One cell of an answer.

use std::fmt::{self, Write};

use rusqlite::types::ValueRef;
use serde::{Serialize, Serializer};

/// One cell of an answer. Its text is what a table or CSV shows: nothing for NULL, hexadecimal digits for bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value; a sample that is NaN too.
    Null,
    /// A whole number, and moments in milliseconds since the epoch.
    Integer(i64),
    /// Any other number.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl Value {
    pub(super) fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Text(text) => Self::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Real(number) if number.is_infinite() => f.write_str(if *number > 0.0 { "Inf" } else { "-Inf" }),
            // With its point, so that it is not taken for a whole number.
            Self::Real(number) => write!(f, "{number:?}"),
            Self::Text(text) => f.write_str(text),
            Self::Blob(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

impl Serialize for Value {
    /// As JSON has it; the infinities are the texts `Inf` and `-Inf`, bytes are hexadecimal digits.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Real(number) if number.is_finite() => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Real(_) | Self::Blob(_) => {
                let mut text = String::new();
                write!(text, "{self}").map_err(serde::ser::Error::custom)?;
                serializer.serialize_str(&text)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_the_same_in_tables_and_in_json() {
        for (value, text, json) in [
            (Value::Null, "", "null"),
            (Value::Integer(-3), "-3", "-3"),
            (Value::Real(5.0), "5.0", "5.0"),
            (Value::Real(f64::INFINITY), "Inf", "\"Inf\""),
            (Value::Real(f64::NEG_INFINITY), "-Inf", "\"-Inf\""),
            (Value::Text("a\"b".to_owned()), "a\"b", "\"a\\\"b\""),
            (Value::Blob(vec![0, 255]), "00ff", "\"00ff\""),
        ] {
            assert_eq!((value.to_string().as_str(), serde_json::to_string(&value).unwrap().as_str()), (text, json));
        }
    }
}
