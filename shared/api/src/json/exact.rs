//! JSON values whose numbers are as they were written.
//!
//! `serde_json` keeps every digit (feature `arbitrary_precision`), but writes `1E5` as `1e+5`, and
//! takes an object with a member of a reserved name (`$serde_json::private::Number`) for a number.
//! Here a number is the text between the separators, and every object is an object.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Number, Value, value::RawValue};

/// Whether a text has no number with an exponent and no member of a reserved name, so that
/// `serde_json` reads it as it is.
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    let (mut quoted, mut index) = (false, 0);
    while let Some(byte) = bytes.get(index) {
        let rest = &bytes[index..];
        match byte {
            b'"' => quoted = !quoted,
            b'\\' if quoted => {
                if rest.starts_with(b"\\u0024") {
                    return false;
                }
                index += 1;
            }
            b'$' if rest.starts_with(b"$serde_json::private::") => return false,
            b'e' | b'E' if !quoted && index > 0 && bytes[index - 1].is_ascii_digit() => {
                return false;
            }
            _ => {}
        }
        index += 1;
    }
    true
}

/// Whether a value is nested at most `depth` deep. serde_json's own limit of 128 bounds this
/// recursion.
pub(super) fn fits(value: &Value, depth: usize) -> bool {
    match value {
        Value::Array(items) => depth > 0 && items.iter().all(|item| fits(item, depth - 1)),
        Value::Object(members) => depth > 0 && members.values().all(|item| fits(item, depth - 1)),
        _ => true,
    }
}

/// Why a text is no value.
#[derive(Debug)]
pub(super) enum Fault {
    /// Nested too deep.
    Deep,
    /// Not JSON: a string with half of a surrogate pair, say.
    Malformed,
}

impl From<serde_json::Error> for Fault {
    fn from(_: serde_json::Error) -> Self {
        Self::Malformed
    }
}

/// The value of a text, nested at most `depth` deep. Each level is scanned once more for its ends,
/// which a body's depth limit bounds.
pub(super) fn value(raw: &RawValue, depth: usize) -> Result<Value, Fault> {
    let text = raw.get();
    Ok(match text.as_bytes().first() {
        Some(b'{') => Value::Object(members(text, depth)?),
        Some(b'[') => {
            let inner = depth.checked_sub(1).ok_or(Fault::Deep)?;
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            Value::Array(
                items.into_iter().map(|item| value(item, inner)).collect::<Result<_, _>>()?,
            )
        }
        Some(b'-' | b'0'..=b'9') => Value::Number(Number::from_string_unchecked(text.to_owned())),
        _ => serde_json::from_str(text)?,
    })
}

/// The members of an object's text. Of a repeated member the last counts.
pub(super) fn members(text: &str, depth: usize) -> Result<Map<String, Value>, Fault> {
    let inner = depth.checked_sub(1).ok_or(Fault::Deep)?;
    let Entries(entries) = serde_json::from_str(text)?;
    entries.into_iter().map(|(name, raw)| Ok((name, value(raw, inner)?))).collect()
}

/// The members of an object in their order, and the texts of their values.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfMap;

        impl<'de> Visitor<'de> for OfMap {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(OfMap)
    }
}
