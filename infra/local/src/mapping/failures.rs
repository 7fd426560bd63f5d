//! Which items of a batch failed, as the function says.

use std::collections::BTreeSet;

use serde_json::Value;

/// What an answer says about its batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failures {
    /// The whole batch is done.
    None,
    /// Only these failed.
    Some(BTreeSet<String>),
    /// The whole batch failed.
    All,
}

/// Reads `batchItemFailures`. AWS takes an answer without the list, or with an
/// empty one, as success; an entry without a good `itemIdentifier`, one that is
/// not of this batch included, as failure of the whole batch.
pub fn read_failures<'a>(answer: &[u8], known: impl IntoIterator<Item = &'a str>) -> Failures {
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else {
        return if answer.trim_ascii().is_empty() { Failures::None } else { Failures::All };
    };
    let listed = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => return Failures::None,
        Some(Value::Array(listed)) => listed,
        Some(_) => return Failures::All,
    };
    let known: BTreeSet<&str> = known.into_iter().collect();
    let mut failed = BTreeSet::new();
    for entry in listed {
        match entry.get("itemIdentifier").and_then(Value::as_str) {
            Some(id) if known.contains(id) => failed.insert(id.to_owned()),
            _ => return Failures::All,
        };
    }
    if failed.is_empty() { Failures::None } else { Failures::Some(failed) }
}
