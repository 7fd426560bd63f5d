//! Requests of which a part fails, and responses that are out of date.

use bytes::Bytes;
use serde_json::{Value, json};

/// Whether a read may be out of date: of an index, or not consistent.
pub(super) fn is_eventual(operation: &str, request: &[u8]) -> bool {
    if !["GetItem", "Query", "BatchGetItem"].contains(&operation) {
        return false;
    }
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let asked = |value: &Value| value["ConsistentRead"] == true;
    let tables = request["RequestItems"].as_object();
    !asked(&request) && !tables.is_some_and(|tables| tables.values().any(asked))
}

/// The request without some of its messages, and those.
pub(super) fn without_some(request: &[u8], detail: u64) -> Option<(Bytes, Vec<Value>)> {
    let mut request: Value = serde_json::from_slice(request).ok()?;
    let all = request["Entries"].as_array()?.clone();
    let fails = |index: usize| detail >> (index % 64) & 1 == 1;
    let pick = |wanted: bool| {
        let some = all.iter().enumerate().filter(|(index, _)| fails(*index) == wanted);
        some.map(|(_, entry)| entry.clone()).collect::<Vec<_>>()
    };
    let (sent, failed) = (pick(false), pick(true));
    // SQS refuses a request without entries.
    if sent.is_empty() || failed.is_empty() {
        return None;
    }
    request["Entries"] = sent.into();
    Some((request.to_string().into(), failed))
}

/// The response with these messages as failed.
pub(super) fn with_failed(response: &[u8], failed: &[Value]) -> Bytes {
    let mut response: Value = serde_json::from_slice(response).unwrap_or_default();
    let failed = failed.iter().map(|entry| {
        json!({ "Id": entry["Id"], "SenderFault": false, "Code": "InternalError", "Message": "" })
    });
    response["Failed"] = failed.collect();
    response.to_string().into()
}

/// The response of an index without one entry, which it does not have yet.
pub(super) fn without_one(response: &[u8], detail: u64) -> Bytes {
    let mut found: Value = serde_json::from_slice(response).unwrap_or_default();
    let Some(items) = found["Items"].as_array_mut().filter(|items| !items.is_empty()) else {
        return Bytes::copy_from_slice(response);
    };
    let last = u64::try_from(items.len()).unwrap();
    items.remove(usize::try_from(detail % last).unwrap());
    found["Count"] = json!(last - 1);
    found.to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reads_that_do_not_ask_for_consistency_are_eventual() {
        assert!(is_eventual("Query", br#"{"IndexName":"byDue"}"#));
        assert!(!is_eventual("Query", br#"{"ConsistentRead":true}"#));
        let batch = br#"{"RequestItems":{"T":{"ConsistentRead":true}}}"#;
        assert!(!is_eventual("BatchGetItem", batch));
        assert!(!is_eventual("UpdateItem", b"{}"));
    }

    #[test]
    fn a_partial_batch_names_what_failed() {
        let request = json!({ "Entries": [{ "Id": "0" }, { "Id": "1" }] }).to_string();
        let (sent, failed) = without_some(request.as_bytes(), 0b10).unwrap();
        assert_eq!(sent, json!({ "Entries": [{ "Id": "0" }] }).to_string());
        let response = with_failed(br#"{"Successful":[{"Id":"0"}]}"#, &failed);
        let response: Value = serde_json::from_slice(&response).unwrap();
        assert_eq!(response["Failed"][0]["Id"], "1");
        assert!(without_some(request.as_bytes(), 0).is_none());
    }
}
