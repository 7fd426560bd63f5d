//! JSON bodies as objects, and pointers into them. What an object must be is a
//! [`schema`](crate::schema).

mod exact;
mod number;
mod patch;
mod pointer;

use domain::violation::Violations;
use serde_json::{Map, Value, error::Category, value::RawValue};

use exact::Fault;

pub use number::{canonical, plain, same, whole};
pub use patch::merge_patch;
pub use pointer::Pointer;

/// How deep a body may be nested (`infra/docs/reliability.md`, fact 12). `{}` is 1 deep.
pub const MAX_DEPTH: usize = 32;

/// The members of a body that is one JSON object, with its numbers as they are written, whatever
/// their size. Of a repeated member the last counts. Stored documents are read with it, too: what
/// is written out again is what was sent.
///
/// # Errors
/// One violation at the root: not JSON, not an object, or nested deeper than [`MAX_DEPTH`]. The
/// text never repeats what was sent.
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, Violations> {
    if exact::is_plain(bytes) {
        return plain_object(bytes);
    }
    let raw: &RawValue = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
    if !raw.get().starts_with('{') {
        return Err(Violations::one("", "must be a JSON object"));
    }
    exact::members(raw.get(), MAX_DEPTH).map_err(|fault| match fault {
        Fault::Deep => Violations::one("", format!("must not be nested deeper than {MAX_DEPTH}")),
        // Read again for the line and the column.
        Fault::Malformed => match serde_json::from_slice::<Value>(bytes) {
            Err(error) => malformed(&error),
            Ok(_) => Violations::one("", "not valid JSON"),
        },
    })
}

/// A text in which `serde_json` changes nothing: read in one pass.
fn plain_object(bytes: &[u8]) -> Result<Map<String, Value>, Violations> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
    let Value::Object(members) = value else {
        return Err(Violations::one("", "must be a JSON object"));
    };
    if members.values().all(|value| exact::fits(value, MAX_DEPTH - 1)) {
        Ok(members)
    } else {
        Err(Violations::one("", format!("must not be nested deeper than {MAX_DEPTH}")))
    }
}

fn malformed(error: &serde_json::Error) -> Violations {
    let message = match error.classify() {
        Category::Eof => "not valid JSON: ends too early".to_owned(),
        _ => format!("not valid JSON: line {} column {}", error.line(), error.column()),
    };
    Violations::one("", message)
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
        for body in ["{\"a\": NaN}", "{\"a\": \"\\ud800\"}", "{} {}", "{\"a\": 01}", "{'a': 1}"] {
            assert!(refusal(body).starts_with(": not valid JSON: line 1"), "{body}");
        }
        for body in ["", "{", "{\"a\": [1"] {
            assert_eq!(refusal(body), ": not valid JSON: ends too early");
        }
        assert!(parse_object(b"{\"a\": \"\xff\"}").is_err(), "not UTF-8");
    }

    #[test]
    fn numbers_come_back_as_they_are_written() {
        let body = concat!(
            r#"{"big":12345678901234567890123,"long":0.1000000000000000055511151231257827,"#,
            r#""cents":[1.00,1.0,1,-0,-0.0],"small":1E-400,"huge":{"a":1e999,"b":1E+5,"c":1e05}}"#,
        );
        let read = parse_object(body.as_bytes()).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), body);
        let stored = serde_json::to_vec(&read).unwrap();
        assert_eq!(parse_object(&stored).unwrap(), read);
    }

    #[test]
    fn a_member_of_a_reserved_name_is_a_member() {
        let escaped = r#"{"\u0024serde_json::private::Number":"1"}"#;
        let read = parse_object(escaped.as_bytes()).unwrap();
        assert_eq!(read["$serde_json::private::Number"], "1");
        for name in ["$serde_json::private::Number", "$serde_json::private::RawValue"] {
            for value in [r#""1""#, r#""[1""#, "1", r#"{"a":1}"#] {
                let body = format!(r#"{{"a":{{"{name}":{value}}},"{name}":{value}}}"#);
                let read = parse_object(body.as_bytes()).unwrap();
                assert_eq!(serde_json::to_string(&read).unwrap(), body);
            }
        }
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
