//! Event filter patterns, as far as the template uses them: exact values,
//! `exists`, `prefix`, `suffix`, `anything-but`, `equals-ignore-case`, `$or`.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html>

use serde_json::Value;

/// Whether a record passes: one pattern is enough, no pattern lets all through.
pub fn matches_any(patterns: &[Value], record: &Value) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, Some(record)))
}

fn matches(pattern: &Value, found: Option<&Value>) -> bool {
    match pattern {
        Value::Object(fields) => fields.iter().all(|(name, inner)| match (name.as_str(), inner) {
            ("$or", Value::Array(choices)) => choices.iter().any(|choice| matches(choice, found)),
            _ => matches(inner, found.and_then(|found| found.get(name))),
        }),
        Value::Array(conditions) => conditions.iter().any(|condition| holds(condition, found)),
        // A bare value is no pattern of AWS's; it matches nothing there.
        _ => false,
    }
}

fn holds(condition: &Value, found: Option<&Value>) -> bool {
    let Value::Object(rule) = condition else {
        return found.is_some_and(|found| equals_or_contains(condition, found));
    };
    let Some((kind, argument)) = rule.iter().next() else { return false };
    if kind == "exists" {
        // Only leaves exist: an object at the place does not count.
        let leaf = found.is_some_and(|found| !found.is_object());
        return argument.as_bool() == Some(leaf);
    }
    let Some(found) = found else { return false };
    match (kind.as_str(), argument, found) {
        ("anything-but", Value::Array(refused), found) => {
            !refused.iter().any(|value| equals_or_contains(value, found))
        }
        ("anything-but", Value::Object(_), found) => !holds(argument, Some(found)),
        ("anything-but", refused, found) => !equals_or_contains(refused, found),
        ("prefix", Value::String(start), Value::String(text)) => text.starts_with(start.as_str()),
        ("suffix", Value::String(end), Value::String(text)) => text.ends_with(end.as_str()),
        ("equals-ignore-case", Value::String(wanted), Value::String(text)) => {
            wanted.to_lowercase() == text.to_lowercase()
        }
        _ => false,
    }
}

fn equals_or_contains(wanted: &Value, found: &Value) -> bool {
    match found {
        Value::Array(items) => items.contains(wanted),
        found => wanted == found,
    }
}
