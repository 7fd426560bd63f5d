//! JSON bodies as objects, and pointers into them. What an object must be is a
//! [`schema`](crate::schema).

mod pointer;

use domain::violation::Violations;
use serde_json::{Map, Value, error::Category};

pub use pointer::Pointer;

/// How deep a body may be nested (`infra/docs/reliability.md`, fact 12). `{}` is 1 deep.
pub const MAX_DEPTH: usize = 32;

/// The members of a body that is one JSON object. Of a repeated member the last counts.
///
/// # Errors
/// One violation at the root: not JSON (`NaN` and numbers beyond an `f64` are not), not an object,
/// or nested deeper than [`MAX_DEPTH`]. The text never repeats what was sent.
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, Violations> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        let what = match error.classify() {
            Category::Eof => "not valid JSON: ends too early".to_owned(),
            _ => format!("not valid JSON: line {} column {}", error.line(), error.column()),
        };
        Violations::one("", what)
    })?;
    let Value::Object(members) = value else {
        return Err(Violations::one("", "must be a JSON object"));
    };
    if members.values().all(|value| fits(value, MAX_DEPTH - 1)) {
        Ok(members)
    } else {
        Err(Violations::one("", format!("must not be nested deeper than {MAX_DEPTH}")))
    }
}

/// The number as an `i64`; floats count when they are whole and exactly representable.
pub fn whole(value: &Value) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let number = value.as_number()?;
    number.as_i64().or_else(|| {
        let float = number.as_f64().filter(|f| f.fract() == 0.0 && f.abs() <= EXACT)?;
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53, checked above")]
        Some(float as i64)
    })
}

/// serde_json's own limit of 128 bounds this recursion.
fn fits(value: &Value, depth: usize) -> bool {
    match value {
        Value::Array(items) => depth > 0 && items.iter().all(|item| fits(item, depth - 1)),
        Value::Object(members) => depth > 0 && members.values().all(|item| fits(item, depth - 1)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(body: &str) -> String {
        parse_object(body.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_body_that_is_not_one_object_is_refused() {
        for body in ["[]", "1", "\"a\"", "null", "true"] {
            assert_eq!(refusal(body), ": must be a JSON object");
        }
        for body in ["{\"a\": NaN}", "{\"a\": 1e999}", "{} {}", "{\"a\": 01}", "{'a': 1}"] {
            assert!(refusal(body).starts_with(": not valid JSON: line 1"), "{body}");
        }
        for body in ["", "{", "{\"a\": [1"] {
            assert_eq!(refusal(body), ": not valid JSON: ends too early");
        }
        assert!(parse_object(b"{\"a\": \"\xff\"}").is_err(), "not UTF-8");
    }

    #[test]
    fn the_last_of_repeated_members_counts() {
        let body = parse_object(br#"{"a": 1, "a": 2}"#).unwrap();
        assert_eq!(body["a"], 2);
    }

    #[test]
    fn a_body_may_be_nested_32_deep_and_no_deeper() {
        let nested =
            |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert!(parse_object(nested(32).as_bytes()).is_ok());
        assert_eq!(refusal(&nested(33)), ": must not be nested deeper than 32");
        assert!(parse_object(nested(100_000).as_bytes()).is_err());
    }
}
