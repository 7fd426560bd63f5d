//! One line of a function, as a person reads it.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::options::LogFormat;

/// What `lambda_runtime` says at each start under `cargo lambda watch`: true, and of no use.
const NOISE: [&str; 2] = ["AWS_LAMBDA_MAX_CONCURRENCY", "Concurrent polling disabled"];
/// Members that have a place of their own in the line.
const PLACED: [&str; 5] = ["timestamp", "level", "message", "function", "target"];
/// Members that come first among the others: by them an order is followed.
const FIRST: [&str; 5] = ["order_id", "correlation_id", "tenant", "client_id", "status"];
const LONGEST_FUNCTION: usize = 25;

/// The line as it is shown; none for one that says nothing to a person.
pub(super) fn shown(format: LogFormat, function: &str, text: &str) -> Option<String> {
    if text.trim().is_empty() || NOISE.iter().any(|noise| text.contains(noise)) {
        return None;
    }
    if format == LogFormat::Json {
        return Some(text.to_owned());
    }
    // `cargo lambda watch` may put colours around what a function writes.
    let Ok(Value::Object(event)) = serde_json::from_str(text.trim()) else {
        let label = if function.is_empty() { String::new() } else { format!("{function} ") };
        return Some(format!("{label}{text}"));
    };
    // A metric, in CloudWatch's embedded format.
    if event.contains_key("_aws") {
        return None;
    }
    Some(readable(function, &event))
}

fn readable(function: &str, event: &Map<String, Value>) -> String {
    let text = |name: &str| event.get(name).and_then(Value::as_str);
    let time = text("timestamp").and_then(|timestamp| timestamp.get(11..23)).unwrap_or("-");
    let level = text("level").unwrap_or("-");
    let function = text("function").unwrap_or(function);
    let message = text("message").unwrap_or_default();
    let mut line = format!("{time} {level:<5} {function:<LONGEST_FUNCTION$} {message}");
    let first = FIRST.iter().filter_map(|name| event.get_key_value(*name));
    let others = event.iter().filter(|(name, _)| {
        let name = name.as_str();
        !PLACED.contains(&name) && !FIRST.contains(&name)
    });
    for (name, value) in first.chain(others) {
        let value = match value {
            Value::Null => continue,
            Value::String(text) if text.is_empty() => continue,
            Value::String(text) if plain(text) => text.clone(),
            other => other.to_string(),
        };
        // Writing to a string does not fail.
        let _ = write!(line, " {name}={value}");
    }
    line
}

/// Whether a value needs no quotes to be told from what is around it.
fn plain(text: &str) -> bool {
    text.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != '"' && c != '=')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(function: &str, line: &str) -> Option<String> {
        shown(LogFormat::Text, function, line)
    }

    #[test]
    fn an_event_is_one_line_with_function_level_message_and_ids() {
        let line = r#"{"timestamp":"2026-11-30T02:34:51.123456Z","level":"WARN","message":"message not done","reason":"network: status 500","correlation_id":"c-1","attempts":4,"order_id":"893566569739746","empty":""}"#;
        assert_eq!(
            text("subscription-worker", line).unwrap(),
            "02:34:51.123 WARN  subscription-worker       message not done \
             order_id=893566569739746 correlation_id=c-1 reason=\"network: status 500\" attempts=4"
        );
        assert_eq!(shown(LogFormat::Json, "subscription-worker", line).unwrap(), line);
    }

    #[test]
    fn an_event_that_names_its_function_is_its() {
        let line = r#"{"timestamp":"x","level":"INFO","message":"m","function":"sweeper"}"#;
        assert!(text("", line).unwrap().contains("sweeper"));
    }

    #[test]
    fn metrics_and_the_runtimes_noise_are_not_shown() {
        assert_eq!(text("f", r#"{"_aws":{},"OrdersOverdue":0}"#), None);
        let noise = "AWS_LAMBDA_MAX_CONCURRENCY is set to '1', but the concurrency-tokio feature";
        assert_eq!(text("f", noise), None);
        assert_eq!(shown(LogFormat::Json, "f", noise), None);
        assert_eq!(text("f", "  "), None);
    }

    #[test]
    fn what_is_no_event_stays_as_it_is() {
        assert_eq!(text("f", "thread panicked").unwrap(), "f thread panicked");
        assert_eq!(text("", "   Compiling domain").unwrap(), "   Compiling domain");
    }

    #[test]
    fn nothing_in_a_value_breaks_the_line() {
        let line = r#"{"timestamp":"x","level":"INFO","message":"m","a":"b\nc","d":"e=f"}"#;
        assert!(text("f", line).unwrap().ends_with(r#"a="b\nc" d="e=f""#));
    }
}
