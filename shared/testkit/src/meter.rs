//! What calls of the database cost, as the engine reports it: dynoxide by DynamoDB's rules,
//! DynamoDB Local not (`infra/docs/performance.md`, *Cost model*).

use std::ops::AddAssign;

use axum::body::Bytes;
use serde_json::Value;

/// Operations that read; all others write.
const READS: [&str; 4] = ["GetItem", "BatchGetItem", "Query", "TransactGetItems"];

/// The cost of some calls.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cost {
    /// Calls.
    pub calls: usize,
    /// Write units, index entries included.
    pub writes: f64,
    /// Read units.
    pub reads: f64,
    /// Writes and transactions whose condition did not hold. Their units are not reported.
    pub refused: usize,
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        self.writes += other.writes;
        self.reads += other.reads;
        self.refused += other.refused;
    }
}

/// A request that asks for its cost.
pub(crate) fn asking(body: &Bytes) -> Bytes {
    let Ok(Value::Object(mut request)) = serde_json::from_slice(body) else { return body.clone() };
    request.insert("ReturnConsumedCapacity".to_owned(), "INDEXES".into());
    Value::Object(request).to_string().into()
}

/// What a call cost, by its response.
pub(crate) fn cost(operation: &str, response: &Bytes) -> Cost {
    let response: Value = serde_json::from_slice(response).unwrap_or_default();
    let consumed = match &response["ConsumedCapacity"] {
        Value::Array(tables) => tables.iter().map(units).sum(),
        table => units(table),
    };
    let (reads, writes) =
        if READS.contains(&operation) { (consumed, 0.0) } else { (0.0, consumed) };
    Cost { calls: 1, writes, reads, refused: usize::from(is_refused(&response)) }
}

fn units(consumed: &Value) -> f64 {
    consumed["CapacityUnits"].as_f64().unwrap_or_default()
}

fn is_refused(response: &Value) -> bool {
    let failed = |reason: &Value| reason["Code"] == "ConditionalCheckFailed";
    let kind = response["__type"].as_str().unwrap_or_default();
    kind.ends_with("ConditionalCheckFailedException")
        || response["CancellationReasons"].as_array().is_some_and(|all| all.iter().any(failed))
}
